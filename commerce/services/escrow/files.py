"""Files that were sold before they were there: their price lies in escrow until the seller has attached them.

Until then the buyer may have the whole of it back at once. Release and refund work under the payment's lock, so that of
the two who want the same money one gets it.
"""

import logging

from django.db import transaction

from accounts.actors import SYSTEM
from accounts.models import User
from commerce.choices import OPEN_CHARGEBACKS, PAID
from commerce.errors import NothingHeld
from commerce.models import OrderLine, PaymentShare, Refund
from commerce.services.escrow.holds import free_of, share_release
from commerce.services.ledger.shares import shares_lock
from commerce.services.refunds.refunds import refund_carry_out, refund_reserve
from commerce.services.states.payments import payment_lock
from config.core.announce import enqueue_after_commit
from config.core.errors import DomainError
from config.core.idempotency import Once, call_claim, call_keep, made_by
from marketplace.services.models_3d.originals import listings_without_file

logger = logging.getLogger(__name__)


def listing_file_attached(*, listing_id: int) -> int:
    """Release what is held for a listing's file, if it is there: attached, analysed and no copy. Returns of how many
    lines.

    Safe to call at any time, any number of times.
    """
    return _release_of({listing_id})


def listing_file_ready(*, listing_id: int) -> None:
    """A file of the listing may be there: what is held for it is released after the commit."""
    enqueue_after_commit("commerce.tasks.listing_file_attached", listing_id)


def escrow_files_sweep() -> int:
    """The same for all that is held: files that were cleared by a moderator, or whose task was lost."""
    held = PaymentShare.objects.filter(held_gross__gt=0, line__isnull=False)
    return _release_of(set(held.order_by().values_list("line__listing", flat=True).distinct()))


def _release_of(listing_ids: set[int]) -> int:
    there = listing_ids - listings_without_file(listing_ids)
    held = PaymentShare.objects.filter(held_gross__gt=0, line__listing__in=there)
    held = held.exclude(payment__chargebacks__state__in=OPEN_CHARGEBACKS)
    released = 0
    for payment_id in sorted(set(held.order_by().values_list("payment", flat=True))):
        try:
            released += _release(payment_id)
        except DomainError as refusal:  # one payment's trouble must not keep the others waiting
            logger.warning("payment %s not released: %s", payment_id, refusal.code)
    return released


@transaction.atomic
def _release(payment_id: int) -> int:
    payment = payment_lock(payment_id)
    if payment.status not in PAID:
        return 0
    lines = {line.pk: line for line in OrderLine.objects.filter(order=payment.order_id).select_related("seller")}
    missing = listings_without_file({line.listing_id for line in lines.values()})
    released = 0
    for share in shares_lock(payment):
        line = lines.get(share.line_id or 0)
        if line is None or line.listing_id in missing or not (amount := free_of(share)):
            continue
        share.line = line
        share_release(share, amount, reason="the file is there")
        released += 1
    return released


def purchase_refund(*, actor: User, line: OrderLine, once: Once | None = None) -> Refund:
    """Give the buyer of an own line back what they paid for it, as long as it is held for its file.

    The refund that comes back is `succeeded`, or `pending` when the gateway has not answered: it is then repeated until
    it has. The same call again settles the same refund. Raises NothingHeld, also the second time, and GatewayRefused.
    Asks the gateway, so call it outside of transactions.
    """
    with transaction.atomic():
        earlier = call_claim(once)
        if earlier is not None:
            refund = made_by(earlier, Refund)
        else:
            refund = _reserved(actor, line)
            call_keep(once, refund)
    # The platform asks: money that is handed back by hand waits for an administrator, not for the buyer's word.
    return refund_carry_out(actor=SYSTEM, refund_id=refund.pk)


def _reserved(actor: User, line: OrderLine) -> Refund:
    held = PaymentShare.objects.filter(line=line, held_gross__gt=0, payment__payer=actor)
    payment_id = held.values_list("payment", flat=True).first()
    if payment_id is None:
        raise NothingHeld
    payment = payment_lock(payment_id)
    share = next(share for share in shares_lock(payment) if share.line_id == line.pk)
    if payment.status not in PAID or not free_of(share):
        raise NothingHeld
    return refund_reserve(payment, amount=None, actor=actor, reason="taken back before its file came", share=share)
