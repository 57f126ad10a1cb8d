"""What stands in a job's row of its money, so that hiring need not ask for it."""

from django.db.models import Min

from commerce.choices import PAID, DisputeState
from commerce.models import Dispute, Payment
from jobs.services.states import job_money_stands


def job_follow(payment: Payment) -> None:
    """Bring `paid_at` and `disputed_at` of the job of a payment up to date. Job and payment must be locked."""
    if payment.job is None:
        return
    paid = Payment.objects.filter(job=payment.job, status__in=PAID)
    disputed = Dispute.objects.filter(payment__job=payment.job, state=DisputeState.OPEN)
    job_money_stands(
        payment.job,
        paid_at=paid.aggregate(since=Min("completed_at"))["since"],
        disputed_at=disputed.aggregate(since=Min("created_at"))["since"],
    )
