"""The community in Django's admin site."""

from community.admin import campaigns, chats, communities, messages, pages, reports, support

__all__ = ["campaigns", "chats", "communities", "messages", "pages", "reports", "support"]
