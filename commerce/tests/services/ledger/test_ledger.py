from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from commerce.choices import AccountKind, TransactionKind
from commerce.models import LedgerAccount, LedgerEntry, LedgerTransaction, Payment, PaymentShare, Refund
from commerce.services.audit.ledger import ledger_faults
from commerce.services.ledger.booking import Posting, book
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import paid_job, paid_order, payment_of_job
from jobs.models import Job
from jobs.tests.factories import completed_job
from marketplace.models import Listing

pytestmark = pytest.mark.django_db


def booked(key: str = "test:1", amount: str = "5.00") -> LedgerTransaction:
    return book(
        kind=TransactionKind.CORRECTION,
        key=key,
        currency="PKR",
        postings=[
            Posting(AccountKind.FEES, Decimal(amount)),
            Posting(AccountKind.GATEWAY, -Decimal(amount), name="sandbox"),
        ],
    )


def test_a_movement_that_does_not_add_up_is_refused_before_it_is_written():
    with pytest.raises(AssertionError, match="does not add up"):
        book(
            kind=TransactionKind.CORRECTION,
            key="crooked",
            currency="PKR",
            postings=[Posting(AccountKind.FEES, Decimal(1))],
        )
    assert not LedgerTransaction.objects.exists()


def test_the_same_movement_cannot_be_booked_twice():
    booked()
    with pytest.raises(IntegrityError), transaction.atomic():
        booked()
    assert LedgerTransaction.objects.count() == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE commerce_ledgerentry SET amount = 1", "DELETE FROM commerce_ledgerentry"]
)
def test_the_database_refuses_to_change_what_was_booked(statement):
    booked()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_refuses_a_transaction_that_does_not_add_up():
    done = booked()
    with pytest.raises(IntegrityError, match="add up to nothing"), transaction.atomic():
        LedgerEntry.objects.create(transaction=done, account=done.entries.first().account, amount=Decimal(1))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestProof:
    """check_ledger finds each kind of fault. The faults are repaired at the end for the check after every test."""

    @pytest.fixture
    def payment(self, bob, admin, artwork) -> Payment:
        _order, payment = paid_order(bob, artwork)
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("100.00"))
        payment.refresh_from_db()
        return payment

    def test_right_books(self, payment):
        out = StringIO()
        call_command("check_ledger", stdout=out)
        assert "The ledger adds up." in out.getvalue()
        assert "gateway sandbox" in out.getvalue()
        assert "-199.99 PKR" in out.getvalue()

    @pytest.mark.parametrize(
        ("model", "changes", "words"),
        [
            (Payment, {"status": "pending"}, "is pending but booked"),
            (Payment, {"amount": 300, "platform_fee": 30, "artist_earning": 270}, "is booked with"),
            (Payment, {"refunded_amount": 50}, "says 50"),
            (PaymentShare, {"refunded_gross": 99}, "shares differ"),
            (PaymentShare, {"refunded_fee": 9}, "differ by"),
            (Refund, {"status": "failed"}, "is failed but booked"),
        ],
    )
    def test_wrong_books(self, payment, model, changes, words):
        with transaction.atomic():
            model.objects.update(**changes)
            faults = list(ledger_faults())
            assert any(words in fault for fault in faults), faults
            with pytest.raises(CommandError):
                call_command("check_ledger", stdout=StringIO(), stderr=StringIO())
            transaction.set_rollback(True)

    @pytest.mark.parametrize(
        ("model", "changes", "words"),
        [
            (Payment, {"held_amount": 0}, "says 0.000 are in hold, the ledger says 850.000"),
            (Payment, {"held_amount": 800}, "are not all"),
            (PaymentShare, {"held_gross": 849}, "are in hold, its shares say 849"),
            (PaymentShare, {"held_gross": 849}, "hold for him differs by 1"),
            (PaymentShare, {"refunded_gross": 50, "held_gross": 800}, "shares differ"),
            (LedgerAccount, {"kind": "seller"}, "the ledger says None"),
        ],
    )
    def test_wrong_money_in_hold(self, alice, bob, model, changes, words):
        paid_job(completed_job(buyer=bob, artist=alice))
        with transaction.atomic():
            rows = LedgerAccount.objects.filter(kind="held") if model is LedgerAccount else model.objects.all()
            rows.update(**changes)
            faults = list(ledger_faults())
            assert any(words in fault for fault in faults), faults
            transaction.set_rollback(True)

    def test_nothing_is_held_that_is_not_paid(self, alice, bob):
        unpaid = payment_of_job(completed_job(buyer=bob, artist=alice))
        Payment.objects.filter(pk=unpaid.pk).update(held_amount=5)
        assert f"payment {unpaid.transaction_id} is pending and has 5.000 in hold" in list(ledger_faults())
        with pytest.raises(IntegrityError, match="payment_holds_within_amount"), transaction.atomic():
            Payment.objects.filter(pk=unpaid.pk).update(held_amount=851)
        Payment.objects.filter(pk=unpaid.pk).update(held_amount=0)

    @pytest.mark.parametrize("wrong", [0, 2])
    def test_wrong_pieces_sold(self, payment, artwork, wrong):
        Listing.objects.filter(pk=artwork.pk).update(sold_count=wrong)
        assert list(ledger_faults()) == [f"listing {artwork.pk} says that {wrong} of it were sold, its orders say 1"]
        Listing.objects.filter(pk=artwork.pk).update(sold_count=1)

    @pytest.mark.parametrize("wrong", [0, 2])
    def test_wrong_times_bought(self, payment, artwork, wrong):
        Listing.objects.filter(pk=artwork.pk).update(downloads_count=wrong, sold_count=3)
        assert list(ledger_faults()) == [
            f"listing {artwork.pk} says that 3 of it were sold, its orders say 1",
            f"listing {artwork.pk} says that it was bought {wrong} times, it was paid for 1 and given 0 times",
        ]
        Listing.objects.filter(pk=artwork.pk).update(downloads_count=1, sold_count=1)

    def test_wrong_times_of_jobs(self, alice, bob):
        paid, unpaid = (completed_job(buyer=bob, artist=alice) for _ in range(2))
        paid_job(paid)
        now = timezone.now()
        Job.objects.filter(pk=paid.pk).update(paid_at=None, disputed_at=now)
        Job.objects.filter(pk=unpaid.pk).update(paid_at=now)
        assert list(ledger_faults()) == [
            f"job {paid.pk} says that it was paid at None, its payments say otherwise",
            f"job {paid.pk} says that it is disputed since {now}, its disputes say otherwise",
            f"job {unpaid.pk} says that it was paid at {now}, its payments say otherwise",
        ]
        Job.objects.filter(pk=paid.pk).update(paid_at=now, disputed_at=None)
        Job.objects.filter(pk=unpaid.pk).update(paid_at=None)

    def test_wrong_entries(self, payment):
        """As they can only be written by a hand in the database."""
        booked = payment.ledger_transactions.get(kind="payment")
        entry = booked.entries.filter(account__kind="gateway").get()
        euros = LedgerAccount.objects.create(kind="gateway", name="other", currency="EUR")
        for changed, changes, expected in (
            (
                entry,
                {"amount": -1},
                [f"ledger transaction {booked.key} adds up to ", f" of {payment.amount} is booked"],
            ),
            (entry, {"account": euros}, [f"ledger transaction {booked.key} mixes currencies"]),
            (booked, {"kind": "release"}, ["is partially_refunded and booked 0 times", " is booked with None"]),
        ):
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL session_replication_role = replica")
                type(changed).objects.filter(pk=changed.pk).update(**changes)
                faults = list(ledger_faults())
                for words in expected:
                    assert len([fault for fault in faults if words in fault]) == 1, faults
                transaction.set_rollback(True)

    def test_wrong_totals_on_people(self, payment, alice):
        type(alice).objects.filter(pk=alice.pk).update(earned=1)
        assert any(f"user {alice.pk}: earned" in fault for fault in ledger_faults())
        type(alice).objects.filter(pk=alice.pk).update(earned="179.99")
