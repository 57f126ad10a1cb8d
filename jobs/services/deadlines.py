"""What time does to jobs: reminders, open jobs that close themselves, delivered work that counts as accepted.

Each sweep finds candidates, then looks at one after the other again under its lock, so two at once do nothing twice.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.actors import SYSTEM
from config.core.announce import announce
from config.core.errors import Missing
from jobs.choices import ACTIVE_JOBS, DEADLINE_NEAR, JobStatus
from jobs.models import Job
from jobs.services import notices
from jobs.services.endings import job_call_off, job_finish
from jobs.services.states import job_lock

# A buyer who says nothing about delivered work for so long has accepted it.
SILENCE_ACCEPTS: Final = timedelta(days=14)
# How many jobs one sweep takes up; the next run goes on.
BATCH: Final = 500


def deadlines_sweep() -> None:
    """Remind of deadlines, once each, and close open jobs whose deadline has passed."""
    now = timezone.now()
    near = Job.objects.filter(deadline__gt=now, deadline__lt=now + DEADLINE_NEAR, status__in=ACTIVE_JOBS)
    _each(near.filter(reminded_at=None, delivered_at=None).order_by("deadline"), _remind)
    _each(Job.objects.filter(status=JobStatus.OPEN, deadline__lte=now).order_by("deadline"), _close)


def acceptance_sweep() -> None:
    """Complete what was delivered 14 days ago and neither accepted nor sent back, unless there is a dispute."""
    silent = Job.objects.filter(status=JobStatus.IN_PROGRESS, delivered_at__lte=timezone.now() - SILENCE_ACCEPTS)
    _each(silent.filter(disputed_at=None).order_by("delivered_at"), _accept)


def _each(jobs: QuerySet[Job], act: Callable[[Job], None]) -> None:
    for job_id in list(jobs.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            try:
                job = job_lock(job_id)
            except Missing:  # deleted a moment ago
                continue
            act(job)


def _remind(job: Job) -> None:
    left = job.deadline - timezone.now()
    near = timedelta(0) < left < DEADLINE_NEAR
    if near and job.status in ACTIVE_JOBS and job.reminded_at is None and job.delivered_at is None:
        job.reminded_at = timezone.now()
        job.save(update_fields=["reminded_at", "updated_at"])
        notices.deadline_near(job)


def _close(job: Job) -> None:
    if job.status == JobStatus.OPEN and job.deadline <= timezone.now():
        reason = "Its deadline passed."
        announce("jobs.called_off", job=job, actor=SYSTEM, reason=reason)
        job_call_off(job, actor=SYSTEM, reason=reason)


def _accept(job: Job) -> None:
    silent = job.delivered_at is not None and job.delivered_at <= timezone.now() - SILENCE_ACCEPTS
    if job.status == JobStatus.IN_PROGRESS and silent and job.disputed_at is None:
        job_finish(job, actor=SYSTEM, reason="The buyer said nothing for 14 days after the delivery.")
