"""The catalogue in Django's admin site: every decision by the same service as everywhere."""

from marketplace.admin import artworks, catalogue, comments, duplicates, meshes, models_3d, uploads

__all__ = ["artworks", "catalogue", "comments", "duplicates", "meshes", "models_3d", "uploads"]
