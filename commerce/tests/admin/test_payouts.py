"""Payouts, payout settings and saved methods in Django's admin site."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.services.levels import groups_prepare
from accounts.tests.factories import StaffFactory, SuperuserFactory
from commerce.choices import PayoutMethod
from commerce.models import Payout
from commerce.services.payouts.settings import payout_settings_update
from commerce.tests.services.payments.test_saved_methods import card_of
from commerce.tests.services.payouts.test_payouts import asked
from commerce.tests.steps import paid_order
from config.core.models import AuditEntry
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
LIST = "admin:commerce_payout_changelist"


@pytest.fixture
def payout(alice, bob) -> Payout:
    paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("100.00")))
    return asked(alice, payout_account="DE0099887766")


@pytest.fixture
def boss(client):
    person = SuperuserFactory(username="boss")
    client.force_login(person)
    return person


def act(client, action: str, row, words: str = "") -> str:
    address = reverse(f"admin:commerce_{row._meta.model_name}_changelist")
    sent = {"action": action, "_selected_action": [row.pk], "words": words, "confirmed": "yes"}
    return client.post(address, sent, follow=True).content.decode()


def test_a_payout_is_carried_out(client, boss, payout):
    assert "1 done." in act(client, "process", payout)
    assert "1 done." in act(client, "complete", payout, "PP-77")
    payout.refresh_from_db()
    assert (payout.status, payout.reference) == ("completed", "PP-77")
    entries = AuditEntry.objects.order_by("pk").values_list("actor__username", "action", "before", "after")
    assert list(entries) == [
        ("boss", "payout.process", {"status": "pending"}, {"status": "processing"}),
        ("boss", "payout.complete", {"status": "processing"}, {"status": "completed", "reference": "PP-77"}),
    ]


def test_a_payout_comes_back_once_and_with_a_reason(client, boss, payout):
    assert "Say why" in act(client, "fail", payout)
    assert "1 done." in act(client, "fail", payout, "No such account")
    assert "cannot become failed" in act(client, "fail", payout, "No such account")
    assert list(AuditEntry.objects.values_list("action", "after")) == [
        ("payout.fail", {"status": "failed", "reason": "No such account"})
    ]


def test_one_that_waits_is_let_go_with_a_reason(client, boss, payout):
    Payout.objects.update(waits_until=timezone.now() + timedelta(hours=72))
    for action in ("process", "complete"):
        assert "account is new" in act(client, action, payout)
    assert "Say why" in act(client, "let_go", payout)
    assert "1 done." in act(client, "let_go", payout, "She called us")
    assert "does not wait" in act(client, "let_go", payout, "She called us")
    assert "1 done." in act(client, "complete", payout)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "after")) == [
        ("payout.let_go", {"status": "pending", "reason": "She called us"}),
        ("payout.complete", {"status": "completed"}),
    ]


def test_staff_look_and_move_nothing(client, payout):
    groups_prepare()
    staff = StaffFactory(username="clerk")
    client.force_login(staff)
    text = client.get(reverse(LIST)).content.decode()
    assert "****7766" in text and "DE0099887766" not in text and "Being processed" not in text
    act(client, "process", payout)
    payout.refresh_from_db()
    assert payout.status == "pending"
    assert not AuditEntry.objects.exists()
    detail = client.get(reverse("admin:commerce_payout_change", args=[payout.pk])).content.decode()
    assert "****7766" in detail and "DE0099887766" not in detail


def test_the_whole_account_is_shown_while_it_is_to_be_paid(client, boss, payout):
    address = reverse("admin:commerce_payout_change", args=[payout.pk])
    assert "DE0099887766" in client.get(address).content.decode()
    act(client, "complete", payout)
    text = client.get(address).content.decode()
    assert "****7766" in text and "DE0099887766" not in text


def test_settings_are_masked_and_verified(client, boss, alice):
    chosen = payout_settings_update(
        actor=alice,
        method=PayoutMethod.BANK_TRANSFER,
        account={"account_number": "1234567890", "routing_number": "987654321", "bank_name": "Chase Bank"},
    )
    for name, args in (("changelist", []), ("change", [chosen.pk])):
        text = client.get(reverse(f"admin:commerce_payoutsettings_{name}", args=args)).content.decode()
        assert "****7890" in text
        assert "1234567890" not in text and "987654321" not in text
    assert "1 done." in act(client, "verify", chosen)
    chosen.refresh_from_db()
    assert chosen.is_verified
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.after["account_number"]) == ("payout_settings.verify", "****7890")


def test_saved_methods_hold_no_secrets(client, boss, bob):
    method = card_of(bob, billing_address={"street": "1 Private Road"})
    text = client.get(reverse("admin:commerce_savedmethod_change", args=[method.pk])).content.decode()
    assert "4242" in text
    for secret in ("pm_card_visa", method.code_digest, "Private Road"):
        assert secret not in text
