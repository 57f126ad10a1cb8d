"""The community in Django's admin site."""

from community.admin import chats, messages, support

__all__ = ["chats", "messages", "support"]
