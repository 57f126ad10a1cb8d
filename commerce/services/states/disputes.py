"""A dispute's state machine."""

from decimal import Decimal

from django.utils import timezone

from accounts.actors import Actor, person
from accounts.choices import WebhookEvent
from commerce.choices import DISPUTE_CHANGES, DisputeState
from commerce.errors import WrongDisputeState
from commerce.models import Dispute, Payment
from commerce.services.notices.jobs import tell_about_decided_dispute
from commerce.services.notices.webhooks import dispute_webhook
from commerce.services.states.jobs import job_follow


def has_open_dispute(payment: Payment) -> bool:
    """Asked under the payment's lock, which whoever opens a dispute holds as well."""
    return payment.disputes.filter(state=DisputeState.OPEN).exists()


def dispute_end(
    dispute: Dispute,
    state: DisputeState,
    *,
    actor: Actor,
    artist_amount: Decimal | None = None,
    buyer_amount: Decimal | None = None,
    answer: str = "",
) -> None:
    """The one place that assigns a dispute's state. Its payment must be locked."""
    if state not in DISPUTE_CHANGES[dispute.state]:
        raise WrongDisputeState(f"The dispute is {dispute.state} already.")
    dispute.state = state
    dispute.artist_amount = artist_amount
    dispute.buyer_amount = buyer_amount
    dispute.answer = answer
    dispute.decided_by = person(actor)
    dispute.decided_at = timezone.now()
    dispute.save(update_fields=["state", "artist_amount", "buyer_amount", "answer", "decided_by", "decided_at"])
    job_follow(dispute.payment)
    dispute_webhook(WebhookEvent.DISPUTE_DECIDED, dispute, dispute.payment)


def disputes_close(
    payment: Payment, *, artist_amount: Decimal, buyer_amount: Decimal, actor: Actor, answer: str
) -> None:
    """The open dispute about a locked payment, if there is one, has been decided by other means. Both are told."""
    for dispute in payment.disputes.select_for_update().filter(state=DisputeState.OPEN).order_by("pk"):
        dispute_end(
            dispute,
            DisputeState.DECIDED,
            actor=actor,
            artist_amount=artist_amount,
            buyer_amount=buyer_amount,
            answer=answer,
        )
        tell_about_decided_dispute(dispute, payment, actor=actor)
