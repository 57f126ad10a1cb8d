"""Background work of hiring: each task calls one service. Each may run twice, and at the same time."""

from celery import shared_task

from jobs.services import deadlines


@shared_task
def deadlines_sweep() -> None:
    deadlines.deadlines_sweep()


@shared_task
def acceptance_sweep() -> None:
    deadlines.acceptance_sweep()
