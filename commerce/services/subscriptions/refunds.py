"""Money of a subscription that staff give back: set aside under its lock, then made at its gateway, once.

A refund that waits counts against what can still be given back, so two at once never exceed an invoice. One whose
gateway is silent is repeated with the same key. How it ends is written down as the gateway's own word is (`reversals`):
books, invoice and subscription follow from that.
"""

import logging
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from accounts.actors import SYSTEM, Actor, person
from commerce import policies
from commerce.choices import ChargebackState, RefundStatus, ReversalKind
from commerce.errors import ChargebackOpen, GatewayRefused, GatewayUnavailable, RefundTooLarge
from commerce.gateways.base import GatewayRefund
from commerce.gateways.chosen import gateway_of_card
from commerce.gateways.refunding import refund_once
from commerce.models import InvoiceReversal, SubscriptionInvoice
from commerce.services.notices.subscriptions import tell_about_reversal
from commerce.services.states.subscriptions import subscription_lock
from commerce.services.subscriptions.reversals import refund_said, reversals_write
from config.core.audit import audit_record, audited
from config.core.errors import Denied, DomainError, Invalid, Missing
from config.core.idempotency import Once, call_claim, call_keep, made_by
from config.core.money import ZERO, exact, quantise, shown

logger = logging.getLogger(__name__)


def subscription_refund(
    *,
    actor: Actor,
    invoice_id: int,
    amount: Decimal | None = None,
    reason: str,
    once: Once | None = None,
) -> InvoiceReversal:
    """Give back `amount`, or all that is left, of a paid invoice. Administrators only. Who gets all of the period that
    is running has it no longer: the subscription ends at once. The same call again gives the same refund.

    What comes back has `succeeded`, or is `pending` when the gateway has not answered: it is then repeated until it
    has. Raises Denied, Missing, Invalid, RefundTooLarge, ChargebackOpen, GatewayRefused. It asks the gateway, so it
    leaves an entry in the audit trail when it is asked for and another with its outcome. Call it outside of
    transactions.
    """
    if not policies.may_move_money(actor):
        raise Denied
    with transaction.atomic():
        earlier = call_claim(once)
        if earlier is not None:
            made = made_by(earlier, InvoiceReversal)
        else:
            made = _reserve(actor, invoice_id, amount, reason)
            call_keep(once, made)
    try:
        done = _carry_out(actor, made)
    except GatewayRefused as refusal:
        if earlier is None:
            _record_outcome(actor, made, "subscription.refund_refused", code=refusal.code)
        raise
    if earlier is None:
        _record_outcome(actor, made, "subscription.refund", refund_status=done.state)
    return done


def _reserve(actor: Actor, invoice_id: int, amount: Decimal | None, reason: str) -> InvoiceReversal:
    if not reason.strip():
        raise Invalid("Say why; its person reads it.", field="reason")
    found = SubscriptionInvoice.objects.filter(pk=invoice_id).first()
    if found is None:
        raise Missing("Invoice")
    subscription = subscription_lock(found.subscription_id)
    invoice = SubscriptionInvoice.objects.get(pk=invoice_id)
    if invoice.reversals.filter(kind=ReversalKind.DISPUTE, state=ChargebackState.OPEN).exists():
        raise ChargebackOpen
    left = refundable(invoice)
    if not left:
        raise RefundTooLarge("Nothing is left to refund.")
    if amount is None:
        amount = left
    if amount <= 0:
        raise Invalid("The amount must be positive.", field="amount")
    if amount != left:  # all that is left goes back whatever it is
        exact(amount, invoice.currency, field="amount")
    if amount > left:
        text = shown(left, invoice.currency)
        raise RefundTooLarge(f"At most {text} {invoice.currency} can be refunded.", field="amount")
    asked = {"invoice": invoice.reference, "amount": shown(amount, invoice.currency), "reason": reason}
    with audited(actor, "subscription.refund_ask", subscription, **asked):
        return InvoiceReversal.objects.create(
            invoice=invoice,
            kind=ReversalKind.REFUND,
            key=uuid.uuid4(),
            state=RefundStatus.PENDING,
            amount=amount,
            actor=person(actor),
            words=reason[:200],
        )


def refundable(invoice: SubscriptionInvoice) -> Decimal:
    """What was paid of an invoice, less what went back, is on its way back, or is withdrawn."""
    if invoice.paid_at is None:
        return ZERO
    waiting = Q(kind=ReversalKind.REFUND, state=RefundStatus.PENDING)
    gone = invoice.reversals.aggregate(taken=Sum("taken"), waiting=Sum("amount", filter=waiting))
    return quantise(max(invoice.amount - (gone["taken"] or ZERO) - (gone["waiting"] or ZERO), ZERO), invoice.currency)


def _carry_out(actor: Actor, made: InvoiceReversal) -> InvoiceReversal:
    try:
        done = reversal_settle(actor=actor, reversal_id=made.pk)
    except GatewayUnavailable:
        return InvoiceReversal.objects.select_related("invoice").get(pk=made.pk)
    if done.state == RefundStatus.FAILED:
        raise GatewayRefused(done.failure_message or None)
    return done


def reversal_settle(*, actor: Actor, reversal_id: int) -> InvoiceReversal:
    """Make a refund that waits at its gateway, or find out how it ended. Safe to repeat, also by two at once."""
    row = InvoiceReversal.objects.select_related("invoice").get(pk=reversal_id)
    if row.state != RefundStatus.PENDING or row.key is None:
        return row
    InvoiceReversal.objects.filter(pk=reversal_id).update(attempts=F("attempts") + 1)
    try:
        reversals_write(row.invoice, lambda: [refund_said(_at_gateway(row))])
    except GatewayRefused as refusal:
        _refuse(row, refusal.message, actor=actor)
        raise
    row.refresh_from_db()
    return row


@transaction.atomic
def _refuse(row: InvoiceReversal, message: str, *, actor: Actor) -> None:
    """The gateway did not take the request. That says nothing about a refund that another request has made. Whoever
    waits has the refusal as their answer."""
    waiting = InvoiceReversal.objects.filter(pk=row.pk, state=RefundStatus.PENDING, reference="")
    if waiting.update(state=RefundStatus.FAILED, failure_message=message[:200]) and person(actor) is None:
        row.refresh_from_db()
        tell_about_reversal(row.invoice.subscription, row)


def _at_gateway(row: InvoiceReversal) -> GatewayRefund:
    invoice = row.invoice
    chosen = gateway_of_card(invoice.gateway)
    if row.reference:
        return chosen.retrieve_refund(row.reference)
    payment = chosen.payment_of_invoice(invoice.reference)
    if not payment:
        raise GatewayRefused("The payment service knows no payment of this invoice.")
    assert row.key is not None  # noqa: S101 (it is one of ours)
    return refund_once(
        chosen,
        payment=payment,
        amount=row.amount,
        currency=invoice.currency,
        key=row.key,
        is_repeated=row.attempts > 0,
    )


def reversals_sweep() -> int:
    """Repeat refunds that have not been answered, those with the fewest tries first. A gateway that is silent is asked
    once. Returns how many have succeeded."""
    waiting = InvoiceReversal.objects.filter(
        state=RefundStatus.PENDING, key__isnull=False, created_at__lt=timezone.now() - timedelta(seconds=30)
    )
    settled = 0
    silent: set[str] = set()
    for reversal_id, name in waiting.order_by("attempts", "pk").values_list("pk", "invoice__gateway")[:100]:
        if name in silent:
            continue
        try:
            settled += reversal_settle(actor=SYSTEM, reversal_id=reversal_id).state == RefundStatus.SUCCEEDED
        except GatewayUnavailable:
            silent.add(name)
        except DomainError as error:  # one's trouble must not keep the others waiting
            logger.warning("refund %s of a subscription not settled: %s", reversal_id, error.code)
    return settled


def _record_outcome(actor: Actor, made: InvoiceReversal, action: str, **outcome: Any) -> None:
    invoice = made.invoice
    about = {"invoice": invoice.reference, "amount": shown(made.amount, invoice.currency), "refund": made.pk}
    audit_record(actor=actor, action=action, target=invoice.subscription, after=about | outcome)
