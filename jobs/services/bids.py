"""Bids: placed, changed and withdrawn by artists while nobody has decided on them."""

from decimal import Decimal
from typing import TypedDict

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from config.core.announce import announce
from config.core.errors import Denied, Invalid, Missing
from config.core.money import shown
from jobs import policies
from jobs.choices import BidStatus, JobStatus
from jobs.errors import AlreadyBid, DeadlinePassed, OwnJob, WrongBidStatus, WrongJobStatus
from jobs.models import Bid, Job
from jobs.services import notices
from jobs.services.amounts import amount_checked, days_checked
from jobs.services.jobs import job_lock_visible


class BidChanges(TypedDict, total=False):
    bid_amount: Decimal
    delivery_time: int
    cover_letter: str


def bid_place(*, actor: User, job_id: int, bid_amount: Decimal, delivery_time: int, cover_letter: str) -> Bid:
    """Offer to do an open job. Its buyer is told.

    Raises Denied (the actor does not sell, or its buyer has blocked them), Invalid (`job_id`, `bid_amount`,
    `delivery_time`), WrongJobStatus, DeadlinePassed, OwnJob, and AlreadyBid for a second one.
    """
    if not policies.may_bid(actor):
        raise Denied("Only artists place bids.")
    with transaction.atomic():
        job = _job_lock(actor, job_id)
        if policies.is_buyer(actor, job):
            raise OwnJob(field="job_id")
        _check_takes_bids(job)
        if job.bids.filter(artist=actor).exclude(status=BidStatus.REJECTED).exists():
            raise AlreadyBid
        announce("jobs.offered", writer=actor, reader=job.buyer)
        bid = Bid(job=job, artist=actor, cover_letter=cover_letter)
        bid.bid_amount = _amount_checked(bid_amount, job)
        bid.delivery_time = days_checked(delivery_time, field="delivery_time")
        bid.save()
        notices.bid_placed(bid)
    return bid


def bid_change(*, actor: User, bid_id: int, changes: BidChanges, job_id: int | None = None) -> Bid:
    """Change one's own pending bid. An amount that stays as it was may lie outside of a budget changed meanwhile.

    A bid stays with its job: `job_id`, when given, must be that. Raises Missing, Denied, WrongBidStatus and Invalid
    (`job_id`, `bid_amount`, `delivery_time`).
    """
    with transaction.atomic():
        bid = _bid_lock(actor, bid_id)
        if job_id is not None and job_id != bid.job_id:
            raise Invalid("A bid stays with its job.", field="job_id")
        if "bid_amount" in changes and changes["bid_amount"] != bid.bid_amount:
            bid.bid_amount = _amount_checked(changes["bid_amount"], bid.job)
        if "delivery_time" in changes:
            bid.delivery_time = days_checked(changes["delivery_time"], field="delivery_time")
        if "cover_letter" in changes:
            bid.cover_letter = changes["cover_letter"]
        bid.save(update_fields=[*changes, "updated_at"])
    return bid


def bid_withdraw(*, actor: User, bid_id: int) -> None:
    """Take back one's own pending bid, as if it had never been. Raises Missing, Denied and WrongBidStatus."""
    with transaction.atomic():
        _bid_lock(actor, bid_id).delete()


def _job_lock(actor: User, job_id: int) -> Job:
    try:
        return job_lock_visible(actor, job_id)
    except Missing:
        raise Invalid(f'Invalid pk "{job_id}" - object does not exist.', field="job_id") from None


def _check_takes_bids(job: Job) -> None:
    if job.status != JobStatus.OPEN:
        raise WrongJobStatus(f"The job is {job.status}; only an open job takes bids.")
    if job.deadline <= timezone.now():  # it closes within minutes
        raise DeadlinePassed


def _bid_lock(actor: User, bid_id: int) -> Bid:
    """The actor's own pending bid, locked after its job, as everywhere: so nobody is hired by it meanwhile."""
    bid = policies.bids_visible_to(actor).filter(pk=bid_id).first()
    if bid is None:
        raise Missing("Bid")
    if not policies.is_bidder(actor, bid):
        raise Denied("Only the artist who placed a bid can change it.")
    job = Job.objects.select_for_update(of=("self",)).filter(pk=bid.job_id).first()
    locked = Bid.objects.select_for_update(of=("self",)).select_related("artist").filter(pk=bid_id).first()
    if job is None or locked is None:  # withdrawn, or gone with its job, a moment ago
        raise Missing("Bid")
    if locked.status != BidStatus.PENDING:
        raise WrongBidStatus(f"The bid is {locked.status}; only a pending bid can be changed or withdrawn.")
    locked.job = job
    return locked


def _amount_checked(amount: Decimal, job: Job) -> Decimal:
    amount = amount_checked(amount, job.currency, field="bid_amount")
    if not job.budget_min <= amount <= job.budget_max:
        least, most = shown(job.budget_min, job.currency), shown(job.budget_max, job.currency)
        raise Invalid(f"The amount must lie within the job's budget, {least} to {most}.", field="bid_amount")
    return amount
