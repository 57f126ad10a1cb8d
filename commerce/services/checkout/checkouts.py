"""Checkouts in two steps: an order is placed from the cart, and paid by a second call that names it.

The cart keeps what was checked out until it is paid (`commerce.services.orders.orders.order_paid` takes it out). Of
several checkouts of one person only the newest waits to be paid: another one calls it off, so that it holds neither
stock nor the use of a coupon.
"""

import secrets
from typing import Final

from django.db import transaction

from accounts.models import User
from commerce.choices import CAME_IN, LIVE_PAYMENTS, PAID, UNPAID, OrderStatus, OrderType, PayBy, PaymentStatus
from commerce.errors import (
    AlreadyOwned,
    AlreadyPaid,
    BeingBought,
    CardDeclined,
    CheckoutOver,
    GatewayRefused,
    GatewayUnavailable,
    MethodUnavailable,
    OwnListing,
)
from commerce.gateways.chosen import card_gateway, card_gateway_name
from commerce.models import Order, Payment
from commerce.selectors.orders import owned_models
from commerce.services.checkout.checkout import (
    Checkout,
    cart_ordered,
    charged,
    coupon_of_the_cart,
    order_pay,
    payment_for,
    resumed,
)
from commerce.services.coupons.uses import cart_coupon_forget
from commerce.services.orders.orders import Item, order_give_back, order_place
from commerce.services.payments.at_gateway import payment_after_3d_secure, payment_process
from commerce.services.states.orders import order_status_change
from commerce.services.states.payments import payment_call_off, payment_lock
from config.core.errors import Invalid, Missing
from config.core.folding import folded
from config.core.idempotency import Once, call_claim, call_find, call_keep, made_by
from config.core.money import shown
from marketplace import policies as catalogue
from marketplace.choices import Kind
from marketplace.models import Listing

PLAYED: Final = "pm_card_"


# ---------------------------------------------------------------- ways to pay
def methods_offered() -> list[PayBy]:
    """What can be paid by here. Stripe stands behind the card; PayPal and crypto are the sandbox's."""
    try:
        card_gateway()
    except MethodUnavailable:
        return []
    return [PayBy.CARD] if card_gateway_name() == "stripe" else [PayBy.CARD, PayBy.PAYPAL, PayBy.CRYPTO]


def method_refuse(pay_by: str) -> None:
    """Raises MethodUnavailable, by its name, for one that is not set up here."""
    known = {*methods_offered(), *([PayBy.STRIPE] if methods_offered() else [])}
    if pay_by not in known:
        raise MethodUnavailable(f"Payment by {pay_by} is not set up here.", field="payment_method")


def token_at_gateway(token: str) -> str:
    """As the gateway calls it. In the sandbox tok_visa is the card that pm_card_visa is."""
    if token.startswith("tok_") and card_gateway_name() == "sandbox":
        return PLAYED + token.removeprefix("tok_")
    return token


# ---------------------------------------------------------------- the first step
def checkout_open(
    *, actor: User, channel: str, pay_by: str, coupon_code: str = "", once: Once | None = None
) -> Checkout:
    """Place an order of what is in the cart and on sale, and begin its payment. What is free is bought with that.

    A checkout that waits from before is called off. `coupon_code` takes the place of the coupon on the cart. Raises
    EmptyCart, CouponRefused (the cart's own coupon is taken off then), AlreadyOwned, MethodUnavailable and what
    `order_place` raises. With Stripe the payment is opened there for the payer's browser: outside of transactions.
    """
    method_refuse(pay_by)
    with coupon_of_the_cart(actor, coupon_code) as code, transaction.atomic():
        earlier = call_claim(once)
        if earlier is not None:
            order = made_by(earlier, Order)
        else:
            _waiting_lock(actor)
            User.objects.select_for_update(no_key=True).get(pk=actor.pk)
            _call_off_earlier(actor)
            order = cart_ordered(actor, channel, coupon_code=code, pay_by=pay_by, on_sale_only=True)
            order.checkout_id = f"chk_{secrets.token_hex(8)}"
            order.save(update_fields=["checkout_id"])
            if order.total_amount:
                payment_for(actor, order)
            else:
                cart_coupon_forget(actor=actor)
            call_keep(once, order)
    return _opened(actor, order)


def _opened(actor: User, order: Order) -> Checkout:
    payment = order.payments.filter(status__in=LIVE_PAYMENTS).order_by("pk").first()
    secret = ""
    if payment is not None and payment.status in UNPAID and card_gateway_name() == "stripe":
        try:
            secret = str(payment_process(actor=actor, payment_id=payment.pk).details.get("client_secret", ""))
        except (GatewayRefused, GatewayUnavailable):  # it is opened when it is paid
            pass
        payment.refresh_from_db()
    return Checkout(order, payment, secret)


def _waiting_lock(actor: User, *, skip_locked: bool = False) -> list[Order]:
    """The checkouts of a person that wait to be paid. Locked before the person, as everywhere."""
    rows = Order.objects.select_for_update(of=("self",), skip_locked=skip_locked).select_related("buyer")
    waiting = rows.filter(buyer=actor, checkout_id__isnull=False, status=OrderStatus.PENDING)
    return list(waiting.order_by("pk"))


def _call_off_earlier(actor: User) -> None:
    """Of the locked person. Silently: nothing was sold. Money that comes in for one all the same goes back.

    Also what another click has made since, which is not waited for: who holds it pays it, and may wait for the person.
    """
    for order in _waiting_lock(actor, skip_locked=True):
        _call_off(order, actor=actor, reason="checked out anew")


def _call_off(order: Order, *, actor: User, reason: str) -> None:
    order_status_change(order, OrderStatus.CANCELLED, actor=actor, reason=reason)
    order_give_back(order)
    for payment in Payment.objects.select_for_update(of=("self",)).filter(order=order).order_by("pk"):
        if payment.status in UNPAID:
            payment_call_off(payment, actor=actor, reason=reason)


# ---------------------------------------------------------------- the second step
def checkout_pay(
    *, actor: User, checkout_id: str, pay_by: str = "", token: str = "", once: Once | None = None
) -> Checkout:
    """Pay an own checkout: by `token`, or else by the default method. What was free, or waits for its buyer at their
    bank, is answered as it stands; so is what the bank has decided since, where neither `token` nor `pay_by` is given.

    Raises Missing, AlreadyPaid, CheckoutOver, CardDeclined (a new try may be made, at the same price), Invalid
    (`payment_token`), GatewayUnavailable. Asks the gateway, so call it outside of transactions.
    """
    order = Order.objects.filter(buyer=actor, checkout_id=checkout_id).first()
    if order is None:
        raise Missing("Checkout")
    if not order.total_amount:
        return Checkout(order, None)
    if pay_by:
        method_refuse(pay_by)
    if call_find(once) is None:
        decided = None if token or pay_by else _decided_at_the_bank(order)
        if decided is not None:  # who asks how it ended has no other card charged
            return _as_decided(order, decided)
        _refuse_over(order)
        waiting = order.payments.filter(status=PaymentStatus.REQUIRES_ACTION).first()
        if waiting is not None and not token:  # nobody else's card is charged because somebody asks
            return _waiting(actor, order, waiting)
        if pay_by and pay_by != order.pay_by:
            Order.objects.filter(pk=order.pk).update(pay_by=pay_by)
    try:
        return order_pay(actor=actor, order_id=order.pk, token=token_at_gateway(token), once=once)
    except GatewayRefused as refusal:
        raise _about_token(refusal) from None


def _waiting(actor: User, order: Order, payment: Payment) -> Checkout:
    """How a payment stands whose buyer is at their bank. Raises CardDeclined when the bank has said no."""
    payment, intent = payment_after_3d_secure(actor=actor, payment_id=payment.pk)
    order.refresh_from_db()
    if intent is None or payment.status in PAID:
        return Checkout(order, payment)
    return Checkout(order, payment, intent.client_secret, intent.next_action)


def _decided_at_the_bank(order: Order) -> Payment | None:
    """The payment of an order whose last try waited for its buyer at their bank, and waits no more."""
    payment = order.payments.order_by("-pk").first()
    if payment is None or payment.status not in (*PAID, PaymentStatus.FAILED):
        return None
    ended = payment.history.filter(after__in=[PaymentStatus.COMPLETED, PaymentStatus.FAILED]).order_by("pk").last()
    return payment if ended is not None and ended.before == PaymentStatus.REQUIRES_ACTION else None


def _as_decided(order: Order, payment: Payment) -> Checkout:
    """Raises CheckoutOver, and CardDeclined when the bank has said no."""
    if payment.status in PAID:
        return Checkout(order, payment)
    if order.status == OrderStatus.CANCELLED:
        raise CheckoutOver
    raise CardDeclined(payment.failure_message or None, code=payment.failure_code or "card_declined")


def _refuse_over(order: Order) -> None:
    if order.payments.filter(status__in=CAME_IN).exists():
        raise AlreadyPaid
    if order.status == OrderStatus.CANCELLED:
        raise CheckoutOver


def _about_token(refusal: GatewayRefused) -> GatewayRefused | Invalid:
    """What the gateway says of the token is about a field of the caller's."""
    return Invalid(refusal.message, field="payment_token") if refusal.field else refusal


# ---------------------------------------------------------------- in one step
def listing_buy(
    *,
    actor: User,
    channel: str,
    listing: Listing,
    pay_by: str,
    token: str = "",
    coupon_code: str = "",
    once: Once | None = None,
) -> Checkout:
    """Buy one 3-D model without the cart. What is free is bought at once; a payment that waits for its buyer at their
    bank is answered as it stands, and ends by itself.

    What is being bought in this way is not bought beside it: another call goes on with the same payment, which is
    charged once, by another card if it names one. Raises BeingBought when it names another coupon.

    Raises OwnListing, AlreadyOwned, CouponRefused, MethodUnavailable; and CardDeclined, after which nothing is left of
    the order, and the coupon's use is somebody else's. Asks the gateway, so call it outside of transactions.
    """
    method_refuse(pay_by)
    token = token_at_gateway(token)
    with transaction.atomic():
        earlier = call_claim(once)
        if earlier is None:
            order, payment, goes_on = _ordered(actor, channel, listing, pay_by, coupon_code)
            call_keep(once, payment or order, state=str(payment.attempt) if payment else "")
    try:
        if earlier is not None:
            done = resumed(actor, earlier, token=token)
            if done.order.status == OrderStatus.CANCELLED and done.payment is not None and not done.is_paid:
                raise CardDeclined  # what was to be done then is done: its order is called off
            return done
        if payment is None:
            return Checkout(order, None)
        attempt = str(payment.attempt) if goes_on and not token else ""
        return charged(actor, order, payment, attempt=attempt, token=token)
    except CardDeclined:
        _nothing_came_of(earlier.made_id if earlier is not None else str(payment.pk if payment else ""), actor)
        raise
    except GatewayRefused as refusal:
        _nothing_came_of(earlier.made_id if earlier is not None else str(payment.pk if payment else ""), actor)
        raise _about_token(refusal) from None


def _ordered(
    actor: User, channel: str, listing: Listing, pay_by: str, coupon_code: str
) -> tuple[Order, Payment | None, bool]:
    """The order, what is to be paid for it, and whether another click has made it."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # a second click finds it owned, or on its way
    if catalogue.owns(actor, listing):
        raise OwnListing(f'"{listing.title}" is your own.')
    if owned_models(actor, [listing.pk]):
        raise AlreadyOwned(f'You own "{listing.title}" already.')
    under_way = _being_bought(actor, listing)
    if under_way is not None and under_way.order is not None:
        if coupon_code and folded(coupon_code.strip()) != folded(under_way.order.coupon_code):
            price = f"{shown(under_way.amount, under_way.currency)} {under_way.currency}"
            raise BeingBought(f'"{listing.title}" is being bought already, for {price}. Finish that payment.')
        return under_way.order, under_way, True
    order = order_place(
        actor=actor,
        channel=channel,
        order_type=OrderType.ARTWORK,
        shipping_address="",
        items=[Item(listing.pk, 1, Kind.MODEL)],
        coupon_code=coupon_code,
        pay_by=pay_by,
    )
    return order, payment_for(actor, order) if order.total_amount else None, False


def _being_bought(actor: User, listing: Listing) -> Payment | None:
    """The payment of a purchase without the cart that may still come in. Asked under the buyer's lock."""
    payments = Payment.objects.select_related("order").filter(
        payer=actor, status__in=[PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION]
    )
    alone = payments.filter(order__checkout_id=None, order__lines__listing=listing).exclude(order__pay_by="")
    return alone.exclude(order__status=OrderStatus.CANCELLED).order_by("pk").first()


def _nothing_came_of(payment_id: str, actor: User) -> None:
    with transaction.atomic():
        payment = payment_lock(int(payment_id))
        order = payment.order
        if order is not None and order.status == OrderStatus.PENDING and payment.status not in (*PAID, "refunded"):
            _call_off(order, actor=actor, reason="payment failed")
