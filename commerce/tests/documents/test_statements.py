"""A statement's lines add up: to the balance at its end, and to each payout."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.utils import timezone

from commerce.choices import PayoutMethod
from commerce.documents.statements import statement_csv, statement_pdf
from commerce.errors import StatementTooLong
from commerce.selectors.balances import seller_balance, seller_statement
from commerce.selectors.statements import statement_of
from commerce.services.payouts.payouts import payout_fail, payout_request
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.documents.reading import pages_of, text_of
from commerce.tests.steps import paid_order
from config.core.errors import Invalid, Missing
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
JANUARY = datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.fixture
def story(alice, bob, admin, time_machine):
    """Sales in January; in February a refund, two payouts, of which one comes back, and a sale in rupees."""
    time_machine.move_to(datetime(2026, 1, 10, tzinfo=UTC), tick=False)
    _order, payment = paid_order(bob, ArtworkFactory(seller=alice, price="100.00", currency="USD"))
    paid_order(bob, ArtworkFactory(seller=alice, price="50.00", currency="USD"))
    time_machine.move_to(datetime(2026, 2, 3, tzinfo=UTC), tick=False)
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("10.00"))
    payouts = [
        payout_request(actor=alice, amount=Decimal(amount), method=PayoutMethod.PAYPAL, net_amount=Decimal(amount))
        for amount in ("100.00", "20.00")
    ]
    payout_fail(actor=admin, payout_id=payouts[1].pk, reason="closed")
    paid_order(bob, ArtworkFactory(seller=alice, price="10.00"))
    return payouts


@pytest.fixture
def time_machine():
    import time_machine as library

    with library.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def rows_of(**of) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO("".join(statement_csv(**of)))))


class TestAddsUp:
    def test_to_the_balance_and_to_each_payout(self, story, alice):
        rows = rows_of(actor=alice, currency="USD")
        assert [(row["kind"], row["amount"], row["balance"]) for row in rows] == [
            ("opening", "", "0.00"),
            ("payment", "90.00", "90.00"),
            ("payment", "45.00", "135.00"),
            ("refund", "-9.00", "126.00"),
            ("payout", "-100.00", "26.00"),
            ("payout", "-20.00", "6.00"),
            ("payout", "20.00", "26.00"),
            ("closing", "", "26.00"),
        ]
        assert seller_balance(seller_id=alice.pk, currency="USD") == Decimal("26.00")
        by_payout = [row for row in rows if row["payout"]]
        for payout in story:
            first = next(row for row in by_payout if row["payout"] == str(payout.uuid))
            before = rows[rows.index(first) - 1]["balance"]
            assert (Decimal(before), Decimal(first["amount"])) == (payout.balance_before, -payout.amount)
        text = text_of(statement_pdf(actor=alice, currency="USD", start=JANUARY))
        for words in (
            "Statement in USD",
            "Brought forward 135.00 Payouts -100.00 Refunds -9.00 Balance at the end 26.00 USD",
            f"Payout {str(story[0].uuid)[:8]} -100.00 26.00",
            f"{story[1].uuid.hex[:8]} Paypal Failed",
        ):
            assert words in text
        assert "Nothing was booked" in text_of(statement_pdf(actor=alice, currency="JPY"))

    def test_one_period_goes_on_where_the_other_ended(self, story, alice):
        january = rows_of(actor=alice, currency="USD", end=JANUARY)
        february = rows_of(actor=alice, currency="USD", start=JANUARY + timedelta(microseconds=1))
        assert january[-1]["balance"] == february[0]["balance"] == "135.00"
        assert len(january) + len(february) - 4 == len(rows_of(actor=alice, currency="USD")) - 2
        assert (january[-1]["booked_at"], february[0]["booked_at"]) == ("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z")
        shown = seller_statement(actor=alice, currency="USD", start=JANUARY)
        assert [line.balance for line in shown] == [Decimal(row["balance"]) for row in february[1:-1]]


class TestRefusals:
    def test_several_currencies_others_and_too_many_lines(self, story, alice, dora, bob, charlie, staff, monkeypatch):
        for made in (statement_pdf, statement_csv):
            with pytest.raises(Invalid, match="PKR, USD") as refusal:
                made(actor=alice)
            assert refusal.value.field == "currency"
        assert statement_of(actor=dora).currency == "PKR"
        assert len(rows_of(actor=staff, seller_id=alice.pk, currency="USD")) == 8
        for person in (bob, charlie):
            with pytest.raises(Missing):
                statement_csv(actor=person, seller_id=alice.pk, currency="USD")
            assert len(rows_of(actor=person, currency="USD")) == 2

        monkeypatch.setattr("commerce.documents.statements.MOST_LINES", 5)
        with pytest.raises(StatementTooLong) as refusal:
            statement_pdf(actor=alice, currency="USD")
        assert refusal.value.data == {"most": 5}
        assert len(rows_of(actor=alice, currency="USD")) == 8
        assert pages_of(statement_pdf(actor=alice, currency="USD", end=JANUARY)) == 1

    def test_an_end_before_the_start(self, alice):
        with pytest.raises(Invalid) as refusal:
            statement_of(actor=alice, start=timezone.now(), end=timezone.now() - timedelta(days=1))
        assert refusal.value.field == "end"
