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

from commerce.errors import GatewayRefused, MethodUnavailable
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
from commerce.gateways.signed_events import SIGNATURE_HEADER, event_read, sign
from commerce.models import SandboxIntent, SandboxRefund
from config.core.announce import enqueue_after_commit
from config.core.money import from_minor_units, minor_units

NEEDS_METHOD: Final = "requires_payment_method"
NEEDS_ACTION: Final = "requires_action"
SUCCEEDED: Final = "succeeded"
CANCELLED: Final = "canceled"
STATUSES: Final = {
    NEEDS_METHOD: IntentStatus.NEEDS_METHOD,
    NEEDS_ACTION: IntentStatus.NEEDS_ACTION,
    SUCCEEDED: IntentStatus.SUCCEEDED,
    CANCELLED: IntentStatus.CANCELLED,
}

PAYS: Final = {"pm_card_visa", "pm_card_visa_debit", "pm_card_mastercard", "pm_card_amex"}
NEEDS_3D_SECURE: Final = {"pm_card_threeDSecure2Required", "pm_card_authenticationRequired"}
# Code and words of the refusal. `card_declined` is the bank that gives no reason (Stripe's `generic_decline`).
DECLINES: Final = {
    "pm_card_chargeDeclined": ("card_declined", "Your card was declined."),
    "pm_card_visa_chargeDeclined": ("card_declined", "Your card was declined."),
    "pm_card_chargeDeclinedInsufficientFunds": ("insufficient_funds", "Your card has insufficient funds."),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("insufficient_funds", "Your card has insufficient funds."),
    "pm_card_visa_chargeDeclinedLostCard": ("lost_card", "Your card was declined."),
    "pm_card_visa_chargeDeclinedStolenCard": ("stolen_card", "Your card was declined."),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "Your card has expired."),
    "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "pm_card_chargeDeclinedProcessingError": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
}
BRANDS: Final = {"pm_card_mastercard": "mastercard", "pm_card_amex": "amex"}
TEST_CARDS: Final = {
    "4242424242424242": "pm_card_visa",
    "4000056655665556": "pm_card_visa_debit",
    "5555555555554444": "pm_card_mastercard",
    "378282246310005": "pm_card_amex",
    "4000000000000002": "pm_card_chargeDeclined",
    "4000000000009995": "pm_card_chargeDeclinedInsufficientFunds",
    "4000000000009987": "pm_card_visa_chargeDeclinedLostCard",
    "4000000000009979": "pm_card_visa_chargeDeclinedStolenCard",
    "4000000000000069": "pm_card_chargeDeclinedExpiredCard",
    "4000000000000127": "pm_card_chargeDeclinedIncorrectCvc",
    "4000000000000119": "pm_card_chargeDeclinedProcessingError",
    "4000000000003220": "pm_card_threeDSecure2Required",
    "4000002760003184": "pm_card_threeDSecure2Required",
}

# The numbers that may be sent to us at all, turned into tokens at once (see `services.saved_methods`).
RAW_NUMBERS: Final = {"4242424242424242", "4000000000000002", "4000002760003184"}

WEBHOOK_SECONDS: Final = 5.0


def token_of_test_card(number: str) -> str:
    """The token of a published test card; spaces and hyphens do not matter. Any other number is refused, unrepeated."""
    require_allowed()
    token = TEST_CARDS.get(number.replace(" ", "").replace("-", ""))
    if token is None:
        raise GatewayRefused(
            "The sandbox takes Stripe's test cards only, such as 4242 4242 4242 4242. Never enter a real card here.",
            code="unknown_card",
        )
    return token


def require_token(token: str) -> None:
    if token not in PAYS | NEEDS_3D_SECURE | DECLINES.keys():
        raise GatewayRefused(
            "The sandbox knows only Stripe's test payment methods, for example pm_card_visa.",
            field="payment_method_id",
            code="resource_missing",
        )


def require_allowed() -> None:
    if not settings.SANDBOX_ALLOWED:
        raise MethodUnavailable("Card payments are not set up on this server.")


class SandboxGateway:
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
            intent.failure_code, intent.failure_message = DECLINES.get(payment_method, ("", ""))
            if payment_method in PAYS:
                intent.status = SUCCEEDED
            elif payment_method in DECLINES:
                intent.status = NEEDS_METHOD
            else:
                intent.status, intent.challenge = NEEDS_ACTION, uuid.uuid4()
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
    # A lost event does no harm: the payer's own return and the periodic sweep ask for the state as well.
    enqueue_after_commit(
        "commerce.tasks.sandbox_webhook_send", f"evt_sandbox_{challenge.hex}", event_type, intent.reference
    )
    return True


def event_send(*, event_id: str, event_type: str, reference: str) -> None:
    """Deliver one event to our own webhook, over the network like anybody's. Raises requests' errors."""
    about = {"id": reference, "object": "payment_intent"}
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


def next_action_of(intent: SandboxIntent) -> dict[str, Any] | None:
    if intent.status != NEEDS_ACTION:
        return None
    address = f"{settings.PUBLIC_URL}/sandbox/3d-secure/{intent.challenge}/"
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"url": address, "return_url": intent.return_url or None},
    }


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
