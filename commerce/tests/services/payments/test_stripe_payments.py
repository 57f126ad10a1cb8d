"""Orders paid through Stripe, against a server that behaves as Stripe's API does: also when it breaks in the middle."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from commerce.choices import PaymentMethod, PaymentStatus, RefundStatus
from commerce.errors import CardDeclined, GatewayRefused, GatewayUnavailable
from commerce.models import LedgerTransaction
from commerce.services.payments.at_gateway import (
    payment_after_3d_secure,
    payment_confirm,
    payment_process,
    payment_settle,
    payments_sweep,
)
from commerce.services.refunds.refunds import payment_refund, refund_settle, refunds_sweep
from commerce.tests.shop import campaign_of, design_of
from commerce.tests.steps import balances, order_of, paid_order, payment_of, payment_of_job
from config.core.errors import Invalid
from jobs.tests.factories import hired_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(stripe, bob, artwork):
    payment = payment_of(order_of(bob, artwork))
    payment_process(actor=bob, payment_id=payment.pk)
    payment.refresh_from_db()
    return payment


@pytest.fixture
def paid(bob, payment):
    payment, _intent = payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    return payment


def test_paid_and_refunded(alice, admin, stripe, paid):
    assert (paid.status, paid.gateway) == (PaymentStatus.COMPLETED, "stripe")
    assert stripe.intents[paid.gateway_reference]["amount"] == 29999
    assert balances()[("seller", alice.pk)] == Decimal("269.99")
    payment_refund(actor=admin, payment_id=paid.pk, amount=Decimal("99.99"))
    payment_refund(actor=admin, payment_id=paid.pk)
    assert sum(refund["amount"] for refund in stripe.refunds.values()) == 29999
    assert balances() == {}


def test_3d_secure(bob, stripe, payment):
    payment, intent = payment_confirm(
        actor=bob, payment_id=payment.pk, payment_method="pm_card_threeDSecure2Required", return_url="https://a.example"
    )
    assert payment.status == PaymentStatus.REQUIRES_ACTION
    assert intent.next_action["type"] == "redirect_to_url"
    stripe.complete_challenge(payment.gateway_reference)
    payment, _intent = payment_after_3d_secure(actor=bob, payment_id=payment.pk)
    assert payment.status == PaymentStatus.COMPLETED


def test_a_decline_and_a_new_try(bob, stripe, payment):
    with pytest.raises(CardDeclined):
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa_chargeDeclined")
    first = payment.gateway_reference
    payment_process(actor=bob, payment_id=payment.pk)
    assert stripe.intents[first]["status"] == "canceled"
    payment, _intent = payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    assert payment.status == PaymentStatus.COMPLETED


def test_an_answer_lost_after_the_work_was_done_charges_once(bob, alice, stripe, payment):
    stripe.drop(after_work=True)
    with pytest.raises(GatewayUnavailable):
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    assert balances() == {}
    payment, _intent = payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    assert payment.status == PaymentStatus.COMPLETED
    assert balances()[("seller", alice.pk)] == Decimal("269.99")
    assert LedgerTransaction.objects.count() == 1


def test_an_answer_lost_for_good_is_found_by_the_sweep(bob, stripe, payment, time_machine):
    stripe.drop(after_work=True)
    with pytest.raises(GatewayUnavailable):
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    time_machine.move_to(timezone.now() + timedelta(minutes=2), tick=False)
    assert payments_sweep() == 1
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.COMPLETED


def test_a_gateway_that_is_down_is_asked_once_a_sweep(bob, artwork, stripe, payment, time_machine):
    payment_process(actor=bob, payment_id=payment_of(order_of(bob, artwork)).pk)
    time_machine.move_to(timezone.now() + timedelta(minutes=2), tick=False)
    asked = len(stripe.requests)
    with stripe.down():
        assert payments_sweep() == 0
    assert len(stripe.requests) == asked + 1


def test_refund_while_a_dispute_is_open(admin, stripe, paid):
    stripe.dispute(paid.gateway_reference)
    before = balances()
    with pytest.raises(GatewayRefused, match="disputed"):
        payment_refund(actor=admin, payment_id=paid.pk)
    assert paid.refunds.get().status == RefundStatus.FAILED
    assert balances() == before


def test_a_refund_whose_answer_is_lost_is_made_once(admin, stripe, paid, time_machine):
    stripe.drop(after_work=True)
    refund = payment_refund(actor=admin, payment_id=paid.pk, amount=Decimal("100.00"))
    assert refund.status == RefundStatus.PENDING
    time_machine.move_to(timezone.now() + timedelta(minutes=1), tick=False)
    assert refunds_sweep() == 1
    assert [made["amount"] for made in stripe.refunds.values()] == [10000]


def test_a_refund_that_takes_its_time(admin, stripe, paid):
    stripe.refunds_stay_pending = True
    refund = payment_refund(actor=admin, payment_id=paid.pk, amount=Decimal("100.00"))
    assert (refund.status, bool(refund.gateway_reference)) == (RefundStatus.PENDING, True)
    assert refund_settle(actor=SYSTEM, refund_id=refund.pk).status == RefundStatus.PENDING
    stripe.complete_refund(refund.gateway_reference)
    assert refund_settle(actor=SYSTEM, refund_id=refund.pk).status == RefundStatus.SUCCEEDED
    assert len(stripe.refunds) == 1


def test_a_payment_that_takes_its_time_completes_later(bob, stripe, payment):
    stripe.payments_stay_processing = True
    payment, _intent = payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    assert payment.status == PaymentStatus.PENDING
    stripe.complete_processing(payment.gateway_reference)
    assert payment_settle(actor=SYSTEM, payment_id=payment.pk).status == PaymentStatus.COMPLETED


def test_another_amount_at_the_gateway_is_not_booked(bob, stripe, payment):
    stripe.intents[payment.gateway_reference]["amount"] = 100
    with pytest.raises(GatewayRefused, match="another amount"):
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    assert balances() == {}


# ---------------------------------------------------------------- thousandths
def test_of_thousandths_stripe_is_charged_tens(settings, alice, bob, admin, stripe):
    """A third off 10 KWD is 3.330, so that order, fee, earning and refund are all amounts that Stripe takes."""
    settings.CURRENCIES = dict.fromkeys(settings.CURRENCIES, "KWD")
    design = design_of(alice, price="10.000")
    campaign_of(alice, design, percent="33.33")
    order, paid = paid_order(bob, design)
    assert (order.total_amount, paid.platform_fee, paid.artist_earning) == (
        *(Decimal("6.670"), Decimal("0.670"), Decimal("6.000")),
    )
    assert stripe.intents[paid.gateway_reference]["amount"] == 6670
    with pytest.raises(Invalid, match=r"steps of 0\.010") as refusal:
        payment_refund(actor=admin, payment_id=paid.pk, amount=Decimal("1.005"))
    assert (refusal.value.field, stripe.refunds) == ("amount", {})
    payment_refund(actor=admin, payment_id=paid.pk, amount=Decimal("1.010"))
    payment_refund(actor=admin, payment_id=paid.pk)
    assert [refund["amount"] for refund in stripe.refunds.values()] == [1010, 5660]
    assert balances() == {}


def test_what_was_agreed_on_before_stripe_came_is_paid_otherwise(settings, alice, bob):
    settings.CURRENCIES = dict.fromkeys(settings.CURRENCIES, "KWD")
    settings.BANK_TRANSFER_ACCOUNT = "KW00 EXAMPLE"
    job = hired_job(buyer=bob, artist=alice, final_amount=Decimal("850.005"))
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    with pytest.raises(Invalid, match="Choose another method") as refusal:
        payment_of_job(job)
    assert refusal.value.field == "payment_method"
    payment = payment_of_job(job, PaymentMethod.BANK_TRANSFER)
    assert (payment.amount, payment.platform_fee + payment.artist_earning) == (Decimal("850.005"), payment.amount)
