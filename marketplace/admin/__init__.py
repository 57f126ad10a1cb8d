"""The catalogue in Django's admin site: every decision by the same service as everywhere."""

from marketplace.admin import artworks, catalogue, comments, duplicates, models_3d

__all__ = ["artworks", "catalogue", "comments", "duplicates", "models_3d"]
