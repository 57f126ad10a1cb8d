"""Held money: released by staff or by itself, refunded before and after, and always all of it, to the cent."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Delivery, Notification
from commerce.choices import HireStatus, PaymentStatus, RefundStatus
from commerce.errors import DisputeOpen, GatewayRefused, RefundTooLarge, WrongPaymentStatus
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import LedgerTransaction, Payment, Refund
from commerce.selectors.escrow import payments_to_release
from commerce.services.audit.ledger import ledger_faults
from commerce.services.escrow.disputes import dispute_open, dispute_withdraw
from commerce.services.escrow.holds import (
    escrow_release,
    free_in_escrow,
    job_payments_cancel,
    payment_release,
    payments_release_due,
)
from commerce.services.refunds.refunds import payment_refund, refund_reserve, refund_settle
from commerce.services.states.payments import payment_lock
from commerce.tests.steps import balances, paid_job, paid_order, payment_of_job
from config.core.errors import Denied, Invalid
from jobs.services.states import job_lock
from jobs.tests.factories import completed_job, hired_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(alice, bob):
    """alice did it for bob; 850.00 are held for her."""
    return paid_job(completed_job(buyer=bob, artist=alice, title="Logo"))


@pytest.fixture
def under_way(alice, bob):
    return paid_job(hired_job(buyer=bob, artist=alice))


def reserved(payment, amount, actor):
    with transaction.atomic():
        return refund_reserve(payment_lock(payment.pk), amount=Decimal(amount), actor=actor, reason="")


class TestRelease:
    def test_the_artist_gets_the_earning_and_the_platform_its_fee(self, done, alice, bob, admin):
        payment = payment_release(actor=admin, payment_id=done.pk)
        assert (payment.status, payment.hire_status, payment.held_amount) == ("completed", "released", 0)
        assert balances() == {
            ("gateway", None): Decimal("-850.00"),
            ("fees", None): Decimal("85.00"),
            ("seller", alice.pk): Decimal("765.00"),
        }
        released = LedgerTransaction.objects.get(kind="release")
        assert (released.payment, released.key) == (payment, f"release:{payment.pk}:1")
        for person, spent, earned in ((bob, "850.00", "0"), (alice, "0", "765.00")):
            person.refresh_from_db()
            assert (person.spent, person.earned) == (Decimal(spent), Decimal(earned))

    def test_she_is_told(self, done, alice, admin):
        payment_release(actor=admin, payment_id=done.pk)
        told = Notification.objects.get(user=alice, notification_type="payment_received")
        assert told.data == {"payment_id": done.pk, "job_id": done.job_id, "earning": "765.00"}
        email = Delivery.objects.get(template="job_payment_released")
        assert (email.user_id, email.context["earning"], email.context["fee"]) == (alice.pk, "765.00", "85.00")

    def test_only_administrators(self, done, alice, bob, charlie, staff):
        for other in (alice, bob, charlie, staff):
            with pytest.raises(Denied):
                payment_release(actor=other, payment_id=done.pk)
        assert free_in_escrow(done) == Decimal("850.00")

    def test_twice_is_refused(self, done, admin):
        payment_release(actor=admin, payment_id=done.pk)
        before = balances()
        with pytest.raises(WrongPaymentStatus, match="released already"):
            payment_release(actor=admin, payment_id=done.pk, force=True, reason="again")
        assert balances() == before

    def test_only_what_was_paid(self, alice, bob, admin):
        payment = payment_of_job(completed_job(buyer=bob, artist=alice))
        with pytest.raises(WrongPaymentStatus, match="only a completed one"):
            payment_release(actor=admin, payment_id=payment.pk)

    def test_before_the_job_is_completed_only_by_force_and_with_a_reason(self, under_way, admin):
        with pytest.raises(WrongPaymentStatus, match="in_progress"):
            payment_release(actor=admin, payment_id=under_way.pk)
        for reason in ("", "  "):
            with pytest.raises(Invalid) as refusal:
                payment_release(actor=admin, payment_id=under_way.pk, force=True, reason=reason)
            assert refusal.value.field == "reason"
        assert not LedgerTransaction.objects.filter(kind="release").exists()
        payment_release(actor=admin, payment_id=under_way.pk, force=True, reason="Both agree")
        assert LedgerTransaction.objects.get(kind="release").note == "Both agree"

    def test_not_while_a_dispute_is_open(self, done, bob, admin):
        dispute = dispute_open(actor=bob, payment_id=done.pk, reason="It is late.")
        for force in (False, True):
            with pytest.raises(DisputeOpen):
                payment_release(actor=admin, payment_id=done.pk, force=force, reason="now")
        dispute_withdraw(actor=bob, dispute_id=dispute.pk)
        payment_release(actor=admin, payment_id=done.pk)

    def test_what_is_on_its_way_back_stays_and_the_refund_finds_it(self, done, alice, admin):
        refund = reserved(done, "100.00", admin)
        payment = payment_release(actor=admin, payment_id=done.pk)
        assert (payment.held_amount, payment.hire_status) == (Decimal("100.00"), HireStatus.RELEASED)
        assert balances() == {
            ("gateway", None): Decimal("-850.00"),
            ("held", alice.pk): Decimal("100.00"),
            ("fees", None): Decimal("75.00"),
            ("seller", alice.pk): Decimal("675.00"),
        }
        with pytest.raises(WrongPaymentStatus, match="being refunded"):
            payment_release(actor=admin, payment_id=done.pk)
        refund_settle(actor=admin, refund_id=refund.pk)
        assert balances() == {
            ("gateway", None): Decimal("-750.00"),
            ("fees", None): Decimal("75.00"),
            ("seller", alice.pk): Decimal("675.00"),
        }

    def test_a_refund_that_fails_after_the_release_leaves_its_money_to_be_released(
        self, done, alice, admin, monkeypatch
    ):
        refund = reserved(done, "100.00", admin)
        payment_release(actor=admin, payment_id=done.pk)

        def refuse(self, **call):
            raise GatewayRefused("charge_disputed")

        with monkeypatch.context() as patch, pytest.raises(GatewayRefused):
            patch.setattr(SandboxGateway, "refund", refuse)
            refund_settle(actor=admin, refund_id=refund.pk)
        payment = payment_release(actor=admin, payment_id=done.pk)
        assert payment.held_amount == 0
        assert balances()[("seller", alice.pk)] == Decimal("765.00")
        assert LedgerTransaction.objects.filter(kind="release").count() == 2


class TestRefund:
    def test_from_hold_it_takes_no_fee_and_no_earning(self, done, alice, admin):
        payment_refund(actor=admin, payment_id=done.pk, amount=Decimal("100.00"))
        done.refresh_from_db()
        assert (done.status, done.hire_status, done.held_amount) == ("partially_refunded", "pending", Decimal("750.00"))
        assert balances() == {("gateway", None): Decimal("-750.00"), ("held", alice.pk): Decimal("750.00")}
        payment_release(actor=admin, payment_id=done.pk)
        assert balances() == {
            ("gateway", None): Decimal("-750.00"),
            ("fees", None): Decimal("75.00"),
            ("seller", alice.pk): Decimal("675.00"),
        }

    def test_the_whole_of_it(self, done, alice, bob, admin):
        payment_refund(actor=admin, payment_id=done.pk)
        done.refresh_from_db()
        assert (done.status, done.hire_status, done.held_amount) == ("refunded", "cancelled", 0)
        assert balances() == {}
        with pytest.raises(WrongPaymentStatus):
            payment_release(actor=admin, payment_id=done.pk)

    def test_after_the_release_the_balance_goes_below_zero_and_later_earnings_net_it(self, done, alice, bob, admin):
        payment_release(actor=admin, payment_id=done.pk)
        with transaction.atomic():  # she was paid out
            from commerce.choices import AccountKind, TransactionKind
            from commerce.services.ledger.booking import Posting, book

            book(
                kind=TransactionKind.PAYOUT,
                key="payout:test",
                currency="PKR",
                postings=[
                    Posting(AccountKind.SELLER, Decimal("-765.00"), owner_id=alice.pk),
                    Posting(AccountKind.GATEWAY, Decimal("765.00"), name="sandbox"),
                ],
            )
            payment_refund(actor=admin, payment_id=done.pk)
            assert balances()[("seller", alice.pk)] == Decimal("-765.00")
            payment = paid_job(completed_job(buyer=bob, artist=alice, final_amount=Decimal("1000.00")))
            payment_release(actor=admin, payment_id=payment.pk)
            assert balances()[("seller", alice.pk)] == Decimal("135.00")
            transaction.set_rollback(True)  # the proof of the books knows sellers' payouts by their own rows alone

    def test_never_more_than_was_paid(self, done, admin):
        payment_refund(actor=admin, payment_id=done.pk, amount=Decimal("600.00"))
        payment_release(actor=admin, payment_id=done.pk)
        with pytest.raises(RefundTooLarge, match=r"At most 250\.00 PKR"):
            payment_refund(actor=admin, payment_id=done.pk, amount=Decimal("250.01"))
        payment_refund(actor=admin, payment_id=done.pk)
        assert balances() == {}

    def test_not_while_a_dispute_is_open(self, done, bob, admin):
        dispute_open(actor=bob, payment_id=done.pk, reason="It is late.")
        with pytest.raises(DisputeOpen):
            payment_refund(actor=admin, payment_id=done.pk)
        assert not Refund.objects.exists()


class TestSums:
    """In whatever parts and order it is released and refunded, the parts add up to the cent."""

    @pytest.mark.parametrize(
        ("currency", "amount", "refunded", "fee", "earning"),
        [
            ("PKR", "10.01", "0.01", "1.00", "9.00"),
            ("PKR", "10.01", "10.00", "0.00", "0.01"),
            ("PKR", "10.01", "5.00", "0.50", "4.51"),
            ("PKR", "0.05", "0.02", "0.01", "0.02"),
            ("JPY", "1005", "502", "51", "452"),
            ("KWD", "1.005", "0.333", "0.068", "0.604"),
        ],
    )
    @pytest.mark.parametrize("release_first", [True, False])
    def test_awkward_splits(self, alice, bob, admin, currency, amount, refunded, fee, earning, release_first):
        job = completed_job(buyer=bob, artist=alice, currency=currency, final_amount=Decimal(amount))
        payment = paid_job(job)
        steps = [
            lambda: payment_release(actor=admin, payment_id=payment.pk),
            lambda: payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal(refunded)),
        ]
        for step in steps if release_first else reversed(steps):
            step()
            assert list(ledger_faults()) == []
        found = balances()
        assert found.get(("fees", None), 0) == Decimal(fee)
        assert found[("seller", alice.pk)] == Decimal(earning)
        assert Decimal(fee) + Decimal(earning) + Decimal(refunded) == Decimal(amount)

    @pytest.mark.parametrize("seed", range(12))
    def test_any_parts_in_any_order(self, alice, bob, admin, seed):
        chance = random.Random(seed)
        currency, unit = chance.choice([("PKR", Decimal("0.01")), ("JPY", Decimal(1)), ("KWD", Decimal("0.001"))])
        amount = chance.randint(2, 1500) * unit
        payment = paid_job(completed_job(buyer=bob, artist=alice, currency=currency, final_amount=amount))
        waiting: list[Refund] = []
        for _ in range(chance.randint(3, 9)):
            with transaction.atomic():
                locked = payment_lock(payment.pk)
                free = int(free_in_escrow(locked) / unit)
                pending = sum((refund.amount for refund in waiting), Decimal(0))
                left = int((locked.amount - locked.refunded_amount - pending) / unit)
                match chance.choice(["release", "reserve", "settle"]):
                    case "release" if free:
                        escrow_release(locked, chance.randint(1, free) * unit, reason="")
                    case "reserve" if left:
                        part = chance.randint(1, left) * unit
                        waiting.append(refund_reserve(locked, amount=part, actor=admin, reason=""))
                    case "settle" if waiting:
                        refund_settle(actor=admin, refund_id=waiting.pop(chance.randrange(len(waiting))).pk)
            assert list(ledger_faults()) == []
        for refund in waiting:
            refund_settle(actor=admin, refund_id=refund.pk)
        payment.refresh_from_db()
        if payment.held_amount:
            payment_release(actor=admin, payment_id=payment.pk)
        payment.refresh_from_db()
        share = payment.shares.get()
        found = balances()
        fee, earning = found.get(("fees", None), Decimal(0)), found.get(("seller", alice.pk), Decimal(0))
        assert fee == share.fee - share.refunded_fee, "however it was taken, the fee is that of what was kept"
        assert fee + earning + payment.refunded_amount == payment.amount
        assert earning >= 0


class TestByItself:
    def later(self, time_machine, **passed):
        time_machine.move_to(timezone.now() + timedelta(**passed), tick=False)

    def test_fourteen_days_after_the_completion_and_not_before(self, done, alice, time_machine):
        self.later(time_machine, days=13, hours=23)
        assert payments_release_due() == 0
        assert balances()[("held", alice.pk)] == Decimal("850.00")
        self.later(time_machine, hours=2)
        assert payments_release_due() == 1
        assert payments_release_due() == 0
        assert balances()[("seller", alice.pk)] == Decimal("765.00")
        assert LedgerTransaction.objects.get(kind="release").note == "14 days after completion"

    def test_the_days_are_a_setting(self, done, settings, time_machine):
        settings.JOB_RELEASE_DAYS = 3
        self.later(time_machine, days=3, minutes=1)
        assert payments_release_due() == 1

    def test_not_of_a_job_that_is_under_way_or_cancelled(self, under_way, bob, time_machine):
        self.later(time_machine, days=60)
        assert payments_release_due() == 0
        with transaction.atomic():
            job_payments_cancel(job=job_lock(under_way.job_id), actor=bob, reason="")
        assert payments_release_due() == 0

    def test_not_while_a_dispute_is_open_and_a_withdrawn_one_stopped_the_clock(self, done, bob, time_machine):
        self.later(time_machine, days=10)
        dispute = dispute_open(actor=bob, payment_id=done.pk, reason="It is late.")
        self.later(time_machine, days=20)
        assert payments_release_due() == 0
        dispute_withdraw(actor=bob, dispute_id=dispute.pk)
        assert payments_to_release().count() == 1
        assert payments_release_due() == 0, "ten of the fourteen days have passed"
        self.later(time_machine, days=4, minutes=1)
        assert payments_release_due() == 1

    def test_a_dispute_before_the_completion_costs_nobody_time(self, under_way, alice, bob, admin, time_machine):
        dispute = dispute_open(actor=bob, payment_id=under_way.pk, reason="It is late.")
        self.later(time_machine, days=5)
        dispute_withdraw(actor=bob, dispute_id=dispute.pk)
        job = under_way.job
        job.status, job.completed_at = "completed", timezone.now()
        job.save()
        self.later(time_machine, days=14, minutes=1)
        assert payments_release_due() == 1

    def test_what_became_of_it_since_the_list_was_made_is_looked_at_again(self, done, bob, time_machine, monkeypatch):
        from commerce.services.escrow import holds

        listed_before = Payment.objects.filter(pk=done.pk)
        monkeypatch.setattr(holds, "payments_to_release", lambda: listed_before)
        assert payments_release_due() == 0, "not yet its day"
        self.later(time_machine, days=15)
        dispute_open(actor=bob, payment_id=done.pk, reason="It is late.")
        assert payments_release_due() == 0
        assert not LedgerTransaction.objects.filter(kind="release").exists()

    def test_what_is_being_refunded_is_left_alone(self, done, admin, time_machine):
        reserved(done, "850.00", admin)
        self.later(time_machine, days=15)
        assert payments_release_due() == 0

    def test_one_payments_trouble_does_not_keep_the_others_waiting(self, done, alice, bob, time_machine, monkeypatch):
        other = paid_job(completed_job(buyer=bob, artist=alice))
        from commerce.services.escrow import holds

        real = holds.escrow_release

        def fails_for_the_first(payment, amount, *, reason):
            if payment.pk == done.pk:
                raise WrongPaymentStatus("trouble")
            real(payment, amount, reason=reason)

        monkeypatch.setattr(holds, "escrow_release", fails_for_the_first)
        self.later(time_machine, days=15)
        assert payments_release_due() == 1
        other.refresh_from_db()
        assert (other.hire_status, Payment.objects.get(pk=done.pk).hire_status) == ("released", "pending")


class TestCancelling:
    def cancel(self, payment, actor):
        with transaction.atomic():
            job_payments_cancel(job=job_lock(payment.job_id), actor=actor, reason="Enough")

    def test_only_what_is_not_on_its_way_already(self, under_way, admin, bob):
        reserved(under_way, "100.00", admin)
        self.cancel(under_way, bob)
        assert sorted(under_way.refunds.values_list("amount", flat=True)) == [Decimal("100"), Decimal("750")]
        self.cancel(under_way, bob)
        assert under_way.refunds.count() == 2

    def test_what_was_released_stays_the_artists(self, under_way, admin, bob):
        payment_release(actor=admin, payment_id=under_way.pk, force=True, reason="Both agree")
        self.cancel(under_way, bob)
        assert not Refund.objects.exists()

    def test_it_closes_the_dispute(self, under_way, alice, bob, staff):
        dispute = dispute_open(actor=alice, payment_id=under_way.pk, reason="He does not answer.")
        self.cancel(under_way, staff)
        dispute.refresh_from_db()
        assert (dispute.state, dispute.artist_amount, dispute.buyer_amount) == ("decided", 0, Decimal("850.00"))
        assert (dispute.decided_by, dispute.answer) == (staff, "Enough")
        for person in (alice, bob):
            assert Notification.objects.filter(user=person, notification_type="dispute_decided").count() == 1

    def test_a_transfer_waits_for_an_administrator_to_hand_it_back(self, alice, bob, admin):
        from commerce.services.payments.by_hand import payment_complete_by_hand

        payment = payment_of_job(hired_job(buyer=bob, artist=alice), "bank_transfer")
        payment_complete_by_hand(actor=admin, payment_id=payment.pk)
        self.cancel(payment, bob)
        refund = payment.refunds.get()
        assert refund_settle(actor=SYSTEM, refund_id=refund.pk).status == RefundStatus.PENDING
        assert payment_refund(actor=admin, payment_id=payment.pk) == refund
        payment.refresh_from_db()
        assert (payment.status, payment.refunds.count()) == (PaymentStatus.REFUNDED, 1)
        assert balances() == {}


def test_orders_and_jobs_of_one_artist_stand_side_by_side(done, alice, bob, admin):
    paid_order(bob, ArtworkFactory(seller=alice, price="100.00"))
    assert balances() == {
        ("gateway", None): Decimal("-950.00"),
        ("held", alice.pk): Decimal("850.00"),
        ("fees", None): Decimal("10.00"),
        ("seller", alice.pk): Decimal("90.00"),
    }
