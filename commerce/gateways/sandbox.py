"""The embedded gateway: Stripe's states with Stripe's published test cards, and no company behind it.

It refuses to run unless `settings.SANDBOX_ALLOWED`, so that a production server with a forgotten key takes no play
money. It keeps its own books (`SandboxIntent`, `SandboxRefund`) as a real gateway would: nothing else reads them, and
the platform learns about them through the `Gateway` interface and through signed events alone. Descriptions and
metadata are not kept.
"""

import json
import secrets
import time
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from commerce.errors import GatewayRefused
from commerce.gateways.base import (
    Event,
    GatewayDispute,
    GatewayRefund,
    GatewayRefundStatus,
    Intent,
    IntentStatus,
    SavedCard,
    key_of,
)
from commerce.gateways.sandbox_billing import SandboxBilling, sandbox_challenge_ended
from commerce.gateways.sandbox_cards import (
    BRANDS,
    CANCELLED,
    NEEDS_3D_SECURE,
    NEEDS_ACTION,
    NEEDS_METHOD,
    SUCCEEDED,
    TEST_CARDS,
    next_action_of,
    refusal_of,
    require_allowed,
    require_token,
)
from commerce.gateways.signed_events import SIGNATURE_HEADER, event_read, sign
from commerce.models import SandboxIntent, SandboxRefund
from config.core.announce import enqueue_after_commit
from config.core.money import from_minor_units, minor_units

STATUSES: Final = {
    NEEDS_METHOD: IntentStatus.NEEDS_METHOD,
    NEEDS_ACTION: IntentStatus.NEEDS_ACTION,
    SUCCEEDED: IntentStatus.SUCCEEDED,
    CANCELLED: IntentStatus.CANCELLED,
}

WEBHOOK_SECONDS: Final = 5.0


class SandboxGateway(SandboxBilling):
    name = "sandbox"

    def __init__(self) -> None:
        require_allowed()

    def create(
        self, *, amount: Decimal, currency: str, key: str, description: str, metadata: Mapping[str, str]
    ) -> Intent:
        units = positive_units(amount, currency)
        reference = f"pi_sandbox_{uuid.uuid4().hex}"
        intent, created = SandboxIntent.objects.get_or_create(
            idempotency_key=key,
            defaults={
                "reference": reference,
                "client_secret": f"{reference}_secret_{secrets.token_urlsafe(18)}",
                "amount": units,
                "currency": currency,
            },
        )
        if not created and (intent.amount, intent.currency) != (units, currency):
            raise key_reused()
        return presented(intent)

    def confirm(self, *, reference: str, payment_method: str, return_url: str, key: str, customer: str = "") -> Intent:
        require_web_address(return_url)
        with transaction.atomic():
            intent = locked(reference)
            if key == intent.confirm_key:
                if payment_method != intent.payment_method:
                    raise key_reused()
                return presented(intent)
            if intent.status == SUCCEEDED:  # an intent is charged once; a second try is told so
                return presented(intent)
            if intent.status == CANCELLED:
                raise GatewayRefused("This payment was cancelled.", code="payment_intent_unexpected_state")
            require_token(payment_method)
            intent.confirm_key, intent.payment_method, intent.return_url = key, payment_method, return_url
            intent.challenge = None
            intent.failure_code, intent.failure_message = refusal_of(payment_method)
            if intent.failure_code:
                intent.status = NEEDS_METHOD
            elif payment_method in NEEDS_3D_SECURE:
                intent.status, intent.challenge = NEEDS_ACTION, uuid.uuid4()
            else:
                intent.status = SUCCEEDED
            intent.save()
            return presented(intent)

    def retrieve(self, reference: str) -> Intent:
        return presented(known(SandboxIntent.objects.filter(reference=reference).first()))

    def cancel(self, reference: str) -> Intent:
        with transaction.atomic():
            intent = locked(reference)
            if intent.status == SUCCEEDED:
                raise GatewayRefused("This payment has succeeded.", code="payment_intent_unexpected_state")
            intent.status = CANCELLED
            intent.save(update_fields=["status"])
            return presented(intent)

    def refund(self, *, reference: str, amount: Decimal, currency: str, key: str) -> GatewayRefund:
        units = positive_units(amount, currency)
        with transaction.atomic():
            intent = locked(reference)  # also keeps two refunds with one key in line
            earlier = SandboxRefund.objects.filter(idempotency_key=key).first()
            if earlier is not None:
                if (earlier.intent_id, earlier.amount) != (intent.pk, units):
                    raise key_reused()
                return refund_presented(earlier)
            if intent.status != SUCCEEDED:
                raise GatewayRefused("This payment has no money to refund.", code="payment_intent_unexpected_state")
            if currency != intent.currency:
                raise GatewayRefused("A refund has the currency of its payment.", code="currency_mismatch")
            if units > intent.amount - intent.refunded:
                raise GatewayRefused(
                    "Refund amount is greater than what is left of the payment.", code="amount_too_large"
                )
            SandboxIntent.objects.filter(pk=intent.pk).update(refunded=F("refunded") + units)
            return refund_presented(
                SandboxRefund.objects.create(
                    intent=intent, reference=f"re_sandbox_{uuid.uuid4().hex}", idempotency_key=key, amount=units
                )
            )

    def retrieve_refund(self, reference: str) -> GatewayRefund:
        refund = SandboxRefund.objects.select_related("intent").filter(reference=reference).first()
        if refund is None:
            raise GatewayRefused("No such refund.", code="resource_missing")
        return refund_presented(refund)

    def refunds_of(self, reference: str) -> list[GatewayRefund]:
        refunds = SandboxRefund.objects.filter(intent__reference=reference).select_related("intent")
        return [refund_presented(refund) for refund in refunds.order_by("pk")]

    def disputes_of(self, reference: str) -> list[GatewayDispute]:
        """Nobody disputes play money."""
        return []

    def save(self, *, token: str, account: str, customer: str) -> SavedCard:
        """Nothing is kept: a test card's token is good for ever. A Customer is what Stripe alone needs."""
        require_token(token)
        return SavedCard(
            token=token,
            customer="",
            brand=BRANDS.get(token, "visa"),
            last_four=next((number[-4:] for number, name in TEST_CARDS.items() if name == token), "4242"),
            expiry_month=12,
            expiry_year=timezone.now().year + 1,
            shared=True,
        )

    def forget(self, token: str) -> None:
        """Nothing was kept."""

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Event:
        return event_read(body, headers, secret=settings.SANDBOX_WEBHOOK_SECRET)


# ---------------------------------------------------------------- the 3-D Secure page and its event
def challenge_find(challenge: uuid.UUID) -> SandboxIntent | None:
    require_allowed()
    return SandboxIntent.objects.filter(challenge=challenge).first()


@transaction.atomic
def challenge_finish(*, challenge: uuid.UUID, succeeded: bool) -> bool:
    """The payer's answer at the bank. Returns whether it counted: the first one does, later ones change nothing."""
    require_allowed()
    intent = SandboxIntent.objects.select_for_update().filter(challenge=challenge, status=NEEDS_ACTION).first()
    if intent is None:
        return False
    if succeeded:
        intent.status, event_type = SUCCEEDED, "payment_intent.succeeded"
    else:
        intent.status, event_type = NEEDS_METHOD, "payment_intent.payment_failed"
        intent.failure_code = "payment_intent_authentication_failure"
        intent.failure_message = "The bank could not confirm that it was you. Please try again."
    intent.save(update_fields=["status", "failure_code", "failure_message"])
    if sandbox_challenge_ended(intent):
        return True
    # A lost event does no harm: the payer's own return and the periodic sweep ask for the state as well.
    enqueue_after_commit(
        "commerce.tasks.sandbox_webhook_send", f"evt_sandbox_{challenge.hex}", event_type, intent.reference
    )
    return True


def event_send(*, event_id: str, event_type: str, reference: str) -> None:
    """Deliver one event to our own webhook, over the network like anybody's. Raises requests' errors."""
    about: dict[str, Any] = {"id": reference, "object": "payment_intent"}
    if event_type.startswith("invoice."):
        about = {"object": "invoice", "parent": {"subscription_details": {"subscription": reference}}}
    elif event_type.startswith("customer.subscription."):
        about["object"] = "subscription"
    event = {"id": event_id, "object": "event", "type": event_type, "data": {"object": about}}
    body = json.dumps(event, separators=(",", ":")).encode()
    signature = sign(body, secret=settings.SANDBOX_WEBHOOK_SECRET, timestamp=int(time.time()))
    response = requests.post(
        f"{settings.PUBLIC_URL}/api/webhooks/sandbox",
        data=body,
        headers={"Content-Type": "application/json", SIGNATURE_HEADER: signature},
        timeout=WEBHOOK_SECONDS,
        allow_redirects=False,
    )
    response.raise_for_status()


# ---------------------------------------------------------------- small parts
def locked(reference: str) -> SandboxIntent:
    return known(SandboxIntent.objects.select_for_update().filter(reference=reference).first())


def known(intent: SandboxIntent | None) -> SandboxIntent:
    if intent is None:
        raise GatewayRefused("No such payment.", code="resource_missing")
    return intent


def presented(intent: SandboxIntent) -> Intent:
    failed = intent.status == NEEDS_METHOD and intent.failure_code
    return Intent(
        reference=intent.reference,
        status=IntentStatus.FAILED if failed else STATUSES[intent.status],
        client_secret=intent.client_secret,
        amount=from_minor_units(intent.amount, intent.currency),
        currency=intent.currency,
        next_action=next_action_of(intent),
        failure_code=intent.failure_code if failed else "",
        failure_message=intent.failure_message if failed else "",
    )


def refund_presented(refund: SandboxRefund) -> GatewayRefund:
    currency = refund.intent.currency
    return GatewayRefund(
        reference=refund.reference,
        status=GatewayRefundStatus.SUCCEEDED,
        key=key_of(refund.idempotency_key),
        amount=from_minor_units(refund.amount, currency),
        currency=currency,
    )


def positive_units(amount: Decimal, currency: str) -> int:
    units = minor_units(amount, currency)
    if units <= 0:
        raise GatewayRefused("The amount must be greater than zero.", code="amount_too_small")
    return units


def key_reused() -> GatewayRefused:
    return GatewayRefused("This key was used with other values before.", code="idempotency_error")


def require_web_address(address: str) -> None:
    """An http(s) address or nothing: it becomes the target of a redirect (see `commerce.pages.sandbox_challenge`)."""
    if not address:
        return
    try:
        parts = urlsplit(address)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        fine = False
    if not fine or len(address) > 500 or not address.isprintable() or " " in address:
        raise GatewayRefused("The return address must be an http(s) address.", field="return_url", code="url_invalid")
