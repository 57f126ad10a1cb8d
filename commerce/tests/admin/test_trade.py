"""Coupons, plans and bounties in Django's admin site: decided by administrators, by the services that the API calls."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.services.levels import groups_prepare
from accounts.tests.factories import AdminFactory, StaffFactory
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import Coupon, Plan, SandboxIntent
from commerce.services.bounties.bounties import bounty_award
from commerce.services.subscriptions.reversals import reversals_reconcile
from commerce.services.subscriptions.subscriptions import subscribe
from commerce.tests.shop import coupon_of, plan_of
from config.core.models import AuditEntry
from jobs.models import Bounty
from jobs.tests.factories import BountyFactory, applied

pytestmark = pytest.mark.django_db


def act(client, row, action, person=AdminFactory) -> str:
    groups_prepare()
    client.force_login(person())
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")
    sent = {"action": action, "_selected_action": [row.pk], "confirmed": "yes"}
    return client.post(address, sent, follow=True).content.decode()


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_coupon(client):
    coupon = coupon_of()
    assert "1 done" in act(client, coupon, "switch_off")
    assert Coupon.objects.get().is_active is False
    assert "1 done" in act(client, coupon, "switch_on")
    assert "1 done" in act(client, coupon, "remove")
    assert (Coupon.objects.count(), actions()) == (0, ["coupon.change", "coupon.change", "coupon.remove"])


def test_a_plan(client):
    plan = plan_of()
    assert "1 done" in act(client, plan, "withdraw")
    assert Plan.objects.get().is_active is False
    assert "1 done" in act(client, plan, "offer")
    assert "1 done. Pro: removed." in act(client, plan, "remove")
    assert Plan.objects.count() == 0


def test_money_of_a_subscription_that_went_back(client, bob):
    found = subscribe(actor=bob, plan_id=plan_of().pk).subscription
    reference = SandboxIntent.objects.get().reference
    SandboxGateway().refund(reference=reference, amount=Decimal(5), currency="USD", key="by hand")
    reversals_reconcile(gateway="sandbox", payment=reference)
    groups_prepare()
    client.force_login(AdminFactory())
    page = client.get(reverse("admin:commerce_subscriptioninvoice_change", args=[found.invoices.get().pk]))
    words = [" ".join(word.split()) for word in re.findall(r">([^<]+)<", page.content.decode())]
    assert {"5.00 USD", "19.00 USD", "succeeded"} <= set(words)
    history = client.get(reverse("admin:commerce_subscription_change", args=[found.pk])).content.decode()
    assert "paid" in history


def test_a_bounty(client, bob, alice):
    bounty = applied(BountyFactory(creator=bob), alice)
    bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
    assert "cannot be deleted" in act(client, bounty, "remove")
    assert "1 done" in act(client, bounty, "close")
    assert (Bounty.objects.get().status, bounty.payments.get().refunds.get().amount) == ("closed", 400)
    assert "1 done" in act(client, bounty, "remove")
    assert (Bounty.objects.get().removed_at is not None, actions()) == (True, ["bounty.close", "bounty.remove"])


def test_staff_decide_nothing(client, bob):
    for row, action in ((coupon_of(), "switch_off"), (plan_of(), "withdraw"), (BountyFactory(creator=bob), "close")):
        act(client, row, action, StaffFactory)
    assert (Coupon.objects.get().is_active, Plan.objects.get().is_active, Bounty.objects.get().status) == (
        True,
        True,
        "open",
    )
    assert actions() == []
