"""Hire, deliver, ask for changes, complete, cancel."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.choices import UserType
from accounts.models import Notification
from accounts.services.people import user_deactivate
from accounts.tests.factories import ArtistProfileFactory
from commerce.choices import PaymentStatus
from commerce.models import Refund
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from jobs.choices import BidStatus, ContractStatus, JobStatus
from jobs.errors import DeadlinePassed, DisputeOpen, JobPaid, WrongJobStatus
from jobs.models import Job, JobChange
from jobs.services import hiring
from jobs.services.hiring import job_cancel, job_complete, job_deliver, job_hire, job_return
from jobs.tests.factories import BidFactory, ContractFactory, JobFactory, completed_job, hired_job
from jobs.tests.money import open_dispute, payment_row

pytestmark = pytest.mark.django_db


def told(user):
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("notification_type", flat=True))


def unchanged(job):
    """Whether nothing was written about it."""
    now = Job.objects.get(pk=job.pk)
    names = ("status", "hired_artist_id", "hired_bid_id", "final_amount", "delivered_at", "completed_at", "updated_at")
    same = all(getattr(now, name) == getattr(job, name) for name in names)
    return same and not JobChange.objects.exists() and not Notification.objects.exists()


@pytest.fixture
def job(alice, bob):
    """bob's, in progress, alice works on it."""
    return hired_job(buyer=bob, artist=alice)


class TestHire:
    def test_the_chosen_bid_is_accepted_and_the_others_rejected(self, alice, bob, dora):
        job = JobFactory.create(buyer=bob, title="Logo", reminded_at=timezone.now())
        chosen, other = BidFactory.create(job=job, artist=alice), BidFactory.create(job=job, artist=dora)

        job_hire(actor=bob, job_id=job.pk, bid_id=chosen.pk, final_amount=Decimal("850.00"))

        for thing in (job, chosen, other):
            thing.refresh_from_db()
        assert (job.status, job.hired_artist, job.hired_bid) == (JobStatus.IN_PROGRESS, alice, chosen)
        assert (job.final_amount, job.reminded_at) == (Decimal("850.00"), None)
        assert job.hired_at is not None
        assert (chosen.status, other.status) == (BidStatus.ACCEPTED, BidStatus.REJECTED)
        assert chosen.bid_amount == Decimal("750.00")
        change = JobChange.objects.get()
        assert (change.before, change.after, change.actor) == ("open", "in_progress", bob)
        assert change.reason == "hired alice for PKR 850.00, who bid 750.00"
        assert (told(alice), told(dora), told(bob)) == (["bid_accepted"], ["bid_rejected"], [])
        notice = Notification.objects.get(user=alice)
        assert notice.message == 'bob hires you for "Logo", for PKR 850.00 instead of the PKR 750.00 you bid.'
        assert notice.data == {
            "job_id": job.pk,
            "bid_id": chosen.pk,
            "final_amount": "850.00",
            "bid_amount": "750.00",
        }

    def test_an_artist_who_is_leaving_is_hired_as_little_as_one_who_has_left(self, alice, bob):
        bid = BidFactory.create(job__buyer=bob, artist=alice)
        alice.deletion_due_at = timezone.now() + timedelta(days=14)
        alice.save()
        with pytest.raises(Invalid, match="can no longer be hired") as refusal:
            job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk)
        assert refusal.value.field == "bid_id"
        assert unchanged(bid.job)

    def test_an_account_that_is_closed_while_its_bid_is_looked_at_is_not_hired(self, monkeypatch, alice, bob, admin):
        bid = BidFactory.create(job__buyer=bob, artist=alice)
        look = hiring.bids_pending_lock

        def closed_meanwhile(job):
            found = look(job)
            user_deactivate(actor=admin, user_id=alice.pk)
            return found

        monkeypatch.setattr(hiring, "bids_pending_lock", closed_meanwhile)
        with pytest.raises(Invalid, match="can no longer be hired"):
            job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk)
        assert Job.objects.get(pk=bid.job_id).status == JobStatus.OPEN

    def test_without_an_amount_it_is_the_bids(self, bob):
        bid = BidFactory.create(job__buyer=bob, job__title="Logo")
        job = job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk)
        assert job.final_amount == Decimal("750.00")
        assert Notification.objects.get().message == 'bob hires you for "Logo", for PKR 750.00.'

    def test_any_positive_amount_will_do_in_the_units_of_the_currency(self, bob):
        bid = BidFactory.create(job__buyer=bob)
        job = job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk, final_amount=Decimal("5000.010"))
        job.refresh_from_db()
        assert job.final_amount == Decimal("5000.01")

    def test_an_amount_the_column_does_not_hold_is_refused(self, bob):
        bid = BidFactory.create(job__buyer=bob)
        for amount in ("0", "-1", "0.004", "5000.005", "1e15", "NaN"):
            with pytest.raises(Invalid) as refusal:
                job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk, final_amount=Decimal(amount))
            assert refusal.value.field == "final_amount"
        assert unchanged(bid.job)

    def test_only_a_pending_bid_on_this_job(self, bob):
        job = JobFactory.create(buyer=bob)
        rejected = BidFactory.create(job=job, status=BidStatus.REJECTED)
        elsewhere = BidFactory.create(job__buyer=bob)
        for bid_id in (rejected.pk, elsewhere.pk, 2**40):
            with pytest.raises(Invalid) as refusal:
                job_hire(actor=bob, job_id=job.pk, bid_id=bid_id)
            assert refusal.value.field == "bid_id"
        assert unchanged(job)

    @pytest.mark.parametrize("change", [{"is_active": False}, {"user_type": UserType.BUYER}])
    def test_an_artist_who_is_gone_cannot_be_hired(self, alice, bob, change):
        bid = BidFactory.create(artist=alice, job__buyer=bob)
        for name, value in change.items():
            setattr(alice, name, value)
        alice.save()
        with pytest.raises(Invalid) as refusal:
            job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk)
        assert refusal.value.field == "bid_id"
        assert unchanged(bid.job)

    @pytest.mark.parametrize("made", [hired_job, completed_job])
    def test_once(self, bob, made):
        job = made(buyer=bob)
        late = BidFactory.create(job=job)
        with pytest.raises(WrongJobStatus):
            job_hire(actor=bob, job_id=job.pk, bid_id=late.pk)
        late.refresh_from_db()
        assert late.status == BidStatus.PENDING
        assert unchanged(job)

    def test_not_after_the_deadline(self, bob):
        bid = BidFactory.create(job__buyer=bob, job__deadline=timezone.now() - timedelta(seconds=1))
        with pytest.raises(DeadlinePassed):
            job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk)
        assert unchanged(bid.job)

    def test_only_its_buyer_hires(self, charlie, staff):
        bid = BidFactory.create()
        for actor in (charlie, staff, bid.artist):
            with pytest.raises(Denied):
                job_hire(actor=actor, job_id=bid.job_id, bid_id=bid.pk)
        assert unchanged(bid.job)


class TestDeliver:
    def test_it_is_the_buyers_turn_then(self, alice, bob, job):
        job_deliver(actor=alice, job_id=job.pk)
        job.refresh_from_db()
        assert job.status == JobStatus.IN_PROGRESS
        assert job.delivered_at is not None
        assert (told(bob), told(alice)) == (["job_delivered"], [])
        change = JobChange.objects.get()
        assert (change.before, change.after, change.reason) == ("in_progress", "in_progress", "delivered")

    def test_once(self, alice, bob):
        job = hired_job(buyer=bob, artist=alice, delivered_at=timezone.now())
        with pytest.raises(WrongJobStatus):
            job_deliver(actor=alice, job_id=job.pk)
        assert unchanged(job)

    def test_only_what_is_in_progress(self, alice):
        job = completed_job(artist=alice)
        with pytest.raises(WrongJobStatus):
            job_deliver(actor=alice, job_id=job.pk)
        assert unchanged(job)

    def test_only_by_its_artist(self, bob, charlie, dora, staff, job):
        for actor in (bob, charlie, dora, staff):
            with pytest.raises(Denied):
                job_deliver(actor=actor, job_id=job.pk)
        assert unchanged(job)


class TestReturn:
    def test_it_is_the_artists_turn_again(self, alice, bob):
        job = hired_job(buyer=bob, artist=alice, title="Logo", delivered_at=timezone.now())
        job_return(actor=bob, job_id=job.pk, message="Make it blue.")
        job.refresh_from_db()
        assert (job.status, job.delivered_at) == (JobStatus.IN_PROGRESS, None)
        notice = Notification.objects.get()
        assert (notice.user, notice.message) == (alice, 'bob asks for changes to "Logo": Make it blue.')
        assert JobChange.objects.get().reason == "changes requested: Make it blue."
        assert job_deliver(actor=alice, job_id=job.pk).delivered_at is not None

    def test_only_what_was_delivered(self, bob, job):
        with pytest.raises(WrongJobStatus):
            job_return(actor=bob, job_id=job.pk, message="Faster!")
        assert unchanged(job)

    def test_not_after_it_was_accepted(self, bob):
        job = completed_job(buyer=bob, delivered_at=timezone.now())
        with pytest.raises(WrongJobStatus):
            job_return(actor=bob, job_id=job.pk, message="One more thing.")
        assert unchanged(job)

    def test_only_by_its_buyer(self, alice, bob, charlie):
        job = hired_job(buyer=bob, artist=alice, delivered_at=timezone.now())
        for actor in (alice, charlie):
            with pytest.raises(Denied):
                job_return(actor=actor, job_id=job.pk, message="No.")
        assert unchanged(job)


class TestComplete:
    def test_the_work_counts_for_its_artist(self, alice, bob, job):
        profile = ArtistProfileFactory.create(user=alice)
        contract = ContractFactory.create(job=job)
        job_complete(actor=bob, job_id=job.pk)
        for thing in (job, contract, profile):
            thing.refresh_from_db()
        assert (job.status, contract.status) == (JobStatus.COMPLETED, ContractStatus.COMPLETED)
        assert job.completed_at is not None
        assert (profile.total_projects_completed, profile.completion_rate) == (1, Decimal("100.00"))
        assert (told(alice), told(bob)) == (["job_completed"], [])

    def test_it_releases_no_money(self, bob, job):
        payment = payment_row(job)
        job_complete(actor=bob, job_id=job.pk)
        payment.refresh_from_db()
        assert (payment.hire_status, payment.held_amount) == ("pending", Decimal("850.00"))

    @pytest.mark.parametrize("made", [JobFactory.create, completed_job])
    def test_only_what_is_in_progress(self, bob, made):
        job = made(buyer=bob)
        with pytest.raises(WrongJobStatus):
            job_complete(actor=bob, job_id=job.pk)
        assert unchanged(job)

    def test_not_during_a_dispute(self, bob, job):
        open_dispute(job, bob)
        with pytest.raises(DisputeOpen):
            job_complete(actor=bob, job_id=job.pk)
        assert unchanged(job)

    def test_only_by_its_buyer(self, alice, charlie, staff, job):
        for actor in (alice, charlie, staff):
            with pytest.raises(Denied):
                job_complete(actor=actor, job_id=job.pk)
        assert unchanged(job)


class TestCancel:
    def test_the_buyer_while_it_is_open(self, alice, bob):
        bid = BidFactory.create(artist=alice, job__buyer=bob)
        job = job_cancel(actor=bob, job_id=bid.job_id, reason="No budget.")
        bid.refresh_from_db()
        assert (job.status, bid.status) == (JobStatus.CANCELLED, BidStatus.REJECTED)
        assert told(alice) == ["bid_rejected"]

    def test_the_buyer_while_nothing_was_paid(self, alice, bob, job):
        payment = payment_row(job, PaymentStatus.PENDING)
        job_cancel(actor=bob, job_id=job.pk)
        job.refresh_from_db()
        payment.refresh_from_db()
        assert (job.status, payment.status) == (JobStatus.CANCELLED, PaymentStatus.CANCELLED)
        assert told(alice)[0] == "job_cancelled"

    def test_not_the_buyer_once_it_is_paid(self, bob, job):
        payment_row(job)
        with pytest.raises(JobPaid):
            job_cancel(actor=bob, job_id=job.pk)
        assert unchanged(job)
        assert not Refund.objects.exists()

    def test_the_artist_gives_the_money_back(self, alice, bob, job):
        profile = ArtistProfileFactory.create(user=alice)
        payment_row(job)
        job_cancel(actor=alice, job_id=job.pk, reason="I am ill.")
        job.refresh_from_db()
        profile.refresh_from_db()
        assert job.status == JobStatus.CANCELLED
        refund = Refund.objects.get()
        assert (refund.amount, refund.actor, refund.reason) == (Decimal("850.00"), alice, "I am ill.")
        assert "job_cancelled" in told(bob)
        assert profile.completion_rate == Decimal("0.00")

    def test_staff_as_long_as_it_is_not_completed(self, alice, bob, staff, job):
        payment_row(job)
        job_cancel(actor=staff, job_id=job.pk, reason="Against the rules.")
        job.refresh_from_db()
        assert job.status == JobStatus.CANCELLED
        assert Refund.objects.get().amount == Decimal("850.00")
        assert "job_cancelled" in told(alice)
        assert "job_cancelled" in told(bob)
        entry = AuditEntry.objects.get()
        assert (entry.actor, entry.action, entry.after["reason"]) == (staff, "job.close", "Against the rules.")

    def test_staff_have_no_more_right_to_it_as_its_buyer(self, alice, admin):
        job = hired_job(buyer=admin, artist=alice)
        payment_row(job)
        with pytest.raises(JobPaid):
            job_cancel(actor=admin, job_id=job.pk)
        assert unchanged(job)

    @pytest.mark.parametrize("who", ["alice", "bob", "staff"])
    def test_never_once_it_is_completed(self, who, alice, bob, staff):
        job = completed_job(buyer=bob, artist=alice)
        with pytest.raises(WrongJobStatus):
            job_cancel(actor={"alice": alice, "bob": bob, "staff": staff}[who], job_id=job.pk)
        assert unchanged(job)

    def test_never_twice(self, bob):
        job = JobFactory.create(buyer=bob, status=JobStatus.CANCELLED)
        with pytest.raises(WrongJobStatus):
            job_cancel(actor=bob, job_id=job.pk)
        assert unchanged(job)

    def test_a_bid_gives_no_right_to_it(self, charlie, dora):
        bid = BidFactory.create(artist=dora)
        for actor in (charlie, dora):
            with pytest.raises(Denied):
                job_cancel(actor=actor, job_id=bid.job_id)
        assert unchanged(bid.job)

    def test_what_is_not_there(self, bob):
        with pytest.raises(Missing):
            job_cancel(actor=bob, job_id=1)
