"""Money held for a job: neither the artist's nor the buyer's until it is released, refunded or shared out."""

from decimal import Decimal

from django.db.models import Sum

from accounts.actors import Actor
from commerce.choices import PAID, PaymentStatus, RefundStatus
from commerce.models import Payment
from commerce.services.dispute_states import disputes_close
from commerce.services.payments import payment_call_off
from commerce.services.refunds import refund_reserve
from config.core.announce import enqueue_after_commit
from config.core.money import ZERO, quantise
from jobs.models import Job


def free_in_hold(payment: Payment) -> Decimal:
    """What is held and not on its way back to the buyer. The payment must be locked."""
    waiting = payment.refunds.filter(status=RefundStatus.PENDING).aggregate(total=Sum("amount"))["total"] or ZERO
    return quantise(max(payment.held_amount - waiting, ZERO), payment.currency)


def job_payments_cancel(*, job: Job, actor: Actor, reason: str) -> None:
    """The job, which must be locked, is being cancelled: what was paid for it goes back to its buyer.

    A payment that has not come in is called off; what is held becomes a refund, carried out after the commit. What was
    released already stays the artist's. A dispute about the job is closed with that.
    """
    for payment in Payment.objects.select_for_update().filter(job=job).order_by("pk"):
        if payment.status in PAID:
            amount = free_in_hold(payment)
            disputes_close(payment, artist_amount=ZERO, buyer_amount=amount, actor=actor, answer=reason)
            if amount:
                refund = refund_reserve(payment, amount=amount, actor=actor, reason=reason or "job cancelled")
                enqueue_after_commit("commerce.tasks.refund_settle", refund.pk)
        elif payment.status in {PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION, PaymentStatus.FAILED}:
            payment_call_off(payment, actor=actor, reason="job cancelled")
