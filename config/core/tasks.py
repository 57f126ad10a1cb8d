from celery import shared_task

from config.core import idempotency


@shared_task
def idempotency_forget() -> None:
    idempotency.calls_forget_old()
