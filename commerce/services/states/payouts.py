"""The payout's state machine."""

from django.utils import timezone

from accounts.actors import Actor, person
from commerce.choices import OPEN_PAYOUTS, PAYOUT_CHANGES, PayoutStatus
from commerce.errors import WrongPayoutStatus
from commerce.models import Payout, PayoutChange
from commerce.services.notices.webhooks import payout_webhook
from config.core.errors import Missing


def payout_lock(payout_id: int) -> Payout:
    """The payout, locked, with its seller. Raises Missing."""
    payout = Payout.objects.select_for_update(of=("self",)).select_related("seller").filter(pk=payout_id).first()
    if payout is None:
        raise Missing("Payout")
    return payout


def payout_status_change(payout: Payout, status: PayoutStatus, *, actor: Actor, reason: str = "") -> None:
    """The one place that assigns a payout's status. The payout must be locked. Raises WrongPayoutStatus."""
    if status not in PAYOUT_CHANGES[payout.status]:
        raise WrongPayoutStatus(f"A {payout.status} payout cannot become {status}.")
    PayoutChange.objects.create(
        payout=payout, before=payout.status, after=status, actor=person(actor), reason=reason[:200]
    )
    payout.status = status
    if status not in OPEN_PAYOUTS:
        payout.processed_date = timezone.now()
    payout.save(update_fields=["status", "processed_date"])
    payout_webhook(payout)
