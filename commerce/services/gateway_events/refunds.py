"""Refunds that were made at the gateway without us, and what became of ours there."""

import logging

from django.db import transaction
from django.db.models import Q, Sum

from accounts.actors import SYSTEM
from commerce.choices import CAME_IN, RefundStatus
from commerce.errors import GatewayRefused, RefundTooLarge, WrongPaymentStatus
from commerce.gateways.base import GatewayRefund, GatewayRefundStatus
from commerce.gateways.chosen import gateway
from commerce.models import Payment, Refund
from commerce.services.ledger.shares import left_of, shares_lock
from commerce.services.payments.at_gateway import payment_settle
from commerce.services.refunds.refunds import refund_record
from commerce.services.states.payments import payment_lock
from config.core.money import ZERO

logger = logging.getLogger(__name__)


def refunds_reconcile(*, payment_id: int) -> None:
    """Take over what the gateway says of all refunds of a payment. Safe to call at any time, any number of times.

    One that we do not know was made in the gateway's dashboard: it is recorded once and booked like ours. Ours carries
    our key, so it is known there also before we have heard the gateway's answer. Raises what the gateway raises, and
    WrongPaymentStatus for a payment that has not come in (yet).
    """
    payment = payment_that_came_in(payment_id)
    for found in gateway(payment.gateway).refunds_of(payment.gateway_reference):
        refund = _known_or_taken_in(payment_id, found)
        if refund is not None:
            refund_record(refund.pk, found, actor=SYSTEM)


def payment_that_came_in(payment_id: int) -> Payment:
    """What happened to a payment may be told before the payment itself. Raises WrongPaymentStatus."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.status not in CAME_IN:
        payment = payment_settle(actor=SYSTEM, payment_id=payment_id)
    if payment.status not in CAME_IN:
        raise WrongPaymentStatus(f"The payment is {payment.status}.")
    return payment


@transaction.atomic
def _known_or_taken_in(payment_id: int, found: GatewayRefund) -> Refund | None:
    """Under the payment's lock, so that of two events about one refund the second finds what the first has written."""
    payment = payment_lock(payment_id)
    ours = Q(key=found.key) if found.key is not None else Q(pk=None)
    refund = payment.refunds.filter(ours | Q(gateway_reference=found.reference)).order_by("pk").first()
    if refund is not None or found.status == GatewayRefundStatus.FAILED:
        return refund
    if found.currency != payment.currency:
        logger.error("payment %s: the gateway speaks of a refund in another currency", payment_id)
        raise GatewayRefused("The payment service speaks of another currency.")
    # What we have only reserved does not count here: the gateway may still refuse it, but has taken this one.
    there = payment.refunds.filter(status=RefundStatus.PENDING).exclude(gateway_reference="")
    left = sum(map(left_of, shares_lock(payment)), ZERO) - (there.aggregate(total=Sum("amount"))["total"] or ZERO)
    if found.amount > left:
        logger.error("payment %s: the gateway refunded more than was left", payment_id)
        raise RefundTooLarge("The payment service speaks of more than was left of the payment.")
    return Refund.objects.create(
        payment=payment,
        amount=found.amount,
        reason=f"made at {payment.gateway}" + (f": {found.reason}" if found.reason else ""),
        gateway_reference=found.reference,
        made_at_gateway=True,
    )
