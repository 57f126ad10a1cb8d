"""The catalogue in Django's admin site: every decision by the service that every door calls."""

from marketplace.admin import artworks, catalogue, duplicates, models_3d

__all__ = ["artworks", "catalogue", "duplicates", "models_3d"]
