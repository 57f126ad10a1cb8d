"""How a job ends: finished, or called off. Both work on a locked job inside the caller's transaction."""

from django.utils import timezone

from accounts.actors import Actor
from jobs.choices import BidStatus, ContractStatus, JobStatus
from jobs.models import Job
from jobs.services import notices
from jobs.services.records import artist_record_refresh
from jobs.services.states import bids_pending_lock, bids_status_change, contracts_end, job_status_change


def job_finish(job: Job, *, actor: Actor, reason: str = "") -> None:
    """The work is done: the job, which must be locked and in progress, is completed, and its contract with it.

    Whoever of buyer and artist did not do this is told. Money stays where it is. Raises WrongJobStatus.
    """
    job_status_change(job, JobStatus.COMPLETED, actor=actor, reason=reason)
    job.completed_at = timezone.now()
    job.save(update_fields=["completed_at", "updated_at"])
    contracts_end(job, ContractStatus.COMPLETED, actor=actor, reason=reason)
    notices.job_completed(job, actor=actor)
    _artist_record_refresh(job)


def job_call_off(job: Job, *, actor: Actor, reason: str) -> None:
    """Nothing becomes of it: the job, which must be locked and open or in progress, is cancelled, its contract
    terminated, and bids nobody decided on are rejected.

    Their artists, and whoever of buyer and artist did not do this, are told. It moves no money: who calls
    it has announced "jobs.called_off" before, or shared the money out. Raises WrongJobStatus.
    """
    job_status_change(job, JobStatus.CANCELLED, actor=actor, reason=reason)
    job.cancelled_at = timezone.now()
    job.save(update_fields=["cancelled_at", "updated_at"])
    contracts_end(job, ContractStatus.TERMINATED, actor=actor, reason=reason)
    undecided = bids_pending_lock(job)
    bids_status_change(undecided, BidStatus.REJECTED)
    for bid in undecided:
        notices.bid_rejected(bid, job=job, because="the job was called off")
    notices.job_cancelled(job, actor=actor, reason=reason)
    _artist_record_refresh(job)


def _artist_record_refresh(job: Job) -> None:
    if job.hired_artist_id is not None:
        artist_record_refresh(job.hired_artist_id)
