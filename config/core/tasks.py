from celery import shared_task

from config.core import files, idempotency


@shared_task
def idempotency_forget() -> None:
    idempotency.calls_forget_old()


@shared_task
def file_remove(discarded_id: int) -> None:
    files.file_remove(discarded_id)


@shared_task
def files_remove_sweep() -> None:
    files.files_remove_sweep()
