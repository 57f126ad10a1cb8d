"""The project: settings, entry points, the shared kernel (`core`) and the four REST dialects (`dialects`)."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
