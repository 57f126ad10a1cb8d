"""Checkout: the cart becomes one order, charged once."""

from decimal import Decimal

import pytest

from accounts.tests.factories import ArtistFactory
from commerce.choices import PayoutMethod
from commerce.errors import CardDeclined, EmptyCart, GatewayUnavailable, WrongOrderStatus
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import CartItem, Order, Payment
from commerce.services.checkout.checkout import checkout, order_pay
from commerce.services.checkout.downloads import line_download
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.payments.at_gateway import payment_settle
from commerce.services.payouts.payouts import payout_request
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import campaign_of, design_of, fill_cart, given
from commerce.tests.steps import balances, order_of, payment_of
from config.core.errors import Invalid, Missing
from marketplace.errors import NotOnSale

pytestmark = pytest.mark.django_db


def buy(buyer):
    return checkout(actor=buyer, channel="v1")


@pytest.fixture
def gear(alice):
    return design_of(alice, price="29.99")


class TestPaid:
    def test_the_default_method_is_charged_and_the_cart_is_empty(self, alice, bob, gear):
        default_of(bob, "pm_card_visa")
        wheel = design_of(ArtistFactory(username="dora"), price="10.00")
        fill_cart(bob, gear, wheel, quantity=2)
        done = buy(bob)
        lines = list(done.order.lines.order_by("pk"))
        assert done.is_paid
        assert done.transaction_ids == [str(line.uuid) for line in lines]
        assert (done.order.total_amount, done.order.status, done.order.channel) == (Decimal("79.98"), "delivered", "v1")
        assert [(line.size, line.color, line.quantity) for line in lines] == [("M", "red", 2)] * 2
        assert not CartItem.objects.exists()
        assert balances() == {
            ("gateway", None): Decimal("-79.98"),
            ("fees", None): Decimal("8.00"),
            ("seller", alice.pk): Decimal("53.98"),
            ("seller", wheel.seller_id): Decimal("18.00"),
        }

    def test_the_sandbox_plays_a_buyer_who_keeps_no_card(self, bob, gear):
        fill_cart(bob, gear)
        done = buy(bob)
        assert (done.is_paid, done.client_secret) == (True, "")
        assert line_download(actor=bob, line=done.order.lines.get()).download_count == 1

    def test_totals_go_on_where_one_order_has_as_much_as_an_order_can(self, alice, bob, charlie):
        for buyer in (bob, charlie):
            fill_cart(buyer, design_of(alice, price="99999999.99"), quantity=1000)
            assert buy(buyer).is_paid
        alice.refresh_from_db()
        balance = Decimal("179999999982")
        assert (alice.sales_total, alice.revenue_total) == (Decimal("199999999980"), balance)
        with pytest.raises(Invalid, match="at most 99999999999"):
            payout_request(actor=alice, amount=balance, method=PayoutMethod.PAYPAL, net_amount=balance)
        half = Decimal("89999999991")
        assert (
            payout_request(actor=alice, amount=half, method=PayoutMethod.PAYPAL, net_amount=half).balance_before
            == balance
        )

    def test_nothing_to_pay(self, alice, bob, gear):
        campaign_of(alice, gear, percent="100")
        fill_cart(bob, gear, design_of(alice, price="0"))
        done = buy(bob)
        assert (done.is_paid, done.payment, done.order.status) == (True, None, "delivered")
        assert not Payment.objects.exists()
        for line in done.order.lines.all():
            assert line_download(actor=bob, line=line).download_count == 1

    def test_what_was_free_among_the_paid_is_bought_with_it(self, alice, bob, gear):
        fill_cart(bob, gear, design_of(alice, price="0"))
        done = buy(bob)
        assert done.order.total_amount == Decimal("29.99")
        for line in done.order.lines.all():
            assert line_download(actor=bob, line=line).download_count == 1

    def test_the_price_in_force_at_checkout_counts(self, alice, bob, gear):
        fill_cart(bob, gear)
        campaign = campaign_of(alice, gear, percent="10")
        assert buy(bob).payment.amount == Decimal("26.99")
        assert given(campaign) == (3, 3, 1)


class TestNotPaid:
    def test_an_empty_cart(self, bob):
        with pytest.raises(EmptyCart):
            buy(bob)
        assert not Order.objects.exists()

    def test_what_was_withdrawn_meanwhile_refuses_the_whole(self, alice, bob, gear):
        fill_cart(bob, gear, design_of(alice))
        type(gear).objects.filter(pk=gear.pk).update(is_available=False)
        with pytest.raises(NotOnSale):
            buy(bob)
        assert CartItem.objects.count() == 2
        assert not Order.objects.exists()

    def test_a_declined_card_leaves_the_order_to_be_paid_again(self, alice, bob, gear):
        default_of(bob, "pm_card_chargeDeclined")
        fill_cart(bob, gear)
        with pytest.raises(CardDeclined) as declined:
            buy(bob)
        order = Order.objects.get()
        line = order.lines.get()
        assert declined.value.data["transaction_ids"] == [str(line.uuid)]
        assert (order.status, order.payments.get().status) == ("pending", "failed")
        assert not CartItem.objects.exists()
        assert balances() == {}
        with pytest.raises(CardDeclined):
            order_pay(actor=bob, order_id=order.pk)
        default_of(bob, "pm_card_visa")
        assert order_pay(actor=bob, order_id=order.pk).is_paid
        assert order.payments.count() == 1
        with pytest.raises(WrongOrderStatus, match="paid already"):
            order_pay(actor=bob, order_id=order.pk)
        assert balances()[("seller", alice.pk)] == Decimal("26.99")

    def test_3d_secure_goes_on_where_the_bank_says(self, bob, gear):
        default_of(bob, "pm_card_threeDSecure2Required")
        fill_cart(bob, gear)
        done = buy(bob)
        assert not done.is_paid
        assert done.payment.status == "requires_action"
        assert done.client_secret
        assert done.next_action["type"] == "redirect_to_url"

    def test_without_a_default_a_real_gateway_hands_out_the_secret(self, bob, gear, monkeypatch):
        fill_cart(bob, gear)
        monkeypatch.setattr("commerce.services.payments.charging.card_gateway_name", lambda: "stripe")
        done = buy(bob)
        assert (done.is_paid, done.payment.status) == (False, "pending")
        assert done.client_secret

    def test_a_silent_gateway_leaves_it_pending_and_charges_once(self, bob, gear, monkeypatch):
        charge = SandboxGateway.confirm

        def work_and_fall_silent(self, **call):
            charge(self, **call)
            raise GatewayUnavailable

        monkeypatch.setattr(SandboxGateway, "confirm", work_and_fall_silent)
        fill_cart(bob, gear)
        done = buy(bob)
        assert (done.is_paid, done.payment.status) == (False, "pending")
        payment_settle(actor=bob, payment_id=done.payment.pk)
        done.order.refresh_from_db()
        assert done.order.status == "delivered"
        assert balances()[("gateway", None)] == Decimal("-29.99")

    def test_only_ones_own_order_that_waits_for_a_card(self, bob, charlie, gear, artwork):
        order = order_of(bob, gear)
        with pytest.raises(Missing):
            order_pay(actor=charlie, order_id=order.pk)
        by_hand = order_of(bob, artwork)
        payment_of(by_hand, "bank_transfer")
        with pytest.raises(WrongOrderStatus, match="bank transfer"):
            order_pay(actor=bob, order_id=by_hand.pk)
        order_cancel(actor=bob, order_id=order.pk)
        with pytest.raises(WrongOrderStatus, match="cancelled"):
            order_pay(actor=bob, order_id=order.pk)
        assert balances() == {}
