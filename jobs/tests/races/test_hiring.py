"""Two at once, on real connections to PostgreSQL. One wins."""

import threading
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.services.profiles import buyer_profile_create
from accounts.tests.factories import ArtistFactory, BuyerFactory, BuyerProfileFactory
from commerce.tests.steps import at_once
from config.core.errors import DomainError, Invalid, Missing
from jobs.choices import BidStatus, JobStatus
from jobs.errors import AlreadyBid, WrongBidStatus, WrongJobStatus
from jobs.models import Bid, Job, JobChange
from jobs.services.bids import bid_change, bid_place, bid_withdraw
from jobs.services.deadlines import acceptance_sweep, deadlines_sweep
from jobs.services.hiring import job_cancel, job_complete, job_hire, job_return
from jobs.services.jobs import job_delete, job_post
from jobs.tests.factories import BidFactory, JobFactory, hired_job

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def refused(results: list[object]) -> list[type[DomainError]]:
    unexpected = [result for result in results if isinstance(result, Exception) and not isinstance(result, DomainError)]
    assert not unexpected, unexpected
    return [type(result) for result in results if isinstance(result, DomainError)]


def test_two_hires_for_one_job():
    bob, alice, dora = BuyerFactory.create(), ArtistFactory.create(), ArtistFactory.create()
    for _ in range(ROUNDS):
        job = JobFactory.create(buyer=bob)
        first, second = BidFactory.create(job=job, artist=alice), BidFactory.create(job=job, artist=dora)
        results = at_once(
            partial(job_hire, actor=bob, job_id=job.pk, bid_id=first.pk),
            partial(job_hire, actor=bob, job_id=job.pk, bid_id=second.pk),
        )
        assert refused(results) == [WrongJobStatus]
        job.refresh_from_db()
        by_status = {bid.status: bid for bid in job.bids.all()}
        assert set(by_status) == {BidStatus.ACCEPTED, BidStatus.REJECTED}
        assert job.hired_bid == by_status[BidStatus.ACCEPTED]
        assert job.history.count() == 1


def test_a_bid_is_withdrawn_while_its_artist_is_hired():
    bob, alice = BuyerFactory.create(), ArtistFactory.create()
    for _ in range(ROUNDS):
        bid = BidFactory.create(artist=alice, job__buyer=bob)
        results = at_once(
            partial(job_hire, actor=bob, job_id=bid.job_id, bid_id=bid.pk),
            partial(bid_withdraw, actor=alice, bid_id=bid.pk),
        )
        assert refused(results) in ([Invalid], [WrongBidStatus])
        job = Job.objects.get(pk=bid.job_id)
        assert (job.status == JobStatus.IN_PROGRESS) == Bid.objects.filter(pk=bid.pk).exists()


def test_a_bid_is_raised_while_its_artist_is_hired():
    """The amount agreed on is one the buyer saw, or the hire came first and the change is refused."""
    bob, alice = BuyerFactory.create(), ArtistFactory.create()
    for _ in range(ROUNDS):
        bid = BidFactory.create(artist=alice, job__buyer=bob)
        results = at_once(
            partial(job_hire, actor=bob, job_id=bid.job_id, bid_id=bid.pk),
            partial(bid_change, actor=alice, bid_id=bid.pk, changes={"bid_amount": Decimal("900.00")}),
        )
        assert refused(results) in ([], [WrongBidStatus])
        job = Job.objects.select_related("hired_bid").get(pk=bid.job_id)
        assert job.final_amount == job.hired_bid.bid_amount


def test_a_double_click_bids_once():
    alice = ArtistFactory.create()
    for _ in range(ROUNDS):
        job = JobFactory.create()
        place = partial(
            bid_place,
            actor=alice,
            job_id=job.pk,
            bid_amount=Decimal("700.00"),
            delivery_time=5,
            cover_letter="Ten years of logos.",
        )
        assert refused(at_once(place, place)) == [AlreadyBid]
        assert job.bids.count() == 1


def test_a_bid_comes_in_while_the_job_is_deleted():
    bob, alice = BuyerFactory.create(), ArtistFactory.create()
    for _ in range(ROUNDS):
        job = JobFactory.create(buyer=bob)
        results = at_once(
            partial(job_delete, actor=bob, job_id=job.pk),
            partial(
                bid_place,
                actor=alice,
                job_id=job.pk,
                bid_amount=Decimal("700.00"),
                delivery_time=5,
                cover_letter="Ten years of logos.",
            ),
        )
        assert refused(results) in ([], [Invalid])
        assert not Job.objects.exists()
        assert not Bid.objects.exists()


def test_deleted_and_hired_at_once():
    bob, alice = BuyerFactory.create(), ArtistFactory.create()
    for _ in range(ROUNDS):
        bid = BidFactory.create(artist=alice, job__buyer=bob)
        results = at_once(
            partial(job_delete, actor=bob, job_id=bid.job_id),
            partial(job_hire, actor=bob, job_id=bid.job_id, bid_id=bid.pk),
        )
        assert refused(results) in ([WrongJobStatus], [Missing])
        assert Job.objects.filter(pk=bid.job_id).count() == Bid.objects.filter(pk=bid.pk).count()


def test_completed_and_cancelled_at_once():
    bob, alice = BuyerFactory.create(), ArtistFactory.create()
    for _ in range(ROUNDS):
        job = hired_job(buyer=bob, artist=alice)
        results = at_once(
            partial(job_complete, actor=bob, job_id=job.pk), partial(job_cancel, actor=alice, job_id=job.pk)
        )
        assert refused(results) == [WrongJobStatus]
        job.refresh_from_db()
        assert (job.completed_at is None) == (job.status == JobStatus.CANCELLED)
        assert job.history.count() == 1


def test_sweeps_that_meet_do_nothing_twice():
    bob = BuyerFactory.create()
    JobFactory.create_batch(3, buyer=bob, deadline=timezone.now() + timedelta(hours=5))
    JobFactory.create_batch(3, buyer=bob, deadline=timezone.now() - timedelta(hours=5))
    for _ in range(3):
        hired_job(buyer=bob, delivered_at=timezone.now() - timedelta(days=15))
    assert refused(at_once(deadlines_sweep, acceptance_sweep, deadlines_sweep, acceptance_sweep)) == []
    told = list(Notification.objects.filter(user=bob).values_list("notification_type", flat=True))
    assert sorted(told) == ["job_cancelled"] * 3 + ["job_completed"] * 3 + ["job_deadline"] * 3
    assert JobChange.objects.count() == 6


def test_sent_back_in_the_moment_it_would_count_as_accepted():
    bob = BuyerFactory.create()
    for _ in range(ROUNDS):
        job = hired_job(buyer=bob, delivered_at=timezone.now() - timedelta(days=15))
        send_back = partial(job_return, actor=bob, job_id=job.pk, message="Make it blue.")
        returned = refused(at_once(send_back, acceptance_sweep)) == []
        job.refresh_from_db()
        assert (job.status, job.delivered_at is None) == (
            (JobStatus.IN_PROGRESS, True) if returned else (JobStatus.COMPLETED, False)
        )


def words(category_id):
    return {
        "title": "Logo",
        "description": "A minimalist logo.",
        "category_id": category_id,
        "budget_min": Decimal("500.00"),
        "budget_max": Decimal("1000.00"),
        "duration_days": 7,
        "experience_level": "expert",
        "deadline": timezone.now() + timedelta(days=10),
    }


def test_projects_are_counted_right_by_many_at_once():
    profile = BuyerProfileFactory.create()
    bob, job = profile.user, JobFactory.create(buyer=profile.user)
    post = partial(job_post, actor=bob, **words(job.category_id))
    assert refused(at_once(post, post, post, partial(job_delete, actor=bob, job_id=job.pk))) == []
    profile.refresh_from_db()
    assert profile.projects_posted == Job.objects.filter(buyer=bob).count() == 3


def test_a_profile_made_while_a_job_is_posted_waits_and_counts_it():
    bob, category = BuyerFactory.create(), JobFactory.create().category
    results = []
    make = partial(buyer_profile_create, actor=bob, company_name="Ours")
    meanwhile = threading.Thread(target=lambda: results.extend(at_once(make)))
    with transaction.atomic():
        job_post(actor=bob, **words(category.pk))
        meanwhile.start()
        meanwhile.join(timeout=2)
    meanwhile.join(timeout=30)
    assert refused(results) == []
    bob.buyer_profile.refresh_from_db()
    assert bob.buyer_profile.projects_posted == 1
