"""Stripe: PaymentIntents confirmed from the server, with the company's own library.

Payments take cards only (`allowed_payment_method_types`, which took the place of `payment_method_types` in the API
version 2026-09-30.endive). With `automatic_payment_methods` whatever is ticked in the account's dashboard could be
used, bank debits that settle days later among it, and every confirmation would have to carry a return address, which
our callers may leave out.

3-D Secure: with a return address Stripe answers `redirect_to_url`, which any client can follow; without one
`use_stripe_sdk`, which Stripe.js and the mobile libraries finish with the client secret.

Cards never pass through here: only tokens, made by Stripe's own form in the payer's browser.

Saved cards are attached to a Customer. A SetupIntent would also ask the bank, as Stripe recommends for charges behind
the payer's back, but it may want 3-D Secure there and then, and turn the card down; ours are charged while the payer is
at the checkout, where both have their place.
"""

import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import stripe
from django.conf import settings
from stripe.params import PaymentIntentConfirmParams

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
from commerce.gateways.signed_events import event_read
from commerce.gateways.stripe_amounts import amount_of, units_of
from commerce.gateways.stripe_billing import StripeBilling
from commerce.gateways.stripe_client import client_of, failure_of, is_replay, reason_of, require_token, translated
from commerce.gateways.stripe_disputes import dispute_presented

logger = logging.getLogger(__name__)

STATUSES: Final = {
    "requires_payment_method": IntentStatus.NEEDS_METHOD,
    "requires_confirmation": IntentStatus.NEEDS_METHOD,
    "requires_action": IntentStatus.NEEDS_ACTION,
    "processing": IntentStatus.PROCESSING,
    "requires_capture": IntentStatus.PROCESSING,
    "succeeded": IntentStatus.SUCCEEDED,
    "canceled": IntentStatus.CANCELLED,
}
REFUND_STATUSES: Final = {
    "succeeded": GatewayRefundStatus.SUCCEEDED,
    "pending": GatewayRefundStatus.PENDING,
    "requires_action": GatewayRefundStatus.PENDING,
    "failed": GatewayRefundStatus.FAILED,
    "canceled": GatewayRefundStatus.FAILED,
}
OUR_KEY: Final = "refund_key"  # of a refund's metadata


class StripeGateway(StripeBilling):
    name = "stripe"

    def __init__(self) -> None:
        if not settings.STRIPE_SECRET_KEY:
            raise MethodUnavailable("Card payments are not set up on this server.")
        self.client = client_of(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)

    def create(
        self, *, amount: Decimal, currency: str, key: str, description: str, metadata: Mapping[str, str]
    ) -> Intent:
        with translated():
            created = self.client.v1.payment_intents.create(
                {
                    "amount": units_of(amount, currency),
                    "currency": currency.lower(),
                    "allowed_payment_method_types": ["card"],
                    "description": description,
                    "metadata": dict(metadata),
                },
                {"idempotency_key": f"create-{key}"},
            )
            return self._latest(created)

    def confirm(self, *, reference: str, payment_method: str, return_url: str, key: str, customer: str = "") -> Intent:
        require_token(payment_method)
        params: PaymentIntentConfirmParams = {"payment_method": payment_method}
        if return_url:
            params["return_url"] = return_url
        else:
            params["use_stripe_sdk"] = True
        with translated():
            if customer:  # a card that is attached to a Customer is charged in payments of that Customer alone
                self.client.v1.payment_intents.update(reference, {"customer": customer})
            try:
                confirmed = self.client.v1.payment_intents.confirm(
                    reference, params, {"idempotency_key": f"confirm-{key}"}
                )
            except stripe.CardError as decline:
                return declined(decline)
            except stripe.InvalidRequestError as refusal:
                if refusal.code != "payment_intent_unexpected_state":
                    raise
                # Confirmed before, perhaps by a request whose answer was lost: what counts is how it stands now.
                present = self.retrieve(reference)
                if present.status in {IntentStatus.SUCCEEDED, IntentStatus.PROCESSING}:
                    return present
                raise
            return self._latest(confirmed)

    def retrieve(self, reference: str) -> Intent:
        with translated():
            return presented(self.client.v1.payment_intents.retrieve(reference).to_dict())

    def cancel(self, reference: str) -> Intent:
        with translated():
            try:
                return presented(self.client.v1.payment_intents.cancel(reference).to_dict())
            except stripe.InvalidRequestError:
                present = self.retrieve(reference)
                if present.status == IntentStatus.CANCELLED:
                    return present
                raise

    def refund(self, *, reference: str, amount: Decimal, currency: str, key: str) -> GatewayRefund:
        with translated():
            refund = self.client.v1.refunds.create(
                {"payment_intent": reference, "amount": units_of(amount, currency), "metadata": {OUR_KEY: key}},
                {"idempotency_key": f"refund-{key}"},
            )
            if is_replay(refund):
                return self.retrieve_refund(refund.id)
            return refund_presented(refund.to_dict())

    def retrieve_refund(self, reference: str) -> GatewayRefund:
        with translated():
            return refund_presented(self.client.v1.refunds.retrieve(reference).to_dict())

    def refunds_of(self, reference: str) -> list[GatewayRefund]:
        with translated():
            found = self.client.v1.refunds.list({"payment_intent": reference, "limit": 100})
            return [refund_presented(refund.to_dict()) for refund in found.auto_paging_iter()]

    def disputes_of(self, reference: str) -> list[GatewayDispute]:
        with translated():
            found = self.client.v1.disputes.list({"payment_intent": reference, "limit": 100})
            return [dispute_presented(dispute.to_dict()) for dispute in found.auto_paging_iter()]

    def save(self, *, token: str, account: str, customer: str) -> SavedCard:
        require_token(token)
        with translated():
            if not customer:
                created = self.client.v1.customers.create(
                    {"metadata": {"account": account}}, {"idempotency_key": f"customer-{account}"}
                )
                customer = created.id
            try:
                card = self.client.v1.payment_methods.attach(token, {"customer": customer})
                token = card.id
            except stripe.CardError:
                # The bank has something against it. That is for the payment to say, as it is with every other token.
                card = self.client.v1.payment_methods.retrieve(token)
            return saved(card.to_dict(), token, customer)

    def forget(self, token: str) -> None:
        with translated():
            try:
                self.client.v1.payment_methods.detach(token)
            except stripe.InvalidRequestError as refusal:  # it is attached to nobody, or Stripe does not know it
                logger.info("Stripe had nothing to detach: %s", refusal.code)

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Event:
        return event_read(body, headers, secret=settings.STRIPE_WEBHOOK_SECRET)

    def _latest(self, answer: stripe.PaymentIntent) -> Intent:
        """An idempotency key brings back the first answer word for word, which may be old by now."""
        return self.retrieve(answer.id) if is_replay(answer) else presented(answer.to_dict())


def saved(card: Mapping[str, Any], token: str, customer: str) -> SavedCard:
    facts = card.get("card")
    if not facts:
        raise GatewayRefused("This payment method is no card.", field="payment_method_id", code="no_card")
    return SavedCard(
        token=token,
        customer=customer,
        brand=facts["brand"],
        last_four=facts["last4"],
        expiry_month=facts["exp_month"],
        expiry_year=facts["exp_year"],
    )


def declined(decline: stripe.CardError) -> Intent:
    code, message = reason_of(decline)
    body: Any = decline.json_body
    intent = presented(body["error"]["payment_intent"])
    return Intent(
        reference=intent.reference,
        status=IntentStatus.FAILED,
        client_secret=intent.client_secret,
        amount=intent.amount,
        currency=intent.currency,
        failure_code=code,
        failure_message=message,
    )


def presented(intent: Mapping[str, Any]) -> Intent:
    status = STATUSES[intent["status"]]
    code, message = "", ""
    if intent["status"] == "requires_payment_method":
        code, message = failure_of(intent.get("last_payment_error"))
    currency = intent["currency"].upper()
    return Intent(
        reference=intent["id"],
        status=IntentStatus.FAILED if code else status,
        client_secret=intent.get("client_secret") or "",
        amount=amount_of(intent["amount"], currency),
        currency=currency,
        next_action=intent.get("next_action") if status == IntentStatus.NEEDS_ACTION else None,
        failure_code=code,
        failure_message=message,
    )


def refund_presented(refund: Mapping[str, Any]) -> GatewayRefund:
    currency = refund["currency"].upper()
    return GatewayRefund(
        reference=refund["id"],
        status=REFUND_STATUSES[refund["status"]],
        message=(refund.get("failure_reason") or "").replace("_", " "),
        key=key_of((refund.get("metadata") or {}).get(OUR_KEY, "")),
        amount=amount_of(refund["amount"], currency),
        currency=currency,
        reason=(refund.get("reason") or "").replace("_", " "),
    )
