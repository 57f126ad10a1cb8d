"""Disputes: who may open, withdraw and decide them, and what becomes of money and job."""

from decimal import Decimal

import pytest

from accounts.models import Notification
from commerce.choices import DisputeOutcome, DisputeState
from commerce.errors import DisputeOpen, WrongDisputeState, WrongPaymentStatus
from commerce.models import Dispute, Refund
from commerce.services.escrow.disputes import dispute_decide, dispute_open, dispute_withdraw
from commerce.services.escrow.holds import payment_release
from commerce.services.refunds.refunds import refund_settle
from commerce.tests.steps import balances, paid_job, paid_order, payment_of_job
from config.core.errors import Denied, Invalid, Missing
from jobs.choices import ContractStatus, JobStatus
from jobs.models import Job
from jobs.tests.factories import ContractFactory, completed_job, hired_job

pytestmark = pytest.mark.django_db


def job_has_open_dispute(*, job_id):
    return Job.objects.filter(pk=job_id, disputed_at__isnull=False).exists()


@pytest.fixture
def payment(alice, bob):
    """850.00 held for alice, who is at work for bob."""
    return paid_job(hired_job(buyer=bob, artist=alice, title="Logo"))


@pytest.fixture
def dispute(payment, bob):
    return dispute_open(actor=bob, job_id=payment.job_id, reason="It is late.")


def told(user, notification_type):
    return Notification.objects.filter(user=user, notification_type=notification_type).count()


class TestOpening:
    @pytest.mark.parametrize("by", ["job_id", "payment_id"])
    def test_by_the_buyer(self, payment, alice, bob, by):
        number = payment.job_id if by == "job_id" else payment.pk
        dispute = dispute_open(actor=bob, reason="It is late.", **{by: number})
        assert (dispute.payment, dispute.opened_by, dispute.state) == (payment, bob, DisputeState.OPEN)
        assert job_has_open_dispute(job_id=payment.job_id)
        assert (told(alice, "dispute_opened"), told(bob, "dispute_opened")) == (1, 0)

    def test_by_the_artist(self, payment, alice, bob, admin):
        dispute = dispute_open(actor=alice, job_id=payment.job_id, reason="He does not answer.")
        note = Notification.objects.get(notification_type="dispute_opened")
        assert (note.user, note.data["dispute_id"], note.data["job_id"]) == (bob, dispute.pk, payment.job_id)

    def test_others_learn_nothing(self, payment, charlie, admin):
        for number in (payment.job_id, 999_999):
            with pytest.raises(Invalid, match=f'Invalid pk "{number}"') as refusal:
                dispute_open(actor=charlie, job_id=number, reason="x")
            assert refusal.value.field == "job"
        with pytest.raises(Invalid) as refusal:
            dispute_open(actor=admin, payment_id=payment.pk, reason="x")
        assert refusal.value.field == "payment"
        assert not Dispute.objects.exists()

    def test_one_at_a_time(self, dispute, payment, alice, bob):
        for person in (alice, bob):
            with pytest.raises(DisputeOpen):
                dispute_open(actor=person, job_id=payment.job_id, reason="Again.")
        assert Dispute.objects.count() == 1

    def test_only_while_something_is_held(self, alice, bob, admin, payment):
        unpaid = payment_of_job(hired_job(buyer=bob, artist=alice))
        released = paid_job(completed_job(buyer=bob, artist=alice))
        payment_release(actor=admin, payment_id=released.pk)
        for other in (unpaid, released):
            with pytest.raises(WrongPaymentStatus, match="Nothing is held"):
                dispute_open(actor=bob, payment_id=other.pk, reason="x")
        with pytest.raises(Invalid):
            dispute_open(actor=bob, job_id=hired_job(buyer=bob).pk, reason="nothing was paid")

    def test_orders_are_not_disputed(self, bob, artwork):
        _order, payment = paid_order(bob, artwork)
        with pytest.raises(Invalid) as refusal:
            dispute_open(actor=bob, payment_id=payment.pk, reason="x")
        assert refusal.value.field == "payment"

    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_a_reason_is_needed(self, payment, bob, reason):
        with pytest.raises(Invalid) as refusal:
            dispute_open(actor=bob, job_id=payment.job_id, reason=reason)
        assert refusal.value.field == "reason"

    def test_neither_or_both(self, payment, bob):
        for numbers in ({}, {"job_id": payment.job_id, "payment_id": payment.pk}):
            with pytest.raises(Invalid, match="either job or payment"):
                dispute_open(actor=bob, reason="x", **numbers)


class TestWithdrawing:
    def test_by_its_opener_who_may_open_another(self, dispute, payment, alice, bob):
        done = dispute_withdraw(actor=bob, dispute_id=dispute.pk)
        assert (done.state, done.decided_by, done.artist_amount) == (DisputeState.WITHDRAWN, bob, None)
        assert not job_has_open_dispute(job_id=payment.job_id)
        assert (told(alice, "dispute_decided"), told(bob, "dispute_decided")) == (1, 0)
        with pytest.raises(WrongDisputeState, match="withdrawn already"):
            dispute_withdraw(actor=bob, dispute_id=dispute.pk)
        dispute_open(actor=alice, job_id=payment.job_id, reason="Now I do.")

    def test_by_nobody_else(self, dispute, alice, charlie, admin):
        for person, refusal in ((alice, Denied), (admin, Denied), (charlie, Missing)):
            with pytest.raises(refusal):
                dispute_withdraw(actor=person, dispute_id=dispute.pk)
        with pytest.raises(Missing):
            dispute_withdraw(actor=alice, dispute_id=dispute.pk + 1)
        dispute.refresh_from_db()
        assert dispute.state == DisputeState.OPEN


class TestDeciding:
    def decide(self, dispute, admin, outcome, **amounts):
        decided = dispute_decide(
            actor=admin, dispute_id=dispute.pk, outcome=outcome, answer="We looked at it.", **amounts
        )
        for refund in Refund.objects.filter(status="pending"):
            refund_settle(actor=admin, refund_id=refund.pk)
        decided.refresh_from_db()
        return decided

    def test_all_to_the_artist(self, dispute, payment, alice, bob, admin):
        ContractFactory(job=payment.job)
        decided = self.decide(dispute, admin, DisputeOutcome.RELEASE)
        assert (decided.state, decided.artist_amount, decided.buyer_amount) == ("decided", Decimal("850.00"), 0)
        assert (decided.decided_by, decided.answer) == (admin, "We looked at it.")
        payment.refresh_from_db()
        job = payment.job
        assert (payment.status, payment.hire_status, payment.held_amount) == ("completed", "released", 0)
        assert (job.status, job.completed_at is not None) == (JobStatus.COMPLETED, True)
        assert job.contracts.get().status == ContractStatus.COMPLETED
        assert balances()[("seller", alice.pk)] == Decimal("765.00")
        assert not Refund.objects.exists()
        assert (told(alice, "dispute_decided"), told(bob, "dispute_decided")) == (1, 1)

    def test_all_to_the_buyer(self, dispute, payment, alice, bob, admin):
        ContractFactory(job=payment.job)
        self.decide(dispute, admin, DisputeOutcome.REFUND)
        payment.refresh_from_db()
        assert (payment.status, payment.hire_status, payment.held_amount) == ("refunded", "cancelled", 0)
        assert payment.job.status == JobStatus.CANCELLED
        assert payment.job.contracts.get().status == ContractStatus.TERMINATED
        assert Refund.objects.get().amount == Decimal("850.00"), "and not once more for the job called off"
        assert balances() == {}
        assert (told(alice, "dispute_decided"), told(bob, "dispute_decided")) == (1, 1)

    def test_a_split(self, dispute, payment, alice, bob, admin):
        self.decide(
            dispute,
            admin,
            DisputeOutcome.SPLIT,
            artist_amount=Decimal("300.01"),
            buyer_amount=Decimal("549.99"),
        )
        payment.refresh_from_db()
        assert (payment.status, payment.hire_status, payment.held_amount) == ("partially_refunded", "released", 0)
        assert payment.job.status == JobStatus.COMPLETED
        assert balances() == {
            ("gateway", None): Decimal("-300.01"),
            ("fees", None): Decimal("30.00"),
            ("seller", alice.pk): Decimal("270.01"),
        }

    @pytest.mark.parametrize(
        ("currency", "agreed", "artist", "buyer", "fee"),
        [
            ("PKR", "10.01", "0.01", "10.00", "0"),
            ("PKR", "10.01", "10.00", "0.01", "1.00"),
            ("JPY", "1005", "503", "502", "51"),
            ("KWD", "1.005", "0.672", "0.333", "0.068"),
        ],
    )
    def test_awkward_splits(self, alice, bob, admin, currency, agreed, artist, buyer, fee):
        payment = paid_job(hired_job(buyer=bob, artist=alice, currency=currency, final_amount=Decimal(agreed)))
        dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="It is late.")
        self.decide(dispute, admin, DisputeOutcome.SPLIT, artist_amount=Decimal(artist), buyer_amount=Decimal(buyer))
        found = balances()
        assert found.get(("fees", None), 0) == Decimal(fee)
        assert found[("seller", alice.pk)] == Decimal(artist) - Decimal(fee)
        assert found[("gateway", None)] == -Decimal(artist)

    def test_a_split_that_gives_the_artist_nothing_calls_the_job_off(self, dispute, payment, admin):
        self.decide(dispute, admin, DisputeOutcome.SPLIT, artist_amount=Decimal("0.00"), buyer_amount=Decimal("850.00"))
        payment.job.refresh_from_db()
        assert payment.job.status == JobStatus.CANCELLED
        assert balances() == {}

    @pytest.mark.parametrize("outcome", DisputeOutcome.values)
    def test_a_completed_job_stays_completed(self, alice, bob, admin, outcome):
        payment = paid_job(completed_job(buyer=bob, artist=alice))
        dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="It is not what I ordered.")
        amounts = {"artist_amount": Decimal("425.00"), "buyer_amount": Decimal("425.00")} if outcome == "split" else {}
        self.decide(dispute, admin, DisputeOutcome(outcome), **amounts)
        payment.job.refresh_from_db()
        assert payment.job.status == JobStatus.COMPLETED

    @pytest.mark.parametrize(
        ("outcome", "artist", "buyer", "field"),
        [
            ("split", None, "850.00", "artist_amount"),
            ("split", "850.00", None, "buyer_amount"),
            ("split", "850.00", "0.01", "buyer_amount"),
            ("split", "425.00", "424.99", "buyer_amount"),
            ("split", "-1.00", "851.00", "artist_amount"),
            ("split", "851.00", "-1.00", "buyer_amount"),
            ("split", "425.005", "424.995", "artist_amount"),
            ("release", "849.00", None, "artist_amount"),
            ("release", None, "1.00", "buyer_amount"),
            ("refund", "1.00", None, "artist_amount"),
        ],
    )
    def test_amounts_that_do_not_add_up_change_nothing(self, dispute, payment, admin, outcome, artist, buyer, field):
        before = balances()
        with pytest.raises(Invalid) as refusal:
            dispute_decide(
                actor=admin,
                dispute_id=dispute.pk,
                outcome=DisputeOutcome(outcome),
                answer="So.",
                artist_amount=Decimal(artist) if artist else None,
                buyer_amount=Decimal(buyer) if buyer else None,
            )
        assert refusal.value.field == field
        dispute.refresh_from_db()
        payment.job.refresh_from_db()
        assert (dispute.state, payment.job.status, Refund.objects.count()) == ("open", JobStatus.IN_PROGRESS, 0)
        assert balances() == before

    def test_only_by_administrators_and_with_an_answer(self, dispute, alice, bob, charlie, staff, admin):
        for person in (alice, bob, charlie, staff):
            with pytest.raises(Denied):
                dispute_decide(actor=person, dispute_id=dispute.pk, outcome=DisputeOutcome.REFUND, answer="So.")
        with pytest.raises(Invalid) as refusal:
            dispute_decide(actor=admin, dispute_id=dispute.pk, outcome=DisputeOutcome.REFUND, answer=" ")
        assert refusal.value.field == "answer"
        with pytest.raises(Missing):
            dispute_decide(actor=admin, dispute_id=dispute.pk + 1, outcome=DisputeOutcome.REFUND, answer="So.")

    def test_not_by_an_administrator_whose_own_job_it_is(self, alice, admin):
        payment = paid_job(hired_job(buyer=admin, artist=alice))
        dispute = dispute_open(actor=admin, payment_id=payment.pk, reason="It is late.")
        with pytest.raises(Denied, match="his own job"):
            dispute_decide(actor=admin, dispute_id=dispute.pk, outcome=DisputeOutcome.REFUND, answer="Mine.")
        payment.refresh_from_db()
        assert payment.held_amount == Decimal("850.00")

    def test_only_once(self, dispute, admin, bob):
        self.decide(dispute, admin, DisputeOutcome.RELEASE)
        before = balances()
        for outcome in DisputeOutcome:
            with pytest.raises(WrongDisputeState, match="decided already"):
                dispute_decide(actor=admin, dispute_id=dispute.pk, outcome=outcome, answer="No.")
        with pytest.raises(WrongDisputeState):
            dispute_withdraw(actor=bob, dispute_id=dispute.pk)
        assert balances() == before

    def test_what_was_on_its_way_back_before_is_not_shared_out_again(self, payment, bob, admin):
        from django.db import transaction

        from commerce.services.refunds.refunds import refund_reserve
        from commerce.services.states.payments import payment_lock

        with transaction.atomic():
            refund_reserve(payment_lock(payment.pk), amount=Decimal("100.00"), actor=admin, reason="")
        dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="It is late.")
        decided = self.decide(dispute, admin, DisputeOutcome.RELEASE)
        assert decided.artist_amount == Decimal("750.00")
        assert balances()[("gateway", None)] == Decimal("-750.00")
