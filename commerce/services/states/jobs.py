"""What stands in the row of a job or a bounty of its money, so that hiring need not ask for it."""

from django.db.models import Min

from commerce.choices import PAID, DisputeState
from commerce.models import Dispute, Payment
from jobs.services.states import bounty_money_stands, job_money_stands


def job_follow(payment: Payment) -> None:
    """Bring `paid_at` and `disputed_at` of the job or bounty of a payment up to date. Both must be locked."""
    if not payment.is_for_work:
        return
    what = {"job": payment.job_id, "bounty": payment.bounty_id}
    paid = Payment.objects.filter(**what, status__in=PAID)
    disputed = Dispute.objects.filter(**{f"payment__{name}": pk for name, pk in what.items()}, state=DisputeState.OPEN)
    since = {
        "paid_at": paid.aggregate(since=Min("completed_at"))["since"],
        "disputed_at": disputed.aggregate(since=Min("created_at"))["since"],
    }
    if payment.job is not None:
        job_money_stands(payment.job, **since)
    if payment.bounty is not None:
        bounty_money_stands(payment.bounty, **since)
