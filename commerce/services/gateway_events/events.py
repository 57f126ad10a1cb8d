"""What gateways tell us. An event is only a hint: it is stored once, and the state it speaks of is asked for again.

So events may come twice, late, out of order or before our own commit, and their text moves no money.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actors import SYSTEM
from commerce.errors import EventNotGenuine, GatewayUnavailable
from commerce.gateways.base import Event
from commerce.gateways.chosen import gateway as gateway_named
from commerce.models import GatewayEvent, Payment
from commerce.services.gateway_events.chargebacks import chargebacks_reconcile
from commerce.services.gateway_events.refunds import refunds_reconcile
from commerce.services.payments.at_gateway import payment_settle
from commerce.services.subscriptions.at_gateway import subscription_heard_of
from commerce.services.subscriptions.reversals import reversals_reconcile
from config.core.errors import DomainError

logger = logging.getLogger(__name__)

# Gateways send more than we asked for; the rest is acknowledged and forgotten.
FOLLOWED: Final = frozenset(
    {
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "payment_intent.processing",
        "payment_intent.canceled",
        "charge.refunded",
        "charge.refund.updated",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "checkout.returned",  # the payer's browser came back from JazzCash's page
    }
)
ABOUT_DISPUTES: Final = "charge.dispute."
ABOUT_REFUNDS: Final = ("refund.", "charge.refund")
ABOUT_SUBSCRIPTIONS: Final = ("invoice.", "customer.subscription.")
FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(hours=1)
GIVEN_UP_AFTER: Final = timedelta(days=1)


def event_receive(*, gateway: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Take in one delivery of a gateway.

    Raises `EventNotGenuine`, and then stores nothing, when the signature, the age or the form is wrong, and
    `MethodUnavailable` when the gateway is not set up here. Everything else is the gateway's last concern: once the row
    is committed the delivery has succeeded, and what cannot be applied now is repeated by `events_sweep`.
    """
    event = gateway_named(gateway).read_event(body, headers)
    if event.type not in FOLLOWED or not event.reference:
        return
    _refuse_another_amount(gateway, event)
    with transaction.atomic():
        stored, _created = GatewayEvent.objects.get_or_create(
            gateway=gateway,
            event_id=event.id,
            defaults={
                "event_type": event.type,
                "reference": event.reference,
                "object_reference": event.object_reference,
            },
        )
    # Two deliveries at once may both come here: settling asks the gateway twice then, and records once.
    if stored.applied_at is None:
        event_apply(stored)


def event_apply(event: GatewayEvent) -> str:
    """Settle what an event is about: a payment, its refunds, or its disputes; a subscription.

    Returns why it could not be, or ''; it stays open for the sweep then.
    """
    error = ""
    try:
        error = _settle(event)
    except Exception as trouble:  # whatever it was: the event stays open, and the gateway is not to repeat it
        error = trouble.code if isinstance(trouble, DomainError) else type(trouble).__name__
        logger.warning("event %s of %s not applied: %s", event.event_id, event.gateway, error)
    now = timezone.now()
    if not error:
        GatewayEvent.objects.filter(pk=event.pk).update(applied_at=now, next_try_at=None, error="")
        return ""
    given_up = now - event.received_at > GIVEN_UP_AFTER
    if given_up:
        logger.error("event %s of %s given up: %s", event.event_id, event.gateway, error)
    GatewayEvent.objects.filter(pk=event.pk, applied_at__isnull=True).update(
        attempts=F("attempts") + 1, error=error[:200], next_try_at=None if given_up else now + _wait(event.attempts)
    )
    return error


def events_sweep() -> int:
    """Apply again what could not be applied when it came. Returns how many were."""
    due = GatewayEvent.objects.filter(next_try_at__lte=timezone.now()).order_by("next_try_at", "pk")
    applied = 0
    silent: set[str] = set()
    for event in due[:100]:
        if event.gateway in silent:  # a gateway that is down costs one time-out a sweep, not a hundred
            continue
        error = event_apply(event)
        if error == GatewayUnavailable.code:
            silent.add(event.gateway)
        applied += not error
    return applied


def _settle(event: GatewayEvent) -> str:
    if event.event_type.startswith(ABOUT_SUBSCRIPTIONS):
        known = subscription_heard_of(gateway=event.gateway, reference=event.reference)
        return "" if known else "unknown subscription"
    payment = Payment.objects.filter(gateway=event.gateway, gateway_reference=event.reference).only("pk").first()
    if payment is None:
        about_money_back = event.event_type.startswith((ABOUT_DISPUTES, *ABOUT_REFUNDS))
        if about_money_back and reversals_reconcile(gateway=event.gateway, payment=event.reference):
            return ""
        # A gateway can be faster than the commit that tells us its reference, so this is no mistake of the sender's:
        # the delivery is answered with 200 and looked at again. One that stays unknown belongs to somebody else who
        # uses the same account, and is given up after a day.
        return "unknown payment"
    if event.event_type.startswith(ABOUT_DISPUTES):
        chargebacks_reconcile(payment_id=payment.pk)
    elif event.event_type.startswith(ABOUT_REFUNDS):
        refunds_reconcile(payment_id=payment.pk)
    else:
        payment_settle(actor=SYSTEM, payment_id=payment.pk)
    return ""


def _refuse_another_amount(gateway: str, event: Event) -> None:
    """A signed message about our payment that names another amount than ours is not about our payment."""
    if event.amount is None:
        return
    payment = Payment.objects.filter(gateway=gateway, gateway_reference=event.reference).first()
    if payment is not None and (event.amount, event.currency) != (payment.amount, payment.currency):
        logger.error("event %s of %s speaks of another amount", event.id, gateway)
        raise EventNotGenuine("The amount is not the payment's.")


def _wait(attempts: int) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(attempts, 20), LONGEST_WAIT)
