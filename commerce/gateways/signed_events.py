"""Events in Stripe's form: JSON, signed with `Stripe-Signature: t=<time>,v1=<HMAC-SHA256 over time.body>`.

The sandbox gateway sends the same, so that what receives them is exercised without an account at Stripe.
"""

import json
from collections.abc import Mapping
from typing import Any

import stripe

from commerce.errors import EventNotGenuine
from commerce.gateways.base import EVENT_TOLERANCE_SECONDS, Event

SIGNATURE_HEADER = "Stripe-Signature"
OUR_NUMBER = "transaction_id"
"""In the metadata of each payment that we open. The sandbox keeps no metadata, and sends none."""


def event_read(body: bytes, headers: Mapping[str, str], *, secret: str) -> Event:
    """The event, once its signature is proven with our own `secret`; without a secret every event is refused."""
    try:
        # Refuses an empty secret and a missing header, and compares in constant time. The error it raises carries the
        # body, so it must not travel on into a log.
        stripe.Webhook.construct_event(
            body, header_of(headers, SIGNATURE_HEADER), secret, tolerance=EVENT_TOLERANCE_SECONDS, api_key="unused"
        )
        event = json.loads(body)
        about = event["data"]["object"]
        return Event(
            id=text_of(event, "id"),
            type=text_of(event, "type"),
            reference=reference_of(about),
            object_reference=text_of(about, "id") if about.get("object") in {"refund", "dispute"} else "",
        )
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError):
        raise EventNotGenuine from None


def sign(body: bytes, *, secret: str, timestamp: int) -> str:
    """The value of the signature header."""
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp)


def header_of(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name.lower()), None)


def reference_of(about: dict[str, Any]) -> str:
    """The payment an object of Stripe's is about: itself, or the intent that a charge, refund or dispute names; or the
    subscription, of an invoice. Empty for what somebody else began, such as the intent of a subscription's invoice: its
    invoice tells of it."""
    if about.get("object") == "payment_intent" and OUR_NUMBER not in about.get("metadata", {OUR_NUMBER: ""}):
        return ""
    if about.get("object") in {"payment_intent", "subscription"}:
        return text_of(about, "id")
    if about.get("object") == "invoice":
        return subscription_of(about)
    intent = about.get("payment_intent")
    if isinstance(intent, dict):  # sent expanded
        intent = intent.get("id")
    return intent if isinstance(intent, str) else ""


def subscription_of(invoice: dict[str, Any]) -> str:
    """Empty for an invoice of something else."""
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    subscription = details.get("subscription")
    if isinstance(subscription, dict):  # sent expanded
        subscription = subscription.get("id")
    return subscription if isinstance(subscription, str) else ""


def text_of(values: dict[str, Any], key: str) -> str:
    value = values[key]
    if not isinstance(value, str) or not value:
        raise ValueError(key)
    return value
