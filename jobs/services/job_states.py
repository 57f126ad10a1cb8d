"""A job's state machine. Imports nothing above the models, so that money can lock a job without knowing hiring."""

from django.db import transaction

from accounts.actors import Actor, person
from config.core.errors import Missing
from jobs.choices import JOB_CHANGES, JobStatus
from jobs.errors import WrongJobStatus
from jobs.models import Job, JobChange


def job_lock(job_id: int) -> Job:
    """The job, locked until the transaction ends. A job is always locked before its bids, contracts and payments."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("job_lock needs a transaction")
    job = (
        Job.objects.select_for_update(of=("self",))
        .select_related("buyer", "hired_artist", "category")
        .filter(pk=job_id)
        .first()
    )
    if job is None:
        raise Missing("Job")
    return job


def job_status_change(job: Job, status: JobStatus, *, actor: Actor, reason: str = "") -> None:
    """The one place that assigns a job's status. The job must be locked."""
    if status not in JOB_CHANGES[job.status]:
        raise WrongJobStatus(f"A job that is {job.status} cannot become {status}.")
    JobChange.objects.create(job=job, before=job.status, after=status, actor=person(actor), reason=reason[:500])
    job.status = status
    job.save(update_fields=["status", "updated_at"])
