"""A 3-D model is bought once.

Two orders of it may wait to be paid at the same time: after a declined card, or with a bank's page left open. Whichever
is paid first is the purchase; of the other nothing is charged, and what comes in for it all the same goes back.
"""

from accounts.actors import SYSTEM
from commerce.choices import PAID
from commerce.errors import AlreadyOwned
from commerce.models import OrderLine, Payment
from commerce.selectors.orders import owned_models
from commerce.services.refunds.refunds import refund_reserve, refundable
from config.core.announce import enqueue_after_commit
from marketplace.choices import Kind


def already_owned_refuse(payment: Payment) -> None:
    """Before it is charged. Raises AlreadyOwned for an order of a model that its buyer has by another one."""
    owned = _already_owned(payment)
    if owned:
        raise AlreadyOwned(f'You own "{owned[0].title}" already. This order need not be paid; it ends by itself.')


def already_owned_refund(payment: Payment) -> None:
    """The price of such models goes back. The payment is locked and has just been booked as completed, and
    counted: of two that come in at once the later one has waited for the totals of their seller, and sees the other."""
    for line in _already_owned(payment):
        share = payment.shares.get(line=line)
        if payment.status in PAID and refundable(payment, share):
            refund = refund_reserve(payment, amount=None, share=share, actor=SYSTEM, reason="bought already")
            enqueue_after_commit("commerce.tasks.refund_settle", refund.pk)


def _already_owned(payment: Payment) -> list[OrderLine]:
    if payment.order is None:
        return []
    lines = [line for line in payment.order.lines.order_by("pk") if line.kind == Kind.MODEL]
    owned = owned_models(payment.order.buyer, [line.listing_id for line in lines], besides=payment.order)
    return [line for line in lines if line.listing_id in owned]
