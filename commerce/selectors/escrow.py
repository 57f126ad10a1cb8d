"""Money in escrow: what may be released, and what is disputed."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.actors import Actor
from commerce import policies
from commerce.choices import OPEN_CHARGEBACKS, PAID, DisputeState
from commerce.models import Chargeback, Dispute, Payment
from config.core.errors import Missing
from jobs.choices import JobStatus


def payments_to_release() -> QuerySet[Payment]:
    """Held for jobs completed long enough ago, nothing disputed. A withdrawn dispute may still move the day."""
    disputed = Dispute.objects.filter(payment=OuterRef("pk"), state=DisputeState.OPEN)
    charged_back = Chargeback.objects.filter(payment=OuterRef("pk"), state__in=OPEN_CHARGEBACKS)
    return Payment.objects.filter(
        ~Exists(disputed),
        ~Exists(charged_back),
        held_amount__gt=0,
        status__in=PAID,
        job__status=JobStatus.COMPLETED,
        job__completed_at__lte=timezone.now() - timedelta(days=settings.JOB_RELEASE_DAYS),
    ).order_by("job__completed_at", "pk")


def disputes_of(*, actor: Actor) -> QuerySet[Dispute]:
    """Disputes about jobs of the actor, as buyer or artist, newest first."""
    party = Q(payment__payer_id=actor.pk) | Q(payment__payee_id=actor.pk)
    return _disputes().filter(party) if actor.pk is not None else _disputes().none()


def disputes_for_staff(*, actor: Actor) -> QuerySet[Dispute]:
    """All disputes for staff, none for others."""
    return _disputes() if policies.may_manage_orders(actor) else _disputes().none()


def dispute_visible(*, actor: Actor, dispute_id: int) -> Dispute:
    rows = disputes_for_staff(actor=actor) if policies.may_manage_orders(actor) else disputes_of(actor=actor)
    dispute = rows.filter(pk=dispute_id).first()
    if dispute is None:
        raise Missing("Dispute")
    return dispute


def _disputes() -> QuerySet[Dispute]:
    people = ("opened_by", "decided_by", "payment__payer", "payment__payee")
    return Dispute.objects.select_related(*people, "payment__job").order_by("-created_at", "-pk")
