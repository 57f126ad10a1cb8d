"""Background work of the community app: thin doors into its services."""

from celery import shared_task

from community.services import sending


@shared_task
def delivery_send(delivery_id: int) -> None:
    sending.delivery_send(delivery_id)


@shared_task
def deliveries_sweep() -> None:
    sending.deliveries_sweep()


@shared_task
def deliveries_forget() -> None:
    sending.deliveries_forget()
