"""The Celery application for the launcher: `config.celery`, with all tasks loaded, once the tables are there."""

from config.celery import app
from config.launcher.hold import wait_until_prepared

__all__ = ["app"]

app.loader.import_default_modules()
wait_until_prepared()
