"""The catalogue in Django's admin site. Moderation goes through the admin panel's services."""

__all__ = ["artworks", "catalogue", "chats", "duplicates", "models_3d", "reviews"]
