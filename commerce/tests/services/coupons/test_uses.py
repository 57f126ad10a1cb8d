"""Coupons on carts and orders: what they take off, when a use is taken, and when it is somebody else's again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from commerce.choices import OrderType
from commerce.errors import CardDeclined, CouponExpired, CouponInactive, CouponUnknown, CouponUsedUp, EmptyCart
from commerce.models import CampaignUse, CartCoupon, CartItem, Coupon, Order
from commerce.services.checkout.checkout import checkout
from commerce.services.checkout.checkouts import checkout_open, checkout_pay, listing_buy
from commerce.services.checkout.fulfilment import order_cancel, orders_expire
from commerce.services.coupons.uses import cart_coupon_apply
from commerce.services.orders.carts import cart_of
from commerce.services.orders.orders import Item, order_delete, order_replace
from commerce.services.orders.pricing import Offer, coupon_discounts
from commerce.services.payments.at_gateway import payment_confirm, payment_process
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.shop import campaign_of, coupon_of, design_of, fill_cart, given, uses_of
from commerce.tests.steps import balances, order_of, payment_of
from marketplace.choices import Kind

pytestmark = pytest.mark.django_db


class TestWhatItTakesOff:
    @pytest.mark.parametrize(
        ("totals", "percent", "parts"),
        [
            (["40.00"], "10", ["4.00"]),
            (["9.99", "9.99", "9.99"], "33", ["3.29", "3.30", "3.30"]),  # 9.89 of 29.97; 9.90 line by line
            (["0.05", "0.05", "10.00"], "10", ["0.01", "0.01", "0.99"]),
            (["0.05"] * 4, "10", ["0.00", "0.00", "0.01", "0.01"]),  # the largest has nothing more to give
            (["0.00", "3.00"], "100", ["0.00", "3.00"]),
        ],
    )
    def test_each_line_is_rounded_and_the_rest_is_the_largest_ones(self, totals, percent, parts):
        lines = [(Offer(Decimal(total), percent=Decimal(percent)), Decimal(total)) for total in totals]
        found = coupon_discounts(lines, "USD")
        assert found == [Decimal(part) for part in parts]

    @pytest.mark.parametrize(("currency", "parts"), [("JPY", [3, 3]), ("KWD", [Decimal("3.330"), Decimal("2.775")])])
    def test_in_other_currencies(self, currency, parts):
        lines = [(Offer(Decimal(price), percent=Decimal("33.3")), Decimal(price)) for price in (10, "8.333")]
        found = coupon_discounts(lines if currency == "KWD" else [lines[0], (lines[1][0], Decimal(8))], currency)
        assert found == parts

    def test_the_better_of_campaign_and_coupon_never_both(self, alice, bob):
        cheap, plain, dear = (design_of(alice, price="30.00") for _ in range(3))
        most = campaign_of(alice, cheap, percent="50")
        less = campaign_of(alice, dear, percent="5")
        coupon = coupon_of(percent="10")
        order = order_of(bob, cheap, plain, dear, channel="nexus", coupon_code="spring10")
        assert [
            (line.list_price, line.unit_price, line.discount_amount, line.total_price)
            for line in order.lines.order_by("pk")
        ] == [(30, 15, 0, 15), (None, 30, 3, 27), (None, 30, 3, 27)]
        assert (order.total_amount, order.coupon_code, order.coupon_use.amount) == (69, "SPRING10", 6)
        assert (given(most)[0], given(less)[0], uses_of(coupon)) == (15, 0, 1)
        assert CampaignUse.objects.count() == 1

    def test_one_that_makes_nothing_cheaper_is_not_used(self, alice, bob):
        gear = design_of(alice)
        campaign_of(alice, gear, percent="10")
        coupon = coupon_of(percent="10")
        order = order_of(bob, gear, coupon_code=coupon.code)
        assert (order.total_amount, order.coupon_code, uses_of(coupon)) == (27, "", 0)

    def test_the_fee_is_of_what_is_paid(self, alice, bob):
        coupon_of(percent="10")
        order = order_of(bob, design_of(alice, price="40.00"), channel="nexus", coupon_code="SPRING10")
        payment = payment_of(order)
        assert (payment.amount, payment.platform_fee, payment.artist_earning) == (36, Decimal("2.70"), Decimal("33.30"))

    def test_of_three_sellers(self, alice, bob, dora, admin):
        """33 % of 10.00, 10.00 and 10.01 at 7.5 %: the sums are exact, and a whole refund takes all of it back."""
        coupon_of(percent="33")
        wares = [design_of(seller, price=price) for seller, price in ((alice, "10"), (dora, "10"), (admin, "10.01"))]
        order = order_of(bob, *wares, channel="nexus", coupon_code="SPRING10")
        assert [line.total_price for line in order.lines.order_by("pk")] == [
            Decimal("6.70"),
            Decimal("6.70"),
            Decimal("6.71"),
        ]
        payment = payment_of(order)
        payment_process(actor=bob, payment_id=payment.pk)
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
        assert sum(balances().values()) == 0
        payment_refund(actor=admin, payment_id=payment.pk)
        assert balances() == {}


class TestRefusals:
    @pytest.mark.parametrize(
        ("columns", "error"),
        [
            ({"is_active": False}, CouponInactive),
            ({"expires_at": timezone.now() - timedelta(seconds=1)}, CouponExpired),
            ({"uses": 1, "used_count": 1}, CouponUsedUp),
            ({"code": "OTHER"}, CouponUnknown),
            ({"removed_at": timezone.now()}, CouponUnknown),
        ],
    )
    def test_an_order_is_not_placed(self, alice, bob, columns, error):
        coupon, gear = coupon_of(**columns), design_of(alice)
        with pytest.raises(error):
            order_of(bob, gear, coupon_code="SPRING10")
        assert not Order.objects.exists()
        fill_cart(bob, gear)
        with pytest.raises(error):
            cart_coupon_apply(actor=bob, code="SPRING10")
        assert not CartCoupon.objects.exists()
        if coupon.used_count:  # one that nobody holds: for the proof after this test
            Coupon.objects.update(used_count=0)

    def test_an_empty_cart(self, bob):
        coupon_of()
        with pytest.raises(EmptyCart):
            cart_coupon_apply(actor=bob, code="SPRING10")

    def test_the_database_keeps_the_limit(self):
        coupon = coupon_of(uses=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            Coupon.objects.filter(pk=coupon.pk).update(used_count=2)


class TestAUse:
    def test_is_given_back_when_the_order_is_cancelled(self, alice, bob, charlie):
        coupon, gear = coupon_of(uses=1), design_of(alice)
        order = order_of(bob, gear, coupon_code=coupon.code)
        with pytest.raises(CouponUsedUp):
            order_of(charlie, gear, coupon_code=coupon.code)
        order_cancel(actor=bob, order_id=order.pk)
        assert uses_of(coupon) == 0
        assert order_of(charlie, gear, coupon_code=coupon.code).total_amount == 27

    def test_is_given_back_when_nobody_pays(self, alice, bob):
        coupon = coupon_of()
        order = order_of(bob, design_of(alice), coupon_code=coupon.code)
        Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(days=2))
        orders_expire()
        assert uses_of(coupon) == 0

    def test_is_given_back_when_the_order_is_deleted(self, alice, bob):
        coupon = coupon_of()
        order_delete(actor=bob, order_id=order_of(bob, design_of(alice), coupon_code=coupon.code).pk)
        assert uses_of(coupon) == 0

    def test_stays_with_an_order_of_other_items(self, alice, bob):
        coupon, gear, worm = coupon_of(uses=1), design_of(alice), design_of(alice, price="50.00")
        order = order_of(bob, gear, coupon_code=coupon.code)
        other = {"order_type": OrderType.ARTWORK, "shipping_address": "x", "items": [Item(worm.pk, 1, Kind.MODEL)]}
        assert order_replace(actor=bob, order_id=order.pk, **other).total_amount == 45
        assert (uses_of(coupon), Order.objects.get().coupon_use.amount) == (1, 5)
        Coupon.objects.update(expires_at=timezone.now())
        assert order_replace(actor=bob, order_id=order.pk, **other).total_amount == 50
        assert (uses_of(coupon), Order.objects.get().coupon_code) == (0, "")

    def test_holds_when_the_coupon_expires_before_the_payment(self, alice, bob):
        coupon = coupon_of()
        fill_cart(bob, design_of(alice))
        opened = checkout_open(actor=bob, channel="nexus", pay_by="card", coupon_code=coupon.code)
        Coupon.objects.update(expires_at=timezone.now(), is_active=False)
        done = checkout_pay(actor=bob, checkout_id=opened.order.checkout_id, token="pm_card_visa")
        assert (done.is_paid, done.payment.amount, uses_of(coupon)) == (True, 27, 1)

    def test_a_declined_purchase_gives_it_back(self, alice, bob):
        coupon, gear = coupon_of(uses=1), design_of(alice)
        with pytest.raises(CardDeclined):
            listing_buy(
                actor=bob,
                channel="nexus",
                listing=gear,
                pay_by="card",
                token="pm_card_chargeDeclined",
                coupon_code=coupon.code,
            )
        assert (uses_of(coupon), Order.objects.get().status) == (0, "cancelled")

    def test_all_of_the_price(self, alice, bob):
        coupon, gear = coupon_of(percent="100"), design_of(alice)
        fill_cart(bob, gear)
        done = checkout_open(actor=bob, channel="nexus", pay_by="card", coupon_code=coupon.code)
        assert (done.is_paid, done.order.status, uses_of(coupon)) == (True, "delivered", 1)
        gear.refresh_from_db()
        assert (gear.downloads_count, CartItem.objects.count()) == (1, 0)


class TestOnTheCart:
    def test_holds_in_every_dialect(self, alice, bob):
        coupon, gear = coupon_of(), design_of(alice)
        fill_cart(bob, gear)
        cart_coupon_apply(actor=bob, code=" spring10 ")
        cart = cart_of(actor=bob)
        assert (cart.subtotal, cart.discount, cart.lines[0].offer.lowered_by) == (30, 3, "coupon")
        assert checkout(actor=bob, channel="v1").order.total_amount == 27
        assert (uses_of(coupon), CartCoupon.objects.count()) == (1, 0)

    def test_what_expired_refuses_once(self, alice, bob):
        """What was shown is not charged any more: the buyer is told, and buys at the full price if they want to."""
        coupon_of()
        fill_cart(bob, design_of(alice))
        cart_coupon_apply(actor=bob, code="SPRING10")
        Coupon.objects.update(expires_at=timezone.now())
        assert cart_of(actor=bob).discount == 0
        with pytest.raises(CouponExpired):
            checkout(actor=bob, channel="v1")
        assert (Order.objects.count(), CartItem.objects.count(), CartCoupon.objects.count()) == (0, 1, 0)
        assert checkout(actor=bob, channel="v1").order.total_amount == 30
