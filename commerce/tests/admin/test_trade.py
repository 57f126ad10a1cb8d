"""Coupons, plans and bounties in Django's admin site: decided by administrators, by the services that the API calls."""

import pytest
from django.urls import reverse

from accounts.services.levels import groups_prepare
from accounts.tests.factories import AdminFactory, StaffFactory
from commerce.models import Coupon, Plan
from commerce.services.bounties.bounties import bounty_award
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
    assert "1 done" in act(client, plan, "remove")
    assert Plan.objects.count() == 0


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
