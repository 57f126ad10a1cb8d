"""The project: settings, entry points, the shared kernel (`core`) and the four REST dialects (`dialects`)."""

import gc

from config.celery import app as celery_app

__all__ = ["celery_app"]

# Loading makes a million objects that stay. Looking through them for garbage every 700 new ones, and through all of
# them again and again, would take a fifth of a start, and a tenth of a second now and then of a server.
gc.set_threshold(50_000, 20, 20)
