"""Checkout: the whole cart becomes one order, which is charged to the buyer's default payment method."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from commerce.choices import LIVE_PAYMENTS, PAID, OrderType, PaymentMethod, PaymentStatus
from commerce.errors import (
    CardDeclined,
    CouponRefused,
    EmptyCart,
    GatewayRefused,
    GatewayUnavailable,
    NoDefaultMethod,
    WrongOrderStatus,
)
from commerce.models import CartItem, Order, Payment
from commerce.services.coupons.uses import cart_coupon_code, cart_coupon_forget
from commerce.services.orders.orders import Item, order_place
from commerce.services.payments.at_gateway import payment_close_failed_try, payment_open_try
from commerce.services.payments.charging import payment_begin, payment_resume
from commerce.services.payments.creation import payment_create
from commerce.services.states.orders import order_lock
from commerce.services.states.payments import payment_lock
from config.core.errors import Invalid
from config.core.idempotency import Once, call_claim, call_find, call_keep, made_by
from config.core.models import IdempotentCall
from marketplace.choices import Kind
from marketplace.errors import NotOnSale
from marketplace.policies import is_live


@dataclass(frozen=True)
class Checkout:
    """`payment` is None when nothing had to be paid. While it is not completed, the buyer goes on with `client_secret`
    or where `next_action` says."""

    order: Order
    payment: Payment | None
    client_secret: str = ""
    next_action: dict[str, Any] | None = None

    @property
    def is_paid(self) -> bool:
        return self.payment is None or self.payment.status in PAID

    @property
    def transaction_ids(self) -> list[str]:
        return _transaction_ids(self.order)


def checkout(*, actor: User, channel: str, coupon_code: str = "", once: Once | None = None) -> Checkout:
    """Order what is in the cart, empty it, and charge the default method. The same call again goes on with that order.

    `coupon_code` takes the place of the coupon on the cart. Raises CouponRefused, and the coupon on the cart is taken
    off then: the same call again orders without it.

    Without a default method, or when the gateway does not answer, the payment stays pending. A declined card raises
    CardDeclined with `transaction_ids`: the order is there, unpaid, and `order_pay` tries again. Raises EmptyCart,
    NotOnSale and what `order_place` raises; then nothing has changed. Asks the gateway, so call it outside of
    transactions.
    """
    with coupon_of_the_cart(actor, coupon_code) as code, transaction.atomic():
        earlier = call_claim(once)
        if earlier is None:
            order = cart_ordered(actor, channel, coupon_code=code)
            CartItem.objects.filter(user=actor).delete()
            cart_coupon_forget(actor=actor)
            payment = payment_for(actor, order) if order.total_amount else None
            call_keep(once, payment or order, state=str(payment.attempt) if payment else "")
    if earlier is not None:
        return resumed(actor, earlier)
    return Checkout(order, None) if payment is None else charged(actor, order, payment)


@contextmanager
def coupon_of_the_cart(actor: User, given: str) -> Iterator[str]:
    """The code that counts: the one `given`, or else that of the cart, which is taken off when it is refused."""
    try:
        yield given or cart_coupon_code(actor=actor)
    except CouponRefused:
        if not given:
            cart_coupon_forget(actor=actor)
        raise


def order_pay(*, actor: User, order_id: int, token: str = "", once: Once | None = None) -> Checkout:
    """Charge the method that `token` names, or else the default one, with an own order that is not paid yet, at the
    price it was placed at.

    The same call again goes on with that try. Raises Missing, WrongOrderStatus (paid, cancelled, or to be paid in
    another way), AlreadyOwned and CardDeclined.
    """
    failed = Payment.objects.filter(order=order_id, order__buyer=actor, status=PaymentStatus.FAILED).first()
    if failed is not None and call_find(once) is None:
        payment_close_failed_try(failed)
    with transaction.atomic():
        earlier = call_claim(once)
        if earlier is None:
            order, payment = _to_pay(actor, order_id)
            call_keep(once, payment, state=str(payment.attempt))
    if earlier is not None:
        return resumed(actor, earlier, token=token)
    return charged(actor, order, payment, token=token)


# ---------------------------------------------------------------- parts
def _to_pay(actor: User, order_id: int) -> tuple[Order, Payment]:
    """The locked order, and its payment with a try that may be charged."""
    order = order_lock(order_id, buyer=actor)
    payment = order.payments.filter(status__in=LIVE_PAYMENTS).first()
    if not order.total_amount or (payment is not None and payment.status in PAID):
        raise WrongOrderStatus("This is paid already.")
    if order.status not in {"pending", "confirmed"}:
        raise WrongOrderStatus(f"A {order.status} order cannot be paid.")
    if payment is None:
        payment = payment_for(actor, order)
    if payment.payment_method != PaymentMethod.STRIPE:
        raise WrongOrderStatus(f"This is to be paid by {payment.get_payment_method_display().lower()}.")
    payment = payment_lock(payment.pk)
    payment_open_try(payment, actor=actor)
    return order, payment


def resumed(actor: User, call: IdempotentCall, *, token: str = "") -> Checkout:
    """How an order stands that an earlier call placed or paid, after going on with its payment."""
    if call.made_label == Order._meta.label_lower:  # there was nothing to pay
        return Checkout(made_by(call, Order), None)
    payment = made_by(call, Payment)
    assert payment.order is not None  # noqa: S101 (checkout pays orders)
    return charged(actor, payment.order, payment, attempt=call.state, token=token)


def charged(actor: User, order: Order, payment: Payment, *, attempt: str = "", token: str = "") -> Checkout:
    """Charge it, as `payment_begin` does. `attempt` is the try that an earlier call began."""
    secret, next_action = "", None
    try:
        if attempt:
            charge = payment_resume(actor=actor, payment=payment, attempt=attempt, token=token)
        else:
            charge = payment_begin(actor=actor, payment=payment, token=token)
    except CardDeclined as declined:
        declined.data["transaction_ids"] = _transaction_ids(order)
        raise
    except (GatewayUnavailable, GatewayRefused, NoDefaultMethod):
        if token:  # the caller named it, and learns what is wrong with it
            raise
        # The order is placed whatever the gateway says; what it did with the payment, the sweep finds out.
        payment.refresh_from_db()
    else:
        payment, secret, next_action = charge.payment, charge.client_secret, charge.next_action
    order.refresh_from_db()
    return Checkout(order, payment, secret, next_action)


def _transaction_ids(order: Order) -> list[str]:
    return [str(number) for number in order.lines.order_by("pk").values_list("uuid", flat=True)]


def payment_for(actor: User, order: Order) -> Payment:
    first = order.lines.order_by("pk").values_list("seller_id", flat=True)[0]
    return payment_create(
        actor=actor, order_id=order.pk, method=PaymentMethod.STRIPE, amount=order.total_amount, payee_id=first
    )


def cart_ordered(actor: User, channel: str, *, coupon_code: str, pay_by: str = "", on_sale_only: bool = False) -> Order:
    """An order of all that is in the cart, or of what of it is on sale. Call it in a transaction. Raises EmptyCart,
    NotOnSale and what `order_place` raises."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # a second click finds the cart empty
    items = list(CartItem.objects.filter(user=actor).select_related("listing").order_by("added_at", "pk"))
    if on_sale_only:
        items = [item for item in items if is_live(item.listing)]
    if not items:
        raise EmptyCart
    gone = next((item.listing.title for item in items if not is_live(item.listing)), None)
    if gone is not None:
        raise NotOnSale(f'"{gone}" is no longer on sale. Take it out of your cart.')
    wanted = [Item(item.listing_id, item.quantity, Kind(item.listing.kind), item.size, item.color) for item in items]
    try:
        return order_place(
            actor=actor,
            channel=channel,
            order_type=_type_of(items),
            shipping_address="",
            items=wanted,
            coupon_code=coupon_code,
            pay_by=pay_by,
        )
    except Invalid as refusal:
        refusal.field = None  # an order's fields, and the caller sent none of them
        raise


def _type_of(items: list[CartItem]) -> OrderType:
    only_equipment = all(item.listing.kind == Kind.EQUIPMENT for item in items)
    return OrderType.EQUIPMENT if only_equipment else OrderType.ARTWORK
