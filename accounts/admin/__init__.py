"""Django admin pages of people and of what they are told."""

from accounts.admin import notifications, own_data, people, plumbing, profiles, sign_ins, webhooks

__all__ = ["notifications", "own_data", "people", "plumbing", "profiles", "sign_ins", "webhooks"]
