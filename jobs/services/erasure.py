"""What hiring does when an account is deleted: what nobody was hired for is taken back, what two agreed on stays with
the books, and what the person wrote beside it says nothing any more."""

from typing import Final

from django.db.models import F, Q

from accounts.actors import SYSTEM
from config.core.erasing import GONE, Step, name_of, one_part, rows_write
from jobs.choices import BidStatus, BountyStatus, JobStatus
from jobs.models import (
    Bid,
    Bounty,
    BountyApplication,
    BountyChange,
    ContractChange,
    Job,
    JobChange,
    Review,
)
from jobs.services.bounties import bounty_end, bounty_take_away
from jobs.services.endings import job_call_off
from jobs.services.states import bounty_lock, job_lock

CLOSED: Final = "the account was closed"


def person_erase(*, user_id: int) -> bool:
    """One part of it; whether nothing is left."""
    return one_part(STEPS, user_id)


def _open_jobs(user_id: int) -> int:
    job_id = Job.objects.filter(buyer=user_id, status=JobStatus.OPEN).values_list("pk", flat=True).first()
    if job_id is None:
        return 0
    job_call_off(job_lock(job_id), actor=SYSTEM, reason=CLOSED)
    return 1


def _jobs(user_id: int) -> int:
    """Nobody was hired for them."""
    job = Job.objects.filter(buyer=user_id, hired_artist=None).exclude(description=GONE).order_by("pk").first()
    if job is None:
        return 0
    job.title, job.description, job.required_skills = GONE, GONE, ""
    job.save(update_fields=["title", "description", "required_skills"])
    return 1


def _pending_bids(user_id: int) -> int:
    """As if they had never been, as those that are withdrawn."""
    bid = Bid.objects.filter(artist=user_id, status=BidStatus.PENDING).order_by("pk").first()
    if bid is None:
        return 0
    job_lock(bid.job_id)
    Bid.objects.filter(pk=bid.pk, status=BidStatus.PENDING).delete()
    return 1


def _bids(user_id: int) -> int:
    return rows_write(Bid.objects.filter(artist=user_id), cover_letter=GONE)


def _reviews(user_id: int) -> int:
    return rows_write(Review.objects.filter(reviewer=user_id), comment=GONE)


def _open_bounties(user_id: int) -> int:
    bounty_id = Bounty.objects.filter(creator=user_id, status=BountyStatus.OPEN).values_list("pk", flat=True).first()
    if bounty_id is None:
        return 0
    bounty = bounty_lock(bounty_id)
    if bounty.status == BountyStatus.OPEN:
        bounty_end(bounty, actor=SYSTEM, reason=CLOSED)
        bounty_take_away(bounty, actor=SYSTEM)
    return 1


def _bounties(user_id: int) -> int:
    """Nobody won them."""
    bounty = Bounty.objects.filter(creator=user_id, winner=None).exclude(description=GONE).order_by("pk").first()
    if bounty is None:
        return 0
    bounty.title, bounty.description, bounty.requirements = GONE, GONE, ""
    bounty.save(update_fields=["title", "description", "requirements"])
    return 1


def _open_applications(user_id: int) -> int:
    found = BountyApplication.objects.filter(user=user_id, bounty__status=BountyStatus.OPEN).order_by("pk").first()
    if found is None:
        return 0
    bounty_lock(found.bounty_id)
    found.delete()
    Bounty.objects.filter(pk=found.bounty_id).update(applicants_count=F("applicants_count") - 1)
    return 1


def _applications(user_id: int) -> int:
    return rows_write(BountyApplication.objects.filter(user=user_id), message=GONE, portfolio_url="")


def _chosen(user_id: int) -> int:
    """The history of a bounty names who was chosen."""
    rows = BountyChange.objects.filter(bounty__winner=user_id, reason__endswith=" was chosen")
    return rows_write(rows, reason=f"{name_of(user_id)} was chosen")


def _reasons(user_id: int) -> int:
    """What they gave as a reason themselves."""
    own = Q(actor=user_id) & ~Q(reason="")
    rows = (JobChange.objects, ContractChange.objects, BountyChange.objects.exclude(reason__endswith=" was chosen"))
    return sum(rows_write(each.filter(own), reason="") for each in rows)


STEPS: Final[tuple[Step, ...]] = (
    *(_open_jobs, _jobs, _pending_bids, _bids, _reviews, _open_bounties, _bounties),
    *(_open_applications, _applications, _chosen, _reasons),
)
