"""Who may see and do what with jobs, bids, contracts and reviews."""

from typing import Literal

from django.db.models import Q, QuerySet

from accounts.actors import Actor
from accounts.policies import ADMINISTRATOR, STAFF, level
from jobs.choices import ContractStatus, JobStatus
from jobs.models import Bid, Bounty, Contract, Job, Review


def may_manage_jobs(actor: Actor) -> bool:
    """Staff read all bids and may call off what is not completed."""
    return level(actor) >= STAFF


def may_bid(actor: Actor) -> bool:
    return bool(getattr(actor, "may_sell", False))


def is_buyer(actor: Actor, job: Job) -> bool:
    return actor.pk is not None and job.buyer_id == actor.pk


def is_hired_artist(actor: Actor, job: Job) -> bool:
    return actor.pk is not None and job.hired_artist_id == actor.pk


def is_bidder(actor: Actor, bid: Bid) -> bool:
    return actor.pk is not None and bid.artist_id == actor.pk


def jobs_visible_to(actor: Actor) -> QuerySet[Job]:
    """Jobs of every status are public, but those of a deactivated account; its hired artists still see theirs."""
    if may_manage_jobs(actor):
        return Job.objects.all()
    public = Q(buyer__is_active=True)
    return Job.objects.filter(public if actor.pk is None else public | Q(hired_artist=actor.pk))


def may_see_job(actor: Actor, job: Job) -> bool:
    """The same for one job whose buyer is at hand."""
    return job.buyer.is_active or is_hired_artist(actor, job) or may_manage_jobs(actor)


def bids_visible_to(actor: Actor) -> QuerySet[Bid]:
    """One's own, those on one's own jobs, and all of them for staff."""
    if may_manage_jobs(actor):
        return Bid.objects.all()
    if actor.pk is None:
        return Bid.objects.none()
    return Bid.objects.filter(Q(artist=actor.pk) | Q(job__buyer=actor.pk))


def may_see_buyer_contact(actor: Actor, job: Job) -> bool:
    """The buyer's e-mail address: themselves, the artist who works for them now, and staff."""
    works_on_it = is_hired_artist(actor, job) and job.status == JobStatus.IN_PROGRESS
    return is_buyer(actor, job) or works_on_it or may_manage_jobs(actor)


# ---------------------------------------------------------------- contracts and reviews
def contract_side(actor: Actor, contract: Contract) -> Literal["buyer", "artist"] | None:
    """Which of its two sides the actor is; None for everybody else."""
    if actor.pk is None:
        return None
    if contract.buyer_id == actor.pk:
        return "buyer"
    return "artist" if contract.artist_id == actor.pk else None


def may_change_contract(actor: Actor, contract: Contract) -> bool:
    """Its terms are the buyer's to write."""
    return contract_side(actor, contract) == "buyer"


def contracts_visible_to(actor: Actor) -> QuerySet[Contract]:
    """One's own on either side, a draft on the buyer's only; all of them for staff."""
    if may_manage_jobs(actor):
        return Contract.objects.all()
    if actor.pk is None:
        return Contract.objects.none()
    return Contract.objects.filter(Q(buyer=actor.pk) | Q(artist=actor.pk) & ~Q(status=ContractStatus.DRAFT))


def is_author(actor: Actor, review: Review) -> bool:
    return actor.pk is not None and review.reviewer_id == actor.pk


def may_remove_reviews(actor: Actor) -> bool:
    """Staff, for what breaks the rules."""
    return level(actor) >= STAFF


# ---------------------------------------------------------------- bounties
def bounties_visible_to(actor: Actor) -> QuerySet[Bounty]:
    """All that were not deleted, but those of a deactivated account; who won one still sees it."""
    rows = Bounty.objects.filter(removed_at=None)
    if may_manage_jobs(actor):
        return rows
    public = Q(creator__is_active=True)
    return rows.filter(public if actor.pk is None else public | Q(winner=actor.pk))


def is_bounty_creator(actor: Actor, bounty: Bounty) -> bool:
    return actor.pk is not None and bounty.creator_id == actor.pk


def may_manage_bounty(actor: Actor, bounty: Bounty) -> bool:
    """Its creator; administrators change words and close it, but spend nobody's money."""
    return is_bounty_creator(actor, bounty) or level(actor) >= ADMINISTRATOR
