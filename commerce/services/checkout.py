"""Checkout: the whole cart becomes one order, which is charged to the buyer's default payment method."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from commerce.choices import OrderType, PaymentMethod
from commerce.errors import EmptyCart, MethodUnavailable
from commerce.gateways import card_gateway_name
from commerce.models import CartItem, Order, Payment
from commerce.services.charging import method_to_charge, payment_charge_saved
from commerce.services.orders import Item, order_place
from commerce.services.payment_creation import payment_create
from commerce.services.payments import payment_confirm, payment_process
from marketplace.choices import Kind

SANDBOX_CARD = "pm_card_visa"


@dataclass(frozen=True)
class Checkout:
    """`payment` is None when nothing had to be paid. `client_secret` lets the buyer pay what is still pending."""

    order: Order
    payment: Payment | None
    client_secret: str = ""


def checkout(*, actor: User, channel: str) -> Checkout:
    """Order what is in the cart, empty it, and charge the default method.

    Without a default method the payment stays pending, and its client secret comes back. A declined card raises
    CardDeclined: the order is there, unpaid, and can be paid again. Raises EmptyCart and what `order_place` raises;
    then nothing has changed.
    """
    with transaction.atomic():
        order = _ordered(actor, channel)
        payment = None
        if order.total_amount:
            first = order.lines.order_by("pk").values_list("seller_id", flat=True)[0]
            payment = payment_create(
                actor=actor,
                order_id=order.pk,
                method=PaymentMethod.STRIPE,
                amount=order.total_amount,
                payee_id=first,
            )
    if payment is None:
        return Checkout(order, None)
    secret = ""
    if method_to_charge(actor=actor) is not None:
        payment = payment_charge_saved(actor=actor, payment_id=payment.pk)
    else:
        payment, secret = _begin(actor, payment)
    order.refresh_from_db()
    return Checkout(order, payment, secret)


def _begin(actor: User, payment: Payment) -> tuple[Payment, str]:
    """Open the payment of a buyer who keeps no card with us. The sandbox plays a buyer who pays at once."""
    try:
        step = payment_process(actor=actor, payment_id=payment.pk)
    except MethodUnavailable:  # nobody takes cards here: the order waits to be paid in another way
        return payment, ""
    if card_gateway_name() != "sandbox":
        return step.payment, str(step.details["client_secret"])
    paid, _intent = payment_confirm(actor=actor, payment_id=payment.pk, payment_method=SANDBOX_CARD)
    return paid, ""


def _ordered(actor: User, channel: str) -> Order:
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # a second click finds the cart empty
    items = list(CartItem.objects.filter(user=actor).select_related("listing").order_by("added_at", "pk"))
    if not items:
        raise EmptyCart
    order = order_place(
        actor=actor,
        channel=channel,
        order_type=_type_of(items),
        shipping_address="",
        items=[Item(item.listing_id, item.quantity, Kind(item.listing.kind), item.size, item.color) for item in items],
    )
    CartItem.objects.filter(pk__in=[item.pk for item in items]).delete()
    return order


def _type_of(items: list[CartItem]) -> OrderType:
    only_equipment = all(item.listing.kind == Kind.EQUIPMENT for item in items)
    return OrderType.EQUIPMENT if only_equipment else OrderType.ARTWORK
