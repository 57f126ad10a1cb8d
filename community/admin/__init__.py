"""The community in Django's admin site."""

from community.admin import chats, communities, messages, pages, support

__all__ = ["chats", "communities", "messages", "pages", "support"]
