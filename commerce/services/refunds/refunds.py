"""Refunds: reserved under the payment's lock, carried out at the gateway, booked when it has answered.

A pending refund already counts against what can still be refunded, so two at once never exceed the payment. One whose
gateway is silent stays pending and is repeated with the same key, so nobody is refunded twice. A refund is of the whole
payment, shared by its lines in proportion, or of one line's share. What is held is taken first.

Money that came in by hand goes back by hand. An administrator who asks for a refund says that they have handed it over,
and the request books it in its own transaction. What others have caused (an order cancelled, a dispute decided) waits,
pending, until an administrator says of that very refund that it was handed over: each request is one refund's, so that
none is lost in another.

What the gateway's own dashboard refunds is taken over by `commerce.services.gateway_events.refunds`.
"""

import logging
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts.actors import SYSTEM, Actor, person
from commerce import policies
from commerce.choices import (
    PAID,
    REFUNDED_BY_HAND,
    RefundStatus,
    TransactionKind,
)
from commerce.errors import (
    DisputeOpen,
    GatewayRefused,
    GatewayUnavailable,
    OwnMoney,
    RefundTooLarge,
    RefundWaits,
    WrongPaymentStatus,
)
from commerce.gateways.base import GatewayRefund, GatewayRefundStatus
from commerce.gateways.chosen import gateway
from commerce.gateways.refunding import refund_once
from commerce.models import Payment, PaymentShare, Refund
from commerce.selectors.payments import payment_visible
from commerce.services.ledger.booking import book, went_back
from commerce.services.ledger.counts import downloads_follow
from commerce.services.ledger.shares import Taken, left_of, put_back, reserved_of_shares, shares_moving, take
from commerce.services.notices.chargebacks import tell_about_failed_refund, tell_about_unmade_refund
from commerce.services.notices.jobs import tell_about_job_refund
from commerce.services.notices.orders import tell_about_refund
from commerce.services.notices.webhooks import refund_webhook
from commerce.services.states.chargebacks import refuse_refund
from commerce.services.states.disputes import has_open_dispute
from commerce.services.states.payments import AUDITED, move_totals, payment_gone_back, payment_lock
from config.core.audit import audit_record, columns_shown
from config.core.errors import Denied, DomainError, Invalid
from config.core.idempotency import Once, call_claim, call_find, call_keep, made_by
from config.core.money import ZERO, exact, quantise, shown

logger = logging.getLogger(__name__)


def payment_refund(
    *,
    actor: Actor,
    payment_id: int,
    amount: Decimal | None = None,
    reason: str = "",
    item: int | None = None,
    refund: int | None = None,
    once: Once | None = None,
) -> Refund:
    """Give back `amount`, or all that is left, of the payment or of one `item` of its order. Administrators only, and
    not to themselves. The same call again settles the same refund.

    The refund that comes back is `succeeded`, or `pending` when the gateway has not answered: it is then repeated until
    it has. Where money goes back by hand and a refund waits for that, `refund` says that this one was handed over; so
    does a request of all of it when nothing else can be meant. Raises Denied, OwnMoney, Missing, Invalid,
    WrongPaymentStatus, RefundTooLarge, RefundWaits, DisputeOpen, ChargebackOpen, GatewayRefused.

    It asks a gateway and so cannot stand in one transaction with its entry in the audit trail: it leaves one when it is
    asked for and another with its outcome. A process that dies in between leaves the first, and the sweep settles the
    refund. The same call again leaves none.
    """
    if not policies.may_move_money(actor):
        raise Denied
    payment = payment_visible(actor=actor, payment_id=payment_id)
    if policies.is_payer(actor, payment):
        raise OwnMoney("Nobody gives money back to themselves.")

    def ask() -> Refund:
        made = _ask(payment_id, amount=amount, actor=actor, reason=reason, item=item, waiting=refund, once=once)
        return refund_carry_out(actor=actor, refund_id=made.pk)

    if call_find(once) is not None:
        return ask()
    if amount is not None and amount != refundable(payment):
        exact(amount, payment.currency, field="amount")
    before = columns_shown(payment, *AUDITED)
    asked: dict[str, Any] = {
        "amount": shown(amount, payment.currency) if amount is not None else "all that is left",
        "reason": reason,
    }
    named = {"item": item, "waiting": refund, "key": once.key if once is not None else None}
    asked |= {name: value for name, value in named.items() if value is not None}

    def record(action: str, **outcome: Any) -> None:
        audit_record(actor=actor, action=action, target=payment, before=before, after=asked | outcome)

    record("payment.refund_ask")
    try:
        made = ask()
    except DomainError as refusal:
        record("payment.refund_refused", code=refusal.code)
        raise
    refunded = shown(made.amount, payment.currency)
    record("payment.refund", refund=made.pk, refund_status=made.status, refunded=refunded)
    return made


@transaction.atomic
def _ask(
    payment_id: int,
    *,
    amount: Decimal | None,
    actor: Actor,
    reason: str,
    item: int | None,
    waiting: int | None,
    once: Once | None,
) -> Refund:
    """Reserve the refund, or find the one that is meant; booked already where it goes back by hand."""
    earlier = call_claim(once)
    if earlier is not None:
        return made_by(earlier, Refund)
    payment = payment_lock(payment_id)
    share = _share_of(payment, item) if item is not None else None
    refund = _waiting(payment, share, amount, waiting) or refund_reserve(
        payment, amount=amount, actor=actor, reason=reason, share=share
    )
    if payment.payment_method in REFUNDED_BY_HAND:
        refund = _handed_over(refund, actor)
    call_keep(once, refund)
    return refund


def _waiting(
    payment: Payment, share: PaymentShare | None, amount: Decimal | None, waiting_id: int | None
) -> Refund | None:
    """Which waiting refund a request about a locked payment is about; None when it asks for a new one."""
    by_hand = payment.payment_method in REFUNDED_BY_HAND
    waiting = list(payment.refunds.filter(status=RefundStatus.PENDING).order_by("pk")) if by_hand else []
    if waiting_id is not None:
        named = next((refund for refund in waiting if refund.pk == waiting_id), None)
        if named is None:
            raise Invalid("No such refund of this payment waits to be handed over.", field="refund")
        if amount is not None and amount != named.amount:
            raise Invalid(f"That refund is of {quantise(named.amount, payment.currency)}.", field="amount")
        return named
    meant = [
        refund
        for refund in waiting
        if amount in {None, refund.amount} and (share is None or refund.share_id in {None, share.pk})
    ]
    if len(meant) == 1 and not refundable(payment, share):
        return meant[0]
    if meant:  # whoever has handed that over and asks once more without naming it would book it twice
        refunds = ", ".join(f"{refund.pk} ({quantise(refund.amount, payment.currency)})" for refund in meant)
        raise RefundWaits(f"Waiting to be handed over: {refunds}. Name the one that was.", field="refund")
    return None


def _share_of(payment: Payment, line_id: int) -> PaymentShare:
    share = payment.shares.filter(line=line_id).first()
    if share is None:
        raise Invalid("The payment is not for such an item.", field="item")
    share.payment = payment
    return share


def _handed_over(refund: Refund, actor: Actor) -> Refund:
    """Somebody who may has said that they gave the money back. The payment is locked."""
    outcome = GatewayRefund(reference=f"by-hand-{refund.key}", status=GatewayRefundStatus.SUCCEEDED)
    return refund_record(refund.pk, outcome, actor=actor)


def refund_reserve(
    payment: Payment,
    *,
    amount: Decimal | None,
    actor: Actor,
    reason: str,
    share: PaymentShare | None = None,
) -> Refund:
    """Set an amount of a locked payment aside for a refund, or all that is left; with `share` of that one alone."""
    if payment.status not in PAID:
        raise WrongPaymentStatus(f"The payment is {payment.status}; only a completed one can be refunded.")
    if has_open_dispute(payment):
        raise DisputeOpen
    refuse_refund(payment)
    left = refundable(payment, share)
    if amount is None:
        amount = left
    if left == 0:
        raise RefundTooLarge("Nothing is left to refund.")
    if amount <= 0:
        raise Invalid("The amount must be positive.", field="amount")
    if amount != left:  # all that is left goes back whatever it is
        exact(amount, payment.currency, field="amount")
    if amount > left:
        text = shown(left, payment.currency)
        raise RefundTooLarge(f"At most {text} {payment.currency} can be refunded.", field="amount")
    return Refund.objects.create(
        payment=payment,
        share=share,
        amount=amount,
        actor=person(actor),
        reason=reason[:200],
    )


def refundable(payment: Payment, share: PaymentShare | None = None) -> Decimal:
    """What was paid, for all or for one share, less what went back, is on its way back, or is withdrawn."""
    withdrawn = payment.shares.aggregate(total=Sum("withdrawn_gross"))["total"] or ZERO
    left = payment.amount - payment.refunded_amount - withdrawn - on_the_way_back(payment)
    if share is not None:
        left = min(left, left_of(share) - reserved_of_shares(payment).get(share.pk, ZERO))
    return quantise(left, payment.currency)


def on_the_way_back(payment: Payment) -> Decimal:
    """What pending refunds have reserved. The payment must be locked."""
    return payment.refunds.filter(status=RefundStatus.PENDING).aggregate(total=Sum("amount"))["total"] or ZERO


def refund_carry_out(*, actor: Actor, refund_id: int) -> Refund:
    """Settle a refund for somebody who waits: `succeeded`, or `pending` while the gateway is silent.

    Raises GatewayRefused, also when the gateway had refused it before.
    """
    try:
        refund = refund_settle(actor=actor, refund_id=refund_id)
    except GatewayUnavailable:
        return Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status == RefundStatus.FAILED:
        raise GatewayRefused(refund.failure_message or None)
    return refund


def refund_settle(*, actor: Actor, refund_id: int) -> Refund:
    """Carry a pending refund out, or find out how it ended. Safe to repeat, also by two at once.

    One that is handed over by hand is left waiting.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status != RefundStatus.PENDING or refund.payment.payment_method in REFUNDED_BY_HAND:
        return refund
    Refund.objects.filter(pk=refund_id).update(attempts=F("attempts") + 1)
    try:
        outcome = _at_gateway(refund)
    except GatewayRefused as refusal:
        _refuse(refund_id, refusal.message, actor=actor)
        raise
    refund = refund_record(refund_id, outcome, actor=actor)
    if refund.status == RefundStatus.FAILED:
        raise GatewayRefused(refund.failure_message or None)
    return refund


def refunds_sweep() -> int:
    """Repeat refunds that have not been answered, those with the fewest tries first, so that none keeps others from
    their turn. A gateway that is silent is asked once."""
    waiting = Refund.objects.filter(status=RefundStatus.PENDING, created_at__lt=timezone.now() - timedelta(seconds=30))
    at_gateways = waiting.exclude(payment__payment_method__in=REFUNDED_BY_HAND).order_by("attempts", "created_at")
    settled = 0
    silent: set[str] = set()
    for refund_id, name in at_gateways.values_list("pk", "payment__gateway")[:100]:
        if name in silent:
            continue
        try:
            settled += refund_settle(actor=SYSTEM, refund_id=refund_id).status == RefundStatus.SUCCEEDED
        except GatewayUnavailable:
            silent.add(name)
        except DomainError as error:  # one refund's trouble must not keep the others waiting
            logger.warning("refund %s not settled: %s", refund_id, error.code)
    return settled


def _at_gateway(refund: Refund) -> GatewayRefund:
    payment = refund.payment
    chosen = gateway(payment.gateway)
    if refund.gateway_reference:
        return chosen.retrieve_refund(refund.gateway_reference)
    return refund_once(
        chosen,
        payment=payment.gateway_reference,
        amount=refund.amount,
        currency=payment.currency,
        key=refund.key,
        is_repeated=refund.attempts > 0,
    )


def refund_record(refund_id: int, outcome: GatewayRefund, *, actor: Actor) -> Refund:
    """Write down what the gateway says of a refund. The only way one is settled.

    The word may come twice, late, and from two at once: a refund goes from pending to succeeded to failed, never back.
    One that fails after it had succeeded is put back by a correction. One that we took for refused, and that the
    gateway has made all the same (an answer was lost before), is booked after all: it never had a reference.
    """
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    with transaction.atomic():
        payment = payment_lock(payment_id)
        refund = Refund.objects.select_for_update().get(pk=refund_id)
        refund.payment = payment
        before, was_refused = refund.status, refund.status == RefundStatus.FAILED and not refund.gateway_reference
        refund.gateway_reference = outcome.reference
        match before, outcome.status:
            case _, GatewayRefundStatus.SUCCEEDED if before == RefundStatus.PENDING or was_refused:
                refund.status, refund.failure_message = RefundStatus.SUCCEEDED, ""
            case ((RefundStatus.PENDING | RefundStatus.SUCCEEDED), GatewayRefundStatus.FAILED):
                refund.status = RefundStatus.FAILED
                refund.failure_message = outcome.message[:200]
        if refund.status != before:
            refund.settled_at = timezone.now()
        refund.save(update_fields=["status", "gateway_reference", "failure_message", "settled_at"])
        if refund.status == before:
            return refund
        if refund.status == RefundStatus.SUCCEEDED:
            _book(refund, actor=actor)
        elif before == RefundStatus.SUCCEEDED:
            _correct(refund, actor=actor)
        else:
            _say_unmade(refund, actor=actor)
    return refund


@transaction.atomic
def _refuse(refund_id: int, message: str, *, actor: Actor) -> None:
    """The gateway did not take the request. That says nothing about a refund which another request has settled."""
    if Refund.objects.filter(pk=refund_id, status=RefundStatus.PENDING).update(
        status=RefundStatus.FAILED, failure_message=message[:200], settled_at=timezone.now()
    ):
        _say_unmade(Refund.objects.select_related("payment__job").get(pk=refund_id), actor=actor)


def _say_unmade(refund: Refund, *, actor: Actor) -> None:
    """An administrator who waits has the refusal as their answer; what fails later, or for others, nobody would see."""
    if person(actor) is None:
        tell_about_unmade_refund(refund.payment, refund)


def _book(refund: Refund, *, actor: Actor) -> None:
    payment = refund.payment
    with shares_moving(payment, TransactionKind.REFUND) as (shares, taken):
        take(refund, shares, refund.amount)
    book(
        kind=TransactionKind.REFUND,
        key=f"refund:{refund.pk}",
        currency=payment.currency,
        payment=payment,
        refund=refund,
        note=refund.reason,
        postings=went_back(payment, taken),
    )
    _follow(payment, refund.amount, taken, actor=actor, reason=refund.reason or "refund")
    refund_webhook(payment, refund, taken.gross)
    if payment.is_for_work:
        tell_about_job_refund(payment, refund)
    else:
        tell_about_refund(payment, refund, taken)


def _correct(refund: Refund, *, actor: Actor) -> None:
    """The buyer's bank did not take the money, and it is at the gateway again."""
    payment, reason = refund.payment, f"refund failed: {refund.failure_message or 'no reason given'}"
    with shares_moving(payment, TransactionKind.CORRECTION) as (shares, taken):
        put_back(refund, shares)
    book(
        kind=TransactionKind.CORRECTION,
        key=f"refund:{refund.pk}:failed",
        currency=payment.currency,
        payment=payment,
        refund=refund,
        note=reason[:200],
        postings=went_back(payment, taken),
    )
    _follow(payment, -refund.amount, taken, actor=actor, reason=reason)
    tell_about_failed_refund(payment, refund, taken)


def _follow(payment: Payment, amount: Decimal, taken: Taken, *, actor: Actor, reason: str) -> None:
    payment_gone_back(payment, amount, actor=actor, reason=reason)
    earned, sold = ({seller: -part for seller, part in parts.items()} for parts in (taken.earnings, taken.gross))
    move_totals(payment, spent=-amount, earned=earned, sold=sold)
    downloads_follow(taken.lines)
