"""The state machines of jobs and bounties. Imports nothing above the models, so that money can lock them without
knowing hiring."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, person
from accounts.choices import WebhookEvent
from accounts.services.webhooks import webhook_event
from config.core.errors import Missing
from config.core.money import shown
from jobs.choices import (
    BID_CHANGES,
    BOUNTY_CHANGES,
    CONTRACT_CHANGES,
    JOB_CHANGES,
    BidStatus,
    BountyStatus,
    ContractStatus,
    JobStatus,
)
from jobs.errors import WrongBidStatus, WrongBountyStatus, WrongContractStatus, WrongJobStatus
from jobs.models import Bid, Bounty, BountyChange, Contract, ContractChange, Job, JobChange

TOLD: Final = {JobStatus.IN_PROGRESS: WebhookEvent.JOB_HIRED, JobStatus.COMPLETED: WebhookEvent.JOB_COMPLETED}


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


def job_money_stands(job: Job, *, paid_at: datetime | None, disputed_at: datetime | None) -> None:
    """What commerce says of the money of a locked job: since when it was paid, since when that is disputed."""
    if (job.paid_at, job.disputed_at) != (paid_at, disputed_at):
        job.paid_at, job.disputed_at = paid_at, disputed_at
        job.save(update_fields=["paid_at", "disputed_at"])


def job_status_change(job: Job, status: JobStatus, *, actor: Actor, reason: str = "") -> None:
    """The one place that assigns a job's status. The job must be locked."""
    if status not in JOB_CHANGES[job.status]:
        raise WrongJobStatus(f"A job that is {job.status} cannot become {status}.")
    JobChange.objects.create(job=job, before=job.status, after=status, actor=person(actor), reason=reason[:500])
    job.status = status
    job.save(update_fields=["status", "updated_at"])
    if status in TOLD:
        webhook_event(
            TOLD[status],
            about=f"job-{job.pk}",
            people={job.buyer_id, job.hired_artist_id or job.buyer_id},
            data={
                "job_id": job.pk,
                "status": status,
                "buyer_id": job.buyer_id,
                "artist_id": job.hired_artist_id,
                "amount": None if job.final_amount is None else shown(job.final_amount, job.currency),
                "currency": job.currency,
            },
        )


def bids_pending_lock(job: Job) -> list[Bid]:
    """The undecided bids on a locked job, with their artists, locked in the order of their ids."""
    bids = job.bids.select_for_update(of=("self",)).select_related("artist")
    return list(bids.filter(status=BidStatus.PENDING).order_by("pk"))


def bids_status_change(bids: Iterable[Bid], status: BidStatus) -> None:
    """Give locked bids another status. Raises WrongBidStatus when it may not follow the one they have."""
    bids, now = list(bids), timezone.now()
    for bid in bids:
        if status not in BID_CHANGES[bid.status]:
            raise WrongBidStatus(f"A bid that is {bid.status} cannot become {status}.")
    Bid.objects.filter(pk__in=[bid.pk for bid in bids]).update(status=status, updated_at=now)
    for bid in bids:
        bid.status, bid.updated_at = status, now


def contract_status_change(contract: Contract, status: ContractStatus, *, actor: Actor, reason: str = "") -> None:
    """The one place that assigns a contract's status. Its job must be locked."""
    if status not in CONTRACT_CHANGES[contract.status]:
        raise WrongContractStatus(f"A contract that is {contract.status} cannot become {status}.")
    ContractChange.objects.create(
        contract=contract, before=contract.status, after=status, actor=person(actor), reason=reason[:200]
    )
    contract.status = status
    contract.save(update_fields=["status", "updated_at"])


def contracts_end(job: Job, status: ContractStatus, *, actor: Actor, reason: str = "") -> None:
    """The job is over, and so is its contract: completed or terminated with it."""
    ended = [ContractStatus.COMPLETED, ContractStatus.TERMINATED]
    for contract in job.contracts.select_for_update().exclude(status__in=ended).order_by("pk"):
        contract_status_change(contract, status, actor=actor, reason=reason)


# ---------------------------------------------------------------- bounties
def bounty_lock(bounty_id: int) -> Bounty:
    """The bounty, locked until the transaction ends. It is always locked before its payments. Raises Missing."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("bounty_lock needs a transaction")
    rows = Bounty.objects.select_for_update(of=("self",)).select_related("creator", "winner")
    bounty = rows.filter(pk=bounty_id).first()
    if bounty is None:
        raise Missing("Bounty")
    return bounty


def bounty_money_stands(bounty: Bounty, *, paid_at: datetime | None, disputed_at: datetime | None) -> None:
    """What commerce says of the money of a locked bounty."""
    if (bounty.paid_at, bounty.disputed_at) != (paid_at, disputed_at):
        bounty.paid_at, bounty.disputed_at = paid_at, disputed_at
        bounty.save(update_fields=["paid_at", "disputed_at"])


def bounty_status_change(bounty: Bounty, status: BountyStatus, *, actor: Actor, reason: str = "") -> None:
    """The one place that assigns a bounty's status. It must be locked."""
    if status not in BOUNTY_CHANGES[bounty.status]:
        before, after = (BountyStatus(value).label.lower() for value in (bounty.status, status))
        raise WrongBountyStatus(f"A bounty that is {before} cannot become {after}.")
    BountyChange.objects.create(
        bounty=bounty, before=bounty.status, after=status, actor=person(actor), reason=reason[:500]
    )
    bounty.status = status
    if status in {BountyStatus.COMPLETED, BountyStatus.CLOSED}:
        bounty.ended_at = timezone.now()
    bounty.save(update_fields=["status", "ended_at", "updated_at"])
