"""Money of a subscription that went back at its gateway: refunds, asked for by staff (`refunds`) or made there, and
disputes of cardholders.

As everywhere an event is only a hint: all refunds and disputes of the payment are asked for again, and an answer that
is older than the last one written is asked for anew. What went back is taken off what subscriptions bring; what the
gateway charges for a dispute is the platform's expense.

Who got a whole period back has it no longer: the subscription ends at once, if that period is still running. While a
bank decides about a dispute its cardholder keeps what they have, and nothing more is charged to that card: it ends with
its period, unless they subscribe again.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.actors import SYSTEM
from commerce.choices import (
    LIVE_SUBSCRIPTIONS,
    SETTLED_CHARGEBACKS,
    AccountKind,
    ChargebackState,
    RefundStatus,
    ReversalKind,
    SubscriptionStatus,
    TransactionKind,
)
from commerce.errors import GatewayRefused, GatewayUnavailable
from commerce.gateways.base import BillingGateway, GatewayRefund
from commerce.gateways.chosen import gateway_of_card
from commerce.models import InvoiceReversal, Subscription, SubscriptionInvoice
from commerce.services.ledger.booking import Posting, book
from commerce.services.notices.subscriptions import tell_about_reversal, tell_about_subscription
from commerce.services.notices.webhooks import subscription_webhook
from commerce.services.states.subscriptions import subscription_lock, subscription_status_change
from commerce.services.subscriptions.at_gateway import (
    END_NOW,
    END_WITH_PERIOD,
    TRIES,
    subscription_reconcile,
    subscription_want,
)
from config.core.money import ZERO

logger = logging.getLogger(__name__)

FEES: Final = "dispute fees"
GIVEN_BACK: Final = "its payment was given back"
DISPUTED: Final = "The payment is disputed at the bank."


@dataclass(frozen=True)
class Said:
    """What a gateway says of one refund or dispute. `taken` is what of its `amount` is not with us now."""

    reference: str
    kind: ReversalKind
    state: str
    amount: Decimal
    currency: str
    taken: Decimal
    reason: str = ""
    fee: Decimal = ZERO
    fee_currency: str = ""
    key: UUID | None = None
    message: str = ""


def reversals_reconcile(*, gateway: str, payment: str) -> bool:
    """Take over how the refunds and disputes stand of the gateway's `payment` of an invoice. Safe to call at any time,
    any number of times; not in a transaction. False when it is of no invoice of ours (yet).

    Raises what the gateway raises.
    """
    chosen = gateway_of_card(gateway)
    reference = chosen.invoice_paid_by(payment)
    invoice = SubscriptionInvoice.objects.filter(gateway=gateway, reference=reference).exclude(reference="").first()
    if invoice is not None and invoice.paid_at is None:  # told of before the payment itself
        subscription_reconcile(subscription_id=invoice.subscription_id)
        invoice.refresh_from_db()
    if invoice is None or invoice.paid_at is None:
        return False
    reversals_write(invoice, lambda: _said(chosen, payment))
    return True


def reversals_write(invoice: SubscriptionInvoice, ask: Callable[[], Iterable[Said]]) -> None:
    """Take over what a gateway says when it is asked; once more where somebody wrote meanwhile."""
    for _try in range(TRIES):
        seen: dict[str, int] = {}
        for row in invoice.reversals.all():
            seen |= {name: row.changes for name in (row.reference, str(row.key or "")) if name}
        written = [_record(invoice.pk, said, seen.get(said.reference, seen.get(str(said.key), 0))) for said in ask()]
        if all(written):
            return
    raise GatewayUnavailable


def refund_said(refund: GatewayRefund) -> Said:
    state = RefundStatus(refund.status)
    return Said(
        refund.reference,
        ReversalKind.REFUND,
        state,
        refund.amount,
        refund.currency,
        refund.amount if state == RefundStatus.SUCCEEDED else ZERO,
        refund.reason,
        key=refund.key,
        message=refund.message,
    )


def _said(chosen: BillingGateway, payment: str) -> Iterator[Said]:
    yield from map(refund_said, chosen.refunds_of(payment))
    for dispute in chosen.disputes_of(payment):
        yield Said(
            dispute.reference,
            ReversalKind.DISPUTE,
            dispute.state,
            dispute.amount,
            dispute.currency,
            dispute.withdrawn,
            dispute.reason,
            dispute.fee,
            dispute.fee_currency,
        )


@transaction.atomic
def _record(invoice_id: int, said: Said, seen: int) -> bool:
    """Write down how one stands, unless it was written since it was `seen`. The only way a reversal moves."""
    invoice = SubscriptionInvoice.objects.get(pk=invoice_id)
    subscription = subscription_lock(invoice.subscription_id)
    ours = Q(invoice=invoice, key=said.key) if said.key is not None else Q(pk=None)
    row = InvoiceReversal.objects.filter(ours | Q(reference=said.reference)).first()
    row = row or InvoiceReversal(invoice=invoice, reference=said.reference, kind=said.kind)
    if row.changes != seen:
        return False
    if said.currency != invoice.currency:
        logger.error("invoice %s: the gateway speaks of another currency", invoice_id)
        raise GatewayRefused("The payment service speaks of another currency.")
    present = (row.reference, row.state, row.taken, row.fee)
    if row.pk and present == (said.reference, said.state, said.taken, said.fee):
        return True
    is_known, before, taken, fee = row.pk is not None, row.state, said.taken - row.taken, said.fee - row.fee
    row.reference, row.state, row.amount, row.reason = said.reference, said.state, said.amount, said.reason[:60]
    row.failure_message = said.message[:200] if said.state == RefundStatus.FAILED else ""
    row.taken, row.fee, row.fee_currency = said.taken, said.fee, said.fee_currency or row.fee_currency
    row.changes += 1
    row.save()
    _book(subscription, row, taken=taken, fee=fee)
    for kind, column in ((ReversalKind.REFUND, "refunded_amount"), (ReversalKind.DISPUTE, "disputed_amount")):
        total = InvoiceReversal.objects.filter(invoice=invoice, kind=kind).aggregate(total=Sum("taken"))["total"]
        setattr(invoice, column, total or ZERO)
    invoice.save(update_fields=["refunded_amount", "disputed_amount"])
    if row.state != before and (is_known or row.state != RefundStatus.FAILED):
        tell_about_reversal(subscription, row)
    _follow(subscription, invoice, is_disputed=row.state == ChargebackState.OPEN and row.state != before)
    return True


def _book(subscription: Subscription, row: InvoiceReversal, *, taken: Decimal, fee: Decimal) -> None:
    movements = [
        ("", row.invoice.currency, taken, Posting(AccountKind.SUBSCRIPTIONS, -taken)),
        # In the currency of the account at the gateway, which may be another one.
        (":fee", row.fee_currency, fee, Posting(AccountKind.EXPENSES, -fee, name=FEES)),
    ]
    for step, currency, amount, other in movements:
        if amount:
            book(
                kind=TransactionKind.SUBSCRIPTION,
                key=f"{row.ledger_key}{row.changes}{step}",
                currency=currency,
                note=f"{row.kind} {row.state} of {row.invoice.reference}"[:200],
                postings=[Posting(AccountKind.GATEWAY, amount, name=subscription.gateway), other],
            )


def _follow(subscription: Subscription, invoice: SubscriptionInvoice, *, is_disputed: bool) -> None:
    """What became of its money decides what becomes of the locked subscription. `is_disputed`: since just now."""
    if subscription.status not in LIVE_SUBSCRIPTIONS or invoice.period_end <= timezone.now():
        return
    settled = invoice.reversals.filter(state__in=[RefundStatus.SUCCEEDED, *SETTLED_CHARGEBACKS])
    if (settled.aggregate(total=Sum("taken"))["total"] or ZERO) >= invoice.amount:
        before = subscription.status
        subscription.cancelled_at, subscription.cancel_reason = timezone.now(), GIVEN_BACK
        subscription.save(update_fields=["cancelled_at", "cancel_reason"])
        subscription_status_change(subscription, SubscriptionStatus.CANCELLED, actor=SYSTEM, reason=GIVEN_BACK)
        subscription_want(subscription, END_NOW)
        tell_about_subscription(subscription, before=before)
    elif is_disputed and not subscription.cancel_at_period_end:
        subscription.cancel_at_period_end, subscription.cancelled_at = True, timezone.now()
        subscription.cancel_reason = DISPUTED
        subscription.save(update_fields=["cancel_at_period_end", "cancelled_at", "cancel_reason"])
        subscription_webhook(subscription)
        subscription_want(subscription, END_WITH_PERIOD)
