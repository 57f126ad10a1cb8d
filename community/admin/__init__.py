"""The community in Django's admin site."""

from community.admin import campaigns, chats, communities, messages, pages, support

__all__ = ["campaigns", "chats", "communities", "messages", "pages", "support"]
