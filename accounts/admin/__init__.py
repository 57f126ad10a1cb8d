"""Django admin pages of people and of what they are told."""

from accounts.admin import notifications, people, webhooks

__all__ = ["notifications", "people", "webhooks"]
