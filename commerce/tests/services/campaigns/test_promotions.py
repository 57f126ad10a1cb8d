"""Promotions: paid by the balance first, then by the default method, and nothing by half."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.services.accounts import house_account
from commerce.errors import BalanceTooLow, CardDeclined, GatewayUnavailable, NoDefaultMethod
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import LedgerTransaction, Payment, Promotion, SandboxIntent
from commerce.selectors.balances import seller_balance
from commerce.services.audit.ledger import ledger_faults
from commerce.services.campaigns.promotions import promotion_create, promotions_expire
from commerce.services.payments.at_gateway import payment_settle
from commerce.services.payouts.payouts import payout_request
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import design_of
from commerce.tests.steps import balances, paid_order
from config.core.errors import Invalid
from marketplace.choices import Status
from marketplace.errors import NotOnSale, NotYours
from marketplace.services.models_3d.models import model_delete

pytestmark = pytest.mark.django_db


@pytest.fixture
def gear(alice):
    return design_of(alice)


def promote(seller, listing, budget: str | Decimal | None = "50.00", **changes):
    details: dict[str, Any] = {"promotion_type": "featured", "duration_days": 30}
    details["budget"] = Decimal(budget) if budget is not None else None
    return promotion_create(actor=seller, listing=listing, **(details | changes))


@pytest.fixture
def earned(alice, bob):
    """alice has 36.00 USD to spend."""
    paid_order(bob, design_of(alice, price="40.00"), channel="v1")


class TestPaying:
    def test_the_balance_alone(self, alice, gear, earned, time_machine):
        now = datetime(2031, 3, 1, 12, tzinfo=UTC)
        time_machine.move_to(now, tick=False)
        promotion = promote(alice, gear, "36.00").promotion
        assert (promotion.number, promotion.cost, promotion.from_balance) == ("PROMO-2031-001", 36, 36)
        assert (promotion.starts_at, promotion.expires_at) == (now, now + timedelta(days=30))
        assert not Payment.objects.filter(promotion=promotion).exists()
        booked = LedgerTransaction.objects.get(kind="promotion")
        assert booked.promotion == promotion
        assert balances() == {("gateway", None): Decimal("-40.00"), ("fees", None): Decimal("40.00")}
        assert promote(alice, gear, "1.00").promotion.number == "PROMO-2031-002"

    def test_what_was_promoted_is_archived_by_its_seller_not_deleted(self, alice, gear, earned):
        promotion = promote(alice, gear, "36.00").promotion
        model_delete(actor=alice, model_id=gear.pk)
        gear.refresh_from_db()
        assert (gear.status, promotion.listing_id) == (Status.ARCHIVED, gear.pk)

    def test_the_rest_by_the_default_method(self, alice, gear, earned):
        default_of(alice)
        done = promote(alice, gear, "50.00")
        payment = Payment.objects.get(promotion=done.promotion)
        assert (payment.amount, payment.platform_fee, payment.artist_earning) == (14, 14, 0)
        assert (payment.status, payment.payer, payment.payee) == ("completed", alice, house_account())
        assert done.promotion.starts_at is not None
        assert balances() == {("gateway", None): Decimal("-54.00"), ("fees", None): Decimal("54.00")}

    def test_the_price_of_days_without_a_budget(self, alice, gear, settings):
        settings.PROMOTION_PRICE_PER_DAY = 3
        assert promote(alice, gear, None, duration_days=7).promotion.cost == Decimal("21.00")

    def test_a_declined_card_takes_nothing(self, alice, gear, earned):
        default_of(alice, "pm_card_chargeDeclined")
        with pytest.raises(CardDeclined):
            promote(alice, gear)
        promotion = Promotion.objects.get()
        assert (promotion.starts_at, bool(promotion.called_off_at)) == (None, True)
        assert Payment.objects.get(promotion=promotion).status == "cancelled"
        assert seller_balance(seller_id=alice.pk, currency="USD") == Decimal("36.00")
        assert not LedgerTransaction.objects.filter(kind="promotion").exists()
        payout_request(actor=alice, amount=Decimal("36.00"), method="paypal", net_amount=Decimal("36.00"))

    def test_nobody_to_charge(self, alice, gear, earned, monkeypatch):
        monkeypatch.setattr("commerce.services.payments.charging.card_gateway_name", lambda: "stripe")
        with pytest.raises(NoDefaultMethod, match=r"14\.00 USD"):
            promote(alice, gear)
        assert not Promotion.objects.exists()
        assert promote(alice, gear, "36.00").promotion.starts_at

    def test_a_debt_is_no_balance(self, alice, bob, admin, gear, earned):
        payout_request(actor=alice, amount=Decimal("30.00"), method="paypal", net_amount=Decimal("30.00"))
        payment_refund(actor=admin, payment_id=Payment.objects.get().pk)
        assert seller_balance(seller_id=alice.pk, currency="USD") == Decimal("-30.00")
        assert promote(alice, gear, "5.00").promotion.from_balance == 0


class TestWaiting:
    def waiting(self, alice, gear):
        default_of(alice, "pm_card_threeDSecure2Required")
        done = promote(alice, gear)
        assert done.promotion.starts_at is None
        assert done.client_secret
        assert done.next_action["type"] == "redirect_to_url"
        return done.promotion

    def test_what_it_takes_of_the_balance_is_set_aside(self, alice, gear, earned):
        self.waiting(alice, gear)
        assert seller_balance(seller_id=alice.pk, currency="USD") == Decimal("36.00")
        with pytest.raises(BalanceTooLow):
            payout_request(actor=alice, amount=Decimal("0.01"), method="paypal", net_amount=Decimal("0.01"))

    def test_a_second_click_goes_on_with_it(self, alice, gear, earned):
        first = self.waiting(alice, gear)
        assert self.waiting(alice, gear) == first
        default_of(alice)
        assert promote(alice, gear, "60.00").promotion != first
        paid = promote(alice, gear).promotion
        assert (paid, paid.starts_at is not None, SandboxIntent.objects.filter(amount=1400).count()) == (first, True, 1)

    def test_it_starts_when_the_bank_has_said_yes(self, alice, gear, earned):
        promotion = self.waiting(alice, gear)
        payment = Payment.objects.get(promotion=promotion)
        SandboxIntent.objects.filter(reference=payment.gateway_reference).update(status="succeeded")
        payment_settle(actor=alice, payment_id=payment.pk)
        promotion.refresh_from_db()
        assert promotion.starts_at is not None
        assert balances() == {("gateway", None): Decimal("-54.00"), ("fees", None): Decimal("54.00")}

    def test_it_is_called_off_when_nobody_pays_in_time(self, alice, gear, earned, time_machine):
        promotion = self.waiting(alice, gear)
        assert promotions_expire() == 0
        time_machine.move_to(timezone.now() + timedelta(hours=25))
        assert promotions_expire() == 1
        assert promotions_expire() == 0
        promotion.refresh_from_db()
        assert promotion.called_off_at
        payout_request(actor=alice, amount=Decimal("36.00"), method="paypal", net_amount=Decimal("36.00"))

    def test_money_that_comes_too_late_goes_back(
        self, alice, gear, earned, time_machine, settings, django_capture_on_commit_callbacks
    ):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        promotion = self.waiting(alice, gear)
        time_machine.move_to(timezone.now() + timedelta(hours=25))
        promotions_expire()
        payment = Payment.objects.get(promotion=promotion)
        assert SandboxIntent.objects.get(reference=payment.gateway_reference).status == "canceled"
        SandboxIntent.objects.filter(reference=payment.gateway_reference).update(status="succeeded")
        with django_capture_on_commit_callbacks(execute=True):
            payment_settle(actor=alice, payment_id=payment.pk)
        payment.refresh_from_db()
        promotion.refresh_from_db()
        assert (payment.status, promotion.starts_at) == ("refunded", None)
        assert seller_balance(seller_id=alice.pk, currency="USD") == Decimal("36.00")

    def test_it_is_kept_while_its_payment_cannot_be_closed(self, alice, gear, earned, time_machine, monkeypatch):
        asked = []

        def silent(_gateway, reference):
            asked.append(reference)
            raise GatewayUnavailable

        waiting = [self.waiting(alice, listing) for listing in (gear, design_of(alice))]
        time_machine.move_to(timezone.now() + timedelta(hours=25))
        with monkeypatch.context() as patch:
            patch.setattr(SandboxGateway, "cancel", silent)
            assert (promotions_expire(), len(asked)) == (0, 1)
        assert promotions_expire() == len(waiting)

    def test_a_silent_gateway_is_asked_again(self, alice, gear, earned, monkeypatch):
        charge = SandboxGateway.confirm

        def work_and_fall_silent(self, **call):
            charge(self, **call)
            raise GatewayUnavailable

        default_of(alice)
        monkeypatch.setattr(SandboxGateway, "confirm", work_and_fall_silent)
        promotion = promote(alice, gear).promotion
        assert promotion.starts_at is None
        payment_settle(actor=alice, payment_id=Payment.objects.get(promotion=promotion).pk)
        promotion.refresh_from_db()
        assert promotion.starts_at is not None


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"duration_days": 0}, "duration_days"),
            ({"duration_days": 366}, "duration_days"),
            ({"budget": Decimal(0)}, "budget"),
            ({"budget": Decimal("-1")}, "budget"),
            ({"budget": Decimal("0.001")}, "budget"),
        ],
    )
    def test_what_makes_no_sense(self, alice, gear, changes, field):
        with pytest.raises(Invalid) as refused:
            promote(alice, gear, **changes)
        assert refused.value.field == field
        assert not Promotion.objects.exists()

    def test_only_ones_own_that_is_on_sale(self, alice, bob, gear):
        with pytest.raises(NotYours):
            promote(bob, gear)
        with pytest.raises(NotOnSale):
            promote(alice, design_of(alice, status=Status.DRAFT))
        assert not Promotion.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"from_balance": 35}, "the ledger says -36"), ({"cost": 49}, "costs 49"), ({"starts_at": None}, "takes 0")],
)
def test_a_promotion_that_is_not_paid_is_found(alice, gear, earned, changes, words):
    promote(alice, gear)
    with transaction.atomic():
        if "starts_at" in changes:
            changes = changes | {"expires_at": None}
        Promotion.objects.update(**changes)
        assert any(words in fault for fault in ledger_faults())
        transaction.set_rollback(True)
