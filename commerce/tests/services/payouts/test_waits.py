"""A payout to a new account waits 72 hours; its seller is told and may stop it, an administrator may let it go."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Delivery, Notification
from accounts.services.emails import email_compose
from accounts.tests.factories import AdminFactory
from adminpanel.selectors.backlogs import backlogs
from commerce.choices import PayoutMethod, PayoutSchedule
from commerce.errors import PayoutWaits, WrongPayoutStatus
from commerce.models import Payout, PayoutChange, PayoutSettings
from commerce.selectors.balances import payouts_open
from commerce.services.payouts.payouts import payout_complete, payout_fail, payout_let_go, payout_process, payout_stop
from commerce.services.payouts.schedule import payouts_make_due
from commerce.services.payouts.settings import payout_settings_update
from commerce.tests.services.payouts.test_payouts import asked
from commerce.tests.steps import balances, paid_order
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
HOURS_72 = timedelta(hours=72)
BANK = {"account_number": "DE0012345678", "routing_number": "10010010"}


@pytest.fixture(autouse=True)
def sale(alice, bob):
    """Brings alice 900.00 USD."""
    paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("1000.00")))


@pytest.fixture
def payout(alice) -> Payout:
    return asked(alice, waits=True)


def paid(admin, payout: Payout) -> Payout:
    """Let go and carried out: from now on its account is one that was used."""
    if payout.is_waiting:
        payout_let_go(actor=admin, payout_id=payout.pk, reason="We asked her")
    return payout_complete(actor=admin, payout_id=payout.pk)


def from_settings(seller, amount="10.00") -> Payout:
    return asked(seller, amount, waits=True, method=PayoutMethod.BANK_TRANSFER, payout_account="")


class TestWhichWait:
    def test_the_first_to_an_account_and_all_until_one_has_arrived(self, alice, admin, payout):
        again = asked(alice, "10.00", waits=True)
        for each in (payout, again):
            assert each.is_waiting
            assert abs(each.waits_until - timezone.now() - HOURS_72) < timedelta(minutes=1)
        paid(admin, payout)
        assert asked(alice, "10.00", waits=True).waits_until is None
        # However it is written.
        assert asked(alice, "10.00", waits=True, payout_account=" ALICE@example.com ").waits_until is None

    @pytest.mark.parametrize(
        "changes", [{"payout_account": "mallory@example.com"}, {"method": PayoutMethod.STRIPE}, {"payout_account": ""}]
    )
    def test_another_account_or_method(self, alice, admin, payout, changes):
        paid(admin, payout)
        assert asked(alice, "10.00", waits=True, **changes).is_waiting

    def test_one_of_somebody_else_is_new_to_this_seller(self, alice, bob, dora, admin, payout):
        paid(admin, payout)
        paid_order(bob, ArtworkFactory.create(seller=dora, currency="USD", price=Decimal("100.00")))
        assert asked(dora, "10.00", waits=True).is_waiting

    def test_one_that_the_bank_returned_was_not_used(self, alice, admin, payout):
        paid(admin, payout)
        payout_fail(actor=admin, payout_id=payout.pk, reason="Account closed")
        assert asked(alice, "10.00", waits=True).is_waiting

    def test_the_settings_account_for_72_hours_after_a_change(self, alice, admin, time_machine):
        payout_settings_update(actor=alice, method=PayoutMethod.BANK_TRANSFER, account=BANK)
        paid(admin, from_settings(alice))
        assert from_settings(alice).is_waiting, "the account is an hour old"
        time_machine.move_to(timezone.now() + HOURS_72 + timedelta(minutes=1), tick=False)
        assert from_settings(alice).waits_until is None
        payout_settings_update(actor=alice, method=PayoutMethod.BANK_TRANSFER, account={"account_number": "GB001"})
        payout_settings_update(actor=alice, method=PayoutMethod.BANK_TRANSFER, account=BANK)
        assert from_settings(alice).is_waiting, "changed and changed back"
        payout_settings_update(actor=alice, method=PayoutMethod.BANK_TRANSFER, account={"routing_number": "99"})
        time_machine.move_to(timezone.now() + HOURS_72 + timedelta(minutes=1), tick=False)
        assert from_settings(alice).is_waiting, "the number was used, but not at that bank"

    def test_a_change_of_what_is_no_account_changes_nothing(self, alice, admin, time_machine):
        payout_settings_update(actor=alice, method=PayoutMethod.BANK_TRANSFER, account=BANK)
        paid(admin, from_settings(alice))
        time_machine.move_to(timezone.now() + HOURS_72 + timedelta(minutes=1), tick=False)
        payout_settings_update(
            actor=alice, method=PayoutMethod.BANK_TRANSFER, account={}, minimum_payout=Decimal("5.00")
        )
        assert from_settings(alice).waits_until is None

    def test_those_of_the_schedule_too(self, alice, admin, time_machine):
        settings = payout_settings_update(
            actor=alice, method=PayoutMethod.BANK_TRANSFER, account=BANK, payout_schedule=PayoutSchedule.DAILY
        )
        PayoutSettings.objects.filter(pk=settings.pk).update(is_verified=True)
        time_machine.move_to(datetime(2031, 1, 1, 3, tzinfo=UTC), tick=False)
        assert payouts_make_due() == 1
        payout = Payout.objects.get()
        assert payout.is_waiting
        assert Delivery.objects.filter(user=alice, template="payout_waits").exists()
        assert not payouts_open().exists()

    def test_the_database_does_not_tell_the_account(self, payout):
        assert "alice" not in payout.account_digest and len(payout.account_digest) == 64


class TestWaiting:
    def test_the_amount_has_left_the_balance_and_nothing_is_carried_out(self, alice, admin, payout):
        assert balances()[("payout", alice.pk)] == Decimal("50.00")
        for verb in (payout_process, payout_complete):
            with pytest.raises(PayoutWaits):
                verb(actor=admin, payout_id=payout.pk)
        payout.refresh_from_db()
        assert payout.status == "pending"
        assert not payouts_open().exists()
        assert {each.name: each.count for each in backlogs()}["payouts"] == 0

    def test_after_72_hours_it_is(self, admin, payout, time_machine):
        time_machine.move_to(payout.waits_until + timedelta(seconds=1), tick=False)
        assert payout_process(actor=admin, payout_id=payout.pk).status == "processing"

    def test_its_seller_is_told(self, alice, payout):
        told = Notification.objects.get(user=alice, notification_type="payout_updated")
        assert "goes to a new account (****.com) and waits until" in told.message
        words = email_compose(Delivery.objects.get(user=alice, template="payout_waits"))
        assert words.subject == "Your payout of USD50.00 goes to a new account"
        assert f"{payout.waits_until:%d %B %Y, %H:%M} UTC" in words.body
        assert "alice@example.com" not in words.body

    def test_administrators_may_say_that_it_failed(self, alice, admin, payout):
        payout_fail(actor=admin, payout_id=payout.pk, reason="That is not her")
        assert balances()[("seller", alice.pk)] == Decimal("900.00")


class TestStopping:
    def test_by_its_seller(self, alice, payout):
        stopped = payout_stop(actor=alice, reference=payout.uuid)
        assert (stopped.status, stopped.failure_message) == ("failed", "stopped by its seller")
        assert balances()[("seller", alice.pk)] == Decimal("900.00")
        with pytest.raises(WrongPayoutStatus):
            payout_stop(actor=alice, reference=payout.uuid)
        assert balances()[("seller", alice.pk)] == Decimal("900.00")

    def test_not_by_others(self, alice, bob, admin, payout):
        for stranger in (bob, admin):
            with pytest.raises(Missing):
                payout_stop(actor=stranger, reference=payout.uuid)
        payout.refresh_from_db()
        assert payout.status == "pending"

    def test_not_when_it_is_being_carried_out(self, alice, admin, payout):
        payout_let_go(actor=admin, payout_id=payout.pk, reason="We asked her")
        payout_process(actor=admin, payout_id=payout.pk)
        with pytest.raises(WrongPayoutStatus):
            payout_stop(actor=alice, reference=payout.uuid)


class TestLettingGo:
    def test_with_a_reason_and_an_entry_in_the_trail(self, alice, admin, payout):
        for reason in ("", "  "):
            with pytest.raises(Invalid) as refusal:
                payout_let_go(actor=admin, payout_id=payout.pk, reason=reason)
            assert refusal.value.field == "reason"
        payout_let_go(actor=admin, payout_id=payout.pk, reason="We asked her")
        assert list(payouts_open()) == [payout]
        change = PayoutChange.objects.latest("pk")
        assert (change.before, change.after, change.actor, change.reason) == (
            "pending",
            "pending",
            admin,
            "let go: We asked her",
        )
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.target_id, entry.after["reason"]) == (
            "payout.let_go",
            str(payout.pk),
            "We asked her",
        )
        with pytest.raises(WrongPayoutStatus):
            payout_let_go(actor=admin, payout_id=payout.pk, reason="Again")

    def test_not_by_staff_nor_its_seller(self, alice, bob, staff, payout):
        for other in (alice, bob, staff):
            with pytest.raises(Denied):
                payout_let_go(actor=other, payout_id=payout.pk, reason="x")
        assert Payout.objects.get().is_waiting

    def test_nobody_lets_their_own_go(self, bob):
        boss = AdminFactory(username="boss")
        paid_order(bob, ArtworkFactory.create(seller=boss, currency="USD", price=Decimal("100.00")))
        own = asked(boss, waits=True)
        with pytest.raises(Denied):
            payout_let_go(actor=boss, payout_id=own.pk, reason="It is me")
