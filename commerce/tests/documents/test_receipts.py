"""A receipt says what was bought, under which licence, what was paid and went back: to each reader their own part."""

from decimal import Decimal

import pytest

from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.choices import PaymentMethod
from commerce.documents.receipts import receipt_pdf
from commerce.selectors.receipts import receipt_of
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.documents.reading import text_of
from commerce.tests.shop import coupon_of, design_of
from commerce.tests.steps import order_of, paid_order, payment_of
from config.core.errors import Missing
from config.core.papers.fonts import NO_SIGN
from marketplace.licences import LICENCES
from marketplace.models import Model3D
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(alice, dora, bob, admin):
    """bob bought of alice and dora, and has a part of dora's price back."""
    bob.first_name, bob.last_name = "Bob", "Buyer"
    bob.save()
    gear = design_of(alice, price="30.00", title="Gear", licence="commercial")
    rack = design_of(dora, price="12.50", title="Rack", licence="")
    order, payment = paid_order(bob, gear, rack, channel="nexus")
    share = payment.shares.get(line__seller=dora)
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("2.50"), item=share.line_id)
    return order


class TestReaders:
    def test_the_buyer_sees_all_of_it_and_no_fees(self, order, bob):
        text = text_of(receipt_pdf(actor=bob, order_id=order.pk))
        assert f"Receipt of order {order.pk}" in text
        for words in ("Gear", "by alice", "Rack", "by dora", "Bob Buyer", bob.email, "1 Example Street, Lahore"):
            assert words in text
        assert "Total 42.50 USD No tax was charged 0.00 USD Fees on top of the prices 0.00 USD" in text
        assert "Paid 42.50 USD Went back 2.50 USD Paid less what went back 40.00 USD" in text
        assert order.payments.get().transaction_id in text
        assert "Earning" not in text

    def test_a_seller_sees_their_own_lines_alone(self, order, alice, dora, bob):
        text = text_of(receipt_pdf(actor=dora, order_id=order.pk))
        assert "Rack" in text
        assert not any(words in text for words in ("Gear", "alice", bob.email, "42.50", "30.00"))
        assert "Total 12.50 USD" in text
        # 7.5 % of 12.50 is 0.94; of the fee, too, a fifth goes back.
        assert "given back of them 0.75 USD Earnings after fees and refunds 9.25 USD" in text
        assert "Paid 12.50 USD Went back 2.50 USD" in text
        assert "Went back 0.00 USD" in text_of(receipt_pdf(actor=alice, order_id=order.pk))

    def test_staff_see_all_of_it_with_fees(self, order, staff, bob):
        text = text_of(receipt_pdf(actor=staff, order_id=order.pk))
        assert all(words in text for words in ("Gear", "Rack", bob.email, "Total 42.50 USD", "27.75", "9.25"))

    def test_nobody_else_sees_anything(self, order, charlie):
        for number in (order.pk, order.pk + 1000):
            with pytest.raises(Missing):
                receipt_pdf(actor=charlie, order_id=number)


class TestWhatItSays:
    def test_the_licence_as_it_was_bought(self, order, bob):
        Model3D.objects.filter(title="Gear").update(licence="personal")
        text = text_of(receipt_pdf(actor=bob, order_id=order.pk))
        assert f"Commercial licence For: Gear {LICENCES['commercial'].text}" in text
        assert "For: Rack The seller has named no licence." in text
        assert LICENCES["personal"].text not in text

    def test_the_tax_within_the_total_as_it_was_then(self, order, bob, alice, settings):
        settings.TAX_PERCENT, settings.TAX_NAME = Decimal("17.50"), "GST"
        taxed, _payment = paid_order(bob, ArtworkFactory(seller=alice, price="100.00"))
        settings.TAX_PERCENT = Decimal(20)
        assert receipt_of(actor=bob, order_id=taxed.pk).tax == Decimal("14.89")
        text = text_of(receipt_pdf(actor=bob, order_id=taxed.pk))
        assert "Total 100.00 PKR Within it GST, 17.5 % 14.89 PKR" in text
        assert receipt_of(actor=bob, order_id=order.pk).tax is None

    def test_that_nothing_was_paid_yet(self, bob, artwork):
        order = order_of(bob, artwork)
        payment_of(order, PaymentMethod.STRIPE)
        text = text_of(receipt_pdf(actor=bob, order_id=order.pk))
        assert f"Order {order.pk}, not paid yet" in text
        assert "this is no proof of a payment" in text
        assert "Receipt" not in text
        assert "Paid 0.00 PKR" in text

    def test_a_currencys_own_decimals_and_the_coupon(self, bob, alice):
        coupon_of()
        gear = design_of(alice, price="6.500", currency="KWD")
        order = order_of(bob, gear, coupon_code="SPRING10")
        text = text_of(receipt_pdf(actor=bob, order_id=order.pk))
        assert "Taken off by the coupon 0.650 KWD Total 5.850 KWD" in text
        assert "Coupon SPRING10" in text

    def test_what_was_free(self, bob, alice):
        order = order_of(bob, design_of(alice, price="0.00"))
        assert "There was nothing to pay." in text_of(receipt_pdf(actor=bob, order_id=order.pk))

    def test_names_in_every_script(self, alice):
        names = "محمد שלום राजेश 王小明 さくら 김민수 Дмитрий Αλέξανδρος สมชาย Łukasz 🎨".split()
        buyer = BuyerFactory.create(first_name="عبد الله", last_name="خان")
        order, _payment = paid_order(buyer, *(ArtworkFactory(seller=alice, title=name, price="1.00") for name in names))
        text = text_of(receipt_pdf(actor=buyer, order_id=order.pk))
        assert NO_SIGN not in text
        for name in names:  # shaped signs are read as they look, and those from right to left as they stand
            signs = set(name)
            assert sum(sign in text for sign in signs) >= len(signs) * 0.6, name

    def test_as_many_queries_for_ten_lines_as_for_one(self, bob, alice, django_assert_num_queries):
        for pieces in (1, 10):
            order, _payment = paid_order(bob, *(design_of(alice, price="1.00") for _ in range(pieces)))
            with django_assert_num_queries(6):
                receipt_of(actor=bob, order_id=order.pk)


def test_what_would_turn_a_texts_direction_is_left_out(bob):
    seller = ArtistFactory.create()
    order = order_of(bob, ArtworkFactory(seller=seller, title="A \u202egnp.exe\u202c\x1b b", price="1.00"))
    assert "A gnp.exe b" in text_of(receipt_pdf(actor=bob, order_id=order.pk))
