"""Two clicks and one subscription, on real connections. The books stay right (see conftest)."""

from functools import partial

import pytest

from accounts.tests.factories import SuperuserFactory
from commerce.models import Subscription
from commerce.services.subscriptions import subscriptions
from commerce.services.subscriptions.at_gateway import subscription_reconcile
from commerce.services.subscriptions.plans import plan_remove
from commerce.services.subscriptions.subscriptions import subscribe, subscription_cancel
from commerce.tests.races.test_campaigns import sound
from commerce.tests.shop import plan_of
from commerce.tests.steps import at_once
from config.core.errors import Missing
from tests.interleaving import comes_before

pytestmark = pytest.mark.django_db(transaction=True)


def live(user) -> int:
    return Subscription.objects.filter(user=user, status__in=["active", "past_due"]).count()


def test_two_clicks(bob):
    plan = plan_of()
    sound(at_once(*[partial(subscribe, actor=bob, plan_id=plan.pk)] * 3))
    assert (live(bob), Subscription.objects.count()) == (1, 1)


def test_two_plans_at_once(bob):
    plans = plan_of(), plan_of("studio")
    sound(at_once(*(partial(subscribe, actor=bob, plan_id=plan.pk) for plan in plans)))
    assert live(bob) == 1


def test_ending_while_the_gateway_is_asked(bob):
    found = subscribe(actor=bob, plan_id=plan_of().pk).subscription
    ask = partial(subscription_reconcile, subscription_id=found.pk)
    sound(at_once(ask, partial(subscription_cancel, actor=bob, at_period_end=False), ask))
    assert live(bob) == 0


def test_a_plan_that_is_removed_meanwhile_is_subscribed_to_by_nobody(bob, monkeypatch):
    plan, manager = plan_of(), SuperuserFactory()
    others = comes_before(monkeypatch, subscriptions, "_to_pay", partial(plan_remove, actor=manager, plan_id=plan.pk))

    with pytest.raises(Missing, match="Plan"):
        subscribe(actor=bob, plan_id=plan.pk)
    assert (others, Subscription.objects.exists()) == ([None], False)
