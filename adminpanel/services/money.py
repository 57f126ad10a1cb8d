"""Money decisions of administrators, with their entries in the audit trail.

A refund asks a gateway and so cannot stand in one transaction with its entry: it leaves an entry when it is asked for
and another with its outcome. A process that dies in between leaves the first; commerce settles the refund by itself.
"""

from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from adminpanel import policies
from commerce.choices import DisputeOutcome
from commerce.models import Dispute, Payment, Refund
from commerce.selectors.escrow import dispute_visible
from commerce.selectors.payments import payment_visible
from commerce.services.escrow import disputes, holds
from commerce.services.payments import by_hand
from commerce.services.refunds import refunds
from config.core.audit import audit_record
from config.core.errors import Denied, DomainError
from config.core.idempotency import Once, call_find, done_once
from config.core.money import ZERO, exact, shown


@done_once(Payment)
def payment_release(
    *,
    actor: Actor,
    payment_id: int,
    force: bool = False,
    reason: str = "",
    once: Once | None = None,
) -> Payment:
    """Held money goes to its artist. `force` before the work is completed; it needs a reason."""
    with transaction.atomic():
        actor, before = _begin(actor, payment_id)
        payment = holds.payment_release(actor=actor, payment_id=payment_id, force=force, reason=reason)
        after = _state(payment) | {"force": force, "reason": reason}
        audit_record(
            actor=actor,
            action="payment.release",
            target=payment,
            before=_state(before),
            after=after,
        )
    return payment


@done_once(Payment)
def payment_complete(*, actor: Actor, payment_id: int, once: Once | None = None) -> Payment:
    """A bank transfer or cash has arrived."""
    with transaction.atomic():
        actor, before = _begin(actor, payment_id)
        payment = by_hand.payment_complete_by_hand(actor=actor, payment_id=payment_id)
        audit_record(
            actor=actor,
            action="payment.complete",
            target=payment,
            before=_state(before),
            after=_state(payment),
        )
    return payment


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
    """Give back `amount`, or all that is left: of the payment, or of one `item` of its order.

    `refund` is one that waits to be handed over by hand, and now was. The same call again asks for nothing new, and
    leaves no entry.
    """
    actor, before = _begin(actor, payment_id)

    def ask() -> Refund:
        return refunds.payment_refund(
            actor=actor,
            payment_id=payment_id,
            amount=amount,
            reason=reason,
            line_id=item,
            waiting_id=refund,
            once=once,
        )

    if call_find(once) is not None:
        return ask()
    currency = before.currency
    if amount is not None and amount != refunds.refundable(before):
        exact(amount, currency, field="amount")
    asked: dict[str, Any] = {
        "amount": shown(amount, currency) if amount is not None else "all that is left",
        "reason": reason,
    }
    named = {"item": item, "waiting": refund, "key": once.key if once is not None else None}
    asked |= {name: value for name, value in named.items() if value is not None}

    def record(action: str, **after: Any) -> None:
        audit_record(
            actor=actor,
            action=action,
            target=before,
            before=_state(before),
            after=asked | after,
        )

    record("payment.refund_ask")
    try:
        made = ask()
    except DomainError as refusal:
        record("payment.refund_refused", code=refusal.code)
        raise
    record("payment.refund", refund=made.pk, refund_status=made.status, refunded=shown(made.amount, currency))
    return made


@done_once(Dispute)
def dispute_decide(
    *,
    actor: Actor,
    dispute_id: int,
    outcome: DisputeOutcome,
    answer: str,
    artist_amount: Decimal | None = None,
    buyer_amount: Decimal | None = None,
    once: Once | None = None,
) -> Dispute:
    """What is held for a job goes to its artist, to its buyer, or to both in parts that add up to it."""
    if not policies.may_move_money(actor):
        raise Denied
    with transaction.atomic():
        before = dispute_visible(actor=actor, dispute_id=dispute_id).payment
        dispute = disputes.dispute_decide(
            actor=actor,
            dispute_id=dispute_id,
            outcome=outcome,
            answer=answer,
            artist_amount=artist_amount,
            buyer_amount=buyer_amount,
        )
        decided = {
            "payment": dispute.payment_id,
            "outcome": outcome,
            "artist_amount": shown(dispute.artist_amount or ZERO, dispute.payment.currency),
            "buyer_amount": shown(dispute.buyer_amount or ZERO, dispute.payment.currency),
        }
        audit_record(
            actor=actor,
            action="dispute.decide",
            target=dispute,
            before=_state(before),
            after=_state(dispute.payment) | decided,
        )
    return dispute


def _begin(actor: Actor, payment_id: int) -> tuple[User, Payment]:
    """The administrator, and the payment as it is now."""
    if not isinstance(actor, User) or not policies.may_move_money(actor):
        raise Denied
    return actor, payment_visible(actor=actor, payment_id=payment_id)


def _state(payment: Payment) -> dict[str, str]:
    return {
        "status": payment.status,
        "hire_status": payment.hire_status,
        "refunded_amount": shown(payment.refunded_amount, payment.currency),
        "held_amount": shown(payment.held_amount, payment.currency),
    }
