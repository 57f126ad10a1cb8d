"""Disputes as Stripe tells of them. https://docs.stripe.com/api/disputes/object

What was withdrawn and given back is not what the status says but what the dispute's balance transactions say: Stripe
withdraws with a dispute, not with an inquiry, and gives back some time after one was won.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from commerce.choices import ChargebackState
from commerce.gateways.base import GatewayDispute
from commerce.gateways.stripe_amounts import amount_of
from config.core.money import ZERO, quantise

STATES: Final = {
    "warning_needs_response": ChargebackState.INQUIRY,
    "warning_under_review": ChargebackState.INQUIRY,
    "warning_closed": ChargebackState.CLOSED,
    "needs_response": ChargebackState.OPEN,
    "under_review": ChargebackState.OPEN,
    "appeal_needs_response": ChargebackState.OPEN,
    "appeal_under_review": ChargebackState.OPEN,
    "won": ChargebackState.WON,
    "lost": ChargebackState.LOST,
    "prevented": ChargebackState.CLOSED,
}


def dispute_presented(dispute: Mapping[str, Any]) -> GatewayDispute:
    currency = dispute["currency"].upper()
    amount = amount_of(dispute["amount"], currency)
    booked = dispute.get("balance_transactions") or []
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    fee_currency = booked[0]["currency"].upper() if booked else ""
    return GatewayDispute(
        reference=dispute["id"],
        state=STATES[dispute["status"]],
        amount=amount,
        currency=currency,
        withdrawn=withdrawn_of(booked, amount, currency),
        opened_at=datetime.fromtimestamp(dispute["created"], UTC),
        reason=dispute.get("reason") or "",
        evidence_due_at=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        fee=amount_of(sum(row["fee"] for row in booked), fee_currency) if booked else ZERO,
        fee_currency=fee_currency,
    )


def withdrawn_of(booked: list[Mapping[str, Any]], amount: Decimal, currency: str) -> Decimal:
    """The rows are in the currency of the account's balance. Where that is another one than the payment's, what counts
    is which part of the withdrawal has come back."""
    taken = -sum(row["amount"] for row in booked if row["amount"] < 0)
    back = sum(row["amount"] for row in booked if row["amount"] > 0)
    if taken <= back:
        return ZERO
    if booked[0]["currency"].upper() == currency:
        return amount_of(taken - back, currency)
    return quantise(amount * (taken - back) / taken, currency)
