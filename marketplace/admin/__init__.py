"""The catalogue in Django's admin site: every decision by the same service as everywhere."""

from marketplace.admin import artworks, catalogue, duplicates, models_3d

__all__ = ["artworks", "catalogue", "duplicates", "models_3d"]
