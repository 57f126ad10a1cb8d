"""Nobody pays for what nobody is there to send, nor for work that nobody is there to do.

An order waits for its money after its seller's account was closed, and so does a job after its artist's: it is
cancelled, not paid. What was sent or delivered before is owed.
"""

from accounts.services.accounts import deals
from commerce.choices import OrderStatus
from commerce.errors import PayeeGone
from commerce.models import Order, Payment
from jobs.choices import JobStatus
from jobs.models import Job

NOT_SENT = (OrderStatus.PENDING, OrderStatus.CONFIRMED)


def payee_gone_refuse(payment: Payment) -> None:
    """Before a payment is charged. Raises PayeeGone."""
    if payment.order is not None:
        seller_gone_refuse(payment.order)
    if payment.job is not None:
        artist_gone_refuse(payment.job)


def seller_gone_refuse(order: Order) -> None:
    """Raises PayeeGone when a seller is gone who has yet to send something of the order."""
    if order.status not in NOT_SENT:
        return
    for line in order.lines.filter(shipped_at=None, delivered_at=None).select_related("seller").order_by("pk"):
        if not deals(line.seller):
            raise PayeeGone(f'The seller of "{line.title}" is no longer here. Cancel the order.', field="order")


def artist_gone_refuse(job: Job) -> None:
    """Raises PayeeGone when the hired artist is gone who has yet to deliver."""
    artist = job.hired_artist
    if job.status == JobStatus.IN_PROGRESS and job.delivered_at is None and artist is not None and not deals(artist):
        raise PayeeGone("The artist of this job is no longer here. Cancel the job.", field="job")
