"""What happens when a payment's money has arrived: it is booked, held or credited, and what it was for goes on."""

from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from commerce.choices import AccountKind, HireStatus, OrderStatus, PaymentStatus, TransactionKind
from commerce.errors import CouponUsedUp
from commerce.models import Order, Payment, Promotion
from commerce.services.coupons.uses import coupon_take_again
from commerce.services.ledger.booking import Posting, book
from commerce.services.ledger.counts import downloads_follow
from commerce.services.ledger.shares import earned_so_far, kept_lines, put_in_escrow, remember_sale, shares_lock
from commerce.services.notices.jobs import tell_about_escrow
from commerce.services.notices.orders import tell_about_sale
from commerce.services.orders.orders import lines_without_file, order_give_back, order_paid
from commerce.services.payments.already_owned import already_owned_refund
from commerce.services.refunds.refunds import refund_reserve
from commerce.services.states.orders import order_status_change
from commerce.services.states.payments import count_totals, is_called_off, move_totals, payment_status_change
from commerce.services.states.promotions import promotion_start
from config.core.announce import enqueue_after_commit
from config.core.money import ZERO
from jobs.services.bounties import bounty_start


def payment_complete(payment: Payment, *, actor: Actor, gateway: str, reason: str) -> None:
    """Money has arrived. An order's is booked to its sellers and moves the order, but what was sold without its file is
    held; that of a job or bounty is held for who does the work; a promotion's is the platform's, and starts it.

    The payment must be locked, as `payment_lock` does it. Money for what was cancelled meanwhile is booked as well, and
    given back at once.
    """
    payment.completed_at = timezone.now()
    payment.gateway = gateway
    payment.failure_code = payment.failure_message = ""
    payment.save(update_fields=["completed_at", "gateway", "failure_code", "failure_message"])
    payment_status_change(payment, PaymentStatus.COMPLETED, actor=actor, reason=reason)
    if payment.order is not None:
        what = "order"
        _credit_sellers(payment, payment.order, actor=actor)
    elif payment.promotion is not None:
        what = "promotion"
        _take_for_promotion(payment, payment.promotion)
    else:
        what = "job" if payment.job is not None else "bounty"
        _hold(payment)
        if payment.bounty is not None and not is_called_off(payment):
            bounty_start(payment.bounty, winner=payment.payee, actor=payment.payer)
    if is_called_off(payment):
        refund = refund_reserve(payment, amount=None, actor=SYSTEM, reason=f"paid after the {what} was cancelled")
        enqueue_after_commit("commerce.tasks.refund_settle", refund.pk)
    else:
        already_owned_refund(payment)


def _credit_sellers(payment: Payment, order: Order, *, actor: Actor) -> None:
    shares = shares_lock(payment)
    waiting = lines_without_file(order)
    for share in shares:
        if share.line_id in waiting:
            put_in_escrow(share)
    payment.hire_status = HireStatus.PENDING if payment.held_amount else HireStatus.RELEASED
    payment.save(update_fields=["hire_status", "held_amount"])
    _book(
        payment,
        *(Posting(AccountKind.HELD, share.held_gross, owner_id=share.seller_id) for share in shares),
        Posting(AccountKind.FEES, sum((share.fee for share in shares if not share.held_gross), ZERO)),
        *(Posting(AccountKind.SELLER, earned_so_far(share), owner_id=share.seller_id) for share in shares),
    )
    remember_sale(shares)
    count_totals(payment, shares)
    downloads_follow(dict.fromkeys(kept_lines(shares), 1))
    if not is_called_off(payment):
        _keep_discount(order)
    if not is_called_off(payment):
        order_paid(order, actor=actor, payment=payment, shares=shares)
        tell_about_sale(payment, order, shares)


def _keep_discount(order: Order) -> None:
    """Money has come in after its payment had failed, and somebody else has the last use of its coupon since: there is
    no such price any more, so the order is called off."""
    try:
        coupon_take_again(order)
    except CouponUsedUp:
        order_status_change(order, OrderStatus.CANCELLED, actor=SYSTEM, reason="others have used up its coupon")
        order_give_back(order)


def _hold(payment: Payment) -> None:
    for share in shares_lock(payment):
        put_in_escrow(share)
    payment.hire_status = HireStatus.PENDING
    payment.save(update_fields=["hire_status", "held_amount"])
    _book(
        payment,
        Posting(AccountKind.HELD, payment.amount, owner_id=payment.payee_id),
    )
    move_totals(payment, spent=payment.amount, earned={})
    if not is_called_off(payment):
        tell_about_escrow(payment)


def _take_for_promotion(payment: Payment, promotion: Promotion) -> None:
    payment.hire_status = HireStatus.RELEASED
    payment.save(update_fields=["hire_status"])
    _book(
        payment,
        Posting(AccountKind.FEES, payment.platform_fee),
    )
    move_totals(payment, spent=payment.amount, earned={})
    if not is_called_off(payment):
        promotion_start(promotion)


def _book(payment: Payment, *to: Posting) -> None:
    """What came in at the gateway, and where it goes."""
    book(
        kind=TransactionKind.PAYMENT,
        key=f"payment:{payment.pk}",
        currency=payment.currency,
        payment=payment,
        postings=[Posting(AccountKind.GATEWAY, -payment.amount, name=payment.gateway), *to],
    )
