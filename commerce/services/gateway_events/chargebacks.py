"""Chargebacks: a cardholder disputes a charge at their bank, and the gateway takes the money until that is decided.

What the gateway has withdrawn is booked like a refund, in proportion over the shares, but the payment keeps its status
until the bank has decided: won, it is put back where it came from; lost, it has gone back to the buyer for good.
"""

import logging
from decimal import Decimal
from typing import Final

from django.db import transaction

from accounts.actors import SYSTEM
from commerce.choices import AccountKind, TransactionKind
from commerce.errors import GatewayRefused, GatewayUnavailable
from commerce.gateways.base import GatewayDispute
from commerce.gateways.chosen import gateway
from commerce.models import Chargeback, Payment
from commerce.services.gateway_events.refunds import payment_that_came_in, refunds_reconcile
from commerce.services.ledger.booking import Posting, book, went_back
from commerce.services.ledger.counts import downloads_follow
from commerce.services.ledger.shares import Taken, left_of, put_back, shares_moving, take
from commerce.services.notices.chargebacks import tell_about_chargeback
from commerce.services.refunds.refunds import on_the_way_back
from commerce.services.states.chargebacks import chargeback_state_change
from commerce.services.states.payments import move_totals, payment_gone_back, payment_lock
from config.core.money import ZERO

logger = logging.getLogger(__name__)

TRIES: Final = 5
LOSSES: Final = "chargebacks"
FEES: Final = "dispute fees"


def chargebacks_reconcile(*, payment_id: int) -> None:
    """Take over how the disputes of a payment stand at its gateway. Safe to call at any time, any number of times.

    Refunds come first: what went back by them can not be withdrawn from anybody again. Raises what the gateway raises,
    and WrongPaymentStatus for a payment that has not come in (yet).
    """
    refunds_reconcile(payment_id=payment_id)
    payment = payment_that_came_in(payment_id)
    chosen = gateway(payment.gateway)
    for _try in range(TRIES):
        # An answer that was asked for before somebody else's was written may be the older one: then it is asked again.
        seen = dict(Chargeback.objects.filter(payment=payment_id).values_list("gateway_reference", "changes"))
        found = chosen.disputes_of(payment.gateway_reference)
        written = [_record(payment_id, dispute, seen.get(dispute.reference, 0)) for dispute in found]
        if all(written):
            return
    raise GatewayUnavailable


@transaction.atomic
def _record(payment_id: int, dispute: GatewayDispute, seen: int) -> bool:
    """Write down how a dispute stands, unless it was written since it was `seen`. The only way a chargeback moves."""
    payment = payment_lock(payment_id)
    chargeback = Chargeback.objects.select_for_update().filter(gateway_reference=dispute.reference).first()
    if (chargeback.changes if chargeback is not None else 0) != seen:
        return False
    if dispute.currency != payment.currency:
        logger.error("payment %s: the gateway speaks of a dispute in another currency", payment_id)
        raise GatewayRefused("The payment service speaks of another currency.")
    if chargeback is None:
        chargeback = Chargeback(gateway_reference=dispute.reference)
    chargeback.payment = payment
    chargeback.amount, chargeback.reason = dispute.amount, dispute.reason[:60]
    chargeback.evidence_due_at, chargeback.opened_at = dispute.evidence_due_at, dispute.opened_at
    chargeback.save()
    now = (dispute.state, dispute.withdrawn, dispute.fee)
    if (chargeback.state, chargeback.withdrawn, chargeback.fee) != now:
        chargeback.changes += 1
        _move(chargeback, dispute)
    return True


def _move(chargeback: Chargeback, dispute: GatewayDispute) -> None:
    """Put back what the chargeback took so far and take what it takes now; what that comes to is booked."""
    payment = chargeback.payment
    state, gone, loss, fee = chargeback.state, chargeback.gone, chargeback.loss, chargeback.fee
    with shares_moving(payment, TransactionKind.CHARGEBACK) as (shares, taken):
        put_back(chargeback, shares)
        chargeback_state_change(chargeback, dispute.state)
        left = sum(map(left_of, shares), ZERO) - on_the_way_back(payment)
        covered = min(dispute.withdrawn, max(left, ZERO))
        take(chargeback, shares, covered)
    chargeback.withdrawn, chargeback.loss = dispute.withdrawn, dispute.withdrawn - covered
    chargeback.fee, chargeback.fee_currency = dispute.fee, dispute.fee_currency
    chargeback.save()
    _book(chargeback, taken, loss=chargeback.loss - loss, fee=dispute.fee - fee)
    gone = chargeback.gone - gone
    payment_gone_back(payment, gone, actor=SYSTEM, reason=f"chargeback {chargeback.state}")
    earned, sold = ({seller: -part for seller, part in parts.items()} for parts in (taken.earnings, taken.gross))
    move_totals(payment, spent=-gone, earned=earned, sold=sold)
    downloads_follow(taken.lines)
    tell_about_chargeback(chargeback, taken, before=state)


def _book(chargeback: Chargeback, taken: Taken, *, loss: Decimal, fee: Decimal) -> None:
    payment = chargeback.payment
    movements = [
        ("", payment.currency, [*went_back(payment, taken), *_expense(payment, loss, LOSSES)]),
        # In the currency of the account at the gateway, which may be another one.
        (":fee", chargeback.fee_currency, _expense(payment, fee, FEES)),
    ]
    for step, currency, postings in movements:
        if any(posting.amount for posting in postings):
            book(
                kind=TransactionKind.CHARGEBACK,
                key=f"chargeback:{chargeback.pk}:{chargeback.changes}{step}",
                currency=currency,
                payment=payment,
                chargeback=chargeback,
                note=f"chargeback {chargeback.state}",
                postings=postings,
            )


def _expense(payment: Payment, amount: Decimal, what: str) -> list[Posting]:
    gateway_account = Posting(AccountKind.GATEWAY, amount, name=payment.gateway)
    return [gateway_account, Posting(AccountKind.EXPENSES, -amount, name=what)]
