"""Subscriptions at Stripe Billing, played by a server on this machine; its events come in over HTTP, in any order."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from commerce.errors import CardDeclined, NoDefaultMethod
from commerce.models import GatewayEvent, Subscription, SubscriptionInvoice
from commerce.services.subscriptions.at_gateway import billing_begin, subscriptions_sweep
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


class TestALostAnswer:
    """We die between Stripe's making a subscription and our noting it. Stripe charges it all the same."""

    @pytest.fixture
    def lost(self, bob, plan, stripe, monkeypatch) -> Subscription:
        class DiedError(BaseException):
            pass

        def die(*_args, **_kwargs):
            raise DiedError

        with monkeypatch.context() as patch, pytest.raises(DiedError):
            patch.setattr("commerce.services.subscriptions.subscriptions.billing_record", die)
            subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser())
        stripe._answers.clear()  # Stripe forgets keys in time
        found = Subscription.objects.get()
        assert (found.status, found.gateway_reference, len(stripe.subscriptions)) == ("incomplete", "", 1)
        return found

    def test_is_found_by_its_event(self, lost, bob, stripe):
        send(stripe)
        lost.refresh_from_db()
        assert (lost.status, lost.gateway_reference) == ("active", *stripe.subscriptions)
        assert balances()[("subscriptions", None)] == 19

    @pytest.mark.parametrize("hours", [1, 30])
    def test_is_found_by_the_sweep(self, lost, bob, stripe, time_machine, hours):
        time_machine.move_to(timezone.now() + timedelta(hours=hours))
        subscriptions_sweep()
        assert (status_of(bob), balances()[("subscriptions", None)]) == ("active", 19)
        assert len(stripe.subscriptions) == 1

    def test_is_found_by_the_next_try(self, lost, bob, plan, stripe):
        again = subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser("pm_card_mastercard"))
        assert (again.is_paid, again.subscription.pk, len(stripe.subscriptions)) == (True, lost.pk, 1)

    @pytest.mark.parametrize("by_event", [True, False])
    def test_that_nobody_wants_any_more_is_ended_there(
        self, lost, bob, stripe, by_event, time_machine, settings, django_capture_on_commit_callbacks
    ):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        subscribe(actor=bob, plan_id=plan_of("studio").pk, token=stripe.card_from_the_browser())
        assert [row.status for row in Subscription.objects.order_by("pk")] == ["cancelled", "active"]
        if by_event:
            with django_capture_on_commit_callbacks(execute=True):
                send(stripe)
        else:
            time_machine.move_to(timezone.now() + timedelta(minutes=10))
            subscriptions_sweep()
        assert [row["status"] for row in stripe.subscriptions.values()] == ["canceled", "active"]
        assert [row.status for row in Subscription.objects.order_by("pk")] == ["cancelled", "active"]
        assert balances()[("subscriptions", None)] == 38

    def test_that_was_never_begun_is_looked_for_once(self, bob, plan, stripe, time_machine):
        with pytest.raises(CardDeclined):
            subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser("pm_card_chargeDeclined"))
        time_machine.move_to(timezone.now() + timedelta(minutes=10))
        assert [subscriptions_sweep(), subscriptions_sweep()] == [1, 0]
        assert (Subscription.objects.get().token, stripe.subscriptions) == ("", {})

    def test_one_begun_twice_is_charged_for_once(self, lost, bob, stripe):
        billing_begin(lost, lost.token, lost.customer)
        first, second = stripe.subscriptions
        send(stripe)
        lost.refresh_from_db()
        assert (lost.gateway_reference, lost.status) == (first, "active")
        assert stripe.subscriptions[second]["status"] == "canceled"
        assert balances()[("subscriptions", None)] == 38


def test_without_events_the_sweep_asks(bob, plan, stripe, time_machine):
    found = subscribe(actor=bob, plan_id=plan.pk, token=stripe.card_from_the_browser()).subscription
    stripe.renew(found.gateway_reference)
    time_machine.move_to(found.current_period_end + timedelta(minutes=1))
    subscriptions_sweep()
    assert balances()[("subscriptions", None)] == 38
