"""A payment that fails gives the use of its coupon to whoever comes; a new try takes it again, while there is one."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from commerce.choices import OrderStatus, PaymentMethod, PaymentStatus
from commerce.errors import CardDeclined, CouponUsedUp
from commerce.gateways.chosen import card_gateway
from commerce.models import CartItem, Coupon, CouponUse, LedgerTransaction, Order, Payment, Refund
from commerce.services.checkout.checkout import checkout, order_pay
from commerce.services.checkout.checkouts import checkout_open, checkout_pay
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.payments.at_gateway import payment_confirm, payment_process, payment_settle
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.refunds.refunds import refund_settle
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import coupon_of, design_of, fill_cart, uses_of
from commerce.tests.steps import balances, order_of, payment_of
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def coupon() -> Coupon:
    return coupon_of(uses=1)


@pytest.fixture
def declined(alice, bob, coupon) -> Order:
    """Bob's checkout with the coupon's only use, after a declined card."""
    fill_cart(bob, design_of(alice))
    order = checkout_open(actor=bob, channel="nexus", pay_by="card", coupon_code=coupon.code).order
    assert uses_of(coupon) == 1
    with pytest.raises(CardDeclined):
        pay(order, "pm_card_chargeDeclined")
    return order


def pay(order: Order, token: str = "pm_card_visa"):
    assert order.checkout_id is not None
    return checkout_pay(actor=order.buyer, checkout_id=order.checkout_id, token=token)


class TestANewTry:
    def test_takes_the_use_again(self, declined, coupon):
        assert uses_of(coupon) == 0
        done = pay(declined)
        assert (done.is_paid, done.payment.amount, uses_of(coupon)) == (True, 27, 1)
        assert CouponUse.objects.get().returned_at is None

    def test_each_failure_gives_it_back(self, declined, coupon):
        with pytest.raises(CardDeclined):
            pay(declined, "pm_card_chargeDeclined")
        assert uses_of(coupon) == 0
        assert pay(declined).is_paid
        assert uses_of(coupon) == 1

    def test_has_its_discount_though_the_coupon_has_expired(self, declined, coupon):
        Coupon.objects.update(expires_at=timezone.now(), is_active=False)
        assert pay(declined).payment.amount == 27
        assert uses_of(coupon) == 1

    def test_is_refused_when_somebody_else_has_the_last_use(self, declined, alice, charlie, coupon):
        other = order_of(charlie, design_of(alice), coupon_code=coupon.code)
        before = Payment.objects.values().get()
        with pytest.raises(CouponUsedUp) as refusal:
            pay(declined)
        assert refusal.value.field == "coupon_code"
        assert Payment.objects.values().get() == before
        assert (uses_of(coupon), CartItem.objects.count(), LedgerTransaction.objects.count()) == (1, 1, 0)
        order_cancel(actor=charlie, order_id=other.pk)
        assert pay(declined).is_paid

    def test_without_it_is_another_checkout(self, declined, alice, charlie, coupon):
        order_of(charlie, design_of(alice), coupon_code=coupon.code)
        again = checkout_open(actor=declined.buyer, channel="nexus", pay_by="card")
        assert (again.order.total_amount, uses_of(coupon)) == (30, 1)
        assert pay(again.order).payment.amount == 30

    def test_is_not_made_for_an_order_that_was_cancelled(self, declined, coupon):
        order_cancel(actor=declined.buyer, order_id=declined.pk)
        assert uses_of(coupon) == 0

    def test_in_v1(self, alice, bob, coupon):
        default_of(bob, "pm_card_chargeDeclined")
        fill_cart(bob, design_of(alice))
        with pytest.raises(CardDeclined):
            checkout(actor=bob, channel="v1", coupon_code=coupon.code)
        assert uses_of(coupon) == 0
        assert order_pay(actor=bob, order_id=Order.objects.get().pk, token="pm_card_visa").is_paid
        assert uses_of(coupon) == 1

    def test_in_cultureup_and_by_another_method(self, alice, bob, charlie, admin, coupon):
        print_ = ArtworkFactory(seller=alice, artwork_type="physical", price=Decimal(100))
        order = order_of(bob, print_, coupon_code=coupon.code)
        payment = payment_of(order)
        payment_process(actor=bob, payment_id=payment.pk)
        with pytest.raises(CardDeclined):
            payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_chargeDeclined")
        assert uses_of(coupon) == 0
        held = order_of(charlie, design_of(alice), coupon_code=coupon.code)
        with pytest.raises(CouponUsedUp):
            payment_process(actor=bob, payment_id=payment.pk)
        with pytest.raises(CouponUsedUp):
            payment_of(order, PaymentMethod.BANK_TRANSFER)
        order_cancel(actor=charlie, order_id=held.pk)
        transfer = payment_of(order, PaymentMethod.BANK_TRANSFER)
        assert (transfer.amount, uses_of(coupon)) == (90, 1)
        payment_complete_by_hand(actor=admin, payment_id=transfer.pk)
        assert uses_of(coupon) == 1


class TestMoneyThatComesInAfterAll:
    """The payer's page asks for another card at the gateway, without us."""

    def late(self, order: Order) -> Payment:
        payment = order.payments.get()
        card_gateway().confirm(
            reference=payment.gateway_reference, payment_method="pm_card_visa", return_url="", key="elsewhere"
        )
        return payment_settle(actor=SYSTEM, payment_id=payment.pk)

    def test_takes_the_use_again(self, declined, coupon):
        assert self.late(declined).status == PaymentStatus.COMPLETED
        declined.refresh_from_db()
        assert (declined.status, uses_of(coupon)) == (OrderStatus.DELIVERED, 1)

    def test_goes_back_when_somebody_else_has_the_last_use(self, declined, alice, charlie, coupon):
        other = order_of(charlie, design_of(alice), coupon_code=coupon.code)
        self.late(declined)
        refund_settle(actor=SYSTEM, refund_id=Refund.objects.get().pk)
        declined.refresh_from_db()
        assert (declined.status, declined.payments.get().status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
        assert (Refund.objects.get().amount, balances()) == (27, {})
        assert (uses_of(coupon), CouponUse.objects.get(order=other).returned_at) == (1, None)
        assert declined.lines.get().listing.downloads_count == 0
        assert declined.history.latest("pk").reason == "others have used up its coupon"
