"""The community in Django's admin site."""

from community.admin import messages, support

__all__ = ["messages", "support"]
