"""Many buyers and the last use of a coupon, on real connections. The books stay right (see conftest)."""

from functools import partial

import pytest

from accounts.tests.factories import BuyerFactory
from commerce.errors import CardDeclined, CouponUsedUp
from commerce.models import Order
from commerce.services.checkout.checkout import checkout
from commerce.services.checkout.checkouts import checkout_open, checkout_pay, listing_buy
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.coupons.uses import cart_coupon_apply
from commerce.tests.races.test_campaigns import sound
from commerce.tests.shop import coupon_of, design_of, fill_cart, uses_of
from commerce.tests.steps import at_once, order_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_use_and_ten_buyers(alice):
    coupon, gear = coupon_of(uses=1), design_of(alice)
    buyers = BuyerFactory.create_batch(10)
    for buyer in buyers:
        fill_cart(buyer, gear)
        cart_coupon_apply(actor=buyer, code=coupon.code)
    ways = [
        partial(checkout_open, channel="nexus", pay_by="card"),
        partial(checkout, channel="v1"),
    ]
    results = sound(at_once(*(partial(ways[place % 2], actor=buyer) for place, buyer in enumerate(buyers))))
    assert [type(result) for result in results if isinstance(result, Exception)] == [CouponUsedUp] * 9
    assert (uses_of(coupon), Order.objects.get().total_amount) == (1, 27)


def test_a_use_given_back_is_taken_once(alice):
    coupon, gear = coupon_of(uses=2), design_of(alice)
    held = [order_of(buyer, gear, coupon_code=coupon.code) for buyer in BuyerFactory.create_batch(2)]
    late = BuyerFactory.create_batch(4)
    sound(
        at_once(
            *(partial(order_cancel, actor=order.buyer, order_id=order.pk) for order in held),
            *(partial(order_of, buyer, gear, coupon_code=coupon.code) for buyer in late),
        )
    )
    assert uses_of(coupon) <= 2


def test_a_declined_purchase_and_somebody_else(alice, bob, charlie):
    coupon, gear = coupon_of(uses=1), design_of(alice)
    buy = partial(listing_buy, channel="nexus", listing=gear, pay_by="card", coupon_code=coupon.code)
    sound(
        at_once(
            partial(buy, actor=bob, token="pm_card_chargeDeclined"),
            partial(buy, actor=charlie, token="pm_card_visa"),
        )
    )
    bought = Order.objects.filter(buyer=charlie, status="delivered").count()
    assert uses_of(coupon) == bought


def test_a_new_try_and_somebody_else(alice, bob, charlie):
    """A declined card has given the only use back: whoever is first has it, the other one is told."""
    coupon, gear = coupon_of(uses=1), design_of(alice)
    fill_cart(bob, gear)
    opened = checkout_open(actor=bob, channel="nexus", pay_by="card", coupon_code=coupon.code)
    pay = partial(checkout_pay, actor=bob, checkout_id=opened.order.checkout_id)
    with pytest.raises(CardDeclined):
        pay(token="pm_card_chargeDeclined")
    buy = partial(listing_buy, channel="nexus", listing=gear, pay_by="card", coupon_code=coupon.code)
    results = sound(
        at_once(partial(pay, token="pm_card_visa"), partial(buy, actor=charlie, token="pm_card_visa")),
    )
    assert [type(result) for result in results if isinstance(result, Exception)] == [CouponUsedUp]
    assert (uses_of(coupon), Order.objects.filter(status="delivered").count()) == (1, 1)


def test_one_checkout_is_paid_once(alice, bob):
    gear = design_of(alice)
    fill_cart(bob, gear)
    opened = checkout_open(actor=bob, channel="nexus", pay_by="card")
    pay = partial(checkout_pay, actor=bob, checkout_id=opened.order.checkout_id, token="pm_card_visa")
    sound(at_once(pay, pay, partial(checkout_open, actor=bob, channel="nexus", pay_by="card")))
    gear.refresh_from_db()
    assert gear.downloads_count == Order.objects.filter(status="delivered").count() <= 1
