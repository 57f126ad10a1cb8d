"""Placing, changing and withdrawing bids."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import ArtistFactory, CreatorFactory
from community.services.blocks import block_add
from config.core.errors import Denied, Invalid, Missing
from jobs.choices import BidStatus
from jobs.errors import AlreadyBid, DeadlinePassed, OwnJob, WrongBidStatus, WrongJobStatus
from jobs.models import Bid
from jobs.services.bids import bid_change, bid_place, bid_withdraw
from jobs.services.jobs import job_change
from jobs.tests.factories import BidFactory, JobFactory, completed_job, hired_job

pytestmark = pytest.mark.django_db


def terms(**changes):
    return {"bid_amount": Decimal("750.00"), "delivery_time": 5, "cover_letter": "Ten years of logos."} | changes


class TestPlace:
    def test_a_new_bid_is_pending_and_the_buyer_is_told(self, alice, bob):
        job = JobFactory.create(buyer=bob, title="Logo")
        bid = bid_place(actor=alice, job_id=job.pk, **terms())
        bid.refresh_from_db()
        assert (bid.job, bid.artist, bid.status) == (job, alice, BidStatus.PENDING)
        assert (bid.bid_amount, bid.delivery_time, bid.cover_letter) == (Decimal("750.00"), 5, "Ten years of logos.")
        notice = Notification.objects.get()
        assert (notice.user, notice.notification_type) == (bob, "new_bid")
        assert notice.message == "You received a new bid from alice on your job 'Logo'"
        assert notice.title == "New Bid Received"
        assert notice.data == {"job_id": job.pk, "bid_id": bid.pk, "bid_amount": "750.00", "delivery_time": 5}

    @pytest.mark.parametrize("amount", ["500.00", "1000.00"])
    def test_the_ends_of_the_budget_belong_to_it(self, alice, amount):
        assert bid_place(actor=alice, job_id=JobFactory.create().pk, **terms(bid_amount=Decimal(amount)))

    def test_whoever_sells_may_bid_also_a_creator(self):
        assert bid_place(actor=CreatorFactory.create(), job_id=JobFactory.create().pk, **terms())

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"bid_amount": Decimal("499.99")}, "bid_amount"),
            ({"bid_amount": Decimal("1000.01")}, "bid_amount"),
            ({"bid_amount": Decimal("0")}, "bid_amount"),
            ({"bid_amount": Decimal("NaN")}, "bid_amount"),
            ({"bid_amount": Decimal("1e30")}, "bid_amount"),
            ({"delivery_time": 0}, "delivery_time"),
            ({"delivery_time": 2**31}, "delivery_time"),
            ({"job_id": 2**40}, "job_id"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, alice, changes, field):
        with pytest.raises(Invalid) as refusal:
            bid_place(actor=alice, **({"job_id": JobFactory.create().pk} | terms(**changes)))
        assert refusal.value.field == field
        assert not Bid.objects.exists()
        assert not Notification.objects.exists()

    def test_buyers_do_not_bid(self, charlie):
        with pytest.raises(Denied):
            bid_place(actor=charlie, job_id=JobFactory.create().pk, **terms())
        assert not Bid.objects.exists()

    def test_not_to_who_has_blocked_them(self, alice, bob):
        block_add(actor=bob, user_id=alice.pk)
        with pytest.raises(Denied):
            bid_place(actor=alice, job_id=JobFactory.create(buyer=bob).pk, **terms())
        assert (Bid.objects.count(), Notification.objects.count()) == (0, 0)

    def test_nobody_bids_on_his_own_job(self, alice):
        with pytest.raises(OwnJob):
            bid_place(actor=alice, job_id=JobFactory.create(buyer=alice).pk, **terms())
        assert not Bid.objects.exists()

    @pytest.mark.parametrize("made", [hired_job, completed_job])
    def test_only_open_jobs_take_bids(self, dora, made):
        job = made()
        with pytest.raises(WrongJobStatus):
            bid_place(actor=dora, job_id=job.pk, **terms())
        assert not Bid.objects.filter(artist=dora).exists()

    def test_not_after_the_deadline_although_the_job_is_not_closed_yet(self, alice):
        job = JobFactory.create(deadline=timezone.now() - timedelta(seconds=1))
        with pytest.raises(DeadlinePassed):
            bid_place(actor=alice, job_id=job.pk, **terms())

    def test_jobs_of_deactivated_accounts_are_not_there(self, alice):
        with pytest.raises(Invalid) as refusal:
            bid_place(actor=alice, job_id=JobFactory.create(buyer__is_active=False).pk, **terms())
        assert refusal.value.field == "job_id"

    def test_one_live_bid_an_artist_and_job(self, alice, dora):
        job = JobFactory.create()
        bid_place(actor=alice, job_id=job.pk, **terms())
        with pytest.raises(AlreadyBid):
            bid_place(actor=alice, job_id=job.pk, **terms(bid_amount=Decimal("600.00")))
        assert bid_place(actor=dora, job_id=job.pk, **terms())
        assert [bid.bid_amount for bid in Bid.objects.all()] == [Decimal("750.00")] * 2

    def test_one_that_was_withdrawn_or_rejected_makes_room(self, alice):
        job = JobFactory.create()
        bid_withdraw(actor=alice, bid_id=bid_place(actor=alice, job_id=job.pk, **terms()).pk)
        assert bid_place(actor=alice, job_id=job.pk, **terms())
        other = BidFactory.create(artist=alice, status=BidStatus.REJECTED)
        assert bid_place(actor=alice, job_id=other.job_id, **terms())


class TestChange:
    def test_what_is_sent_changes(self, alice):
        bid = BidFactory.create(artist=alice)
        changes = {"bid_amount": Decimal("725.00"), "delivery_time": 6}
        bid_change(actor=alice, bid_id=bid.pk, changes=changes)
        letter = bid.cover_letter
        bid.refresh_from_db()
        assert (bid.bid_amount, bid.delivery_time, bid.cover_letter) == (Decimal("725.00"), 6, letter)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"bid_amount": Decimal("1000.01")}, "bid_amount"),
            ({"bid_amount": Decimal("499.99")}, "bid_amount"),
            ({"delivery_time": 0}, "delivery_time"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, alice, changes, field):
        bid = BidFactory.create(artist=alice)
        with pytest.raises(Invalid) as refusal:
            bid_change(actor=alice, bid_id=bid.pk, changes={"cover_letter": "New."} | changes)
        assert refusal.value.field == field
        bid.refresh_from_db()
        assert (bid.bid_amount, bid.delivery_time, bid.cover_letter) == (
            Decimal("750.00"),
            5,
            "I have drawn logos for ten years.",
        )

    def test_after_the_budget_changed_only_a_new_amount_must_fit(self, alice):
        bid = BidFactory.create(artist=alice)
        job_change(actor=bid.job.buyer, job_id=bid.job_id, changes={"budget_min": Decimal("800.00")})
        bid_change(actor=alice, bid_id=bid.pk, changes={"bid_amount": Decimal("750.00"), "cover_letter": "New."})
        bid.refresh_from_db()
        assert (bid.bid_amount, bid.cover_letter) == (Decimal("750.00"), "New.")
        with pytest.raises(Invalid):
            bid_change(actor=alice, bid_id=bid.pk, changes={"bid_amount": Decimal("760.00")})
        bid_change(actor=alice, bid_id=bid.pk, changes={"bid_amount": Decimal("800.00")})

    def test_a_bid_stays_with_its_job(self, alice):
        bid = BidFactory.create(artist=alice)
        bid_change(actor=alice, bid_id=bid.pk, job_id=bid.job_id, changes={"delivery_time": 7})
        with pytest.raises(Invalid) as refusal:
            bid_change(actor=alice, bid_id=bid.pk, job_id=JobFactory.create().pk, changes={"delivery_time": 8})
        assert refusal.value.field == "job_id"
        bid.refresh_from_db()
        assert bid.delivery_time == 7


@pytest.mark.parametrize("status", [BidStatus.ACCEPTED, BidStatus.REJECTED])
def test_what_was_decided_on_is_neither_changed_nor_withdrawn(alice, status):
    bid = BidFactory.create(artist=alice, status=status)
    with pytest.raises(WrongBidStatus):
        bid_change(actor=alice, bid_id=bid.pk, changes={"delivery_time": 9})
    with pytest.raises(WrongBidStatus):
        bid_withdraw(actor=alice, bid_id=bid.pk)
    bid.refresh_from_db()
    assert (bid.status, bid.delivery_time) == (status, 5)


def test_only_the_artist_changes_or_withdraws_what_the_buyer_and_staff_may_read(bob, staff):
    bid = BidFactory.create(job__buyer=bob)
    for actor in (bob, staff):
        with pytest.raises(Denied):
            bid_change(actor=actor, bid_id=bid.pk, changes={"bid_amount": Decimal("500.00")})
        with pytest.raises(Denied):
            bid_withdraw(actor=actor, bid_id=bid.pk)
    assert Bid.objects.get().bid_amount == Decimal("750.00")


def test_for_strangers_a_bid_is_not_there(charlie):
    bid = BidFactory.create()
    for actor in (charlie, ArtistFactory.create()):
        with pytest.raises(Missing):
            bid_change(actor=actor, bid_id=bid.pk, changes={"bid_amount": Decimal("500.00")})
        with pytest.raises(Missing):
            bid_withdraw(actor=actor, bid_id=bid.pk)
    assert Bid.objects.exists()


def test_withdrawing_leaves_nothing(alice):
    bid = BidFactory.create(artist=alice)
    bid_withdraw(actor=alice, bid_id=bid.pk)
    assert not Bid.objects.exists()
    with pytest.raises(Missing):
        bid_withdraw(actor=alice, bid_id=bid.pk)
