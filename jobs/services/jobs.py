"""Jobs: posted, changed and deleted by their buyers."""

from datetime import datetime
from decimal import Decimal
from typing import Final, TypedDict

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from config.core.errors import Denied, Invalid, Missing
from jobs import policies
from jobs.choices import JobStatus
from jobs.errors import WrongJobStatus
from jobs.models import Job, JobChange
from jobs.services import notices
from jobs.services.amounts import amount_checked, days_checked
from jobs.services.records import buyer_record_refresh
from jobs.services.states import bids_pending_lock, job_lock
from marketplace.selectors.categories import categories_visible

CHANNEL: Final = "cultureup"
NOT_TO_DELETE: Final = "Only an open job without a payment can be deleted."


class JobChanges(TypedDict, total=False):
    title: str
    description: str
    category_id: int
    budget_min: Decimal
    budget_max: Decimal
    duration_days: int
    required_skills: str
    experience_level: str
    deadline: datetime


def job_post(
    *,
    actor: User,
    title: str,
    description: str,
    category_id: int,
    budget_min: Decimal,
    budget_max: Decimal,
    duration_days: int,
    experience_level: str,
    deadline: datetime,
    required_skills: str = "",
) -> Job:
    """Offer work, open for bids at once. Everybody may: whoever sells also buys.

    Raises Invalid (`category_id`, `budget_min`, `budget_max`, `duration_days`, `deadline`).
    """
    job = Job(buyer=actor, currency=settings.CURRENCIES[CHANNEL])
    _change(
        job,
        {
            "title": title,
            "description": description,
            "category_id": category_id,
            "budget_min": budget_min,
            "budget_max": budget_max,
            "duration_days": duration_days,
            "required_skills": required_skills,
            "experience_level": experience_level,
            "deadline": deadline,
        },
        actor=actor,
    )
    with transaction.atomic():
        job.save()
        JobChange.objects.create(job=job, after=job.status, actor=actor)
        buyer_record_refresh(actor.pk)
    return job


def job_change(*, actor: User, job_id: int, changes: JobChanges) -> Job:
    """Change one's own job while it is open. Bids stay, also those a new budget leaves outside of its range.

    Raises Missing, Denied, WrongJobStatus, and Invalid as `job_post` does.
    """
    with transaction.atomic():
        job = job_lock_as_buyer(actor, job_id)
        if job.status != JobStatus.OPEN:
            raise WrongJobStatus(f"The job is {job.status}; only an open job can be changed.")
        _change(job, changes, actor=actor)
        job.save(update_fields=[*changes, "reminded_at", "updated_at"])
    return job


def job_delete(*, actor: User, job_id: int) -> None:
    """Take back one's own open job, and its bids with it; their artists are told.

    Raises Missing, Denied, and WrongJobStatus when it is no longer open or anybody ever paid for it.
    """
    with transaction.atomic():
        job = job_lock_as_buyer(actor, job_id)
        if job.status != JobStatus.OPEN:
            raise WrongJobStatus(NOT_TO_DELETE)
        for bid in bids_pending_lock(job):
            notices.bid_rejected(bid, job=job, because="the buyer took the job back")
        try:
            job.delete()
        except ProtectedError:  # a payment for it was begun
            raise WrongJobStatus(NOT_TO_DELETE) from None
        buyer_record_refresh(actor.pk)


# ---------------------------------------------------------------- parts
def job_lock_visible(actor: Actor, job_id: int) -> Job:
    """The job, locked. Raises Missing for what the actor may not see."""
    job = job_lock(job_id)
    if not policies.may_see_job(actor, job):
        raise Missing("Job")
    return job


def job_lock_as_buyer(actor: Actor, job_id: int) -> Job:
    """The actor's own job, locked. Raises Missing, and Denied for another's."""
    job = job_lock_visible(actor, job_id)
    if not policies.is_buyer(actor, job):
        raise Denied("Only the job's buyer can do this.")
    return job


def _change(job: Job, changes: JobChanges, *, actor: User) -> None:
    """Give the job its new words and figures, all of them checked first."""
    checked = changes.copy()
    for name in ("budget_min", "budget_max"):
        if name in changes:
            checked[name] = amount_checked(changes[name], job.currency, field=name)
    if checked.get("budget_max", job.budget_max) < checked.get("budget_min", job.budget_min):
        field = "budget_max" if "budget_max" in changes else "budget_min"
        raise Invalid("budget_max must be at least budget_min.", field=field)
    if "duration_days" in changes:
        days_checked(changes["duration_days"], field="duration_days")
    if "category_id" in changes and changes["category_id"] != job.category_id:
        _open_category_check(actor, changes["category_id"])
    if "deadline" in changes and changes["deadline"] != job.deadline:
        if changes["deadline"] <= timezone.now():
            raise Invalid("The deadline must be in the future.", field="deadline")
        job.reminded_at = None  # the new deadline has a reminder of its own
    for name, value in checked.items():
        setattr(job, name, value)


def _open_category_check(actor: User, category_id: int) -> None:
    if not categories_visible(actor=actor).filter(pk=category_id, is_active=True).exists():
        raise Invalid(f'Invalid pk "{category_id}" - object does not exist.', field="category_id")
