"""What jobs and bounties say of their money, against the payments and disputes."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q

from commerce.choices import PAID, DisputeState
from commerce.models import Dispute, Payment
from jobs.choices import BountyStatus
from jobs.models import Bounty, Job


def job_faults() -> Iterator[str]:
    paid = Payment.objects.filter(job=OuterRef("pk"), status__in=PAID)
    disputed = Dispute.objects.filter(payment__job=OuterRef("pk"), state=DisputeState.OPEN)
    jobs = Job.objects.annotate(is_paid=Exists(paid), is_disputed=Exists(disputed))
    disagree = Q(is_paid=True, paid_at=None) | Q(is_paid=False, paid_at__isnull=False)
    disagree |= Q(is_disputed=True, disputed_at=None) | Q(is_disputed=False, disputed_at__isnull=False)
    columns = ("pk", "paid_at", "is_paid", "disputed_at", "is_disputed")
    for pk, paid_at, is_paid, disputed_at, is_disputed in jobs.filter(disagree).order_by("pk").values_list(*columns):
        if is_paid != bool(paid_at):
            yield f"job {pk} says that it was paid at {paid_at}, its payments say otherwise"
        if is_disputed != bool(disputed_at):
            yield f"job {pk} says that it is disputed since {disputed_at}, its disputes say otherwise"


def bounty_faults() -> Iterator[str]:
    paid = Payment.objects.filter(bounty=OuterRef("pk"), status__in=PAID)
    disputed = Dispute.objects.filter(payment__bounty=OuterRef("pk"), state=DisputeState.OPEN)
    holding = Payment.objects.filter(bounty=OuterRef("pk"), held_amount__gt=0)
    rows = Bounty.objects.annotate(is_paid=Exists(paid), is_disputed=Exists(disputed), holds=Exists(holding)).order_by(
        "pk"
    )
    rows = rows.only("status", "paid_at", "disputed_at")
    wrong = Q(is_paid=True, paid_at=None) | Q(is_paid=False, paid_at__isnull=False)
    wrong |= Q(is_disputed=True, disputed_at=None) | Q(is_disputed=False, disputed_at__isnull=False)
    for bounty in rows.filter(wrong).iterator():
        said = f"paid {bounty.paid_at}, disputed {bounty.disputed_at}"
        yield f"bounty {bounty.pk} says {said}, its payments say otherwise"
    for bounty in rows.filter(status__in=[BountyStatus.OPEN, BountyStatus.COMPLETED], holds=True).iterator():
        yield f"bounty {bounty.pk} is {bounty.status}, and money is held for it"
