"""Subscriptions at Stripe Billing, played by a server on this machine; its events come in over HTTP, in any order."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from commerce.errors import CardDeclined, NoDefaultMethod
from commerce.models import GatewayEvent, Subscription, SubscriptionInvoice
from commerce.services.subscriptions.at_gateway import subscriptions_sweep
from commerce.services.subscriptions.subscriptions import subscribe, subscription_cancel
from commerce.tests.at_stripe import post
from commerce.tests.shop import plan_of
from commerce.tests.steps import balances

pytestmark = pytest.mark.django_db
BILLING = ("invoice.", "customer.subscription.")


@pytest.fixture
def plan(db):
    return plan_of()


def send(stripe, *, backwards: bool = False) -> None:
    events = [event for event in stripe.events if event["type"].startswith(BILLING)]
    for event in events[::-1] if backwards else events:
        assert post(Client(), stripe, event).status_code == 200


def status_of(user) -> str:
    return Subscription.objects.filter(user=user).latest("pk").status


def test_the_first_period_and_a_renewal(bob, plan, stripe):
    found = subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser()).subscription
    assert (found.status, found.gateway, found.gateway_reference[:4]) == ("active", "stripe", "sub_")
    stripe.renew(found.gateway_reference)
    for _ in range(2):  # each comes twice
        send(stripe, backwards=True)
    found.refresh_from_db()
    assert (found.status, balances()[("subscriptions", None)]) == ("active", 38)
    assert found.current_period_end > timezone.now() + timedelta(days=50)
    assert SubscriptionInvoice.objects.filter(paid_at=None).count() == 0
    assert GatewayEvent.objects.filter(applied_at=None).count() == 0


@pytest.mark.parametrize("backwards", [False, True])
def test_a_renewal_that_fails_and_is_revived(bob, plan, stripe, backwards):
    found = subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser()).subscription
    stripe.renew(found.gateway_reference, card="pm_card_chargeCustomerFail")
    send(stripe, backwards=backwards)
    assert (status_of(bob), balances()[("subscriptions", None)]) == ("past_due", 19)
    stripe.give_up(found.gateway_reference, status="unpaid")
    send(stripe, backwards=backwards)
    assert status_of(bob) == "expired"
    [invoice] = [row for row in stripe.invoices.values() if row["status"] == "open"]
    stripe._paid(invoice)
    send(stripe, backwards=backwards)
    assert (status_of(bob), balances()[("subscriptions", None)]) == ("active", 38)


def test_paid_with_another_card(bob, plan, stripe):
    found = subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser()).subscription
    stripe.renew(found.gateway_reference, card="pm_card_chargeCustomerFail")
    send(stripe)
    with pytest.raises(CardDeclined):
        subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser("pm_card_chargeCustomerFail"))
    assert status_of(bob) == "past_due"
    assert subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser()).is_paid
    assert balances()[("subscriptions", None)] == 38


def test_declined(bob, plan, stripe):
    for card in ("pm_card_chargeDeclined", "pm_card_chargeCustomerFail"):
        with pytest.raises(CardDeclined):
            subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser(card))
        assert status_of(bob) == "expired"
    assert {row["status"] for row in stripe.subscriptions.values()} == {"canceled"}
    with pytest.raises(NoDefaultMethod):
        subscribe(actor=bob, plan_id=plan.pk)


def test_3d_secure(bob, plan, stripe):
    token = stripe.card_from_the_browser("pm_card_threeDSecure2Required")
    done = subscribe(actor=bob, plan_id=plan.pk, token=token)
    assert (done.is_paid, bool(done.client_secret), done.next_action["type"]) == (False, True, "use_stripe_sdk")
    stripe.complete_challenge(stripe.newest_intent(done.subscription.gateway_reference))
    send(stripe)
    assert (status_of(bob), balances()[("subscriptions", None)]) == ("active", 19)


def test_ending(bob, plan, stripe):
    found = subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser()).subscription
    subscription_cancel(actor=bob)
    assert stripe.subscriptions[found.gateway_reference]["cancel_at_period_end"] is True
    stripe.renew(found.gateway_reference)
    send(stripe)
    assert status_of(bob) == "cancelled"


def test_another_plan(bob, plan, stripe):
    first = subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser()).subscription
    second = subscribe(actor=bob, plan_id=plan_of("studio").pk, token=stripe.card_from_the_browser()).subscription
    statuses = [stripe.subscriptions[one.gateway_reference]["status"] for one in (first, second)]
    assert (statuses, status_of(bob)) == (["canceled", "active"], "active")
    send(stripe, backwards=True)
    assert [row.status for row in Subscription.objects.order_by("pk")] == ["cancelled", "active"]


def test_an_event_of_somebody_else(stripe):
    post(Client(), stripe, stripe._event("customer.subscription.updated", {"id": "sub_x", "object": "subscription"}))
    assert GatewayEvent.objects.get().error == "unknown subscription"


def test_without_events_the_sweep_asks(bob, plan, stripe, time_machine):
    found = subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser()).subscription
    stripe.renew(found.gateway_reference)
    time_machine.move_to(found.current_period_end + timedelta(minutes=1))
    subscriptions_sweep()
    assert balances()[("subscriptions", None)] == 38
