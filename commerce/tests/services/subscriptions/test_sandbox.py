"""Subscriptions at the sandbox: from the first payment through declined renewals to the end. The books stay right."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from accounts.choices import PeopleAction
from accounts.models import Notification
from accounts.services.people import user_ban, user_unban, users_bulk
from commerce.errors import AlreadySubscribed, CardDeclined, GatewayUnavailable, NoSubscription
from commerce.gateways.sandbox import SandboxGateway, challenge_finish, event_send
from commerce.models import GatewayEvent, LedgerEntry, PlanPrice, SandboxIntent, SandboxSubscription, Subscription
from commerce.selectors.subscriptions import subscription_of
from commerce.services.subscriptions.at_gateway import billing_record, subscription_reconcile, subscriptions_sweep
from commerce.services.subscriptions.plans import plan_change
from commerce.services.subscriptions.subscriptions import ACCOUNT_CLOSED, subscribe, subscription_cancel
from commerce.tests.shop import plan_of
from commerce.tests.steps import balances
from config.core.errors import Denied, Invalid, Missing
from config.core.idempotency import Once

pytestmark = pytest.mark.django_db
START = datetime(2024, 1, 31, 12, tzinfo=UTC)
LATER_FAILS = "pm_card_chargeCustomerFail"


@pytest.fixture(autouse=True)
def at_the_start(time_machine):
    time_machine.move_to(START, tick=False)


@pytest.fixture
def plan(db):
    return plan_of()


def told(user) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def states(user) -> list[str]:
    return list(Subscription.objects.filter(user=user).order_by("pk").values_list("status", flat=True))


def brought() -> Decimal:
    return balances().get(("subscriptions", None), Decimal(0))


def at(time_machine, moment: datetime) -> None:
    time_machine.move_to(moment, tick=False)
    subscriptions_sweep()


def test_the_first_period(bob, plan):
    done = subscribe(actor=bob, plan_id=plan.pk, token="tok_visa")
    found = done.subscription
    assert (done.is_paid, found.status, found.amount, found.gateway) == (True, "active", 19, "sandbox")
    assert (found.current_period_start, found.current_period_end) == (START, datetime(2024, 2, 29, 12, tzinfo=UTC))
    assert (brought(), found.invoices.get().booked.kind) == (19, "subscription")
    assert sum(LedgerEntry.objects.values_list("amount", flat=True)) == 0
    assert told(bob) == ["Subscription active"]
    with pytest.raises(AlreadySubscribed):
        subscribe(actor=bob, plan_id=plan.pk)
    assert (subscription_of(actor=bob).pk, PlanPrice.objects.count()) == (found.pk, 1)


def test_a_year(bob, plan):
    found = subscribe(actor=bob, plan_id=plan.pk, billing_cycle="yearly", pay_by="paypal").subscription
    assert (found.amount, found.current_period_end) == (190, datetime(2025, 1, 31, 12, tzinfo=UTC))


def test_renewals_keep_their_day_and_their_price(bob, plan, admin, time_machine):
    found = subscribe(actor=bob, plan_id=plan.pk).subscription
    plan_change(actor=admin, plan_id=plan.pk, price_monthly=Decimal("25.00"))
    at(time_machine, datetime(2024, 2, 29, 12, tzinfo=UTC))
    found.refresh_from_db()
    assert found.current_period_end == datetime(2024, 3, 31, 12, tzinfo=UTC)
    at(time_machine, datetime(2024, 3, 31, 12, 1, tzinfo=UTC))
    at(time_machine, datetime(2024, 3, 31, 12, 30, tzinfo=UTC))
    found.refresh_from_db()
    assert found.current_period_end == datetime(2024, 4, 30, 12, tzinfo=UTC)
    assert (brought(), found.invoices.count(), told(bob)) == (57, 3, ["Subscription active"])


def test_a_card_that_fails_at_renewal_and_is_revived(bob, plan, time_machine):
    found = subscribe(actor=bob, plan_id=plan.pk, token=LATER_FAILS).subscription
    renewal = datetime(2024, 2, 29, 12, tzinfo=UTC)
    at(time_machine, renewal)
    found.refresh_from_db()
    assert (found.status, found.failure_code, brought()) == ("past_due", "card_declined", 19)
    assert subscription_of(actor=bob).pk == found.pk
    with pytest.raises(CardDeclined):
        subscribe(actor=bob, plan_id=plan.pk, token="pm_card_chargeDeclined")
    assert states(bob) == ["past_due"]
    done = subscribe(actor=bob, plan_id=plan.pk, token="pm_card_visa")
    assert (done.subscription.pk, done.subscription.status, brought()) == (found.pk, "active", 38)
    assert told(bob) == ["Subscription active", "Subscription payment failed", "Subscription active"]
    at(time_machine, datetime(2024, 3, 31, 12, tzinfo=UTC))
    assert brought() == 57


def test_dunning_ends(bob, plan, time_machine):
    found = subscribe(actor=bob, plan_id=plan.pk, token=LATER_FAILS).subscription
    moment = datetime(2024, 2, 29, 12, tzinfo=UTC)
    at(time_machine, moment)
    for days in (1, 3, 5):
        assert states(bob) == ["past_due"]
        moment += timedelta(days=days)
        at(time_machine, moment)
    assert (states(bob), brought(), SandboxSubscription.objects.get().attempts) == (["expired"], 19, 4)
    assert told(bob)[-1] == "Subscription expired"
    with pytest.raises(NoSubscription):
        subscription_of(actor=bob)
    SandboxSubscription.objects.update(status="active")  # its invoice was paid after all
    assert subscription_reconcile(subscription_id=found.pk).status == "active"


def test_one_that_is_revived_too_late(bob, plan, time_machine):
    old = subscribe(actor=bob, plan_id=plan.pk, token=LATER_FAILS).subscription
    SandboxSubscription.objects.update(status="ended")
    subscription_reconcile(subscription_id=old.pk)
    subscribe(actor=bob, plan_id=plan.pk)
    SandboxSubscription.objects.filter(reference=old.gateway_reference).update(status="active")
    subscription_reconcile(subscription_id=old.pk)
    assert states(bob) == ["expired", "active"]
    time_machine.move_to(START + timedelta(minutes=6), tick=False)
    subscriptions_sweep()
    assert list(SandboxSubscription.objects.order_by("pk").values_list("status", flat=True)) == ["ended", "active"]


class TestDeclined:
    def test_nothing_is_left(self, bob, plan):
        with pytest.raises(CardDeclined):
            subscribe(actor=bob, plan_id=plan.pk, token="pm_card_chargeDeclined")
        assert (states(bob), brought(), told(bob)) == (["expired"], 0, [])
        assert SandboxSubscription.objects.get().status == "ended"
        assert subscribe(actor=bob, plan_id=plan.pk).is_paid

    def test_the_present_plan_stays(self, bob, plan):
        subscribe(actor=bob, plan_id=plan.pk)
        with pytest.raises(CardDeclined):
            subscribe(actor=bob, plan_id=plan_of("studio").pk, token="pm_card_chargeDeclined")
        assert (states(bob), subscription_of(actor=bob).plan_id) == (["active", "expired"], plan.pk)

    def test_what_is_no_card(self, bob, plan):
        with pytest.raises(Invalid) as refusal:
            subscribe(actor=bob, plan_id=plan.pk, token="4242424242424242")
        assert (refusal.value.field, states(bob)) == ("payment_token", ["expired"])

    def test_no_such_plan(self, bob, plan, admin):
        plan_change(actor=admin, plan_id=plan.pk, is_active=False)
        for number in (plan.pk, 10**9):
            with pytest.raises(Missing):
                subscribe(actor=bob, plan_id=number)


def test_3d_secure(bob, plan):
    done = subscribe(actor=bob, plan_id=plan.pk, token="pm_card_threeDSecure2Required")
    assert (done.is_paid, done.next_action["type"]) == (False, "redirect_to_url")
    challenge_finish(challenge=SandboxIntent.objects.get().challenge, succeeded=True)
    assert subscription_reconcile(subscription_id=done.subscription.pk).status == "active"
    assert (brought(), states(bob)) == (19, ["active"])


def test_3d_secure_never_answered(bob, plan, time_machine):
    subscribe(actor=bob, plan_id=plan.pk, token="pm_card_threeDSecure2Required")
    at(time_machine, START + timedelta(days=1))
    at(time_machine, START + timedelta(days=1, minutes=6))
    assert (states(bob), SandboxSubscription.objects.get().status, brought()) == (["expired"], "ended", 0)


class TestAnotherPlan:
    def test_takes_the_place(self, bob, plan):
        subscribe(actor=bob, plan_id=plan.pk)
        done = subscribe(actor=bob, plan_id=plan_of("studio", monthly="49.00").pk)
        assert (states(bob), done.subscription.amount, brought()) == (["cancelled", "active"], 49, 68)
        assert list(SandboxSubscription.objects.order_by("pk").values_list("status", flat=True)) == ["ended", "active"]

    def test_that_is_free(self, bob, plan, time_machine):
        subscribe(actor=bob, plan_id=plan.pk)
        free = subscribe(actor=bob, plan_id=plan_of("free", monthly="0", yearly="0").pk).subscription
        assert (states(bob), free.gateway, brought()) == (["cancelled", "active"], "", 19)
        at(time_machine, datetime(2024, 5, 1, tzinfo=UTC))
        free.refresh_from_db()
        assert free.current_period_end > datetime(2024, 5, 1, tzinfo=UTC)
        subscription_cancel(actor=bob)
        at(time_machine, datetime(2024, 6, 10, tzinfo=UTC))
        assert states(bob) == ["cancelled", "cancelled"]


class TestEnding:
    def test_with_the_period(self, bob, plan, time_machine):
        subscribe(actor=bob, plan_id=plan.pk)
        found = subscription_cancel(actor=bob, reason="Too dear")
        assert (found.status, found.cancel_at_period_end, found.cancelled_at) == ("active", True, START)
        at(time_machine, datetime(2024, 2, 29, 12, tzinfo=UTC))
        assert (states(bob), brought(), told(bob)[-1]) == (["cancelled"], 19, "Subscription ended")

    def test_thought_better_of(self, bob, plan, time_machine):
        subscribe(actor=bob, plan_id=plan.pk)
        subscription_cancel(actor=bob)
        found = subscribe(actor=bob, plan_id=plan.pk).subscription
        assert (found.cancel_at_period_end, found.cancelled_at) == (False, None)
        at(time_machine, datetime(2024, 2, 29, 12, tzinfo=UTC))
        assert (states(bob), brought()) == (["active"], 38)

    def test_at_once(self, bob, plan):
        subscribe(actor=bob, plan_id=plan.pk)
        assert subscription_cancel(actor=bob, at_period_end=False).status == "cancelled"
        assert SandboxSubscription.objects.get().status == "ended"
        with pytest.raises(NoSubscription):
            subscription_cancel(actor=bob)

    def test_while_the_gateway_is_silent(self, bob, plan, time_machine, monkeypatch):
        from commerce.errors import GatewayUnavailable

        found = subscribe(actor=bob, plan_id=plan.pk).subscription

        def silent(*_args, **_kwargs):
            raise GatewayUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(SandboxGateway, "billing_cancel", silent)
            subscription_cancel(actor=bob, at_period_end=False)
        found.refresh_from_db()
        assert (found.status, found.wanted, SandboxSubscription.objects.get().status) == (
            "cancelled",
            "end_now",
            "active",
        )
        at(time_machine, START + timedelta(minutes=6))
        assert SandboxSubscription.objects.get().status == "ended"


def test_of_many_clicks_each_finds_what_another_has_written_down(bob, plan, monkeypatch):
    def written_by_another(*about, **more):
        assert billing_record(*about, **more) is not None

    def busy(**_about):
        raise GatewayUnavailable

    monkeypatch.setattr("commerce.services.subscriptions.subscriptions.billing_record", written_by_another)
    monkeypatch.setattr("commerce.services.subscriptions.subscriptions.subscription_reconcile", busy)
    assert subscribe(actor=bob, plan_id=plan.pk).is_paid
    assert (states(bob), brought()) == (["active"], 19)


class TestOfAnAccountThatIsClosed:
    def test_no_further_period_is_charged(self, admin, bob, plan, time_machine):
        subscribe(actor=bob, plan_id=plan.pk)
        user_ban(actor=admin, user_id=bob.pk)
        found = subscription_of(actor=bob)
        assert (found.status, found.cancel_at_period_end, found.cancel_reason) == ("active", True, ACCOUNT_CLOSED)
        assert told(bob) == ["Subscription active", "Subscription ends"]
        subscriptions_sweep()
        at(time_machine, datetime(2024, 4, 1, tzinfo=UTC))
        assert (states(bob), brought(), SandboxSubscription.objects.get().status) == (["cancelled"], 19, "ended")

    def test_it_goes_on_when_its_person_says_so(self, admin, bob, plan):
        subscribe(actor=bob, plan_id=plan.pk)
        user_ban(actor=admin, user_id=bob.pk)
        user_unban(actor=admin, user_id=bob.pk)
        assert subscription_of(actor=bob).cancel_at_period_end
        bob.refresh_from_db()
        assert not subscribe(actor=bob, plan_id=plan.pk).subscription.cancel_at_period_end
        assert (states(bob), brought()) == (["active"], 19)

    def test_what_is_not_paid_ends_at_once(self, admin, bob, plan, time_machine):
        subscribe(actor=bob, plan_id=plan.pk, token=LATER_FAILS)
        at(time_machine, datetime(2024, 2, 29, 12, tzinfo=UTC))
        assert states(bob) == ["past_due"]
        users_bulk(actor=admin, user_ids=[bob.pk], action=PeopleAction.DEACTIVATE)
        at(time_machine, datetime(2024, 2, 29, 12, 6, tzinfo=UTC))
        assert (states(bob), SandboxSubscription.objects.get().status) == (["cancelled"], "ended")

    def test_one_that_waits_for_its_bank_does_not_begin(self, admin, bob, plan):
        done = subscribe(actor=bob, plan_id=plan.pk, token="pm_card_threeDSecure2Required")
        user_ban(actor=admin, user_id=bob.pk)
        assert states(bob) == ["cancelled"]
        subscriptions_sweep()
        assert SandboxSubscription.objects.get().status == "ended"
        assert subscription_reconcile(subscription_id=done.subscription.pk).status == "cancelled"

    def test_at_that_moment_nobody_subscribes(self, admin, bob, plan):
        user_ban(actor=admin, user_id=bob.pk)
        with pytest.raises(Denied):
            subscribe(actor=bob, plan_id=plan.pk)  # `bob` was read before
        assert states(bob) == []


def test_a_lost_answer_is_asked_for_again(bob, plan, time_machine, monkeypatch):
    class Died(BaseException):
        pass

    def die(*_args, **_kwargs):
        raise Died

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr("commerce.services.subscriptions.subscriptions.billing_record", die)
        subscribe(actor=bob, plan_id=plan.pk, token="pm_card_visa")
    assert (states(bob), SandboxSubscription.objects.count()) == (["incomplete"], 1)
    at(time_machine, START + timedelta(minutes=6))
    assert (states(bob), SandboxSubscription.objects.count(), brought()) == (["active"], 1, 19)


def test_a_key_subscribes_once(bob, plan):
    once = Once(bob.pk, "key", "nexus.subscriptions.subscribe", "0" * 64)
    first, second = (subscribe(actor=bob, plan_id=plan.pk, once=once) for _ in range(2))
    assert (first.subscription.pk, states(bob), brought()) == (second.subscription.pk, ["active"], 19)


@pytest.mark.parametrize(
    "event_type", ["invoice.paid", "customer.subscription.updated", "customer.subscription.deleted"]
)
def test_the_sandboxes_events_are_stripes(bob, plan, monkeypatch, event_type, settings, client):
    """What it sends over the network is read as Stripe's events are, and asks for the state anew."""
    found = subscribe(actor=bob, plan_id=plan.pk).subscription
    SandboxSubscription.objects.update(status="past_due")
    sent: dict = {}

    def deliver(_address, data, headers, **_options):
        sent["status"] = client.post(
            "/api/webhooks/sandbox", data, content_type="application/json", headers=headers
        ).status_code
        return SimpleNamespace(raise_for_status=lambda: None)

    monkeypatch.setattr("commerce.gateways.sandbox.requests.post", deliver)
    event_send(event_id="evt_sandbox_1", event_type=event_type, reference=found.gateway_reference)
    found.refresh_from_db()
    assert (sent["status"], found.status) == (200, "past_due")
    assert GatewayEvent.objects.get().applied_at is not None
