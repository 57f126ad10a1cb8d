"""A 3-D model is bought once, however many orders of it wait to be paid."""

from decimal import Decimal

import pytest

from commerce.errors import AlreadyOwned
from commerce.models import Order, Payment, Refund
from commerce.services.checkout.checkout import checkout, order_pay
from commerce.services.payments.at_gateway import payment_after_3d_secure, payment_confirm, payment_process
from commerce.tests.services.payments.test_payments import answer_challenge
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import design_of, fill_cart
from commerce.tests.steps import balances, order_of, paid_order, payment_of
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def gear(alice):
    return design_of(alice, price="20.00", title="Gear")


def waiting_at_the_bank(buyer, *listings, quantity: int = 1) -> Payment:
    default_of(buyer, "pm_card_threeDSecure2Required")
    fill_cart(buyer, *listings, quantity=quantity)
    payment = checkout(actor=buyer, channel="v1").payment
    assert payment is not None and payment.status == "requires_action"
    return payment


class TestNotCharged:
    def test_an_order_whose_model_was_bought_by_another_one(self, bob, gear):
        first = order_of(bob, gear)
        payment = payment_of(first)
        paid_order(bob, gear)
        with pytest.raises(AlreadyOwned, match='You own "Gear" already'):
            payment_process(actor=bob, payment_id=payment.pk)
        with pytest.raises(AlreadyOwned):
            order_pay(actor=bob, order_id=first.pk)
        payment.refresh_from_db()
        assert (payment.status, payment.gateway_reference) == ("pending", "")

    def test_a_payment_that_was_opened_before(self, bob, gear):
        payment = payment_of(order_of(bob, gear))
        payment_process(actor=bob, payment_id=payment.pk)
        paid_order(bob, gear)
        with pytest.raises(AlreadyOwned):
            payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")

    def test_works_that_one_may_have_twice(self, alice, bob):
        painting = ArtworkFactory(seller=alice)
        payment = payment_of(order_of(bob, painting))
        paid_order(bob, painting)
        assert payment_process(actor=bob, payment_id=payment.pk).payment.status == "pending"


class TestGivenBack:
    @pytest.fixture(autouse=True)
    def at_once(self, settings):
        settings.CELERY_TASK_ALWAYS_EAGER = True

    def test_what_the_bank_lets_through_afterwards(self, bob, gear, django_capture_on_commit_callbacks):
        late = waiting_at_the_bank(bob, gear)
        paid_order(bob, gear, channel="v1")
        before = balances()
        answer_challenge(late, "succeed")
        with django_capture_on_commit_callbacks(execute=True):
            payment_after_3d_secure(actor=bob, payment_id=late.pk)
        late.refresh_from_db()
        assert (late.status, late.refunded_amount) == ("refunded", Decimal("20.00"))
        assert Refund.objects.get().reason == "bought already"
        assert balances() == before

    def test_of_a_mixed_order_that_line_alone(self, alice, bob, gear, django_capture_on_commit_callbacks):
        late = waiting_at_the_bank(bob, gear, design_of(alice, price="7.00"))
        paid_order(bob, gear, channel="v1")
        answer_challenge(late, "succeed")
        with django_capture_on_commit_callbacks(execute=True):
            payment_after_3d_secure(actor=bob, payment_id=late.pk)
        late.refresh_from_db()
        assert (late.status, late.refunded_amount) == ("partially_refunded", Decimal("20.00"))
        assert {share.line.listing_id: share.refunded_gross for share in late.shares.all()}[gear.pk] == 20

    def test_several_pieces_of_one_order_are_none(self, bob, gear, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            order, payment = paid_order(bob, gear, quantity=2)
        assert (payment.status, payment.refunded_amount) == ("completed", 0)
        assert Order.objects.get() == order
