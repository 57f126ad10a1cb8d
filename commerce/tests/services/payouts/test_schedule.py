"""Payouts that make themselves, and the settings they follow."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import Delivery
from commerce.choices import PayoutMethod, PayoutSchedule
from commerce.models import Payout, PayoutSettings
from commerce.services.payouts.payouts import payout_complete, payout_fail, payout_request
from commerce.services.payouts.schedule import payouts_make_due, period_begin
from commerce.services.payouts.settings import (
    masked,
    payout_account_shown,
    payout_settings_update,
    payout_settings_verify,
)
from commerce.tests.steps import balances, paid_order
from config.core.errors import Denied, Invalid, Missing
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2026, 3, 11, 12, tzinfo=UTC)
THURSDAY = datetime(2026, 3, 12, 0, 30, tzinfo=UTC)
MONDAY = datetime(2026, 3, 16, 9, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, 0, 5, tzinfo=UTC)


def chosen(seller, *, verified=True, schedule=PayoutSchedule.DAILY, minimum="0", admin=None) -> PayoutSettings:
    settings = payout_settings_update(
        actor=seller,
        method=PayoutMethod.BANK_TRANSFER,
        account={"account_number": "1234567890", "bank_name": "Chase Bank"},
        minimum_payout=Decimal(minimum),
        payout_schedule=schedule,
    )
    if verified:
        PayoutSettings.objects.filter(pk=settings.pk).update(is_verified=True)
    return settings


class TestSchedule:
    @pytest.fixture(autouse=True)
    def sale(self, alice, bob, time_machine):
        """90.00 USD for alice, on Wednesday at noon."""
        time_machine.move_to(WEDNESDAY, tick=False)
        paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("100.00")))

    @pytest.mark.parametrize(
        ("schedule", "due"),
        [(PayoutSchedule.DAILY, THURSDAY), (PayoutSchedule.WEEKLY, MONDAY), (PayoutSchedule.MONTHLY, APRIL)],
    )
    def test_each_once_a_period(self, alice, time_machine, schedule, due):
        chosen(alice, schedule=schedule)
        assert payouts_make_due() == 0  # it came in within the present period
        time_machine.move_to(due, tick=False)
        assert [payouts_make_due(), payouts_make_due()] == [1, 0]
        payout = Payout.objects.get()
        assert (payout.amount, payout.method, payout.account) == (Decimal("90.00"), "bank_transfer", "1234567890")
        assert (payout.status, payout.account_hint, payout.from_settings) == ("pending", "****7890", True)
        assert payout.history.get().actor is None

    def test_what_comes_in_later_waits_for_the_next_period(self, alice, bob, admin, time_machine):
        chosen(alice)
        time_machine.move_to(THURSDAY, tick=False)
        paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("50.00")))
        assert payouts_make_due() == 1
        assert Payout.objects.get().amount == Decimal("90.00")
        payout_fail(actor=admin, payout_id=Payout.objects.get().pk, reason="Returned")
        assert payouts_make_due() == 0  # not sent off again at once
        time_machine.move_to(datetime(2026, 3, 13, 1, tzinfo=UTC), tick=False)
        assert payouts_make_due() == 1
        assert Payout.objects.order_by("pk").last().amount == Decimal("135.00")

    def test_no_more_than_is_there_still(self, alice, time_machine):
        chosen(alice)
        time_machine.move_to(THURSDAY, tick=False)
        payout_request(
            actor=alice, amount=Decimal("60.00"), net_amount=Decimal("60.00"), method=PayoutMethod.BANK_TRANSFER
        )
        assert payouts_make_due() == 1
        assert Payout.objects.exclude(period="").get().amount == Decimal("30.00")
        assert balances()[("payout", alice.pk)] == Decimal("90.00")

    def test_who_gets_none(self, alice, bob, time_machine):
        time_machine.move_to(THURSDAY, tick=False)
        chosen(bob)  # has nothing
        settings = chosen(alice, verified=False)
        assert payouts_make_due() == 0
        PayoutSettings.objects.filter(pk=settings.pk).update(is_verified=True, minimum_payout=Decimal("90.01"))
        assert payouts_make_due() == 0
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
        PayoutSettings.objects.filter(pk=settings.pk).update(minimum_payout=Decimal("90.00"))
        assert payouts_make_due() == 0
        type(alice).objects.filter(pk=alice.pk).update(is_active=True)
        assert payouts_make_due() == 1

    def test_a_completed_one_is_not_repeated(self, alice, admin, time_machine):
        chosen(alice)
        time_machine.move_to(THURSDAY, tick=False)
        payouts_make_due()
        Payout.objects.update(waits_until=None)
        payout_complete(actor=admin, payout_id=Payout.objects.get().pk)
        assert payouts_make_due() == 0

    def test_periods_begin_in_utc(self):
        assert period_begin("daily", WEDNESDAY) == datetime(2026, 3, 11, tzinfo=UTC)
        assert period_begin("weekly", WEDNESDAY) == datetime(2026, 3, 9, tzinfo=UTC)
        assert period_begin("monthly", WEDNESDAY) == datetime(2026, 3, 1, tzinfo=UTC)


class TestSettings:
    def test_numbers_are_masked(self):
        assert [masked(number) for number in ("1234567890", "12345678", "1234567", "12", "")] == [
            "****7890",
            "****5678",
            "****",
            "****",
            "",
        ]

    def test_what_is_not_sent_stays(self, alice):
        chosen(alice, minimum="25.00", schedule=PayoutSchedule.WEEKLY)
        settings = payout_settings_update(
            actor=alice, method=PayoutMethod.BANK_TRANSFER, account={"routing_number": "987654321"}
        )
        settings.refresh_from_db()
        assert settings.account_details == {
            "account_number": "1234567890",
            "bank_name": "Chase Bank",
            "routing_number": "987654321",
        }
        assert (settings.minimum_payout, settings.payout_schedule) == (Decimal("25.00"), "weekly")
        assert payout_account_shown(settings) == {
            "bank_name": "Chase Bank",
            "account_number": "****7890",
            "routing_number": "****4321",
            "account_holder_name": None,
        }

    def test_another_account_must_be_verified_again_and_its_owner_is_told(self, alice):
        settings = chosen(alice)
        for same in (
            {"account": {}, "minimum_payout": Decimal(5)},
            {"account": {"account_number": "****7890"}, "payout_schedule": PayoutSchedule.WEEKLY},
            {"account": {"account_number": "1234567890"}},
        ):
            payout_settings_update(actor=alice, method=PayoutMethod.BANK_TRANSFER, **same)
            settings.refresh_from_db()
            assert settings.is_verified
        assert not Delivery.objects.filter(template="payout_account_changed").exists()
        for change in (
            {"method": PayoutMethod.PAYPAL, "account": {}},
            {"method": PayoutMethod.PAYPAL, "account": {"account_number": "alice@example.com"}},
            {"method": PayoutMethod.PAYPAL, "account": {"account_holder_name": "Mallory"}},
            {"method": PayoutMethod.PAYPAL, "account": {"account_holder_name": ""}},
        ):
            PayoutSettings.objects.update(is_verified=True)
            payout_settings_update(actor=alice, **change)
            settings.refresh_from_db()
            assert not settings.is_verified
        assert Delivery.objects.filter(template="payout_account_changed", user=alice).count() == 4

    def test_a_bank_account_is_none_of_another_method(self, alice):
        chosen(alice)
        payout_settings_update(
            actor=alice, method=PayoutMethod.BANK_TRANSFER, account={"account_holder_name": "Alice Maker"}
        )
        with pytest.raises(Invalid) as refusal:
            payout_settings_update(actor=alice, method=PayoutMethod.PAYPAL, account={"account_number": "****7890"})
        assert refusal.value.field == "account_number"
        settings = payout_settings_update(actor=alice, method=PayoutMethod.PAYPAL, account={})
        settings.refresh_from_db()
        assert (settings.account_details, settings.account_number) == ({"account_holder_name": "Alice Maker"}, "")

    @pytest.mark.parametrize("number", ["****1111", "**"])
    def test_a_mask_is_no_number(self, alice, number):
        chosen(alice)
        with pytest.raises(Invalid) as refusal:
            payout_settings_update(actor=alice, method=PayoutMethod.BANK_TRANSFER, account={"account_number": number})
        assert refusal.value.field == "account_number"

    def test_a_minimum_is_not_negative(self, alice):
        with pytest.raises(Invalid) as refusal:
            chosen(alice, minimum="-0.01")
        assert refusal.value.field == "minimum_payout"
        assert not PayoutSettings.objects.exists()

    def test_administrators_verify(self, alice, admin, staff):
        settings = chosen(alice, verified=False)
        for person in (alice, staff):
            with pytest.raises(Denied):
                payout_settings_verify(actor=person, settings_id=settings.pk)
        with pytest.raises(Missing):
            payout_settings_verify(actor=admin, settings_id=0)
        assert payout_settings_verify(actor=admin, settings_id=settings.pk).is_verified
        without = payout_settings_update(actor=admin, method=PayoutMethod.PAYPAL, account={})
        with pytest.raises(Invalid):
            payout_settings_verify(actor=admin, settings_id=without.pk)
