"""Reminders, open jobs that close themselves, delivered work that counts as accepted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import ArtistProfileFactory
from jobs.choices import BidStatus, JobStatus
from jobs.models import Job, JobChange
from jobs.services.hiring import job_hire
from jobs.services.jobs import job_change
from jobs.tasks import acceptance_sweep, deadlines_sweep
from jobs.tests.factories import BidFactory, JobFactory, completed_job, hired_job
from jobs.tests.money import open_dispute

pytestmark = pytest.mark.django_db


def ahead(**time):
    return timezone.now() + timedelta(**time)


def ago(**time):
    return timezone.now() - timedelta(**time)


def reminded():
    notices = Notification.objects.filter(notification_type="job_deadline").order_by("pk")
    return [(notice.user, notice.data["job_id"]) for notice in notices]


class TestReminders:
    def test_the_buyer_of_an_open_job_once(self, bob):
        job = JobFactory.create(buyer=bob, deadline=ahead(hours=47), title="Logo")
        deadlines_sweep()
        deadlines_sweep()
        assert reminded() == [(bob, job.pk)]
        job.refresh_from_db()
        assert job.reminded_at is not None
        moment = f"{job.deadline:%Y-%m-%d %H:%M}"
        assert Notification.objects.get().message == f'"Logo" is due on {moment} UTC.'

    def test_the_artist_who_is_at_work(self, alice):
        job = hired_job(artist=alice, deadline=ahead(hours=1))
        deadlines_sweep()
        assert reminded() == [(alice, job.pk)]

    def test_whoever_is_hired_after_the_buyer_was_reminded(self, alice, bob):
        bid = BidFactory.create(artist=alice, job__buyer=bob, job__deadline=ahead(hours=10))
        deadlines_sweep()
        job_hire(actor=bob, job_id=bid.job_id, bid_id=bid.pk)
        deadlines_sweep()
        assert reminded() == [(bob, bid.job_id), (alice, bid.job_id)]

    def test_again_when_the_deadline_changed(self, bob):
        job = JobFactory.create(buyer=bob, deadline=ahead(hours=47))
        deadlines_sweep()
        job_change(actor=bob, job_id=job.pk, changes={"deadline": ahead(hours=72)})
        deadlines_sweep()
        assert len(reminded()) == 1
        job_change(actor=bob, job_id=job.pk, changes={"deadline": ahead(hours=40)})
        deadlines_sweep()
        assert len(reminded()) == 2

    def test_nobody_when_it_is_far_or_over_or_delivered(self):
        JobFactory.create(deadline=ahead(hours=49))
        completed_job(deadline=ahead(hours=1))
        JobFactory.create(deadline=ahead(hours=1), status=JobStatus.CANCELLED)
        hired_job(deadline=ago(hours=1))
        hired_job(deadline=ahead(hours=1), delivered_at=timezone.now())
        deadlines_sweep()
        assert not Notification.objects.exists()


class TestClosing:
    def test_an_open_job_past_its_deadline_is_cancelled(self, alice, bob):
        job = JobFactory.create(buyer=bob, deadline=ago(seconds=1))
        bid = BidFactory.create(job=job, artist=alice)
        deadlines_sweep()
        deadlines_sweep()
        job.refresh_from_db()
        bid.refresh_from_db()
        assert (job.status, bid.status) == (JobStatus.CANCELLED, BidStatus.REJECTED)
        assert job.cancelled_at is not None
        change = JobChange.objects.get()
        assert (change.actor, change.reason) == (None, "Its deadline passed.")
        told = {notice.user: notice.notification_type for notice in Notification.objects.all()}
        assert told == {alice: "bid_rejected", bob: "job_cancelled"}

    def test_work_in_progress_goes_on_past_it(self):
        job = hired_job(deadline=ago(days=3))
        deadlines_sweep()
        job.refresh_from_db()
        assert job.status == JobStatus.IN_PROGRESS

    def test_the_others_stay_open(self):
        job = JobFactory.create(deadline=ahead(days=3))
        deadlines_sweep()
        job.refresh_from_db()
        assert job.status == JobStatus.OPEN


class TestAcceptance:
    def test_fourteen_days_of_silence_accept_the_work(self, alice, bob):
        profile = ArtistProfileFactory.create(user=alice)
        job = hired_job(buyer=bob, artist=alice, delivered_at=ago(days=14))
        acceptance_sweep()
        acceptance_sweep()
        job.refresh_from_db()
        profile.refresh_from_db()
        assert job.status == JobStatus.COMPLETED
        assert job.completed_at is not None
        assert profile.total_projects_completed == 1
        change = JobChange.objects.get()
        assert change.actor is None
        assert change.reason == "The buyer said nothing for 14 days after the delivery."
        told = {notice.user: notice.notification_type for notice in Notification.objects.all()}
        assert told == {alice: "job_completed", bob: "job_completed"}

    def test_not_before_not_undelivered_and_not_in_a_dispute(self, bob):
        early = hired_job(delivered_at=ago(days=13, hours=23))
        at_work = hired_job(hired_at=ago(days=60))
        disputed = hired_job(buyer=bob, delivered_at=ago(days=20))
        open_dispute(disputed, bob)
        acceptance_sweep()
        for job in (early, at_work, disputed):
            job.refresh_from_db()
            assert job.status == JobStatus.IN_PROGRESS
        assert not Notification.objects.exists()

    def test_a_dispute_that_was_decided_no_longer_stops_it(self, bob):
        job = hired_job(buyer=bob, delivered_at=ago(days=20))
        dispute = open_dispute(job, bob)
        dispute.artist_amount, dispute.buyer_amount, dispute.state = 0, 0, "decided"
        dispute.save()
        Job.objects.filter(pk=job.pk).update(disputed_at=None)
        acceptance_sweep()
        job.refresh_from_db()
        assert job.status == JobStatus.COMPLETED


def test_they_are_in_the_timetable(settings):
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"jobs.tasks.deadlines_sweep", "jobs.tasks.acceptance_sweep"} <= tasks
