"""Subscriptions at Stripe Billing: Stripe renews them, tries declined cards again, and gives up, by its own settings.

The first payment may fail or want 3-D Secure (`payment_behavior: allow_incomplete`): the subscription is there then,
incomplete, with an open invoice. What counts is always asked for again: the subscription, its invoices, and how the
payment of the newest one stands.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import stripe

from commerce.errors import CardDeclined
from commerce.gateways.base import BilledInvoice, Billing, BillingStatus, key_of
from commerce.gateways.stripe_amounts import amount_of, units_of
from commerce.gateways.stripe_client import failure_of, reason_of, translated

INTERVALS: Final = {"monthly": "month", "yearly": "year"}
STATUSES: Final = {
    "incomplete": BillingStatus.INCOMPLETE,
    "trialing": BillingStatus.ACTIVE,
    "active": BillingStatus.ACTIVE,
    "past_due": BillingStatus.PAST_DUE,
    "paused": BillingStatus.PAST_DUE,
    "unpaid": BillingStatus.ENDED,  # given up; paying its invoice makes it active again
    "canceled": BillingStatus.ENDED,
    "incomplete_expired": BillingStatus.ENDED,
}
OPEN: Final = frozenset({"incomplete", "past_due", "unpaid"})
SHOWN_INVOICES: Final = 100
OUR_KEY: Final = "subscription_key"  # of a subscription's metadata


class StripeBilling:
    """The part of the gateway that charges subscriptions."""

    client: stripe.StripeClient

    def price_make(self, *, name: str, amount: Decimal, currency: str, cycle: str, key: str) -> str:
        params: Any = {
            "currency": currency.lower(),
            "unit_amount": units_of(amount, currency),
            "recurring": {"interval": INTERVALS[cycle]},
            "product_data": {"name": name},
        }
        with translated():
            return self.client.v1.prices.create(params, {"idempotency_key": f"price-{key}"}).id

    def subscribe(
        self, *, price: str, amount: Decimal, currency: str, cycle: str, token: str, customer: str, key: str
    ) -> Billing:
        params: Any = {
            "customer": customer,
            "items": [{"price": price}],
            "default_payment_method": token,
            "payment_behavior": "allow_incomplete",
            "metadata": {OUR_KEY: key},
        }
        with translated():
            try:
                begun = self.client.v1.subscriptions.create(params, {"idempotency_key": f"subscribe-{key}"})
            except stripe.InvalidRequestError as refusal:
                if refusal.code != "resource_missing":
                    raise
                # Its bank would not have the card kept for this customer (see `StripeGateway.save`).
                raise CardDeclined("Your card was declined.", code="card_declined") from None
            return self.billing(begun.id)

    def billing(self, reference: str) -> Billing:
        with translated():
            found = self.client.v1.subscriptions.retrieve(reference).to_dict()
            invoices = self.client.v1.invoices.list({"subscription": reference, "limit": SHOWN_INVOICES})
            rows = [invoice.to_dict() for invoice in invoices.data]
            intent = self._intent_of(rows[0]) if rows and found["status"] in OPEN else None
            return presented(found, rows, intent)

    def billing_key(self, reference: str) -> UUID | None:
        with translated():
            try:
                return _key_of(self.client.v1.subscriptions.retrieve(reference).to_dict())
            except stripe.InvalidRequestError as refusal:
                if refusal.code != "resource_missing":
                    raise
                return None

    def billing_find(self, *, key: str, customer: str) -> str:
        if not customer:
            return ""
        with translated():
            # Listed, not searched: what was just made is found by a search up to a minute later.
            mine = self.client.v1.subscriptions.list({"customer": customer, "status": "all", "limit": 100})
            return next((one.id for one in mine.auto_paging_iter() if str(_key_of(one.to_dict())) == key), "")

    def billing_pay(self, *, reference: str, token: str, customer: str, key: str) -> Billing:
        with translated():
            self.client.v1.subscriptions.update(reference, {"default_payment_method": token})
            newest = self.client.v1.subscriptions.retrieve(reference).to_dict()["latest_invoice"]
            try:
                self.client.v1.invoices.pay(newest, {"payment_method": token}, {"idempotency_key": f"pay-{key}"})
            except stripe.CardError as decline:
                code, message = reason_of(decline)
                billing = self.billing(reference)
                if billing.next_action is not None or billing.failure_code:
                    return billing
                return _declined(billing, code, message)
            return self.billing(reference)

    def billing_cancel(self, *, reference: str, at_end: bool) -> Billing:
        with translated():
            try:
                if at_end:
                    self.client.v1.subscriptions.update(reference, {"cancel_at_period_end": True})
                else:
                    self.client.v1.subscriptions.cancel(reference)
            except stripe.InvalidRequestError:
                if self.billing(reference).status != BillingStatus.ENDED:
                    raise
            return self.billing(reference)

    def billing_keep(self, reference: str) -> Billing:
        with translated():
            try:
                self.client.v1.subscriptions.update(reference, {"cancel_at_period_end": False})
            except stripe.InvalidRequestError:
                if self.billing(reference).status != BillingStatus.ENDED:
                    raise
            return self.billing(reference)

    def invoice_paid_by(self, payment: str) -> str:
        with translated():
            paid: Any = {"payment": {"type": "payment_intent", "payment_intent": payment}, "limit": 1}
            for row in self.client.v1.invoice_payments.list(paid).data:
                invoice = row.to_dict()["invoice"]
                return str(invoice["id"] if isinstance(invoice, dict) else invoice)
            return ""

    def payment_of_invoice(self, invoice: str) -> str:
        with translated():
            paid: Any = {"invoice": invoice, "status": "paid", "limit": 100}
            payments = [row.to_dict()["payment"] for row in self.client.v1.invoice_payments.list(paid).data]
            intents = (payment.get("payment_intent") for payment in payments)
            return next((str(one["id"] if isinstance(one, dict) else one) for one in intents if one), "")

    def _intent_of(self, invoice: Mapping[str, Any]) -> dict[str, Any] | None:
        """The payment that the newest try at an invoice made."""
        payments = self.client.v1.invoice_payments.list({"invoice": invoice["id"], "limit": 1})
        for row in payments.data:
            intent = row.to_dict()["payment"].get("payment_intent")
            if intent:
                found: dict[str, Any] = self.client.v1.payment_intents.retrieve(intent).to_dict()
                return found
        return None


def presented(found: Mapping[str, Any], invoices: list[dict[str, Any]], intent: Mapping[str, Any] | None) -> Billing:
    [item, *_] = found["items"]["data"]
    waits = intent is not None and intent["status"] == "requires_action"
    code, message = "", ""
    if intent is not None and intent["status"] == "requires_payment_method":
        code, message = failure_of(intent.get("last_payment_error"))
        code = code or "card_declined"
    return Billing(
        reference=found["id"],
        status=STATUSES[found["status"]],
        period_start=_moment(item["current_period_start"]),
        period_end=_moment(item["current_period_end"]),
        cancels_at_end=bool(found.get("cancel_at_period_end")),
        invoices=tuple(_invoice(row) for row in reversed(invoices)),
        client_secret=(intent.get("client_secret") or "") if waits and intent is not None else "",
        next_action=intent.get("next_action") if waits and intent is not None else None,
        failure_code=code,
        failure_message=message,
    )


def _invoice(row: Mapping[str, Any]) -> BilledInvoice:
    currency = row["currency"].upper()
    period = row["lines"]["data"][0]["period"] if row["lines"]["data"] else {}
    is_paid = row["status"] == "paid"
    return BilledInvoice(
        reference=row["id"],
        amount=amount_of(row["amount_paid"] if is_paid else row["amount_due"], currency),
        currency=currency,
        is_paid=is_paid,
        period_start=_moment(period.get("start", row["period_start"])),
        period_end=_moment(period.get("end", row["period_end"])),
    )


def _key_of(found: Mapping[str, Any]) -> UUID | None:
    return key_of((found.get("metadata") or {}).get(OUR_KEY, ""))


def _declined(billing: Billing, code: str, message: str) -> Billing:
    return Billing(
        reference=billing.reference,
        status=billing.status,
        period_start=billing.period_start,
        period_end=billing.period_end,
        cancels_at_end=billing.cancels_at_end,
        invoices=billing.invoices,
        failure_code=code or "card_declined",
        failure_message=message,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
