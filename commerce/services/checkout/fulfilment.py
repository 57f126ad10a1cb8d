"""What happens to an order after it was placed: shipping, delivery, cancellation, running out of time."""

import logging
from collections.abc import Collection
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from accounts.services.notifications import notification_send
from commerce import policies
from commerce.choices import LIVE_PAYMENTS, PAID, UNPAID, OrderStatus, PaymentStatus
from commerce.errors import GatewayUnavailable, LineShipped, WrongOrderStatus
from commerce.models import Order, OrderLine, Payment
from commerce.selectors.orders import SENT_ON, orders_unpaid_since
from commerce.services.notices.webhooks import OF_STATUS, order_webhook
from commerce.services.orders.orders import order_address_change, order_give_back, refuse_shipped
from commerce.services.payments.at_gateway import payment_close
from commerce.services.payments.completion import payment_complete
from commerce.services.refunds.refunds import refund_reserve
from commerce.services.states.orders import order_lock, order_status_change
from commerce.services.states.payments import payment_call_off
from config.core.announce import announce, enqueue_after_commit
from config.core.audit import audited
from config.core.errors import Denied, DomainError, Invalid, Missing
from config.core.idempotency import Once, done_once

logger = logging.getLogger(__name__)


def order_change(
    *, actor: User, order_id: int, shipping_address: str | None = None, status: OrderStatus | None = None
) -> None:
    """Another address, by the buyer; another status, by whom `order_progress` lets; both, or neither.

    Raises Denied, Missing and WrongOrderStatus.
    """
    with transaction.atomic():
        if shipping_address is not None:
            try:
                order_address_change(actor=actor, order_id=order_id, shipping_address=shipping_address)
            except Missing:
                raise Denied("Only the buyer can change the address.") from None
        if status is not None:
            order_progress(actor=actor, order_id=order_id, status=status)


def order_progress(
    *, actor: User, order_id: int, status: OrderStatus, only: Collection[int | None] | None = None
) -> Order:
    """Mark as shipped or delivered: staff the whole order, a seller their own lines; with `only`, these ids of lines,
    it is their own ones among them whoever they are. What staff do so is in the audit trail.

    The order follows when all its lines that are sent by post have got so far. Cash on delivery is paid with it.
    """
    with transaction.atomic():
        order = order_lock(order_id)
        lines = _by_post(order)
        mine = [line for line in lines if line.seller_id == actor.pk]
        if only is not None:
            mine = [line for line in mine if line.pk in only]
        elif policies.may_manage_orders(actor):
            _progress_by_staff(order, lines, lines, status, actor=actor)
            return order
        elif not order.lines.filter(seller=actor).exists():
            if policies.is_buyer(actor, order):
                raise Denied("Only the seller or staff can set this status.")
            raise Missing("Order")
        _progress(order, lines, mine, status, actor=actor)
    return order


@done_once(Order)
def order_move_on(
    *, actor: Actor, order_id: int, status: OrderStatus, seller_id: int | None = None, once: Once | None = None
) -> Order:
    """Staff say that it was shipped or delivered: all that is sent by post, or what one seller sends of it.

    The audit trail says so. Raises Denied, Missing, WrongOrderStatus and Invalid (`seller`; `status`).
    """
    if not policies.may_manage_orders(actor):
        raise Denied
    with transaction.atomic():
        order = order_lock(order_id)
        lines = _by_post(order)
        theirs = [line for line in lines if seller_id in {None, line.seller_id}]
        if lines and not theirs:
            raise Invalid("They send nothing of this order by post.", field="seller")
        _progress_by_staff(order, lines, theirs, status, actor=actor, seller=seller_id)
    return order


def _by_post(order: Order) -> list[OrderLine]:
    return [line for line in order.lines.order_by("pk") if line.is_sent]


def _progress_by_staff(
    order: Order, lines: list[OrderLine], theirs: list[OrderLine], status: OrderStatus, *, actor: Actor, **values: Any
) -> None:
    def so_far() -> str:
        return f"{sum(1 for line in lines if _reached(line, status))} of {len(lines)}"

    verb = "deliver" if status == OrderStatus.DELIVERED else "ship"
    with audited(actor, f"order.{verb}", order, "status", items=so_far, **values):
        _progress(order, lines, theirs, status, actor=actor)


def _progress(
    order: Order, lines: list[OrderLine], theirs: list[OrderLine], status: OrderStatus, *, actor: Actor
) -> None:
    """`lines` are all that are sent by post of a locked order, `theirs` those that have got so far now."""
    if status not in {OrderStatus.SHIPPED, OrderStatus.DELIVERED}:
        raise Invalid("Only shipped and delivered can be set.", field="status")
    if not theirs:
        raise WrongOrderStatus("Nothing in this order is sent by post.")
    if order.status not in {OrderStatus.CONFIRMED, OrderStatus.SHIPPED}:
        raise WrongOrderStatus(f"A {order.status} order cannot become {status}.")
    _require_paid_or_cash(order)
    moved = {line.seller_id for line in theirs if not _reached(line, status)}
    _mark(theirs, status)
    if all(_reached(line, status) for line in lines) and order.status != status:
        order_status_change(order, status, actor=actor)
        _tell_buyer(order)
        if status == OrderStatus.DELIVERED:
            _cash_received(order)
    else:  # one seller's part of it
        if moved:
            order_webhook(OF_STATUS[status], order, only=moved)
        announce("commerce.order_changed", order_id=order.pk)


def _reached(line: OrderLine, status: OrderStatus) -> bool:
    return (line.delivered_at if status == OrderStatus.DELIVERED else line.shipped_at) is not None


@done_once(Order)
def order_cancel(*, actor: Actor, order_id: int, reason: str = "", once: Once | None = None) -> Order:
    """Cancel: stock goes back, what was paid is refunded, a payment under way is called off.

    The buyer may until anything of it is shipped or downloaded, staff until anything is delivered; later staff refund
    what did not come, which the audit trail says of them. Raises Missing, WrongOrderStatus and LineShipped.
    """
    with transaction.atomic():
        order = order_lock(order_id)
        if actor is SYSTEM or policies.is_buyer(actor, order):
            _cancel(order, actor=actor, reason=reason)
        elif policies.may_manage_orders(actor):
            _cancel_by_staff(order, actor=actor, reason=reason)
        else:
            raise Missing("Order")
    return order


@done_once(Order)
def order_close(*, actor: Actor, order_id: int, reason: str = "", once: Once | None = None) -> Order:
    """Staff cancel what is not delivered, and the audit trail says so. Raises Denied, Missing, WrongOrderStatus and
    LineShipped."""
    if not policies.may_manage_orders(actor):
        raise Denied
    with transaction.atomic():
        order = order_lock(order_id)
        _cancel_by_staff(order, actor=actor, reason=reason)
    return order


def _cancel_by_staff(order: Order, *, actor: Actor, reason: str) -> None:
    with audited(actor, "order.cancel", order, "status", payments=partial(_payments_of, order), reason=reason):
        _cancel(order, actor=actor, reason=reason)


def _cancel(order: Order, *, actor: Actor, reason: str) -> None:
    _refuse_what_has_left(actor, order)
    if not policies.may_cancel(actor, order):
        raise WrongOrderStatus(f"A {order.status} order cannot be cancelled.")
    order_status_change(order, OrderStatus.CANCELLED, actor=actor, reason=reason)
    order_give_back(order)
    for payment in Payment.objects.select_for_update().filter(order=order).order_by("pk"):
        if payment.status in PAID:
            refund = refund_reserve(payment, amount=None, actor=actor, reason=reason or "order cancelled")
            enqueue_after_commit("commerce.tasks.refund_settle", refund.pk)
        elif payment.status in UNPAID:
            payment_call_off(payment, actor=actor, reason="order cancelled")
    if actor is not SYSTEM or not order.checkout_id:  # a checkout that was only left alone is nobody's news
        _tell_about_cancellation(order, actor, reason)


def _refuse_what_has_left(actor: Actor, order: Order) -> None:
    """What has left its seller is not taken back from them by cancelling a locked order."""
    consequence = "The order can no longer be cancelled."
    if order.status in {OrderStatus.DELIVERED, OrderStatus.CANCELLED}:
        return  # that says enough
    if policies.is_buyer(actor, order) or not policies.may_manage_orders(actor):
        refuse_shipped(order, consequence)
        file = order.lines.filter(is_digital=True, download_count__gt=0).order_by("pk").first()
        if file is not None:
            raise LineShipped(f'"{file.title}" was downloaded. {consequence}', item=file.pk)
    line = order.lines.filter(delivered_at__isnull=False).order_by("pk").first()
    if line is not None:
        text = f'"{line.title}" was delivered on {line.delivered_at:%d %B %Y}. {consequence} Refund the other items.'
        raise LineShipped(text, item=line.pk)


@done_once(Order)
def order_force_complete(*, actor: Actor, order_id: int, reason: str = "", once: Once | None = None) -> Order:
    """Staff say that an order is done, whatever it still lacked. One that is delivered already stays as it is.

    It passes through each state on the way. Cash that was to be paid on delivery is booked as received. No other money
    is: what has not come in stays open, and can still be paid. Raises Denied, Missing and WrongOrderStatus.
    """
    if not policies.may_manage_orders(actor):
        raise Denied
    with transaction.atomic():
        order = order_lock(order_id)
        if order.status == OrderStatus.CANCELLED:
            raise WrongOrderStatus("A cancelled order cannot be completed.")
        payments = partial(_payments_of, order)
        with audited(actor, "order.force_complete", order, "status", payments=payments, reason=reason):
            if order.status != OrderStatus.DELIVERED:
                _deliver(order, actor=actor, reason=reason or "completed by staff")
    return order


def _deliver(order: Order, *, actor: Actor, reason: str) -> None:
    by_post = _by_post(order)
    way = [OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED]
    if not by_post:
        way.remove(OrderStatus.SHIPPED)
    for status in way[way.index(OrderStatus(order.status)) + 1 :]:
        order_status_change(order, status, actor=actor, reason=reason)
    _mark(by_post, OrderStatus.DELIVERED)
    order.lines.filter(delivered_at=None).update(delivered_at=timezone.now())
    _tell_buyer(order)
    _cash_received(order)


def _payments_of(order: Order) -> dict[str, str]:
    """Their transaction numbers and what has become of them."""
    return dict(order.payments.order_by("pk").values_list("transaction_id", "status"))


def _mark(lines: list[OrderLine], status: OrderStatus) -> None:
    now = timezone.now()
    for line in lines:
        line.shipped_at = line.shipped_at or now
        if status == OrderStatus.DELIVERED:
            line.delivered_at = line.delivered_at or now
        line.save(update_fields=["shipped_at", "delivered_at"])


def _require_paid_or_cash(order: Order) -> None:
    if order.total_amount and not order.payments.filter(SENT_ON).exists():
        raise WrongOrderStatus("The order is not paid yet.")


def _cash_received(order: Order) -> None:
    cash = Payment.objects.select_for_update().filter(
        order=order, payment_method="cash_on_delivery", status=PaymentStatus.PENDING
    )
    for payment in cash.order_by("pk"):
        payment.order = order  # the locked one
        payment_complete(payment, actor=SYSTEM, gateway="cash_on_delivery", reason="paid on delivery")


def _tell_buyer(order: Order) -> None:
    notification_send(
        user=order.buyer,
        notification_type="order_updated",
        title="Order Updated",
        message=f"Your order #{order.pk} is now {order.status}",
        data={"order_id": order.pk, "status": order.status},
    )


def _tell_about_cancellation(order: Order, actor: Actor, reason: str) -> None:
    concerned = {order.buyer_id: order.buyer} | {
        line.seller_id: line.seller for line in order.lines.select_related("seller")
    }
    concerned.pop(actor.pk or 0, None)
    for user in concerned.values():
        notification_send(
            user=user,
            notification_type="order_updated",
            title="Order Cancelled",
            message=f"Order #{order.pk} was cancelled" + (f": {reason}" if reason else ""),
            data={"order_id": order.pk, "status": order.status},
            email="order_cancelled" if user.pk == order.buyer_id else "",
            email_context={"order_id": order.pk, "reason": reason},
        )


def orders_expire() -> int:
    """Cancel orders that nobody paid for in time. A payment whose fate is open is closed at its gateway first."""
    cancelled = 0
    silent: set[str] = set()
    for order in orders_unpaid_since(settings.ORDER_PAYMENT_WINDOW_HOURS)[:500]:
        payment = order.payments.filter(status__in=LIVE_PAYMENTS).exclude(gateway_reference="").first()
        if payment is not None and payment.gateway in silent:  # one that is down costs one time-out a sweep
            continue
        try:
            if payment is not None and payment_close(payment.pk) is None:  # it has come in, or still may
                continue
            order_cancel(actor=SYSTEM, order_id=order.pk, reason="not paid in time")
        except DomainError as refusal:  # paid or cancelled meanwhile, or no answer: the next run looks again
            logger.info("order %s not expired: %s", order.pk, refusal.code)
            if payment is not None and isinstance(refusal, GatewayUnavailable):
                silent.add(payment.gateway)
            continue
        cancelled += 1
    return cancelled
