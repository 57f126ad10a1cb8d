"""The payment's state machine, and what moves with it."""

from decimal import Decimal
from typing import Final

from django.conf import settings

from accounts.actors import Actor, person
from accounts.services.totals import totals_add
from commerce.choices import PAYMENT_CHANGES, HireStatus, OrderStatus, PaymentMethod, PaymentStatus
from commerce.errors import WrongPaymentStatus
from commerce.models import Payment, PaymentChange, PaymentShare
from commerce.services.ledger.shares import earned_so_far
from commerce.services.states.jobs import job_follow
from commerce.services.states.orders import order_lock
from commerce.services.states.promotions import promotion_lock
from config.core.announce import enqueue_after_commit
from config.core.errors import Missing
from config.core.money import ZERO
from jobs.choices import BountyStatus, JobStatus
from jobs.services.states import bounty_lock, job_lock

AUDITED: Final = ("status", "hire_status", "refunded_amount", "held_amount")
"""What the audit trail says of a payment, before and after."""


def payment_lock(payment_id: int) -> Payment:
    """The payment, locked, and with it as its `order`, `job`, `bounty` or `promotion` what it is for: that first, as
    everywhere.

    Raises Missing.
    """
    ids = Payment.objects.filter(pk=payment_id).values_list("order_id", "job_id", "bounty_id", "promotion_id").first()
    if ids is None:
        raise Missing("Payment")
    order_id, job_id, bounty_id, promotion_id = ids
    order = order_lock(order_id) if order_id is not None else None
    job = job_lock(job_id) if job_id is not None else None
    bounty = bounty_lock(bounty_id) if bounty_id is not None else None
    promotion = promotion_lock(promotion_id) if promotion_id is not None else None
    payment = Payment.objects.select_for_update(of=("self",)).select_related("payer", "payee").get(pk=payment_id)
    payment.order, payment.job, payment.bounty, payment.promotion = order, job, bounty, promotion
    return payment


def is_called_off(payment: Payment) -> bool:
    """What the payment is for has been cancelled."""
    if payment.promotion is not None:
        return payment.promotion.called_off_at is not None
    if payment.bounty is not None:
        return payment.bounty.status == BountyStatus.CLOSED
    thing = payment.order or payment.job
    return thing is not None and thing.status in {OrderStatus.CANCELLED, JobStatus.CANCELLED}


def payment_status_change(payment: Payment, status: PaymentStatus, *, actor: Actor, reason: str) -> None:
    """The one place that assigns a payment's status. The payment must be locked."""
    if status not in PAYMENT_CHANGES[payment.status]:
        raise WrongPaymentStatus(f"A {payment.status} payment cannot become {status}.")
    PaymentChange.objects.create(
        payment=payment, before=payment.status, after=status, actor=person(actor), reason=reason[:200]
    )
    payment.status = status
    payment.save(update_fields=["status", "updated_at"])
    job_follow(payment)


def payment_call_off(payment: Payment, *, actor: Actor, reason: str) -> None:
    """Give up a locked payment that has not come in. The gateway is told after the commit."""
    payment_status_change(payment, PaymentStatus.CANCELLED, actor=actor, reason=reason)
    payment.hire_status = HireStatus.CANCELLED
    payment.save(update_fields=["hire_status"])
    if payment.gateway_reference and payment.payment_method == PaymentMethod.STRIPE:
        enqueue_after_commit("commerce.tasks.payment_cancel_at_gateway", payment.pk)


def payment_gone_back(payment: Payment, amount: Decimal, *, actor: Actor, reason: str) -> None:
    """So much more of a locked payment has gone back to its buyer; less, if `amount` is negative. Its status follows.

    What is held of it has been changed before, and is saved here.
    """
    payment.refunded_amount += amount
    if payment.refunded_amount == payment.amount:
        after, payment.hire_status = PaymentStatus.REFUNDED, HireStatus.CANCELLED
    else:
        after = PaymentStatus.PARTIALLY_REFUNDED if payment.refunded_amount else PaymentStatus.COMPLETED
        if amount < 0 or payment.order is not None:
            payment.hire_status = HireStatus.PENDING if payment.held_amount else HireStatus.RELEASED
    payment.save(update_fields=["refunded_amount", "held_amount", "hire_status"])
    if payment.status != after:
        payment_status_change(payment, after, actor=actor, reason=reason)


def count_totals(payment: Payment, shares: list[PaymentShare]) -> None:
    """Carry a completed payment of an order into what its payer spent and its sellers have sold and earned of it."""
    earned: dict[int, Decimal] = {}
    sold: dict[int, Decimal] = {}
    for share in shares:
        earned[share.seller_id] = earned.get(share.seller_id, ZERO) + earned_so_far(share)
        sold[share.seller_id] = sold.get(share.seller_id, ZERO) + share.gross
    move_totals(payment, spent=payment.amount, earned=earned, sold=sold)


def move_totals(
    payment: Payment, *, spent: Decimal, earned: dict[int, Decimal], sold: dict[int, Decimal] | None = None
) -> None:
    """Add to people's totals; rows are touched in the order of their ids.

    `spent` and `earned` count in the art market's currency alone; `sold`, the gross of what sellers sold, and what they
    earned by it in that of the market for 3-D models. Jobs and promotions are no sales.
    """
    sold = sold or {}
    in_art = payment.currency == settings.CURRENCIES["cultureup"]
    is_sale = payment.order_id is not None and payment.currency == settings.CURRENCIES["nexus"]
    for user_id in sorted({payment.payer_id, *earned, *sold}):
        earning = earned.get(user_id, ZERO)
        amounts = {"spent": spent if user_id == payment.payer_id else ZERO, "earned": earning} if in_art else {}
        if is_sale:
            amounts |= {"sales": sold.get(user_id, ZERO), "revenue": earning}
        if any(amounts.values()):
            totals_add(user_id, **amounts)
