"""Steps of tests in which something happens at Stripe, and its signed events come in over HTTP."""

from functools import partial
from typing import Any

from django.test import Client

from commerce.models import Payment
from commerce.services.gateway_events.events import event_receive
from tests.stand_ins.stripe import StripeStandIn

WEBHOOK = "/api/webhooks/stripe"


def post(
    client: Client,
    stripe: StripeStandIn,
    event: dict[str, Any],
    *,
    path: str = WEBHOOK,
    extra: dict[str, str] | None = None,
    **signing: Any,
) -> Any:
    body, headers = stripe.signed(event, **signing)
    return client.post(
        path,
        body,
        content_type="application/json",
        headers={"Stripe-Signature": headers["Stripe-Signature"]} | (extra or {}),
    )


def post_all(client: Client, stripe: StripeStandIn, *, since: int = 0) -> None:
    """What Stripe has sent about refunds and disputes, in its order, from its `since`th event on."""
    for event in stripe.events[since:]:
        if event["type"].startswith(("refund.", "charge.")):
            assert post(client, stripe, event).status_code == 200


def received(stripe: StripeStandIn, event: dict[str, Any]) -> partial[None]:
    """The delivery of an event, for a thread."""
    body, headers = stripe.signed(event)
    return partial(event_receive, gateway="stripe", body=body, headers=headers)


def now(payment: Payment) -> Payment:
    """The payment's row as it is now."""
    return Payment.objects.get(pk=payment.pk)
