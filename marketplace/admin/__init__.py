"""The catalogue in Django's admin site. Moderation goes through the admin panel's services."""

from marketplace.admin import artworks, catalogue, chats, duplicates, models_3d, reviews

__all__ = ["artworks", "catalogue", "chats", "duplicates", "models_3d", "reviews"]
