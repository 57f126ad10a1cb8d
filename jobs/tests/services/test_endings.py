"""How a job ends: finished, or called off."""

import pytest
from django.db import transaction

from accounts.actors import SYSTEM
from accounts.models import Notification
from accounts.tests.factories import ArtistFactory, BuyerFactory, StaffFactory
from jobs.choices import BidStatus, ContractStatus, JobStatus
from jobs.errors import WrongJobStatus
from jobs.models import JobChange
from jobs.services.endings import job_call_off, job_finish
from jobs.services.states import job_lock
from jobs.tests.factories import BidFactory, ContractFactory, JobFactory, completed_job, hired_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return ArtistFactory.create(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory.create(username="bob")


def told(user):
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("notification_type", flat=True))


def finish(job, **options):
    with transaction.atomic():
        job_finish(job_lock(job.pk), **options)
    job.refresh_from_db()


def call_off(job, **options):
    with transaction.atomic():
        job_call_off(job_lock(job.pk), **options)
    job.refresh_from_db()


def test_a_finished_job_completes_its_contract_and_tells_the_artist(alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    contract = ContractFactory.create(job=job)

    finish(job, actor=bob)

    contract.refresh_from_db()
    assert job.status == JobStatus.COMPLETED
    assert job.completed_at is not None
    assert contract.status == ContractStatus.COMPLETED
    assert told(alice) == ["job_completed"]
    assert told(bob) == []
    change = JobChange.objects.get()
    assert (change.before, change.after, change.actor) == ("in_progress", "completed", bob)


def test_what_the_platform_finishes_is_told_to_both(alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    finish(job, actor=SYSTEM, reason="nobody objected")
    assert told(alice) == told(bob) == ["job_completed"]
    change = JobChange.objects.get()
    assert (change.actor, change.reason) == (None, "nobody objected")


@pytest.mark.parametrize("made", [JobFactory.create, completed_job])
def test_only_what_is_in_progress_can_be_finished(made):
    job = made()
    before = (job.status, job.completed_at)
    with pytest.raises(WrongJobStatus):
        finish(job, actor=job.buyer)
    job.refresh_from_db()
    assert (job.status, job.completed_at) == before
    assert not Notification.objects.exists()


def test_calling_off_an_open_job_rejects_the_bids_nobody_decided_on(alice, bob):
    job = JobFactory.create(buyer=bob)
    bid, elsewhere = BidFactory.create(job=job, artist=alice), BidFactory.create(artist=alice)

    call_off(job, actor=bob, reason="No budget.")

    bid.refresh_from_db()
    elsewhere.refresh_from_db()
    assert job.status == JobStatus.CANCELLED
    assert job.cancelled_at is not None
    assert (bid.status, elsewhere.status) == (BidStatus.REJECTED, BidStatus.PENDING)
    assert told(alice) == ["bid_rejected"]
    assert told(bob) == []
    assert JobChange.objects.get().reason == "No budget."


def test_calling_off_a_job_in_progress_terminates_its_contract_and_keeps_the_bid_accepted(alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    contract = ContractFactory.create(job=job)

    call_off(job, actor=alice, reason="")

    contract.refresh_from_db()
    job.hired_bid.refresh_from_db()
    assert (job.status, contract.status) == (JobStatus.CANCELLED, ContractStatus.TERMINATED)
    assert job.hired_bid.status == BidStatus.ACCEPTED
    assert told(bob) == ["job_cancelled"]
    assert told(alice) == []


def test_what_staff_call_off_is_told_to_both(alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    call_off(job, actor=StaffFactory.create(), reason="Against the rules.")
    assert told(alice) == told(bob) == ["job_cancelled"]
    assert Notification.objects.filter(user=bob).get().message == f'"{job.title}" was called off. Against the rules.'


def test_a_completed_job_cannot_be_called_off():
    job = completed_job()
    with pytest.raises(WrongJobStatus):
        call_off(job, actor=job.buyer, reason="")
    job.refresh_from_db()
    assert (job.status, job.cancelled_at) == (JobStatus.COMPLETED, None)
