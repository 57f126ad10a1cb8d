"""Background work of the admin panel: each task calls one service."""

from celery import shared_task

from adminpanel.services import figures


@shared_task
def figures_keep() -> None:
    figures.figures_keep()
