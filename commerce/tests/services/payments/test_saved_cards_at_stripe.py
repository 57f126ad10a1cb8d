"""Cards kept at Stripe, against a server that behaves as Stripe's API does."""

from collections.abc import Iterator

import pytest

from commerce.choices import PaymentStatus, SavedMethodType
from commerce.errors import CardDeclined, GatewayRefused, GatewayUnavailable
from commerce.models import SavedMethod
from commerce.services.payments.charging import payment_charge_saved
from commerce.services.payments.saved_methods import method_add, method_delete, method_set_default
from commerce.tests.steps import order_of, payment_of
from config.core.errors import Invalid
from tests.stand_ins.stripe import StripeStandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe(settings) -> Iterator[StripeStandIn]:
    with StripeStandIn() as stand_in:
        settings.STRIPE_API_BASE = stand_in.url
        settings.STRIPE_SECRET_KEY = stand_in.key
        yield stand_in


@pytest.fixture
def payment(stripe, bob, artwork):
    return payment_of(order_of(bob, artwork))


def added(user, token) -> SavedMethod:
    return method_add(actor=user, type=SavedMethodType.CREDIT_CARD, provider="stripe", token=token)


def default_of(user, token) -> SavedMethod:
    return method_set_default(actor=user, method_id=added(user, token).pk)


def test_a_card_is_attached_and_what_may_be_shown_is_kept(bob, stripe):
    token = stripe.card_from_the_browser()
    method = added(bob, token)
    assert (method.gateway, method.token, method.brand, method.last_four) == ("stripe", token, "visa", "4242")
    assert (method.expiry_month, method.expiry_year) == (11, 2031)
    assert stripe.methods[token]["customer"] == method.customer
    assert stripe.customers[method.customer]["metadata"] == {"account": str(bob.pk)}


def test_all_cards_of_a_person_are_one_customer_s(bob, charlie, stripe):
    cards = [added(bob, stripe.card_from_the_browser()) for _ in range(2)]
    other = added(charlie, stripe.card_from_the_browser())
    assert len({card.customer for card in cards}) == 1
    assert other.customer != cards[0].customer


def test_a_token_sent_twice_is_one_method(bob, stripe):
    token = stripe.card_from_the_browser()
    assert added(bob, token) == added(bob, token)
    assert SavedMethod.objects.count() == 1


def test_it_is_charged_again_and_again(bob, stripe, payment, artwork):
    default_of(bob, stripe.card_from_the_browser())
    for each in (payment, payment_of(order_of(bob, artwork))):
        assert payment_charge_saved(actor=bob, payment_id=each.pk).status == PaymentStatus.COMPLETED
    assert [intent["status"] for intent in stripe.intents.values()] == ["succeeded", "succeeded"]


def test_3d_secure(bob, stripe, payment):
    default_of(bob, stripe.card_from_the_browser("pm_card_threeDSecure2Required"))
    waiting = payment_charge_saved(actor=bob, payment_id=payment.pk)
    assert waiting.status == PaymentStatus.REQUIRES_ACTION
    stripe.complete_challenge(waiting.gateway_reference)
    assert payment_charge_saved(actor=bob, payment_id=payment.pk).status == PaymentStatus.COMPLETED


@pytest.mark.parametrize("card", ["pm_card_chargeDeclined", "pm_card_chargeCustomerFail"])
def test_a_card_the_bank_turns_down_is_refused_when_it_is_charged(bob, stripe, payment, card):
    default_of(bob, stripe.card_from_the_browser(card))
    with pytest.raises(CardDeclined):
        payment_charge_saved(actor=bob, payment_id=payment.pk)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.FAILED
    default_of(bob, stripe.card_from_the_browser())
    assert payment_charge_saved(actor=bob, payment_id=payment.pk).status == PaymentStatus.COMPLETED


@pytest.mark.parametrize("token", ["4242424242424242", "pm_unknown", "", "tok_visa"])
def test_what_is_no_token_is_refused(bob, stripe, token):
    with pytest.raises(Invalid) as refusal:
        added(bob, token)
    assert refusal.value.field == "payment_method_id"
    assert not SavedMethod.objects.exists()
    assert not any(b"4242424242424242" in request.body for request in stripe.requests)


def test_a_deleted_card_is_detached_and_pays_no_more(bob, stripe, payment):
    method = default_of(bob, stripe.card_from_the_browser())
    stripe.methods[method.token]["customer"] = None
    stripe.methods[method.token]["_detached"] = True  # in Stripe's dashboard
    with pytest.raises(GatewayRefused):
        payment_charge_saved(actor=bob, payment_id=payment.pk)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    method_delete(actor=bob, method_id=method.pk)
    other = added(bob, stripe.card_from_the_browser())
    method_delete(actor=bob, method_id=other.pk)
    assert stripe.methods[other.token]["customer"] is None
    assert not SavedMethod.objects.exists()


def test_while_stripe_is_down_nothing_is_added_or_removed(bob, stripe):
    method = added(bob, stripe.card_from_the_browser())
    token = stripe.card_from_the_browser()
    with stripe.down():
        with pytest.raises(GatewayUnavailable):
            added(bob, token)
        with pytest.raises(GatewayUnavailable):
            method_delete(actor=bob, method_id=method.pk)
    assert list(SavedMethod.objects.all()) == [method]


def test_an_answer_lost_on_the_way_charges_once(bob, stripe, payment):
    default_of(bob, stripe.card_from_the_browser())
    stripe.drop(times=1, after_work=True)
    with pytest.raises(GatewayUnavailable):
        payment_charge_saved(actor=bob, payment_id=payment.pk)
    assert payment_charge_saved(actor=bob, payment_id=payment.pk).status == PaymentStatus.COMPLETED
    assert len(stripe.intents) == 1
