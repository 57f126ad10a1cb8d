"""Payouts: asking, carrying out, failing, coming back, and the books at each step."""

from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.actors import SYSTEM
from accounts.models import Delivery, Notification
from accounts.services.emails import email_compose
from commerce.choices import PAYOUT_CHANGES, PayoutMethod, PayoutStatus
from commerce.errors import BalanceTooLow, BelowMinimum, WrongPayoutStatus
from commerce.models import LedgerTransaction, Payout, PayoutChange
from commerce.selectors.balances import seller_statement
from commerce.services.audit.ledger import ledger_faults
from commerce.services.payouts.payouts import payout_complete, payout_fail, payout_process, payout_request
from commerce.services.payouts.settings import payout_settings_update
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import balances, paid_job, paid_order
from config.core.errors import Denied, Invalid, Missing
from jobs.tests.factories import hired_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cube(alice):
    return ArtworkFactory.create(seller=alice, title="A cube", currency="USD", price=Decimal("100.00"))


@pytest.fixture
def sale(bob, cube):
    """Brings alice 90.00 USD."""
    _order, payment = paid_order(bob, cube)
    return payment


def asked(seller, amount="50.00", *, waits: bool = False, **changes) -> Payout:
    """To an account that needs not wait, unless `waits`: see test_payout_waits."""
    details: dict[str, Any] = {
        "method": PayoutMethod.PAYPAL,
        "net_amount": Decimal(amount),
        "payout_account": "alice@example.com",
    }
    payout = payout_request(actor=seller, amount=Decimal(amount), **(details | changes))
    if not waits:
        Payout.objects.filter(pk=payout.pk).update(waits_until=None)
        payout.refresh_from_db()
    return payout


def money_of(seller) -> dict[str, Decimal]:
    return {kind: amount for (kind, owner), amount in balances().items() if owner in {seller.pk, None}}


class TestAsking:
    def test_the_amount_leaves_the_balance_at_once(self, alice, sale):
        payout = asked(alice)
        assert (payout.status, payout.currency, payout.balance_before) == ("pending", "USD", Decimal("90.00"))
        assert money_of(alice) == {"seller": 40, "payout": 50, "fees": 10, "gateway": -100}
        assert list(PayoutChange.objects.values_list("before", "after", "actor")) == [("", "pending", alice.pk)]

    def test_the_account_is_kept_encrypted(self, alice, sale):
        from django.db import connection

        payout = asked(alice)
        payout.refresh_from_db()
        assert (payout.account, payout.account_hint) == ("alice@example.com", "****.com")
        with connection.cursor() as cursor:
            cursor.execute("SELECT account FROM commerce_payout")
            assert "alice" not in cursor.fetchone()[0]

    def test_more_than_the_balance(self, alice, charlie, sale):
        asked(alice)
        with pytest.raises(BalanceTooLow, match=r"40\.00 USD"):
            asked(alice, "40.01")
        with pytest.raises(BalanceTooLow, match=r"0\.00 USD"):
            asked(charlie, "0.01")
        assert Payout.objects.count() == 1
        asked(alice, "40.00")
        assert money_of(alice) == {"payout": 90, "fees": 10, "gateway": -100}

    def test_other_currencies_and_held_money_do_not_count(self, alice, bob, artwork):
        paid_order(bob, artwork)  # in PKR
        paid_job(hired_job(buyer=bob, artist=alice, currency="USD", final_amount=Decimal("500.00")))
        with pytest.raises(BalanceTooLow, match=r"is 0\.00 USD"):
            asked(alice, "1.00")

    def test_fees_are_ours(self, alice, sale, settings):
        settings.PAYOUT_FEE_PERCENT = {"paypal": Decimal("2.5")}
        for claimed, field in (
            ({"fees": Decimal("1.00")}, "fees"),
            ({"fees": Decimal("1.25"), "net_amount": Decimal("50.00")}, "net_amount"),
        ):
            with pytest.raises(Invalid) as refusal:
                asked(alice, **claimed)
            assert refusal.value.field == field
        assert not Payout.objects.exists()
        payout = asked(alice, net_amount=Decimal("48.75"), fees=Decimal("1.25"))
        assert (payout.fees, payout.net_amount) == (Decimal("1.25"), Decimal("48.75"))
        assert asked(alice, "10.00", method=PayoutMethod.STRIPE).fees == 0

    @pytest.mark.parametrize("amount", ["0", "-1.00", "1.001"])
    def test_amounts_that_are_none(self, alice, sale, amount):
        with pytest.raises(Invalid) as refusal:
            asked(alice, amount)
        assert refusal.value.field == "amount"

    def test_the_minimum_binds(self, alice, sale):
        payout_settings_update(actor=alice, method=PayoutMethod.PAYPAL, account={}, minimum_payout=Decimal("25.00"))
        with pytest.raises(BelowMinimum, match=r"25\.00 USD"):
            asked(alice, "24.99")
        asked(alice, "25.00")

    def test_without_an_account_it_is_that_of_the_settings(self, alice, sale):
        assert asked(alice, "10.00", payout_account="").account == ""
        payout_settings_update(
            actor=alice, method=PayoutMethod.BANK_TRANSFER, account={"account_number": "DE0012345678"}
        )
        bank = asked(alice, "10.00", method=PayoutMethod.BANK_TRANSFER, payout_account="")
        assert (bank.account, bank.account_hint, bank.from_settings) == ("DE0012345678", "****5678", True)
        assert asked(alice, "10.00", payout_account="").account == ""

    def test_the_database_looks_again(self, alice):
        with pytest.raises(IntegrityError, match="payout_within_balance"), transaction.atomic():
            Payout.objects.create(
                seller=alice, amount=2, currency="USD", method="paypal", net_amount=2, balance_before=1
            )


class TestCarryingOut:
    @pytest.fixture
    def payout(self, alice, sale, settings):
        settings.PAYOUT_FEE_PERCENT = {"paypal": Decimal(2)}
        return asked(alice, net_amount=Decimal("49.00"))

    def test_paid(self, alice, admin, payout):
        payout_process(actor=admin, payout_id=payout.pk)
        paid = payout_complete(actor=admin, payout_id=payout.pk, reference="PP-1")
        assert (paid.status, paid.reference) == (PayoutStatus.COMPLETED, "PP-1")
        assert paid.processed_date is not None
        assert money_of(alice) == {"seller": 40, "fees": 11, "gateway": -51}
        history = PayoutChange.objects.order_by("pk").values_list("before", "after", "actor__username")
        assert list(history) == [
            ("", "pending", "alice"),
            ("pending", "processing", "admin"),
            ("processing", "completed", "admin"),
        ]
        told = Notification.objects.filter(user=alice, notification_type="payout_updated")
        assert list(told.order_by("pk").values_list("data__status", flat=True)) == [
            "pending",
            "processing",
            "completed",
        ]
        words = email_compose(Delivery.objects.get(user=alice, template="payout_updated"))
        assert words.subject == "Your payout of USD50.00 was paid"
        assert "To you: USD49.00" in words.body and "account ****.com" in words.body and "PP-1" in words.body

    def test_failed(self, alice, admin, payout):
        failed = payout_fail(actor=admin, payout_id=payout.pk, reason="No such account")
        assert (failed.status, failed.failure_message) == (PayoutStatus.FAILED, "No such account")
        assert money_of(alice) == {"seller": 90, "fees": 10, "gateway": -100}

    def test_the_bank_returns_it_after_it_was_paid(self, alice, admin, payout):
        payout_complete(actor=admin, payout_id=payout.pk)
        payout_fail(actor=admin, payout_id=payout.pk, reason="Account closed")
        assert money_of(alice) == {"seller": 90, "fees": 10, "gateway": -100}
        with pytest.raises(WrongPayoutStatus):
            payout_fail(actor=admin, payout_id=payout.pk, reason="Again")
        assert money_of(alice) == {"seller": 90, "fees": 10, "gateway": -100}
        assert LedgerTransaction.objects.filter(payout=payout).count() == 3
        assert asked(alice, "90.00", net_amount=Decimal("88.20")).status == PayoutStatus.PENDING

    @pytest.mark.parametrize("verb", [payout_process, payout_complete, payout_fail])
    def test_only_administrators(self, alice, staff, charlie, payout, verb):
        more = {"reason": "x"} if verb is payout_fail else {}
        for person in (alice, staff, charlie):
            with pytest.raises(Denied):
                verb(actor=person, payout_id=payout.pk, **more)
        with pytest.raises(Missing):
            verb(actor=SYSTEM, payout_id=0, **more)
        payout.refresh_from_db()
        assert payout.status == PayoutStatus.PENDING

    def test_every_change_is_in_the_table(self, alice, admin, payout):
        verbs = {
            PayoutStatus.PROCESSING: lambda: payout_process(actor=admin, payout_id=payout.pk),
            PayoutStatus.COMPLETED: lambda: payout_complete(actor=admin, payout_id=payout.pk),
            PayoutStatus.FAILED: lambda: payout_fail(actor=admin, payout_id=payout.pk, reason="x"),
        }
        for before in (PayoutStatus.PROCESSING, PayoutStatus.COMPLETED, PayoutStatus.FAILED):
            verbs[before]()
            for after, verb in verbs.items():
                if after not in PAYOUT_CHANGES[before]:
                    with pytest.raises(WrongPayoutStatus):
                        verb()

    def test_a_failure_has_a_reason(self, admin, payout):
        with pytest.raises(Invalid) as refusal:
            payout_fail(actor=admin, payout_id=payout.pk, reason=" ")
        assert refusal.value.field == "reason"


class TestBooks:
    def test_a_refund_after_the_payout_is_netted_from_what_comes_in_later(self, alice, admin, bob, sale, cube):
        payout_complete(actor=admin, payout_id=asked(alice, "90.00").pk)
        payment_refund(actor=admin, payment_id=sale.pk)
        assert money_of(alice)["seller"] == -90
        with pytest.raises(BalanceTooLow, match=r"-90\.00 USD"):
            asked(alice, "1.00")
        paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("150.00")))
        assert money_of(alice)["seller"] == 45
        with pytest.raises(BalanceTooLow):
            asked(alice, "45.01")
        asked(alice, "45.00")

    def test_the_statement_shows_them(self, alice, admin, sale):
        payout_fail(actor=admin, payout_id=asked(alice).pk, reason="x")
        lines = [(line.transaction.kind, line.amount, line.balance) for line in seller_statement(actor=alice)]
        assert lines == [("payment", 90, 90), ("payout", -50, 40), ("payout", 50, 90)]

    @pytest.mark.parametrize(
        ("status", "words"),
        [("completed", "is completed: 50.000 on payout, not 0"), ("failed", "is failed: -50.000 on seller, not 0")],
    )
    def test_the_proof_finds_a_payout_that_is_booked_otherwise(self, alice, sale, status, words):
        payout = asked(alice)
        Payout.objects.update(status=status)
        faults = list(ledger_faults())
        assert any(words in fault for fault in faults), faults
        assert any("50.000 USD are on their way, the open payouts are of 0" in fault for fault in faults), faults
        Payout.objects.filter(pk=payout.pk).update(status="pending")

    def test_the_command_lists_what_is_to_be_paid(self, alice, sale):
        asked(alice)
        asked(alice, "1.23", waits=True)
        out = StringIO()
        call_command("payouts", stdout=out)
        assert "0 payouts made." in out.getvalue()
        assert "50.00 USD  paypal" in out.getvalue() and "****.com" in out.getvalue()
        assert "1.23" not in out.getvalue()
