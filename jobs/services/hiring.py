"""From the choice of a bid to the end of the work: hire, deliver, ask for changes, complete, cancel."""

from decimal import Decimal
from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from accounts.services.accounts import deals
from config.core.announce import announce
from config.core.audit import audited
from config.core.errors import Denied, Invalid
from config.core.money import shown
from jobs import policies
from jobs.choices import BidStatus, JobStatus
from jobs.errors import DeadlinePassed, DisputeOpen, JobPaid, WrongJobStatus
from jobs.models import Bid, Job, JobChange
from jobs.services import notices
from jobs.services.amounts import amount_checked
from jobs.services.endings import job_call_off, job_finish
from jobs.services.jobs import job_lock_as_buyer, job_lock_visible
from jobs.services.states import bids_pending_lock, bids_status_change, job_lock, job_status_change


def job_hire(*, actor: User, job_id: int, bid_id: int, final_amount: Decimal | None = None) -> Job:
    """Choose a bid for one's own open job: its artist is hired for `final_amount`, or for what was bid.

    The other bids are rejected, and everybody is told. Raises Missing, Denied, WrongJobStatus, DeadlinePassed and
    Invalid (`bid_id`, `final_amount`).
    """
    with transaction.atomic():
        job = job_lock_as_buyer(actor, job_id)
        if job.status != JobStatus.OPEN:
            raise WrongJobStatus(f"The job is {job.status}; an artist is hired for an open job.")
        if job.deadline <= timezone.now():  # it closes within minutes
            raise DeadlinePassed
        bids = bids_pending_lock(job)
        chosen = _chosen(bids, bid_id)
        agreed = chosen.bid_amount
        if final_amount is not None:
            agreed = amount_checked(final_amount, job.currency, field="final_amount")
        _hire(job, chosen, agreed, actor=actor)
        others = [bid for bid in bids if bid.pk != chosen.pk]
        bids_status_change([chosen], BidStatus.ACCEPTED)
        bids_status_change(others, BidStatus.REJECTED)
        notices.bid_accepted(chosen, job=job)
        for bid in others:
            notices.bid_rejected(bid, job=job, because="another artist was hired")
    return job


def job_deliver(*, actor: User, job_id: int) -> Job:
    """The hired artist says that the work is done; the buyer is told. Raises Missing, Denied and WrongJobStatus."""
    with transaction.atomic():
        job = job_lock_visible(actor, job_id)
        if not policies.is_hired_artist(actor, job):
            raise Denied("Only the hired artist can do this.")
        if job.status != JobStatus.IN_PROGRESS:
            raise WrongJobStatus(f"The job is {job.status}; only work in progress is delivered.")
        if job.delivered_at is not None:
            raise WrongJobStatus("The work was delivered already.")
        _turn(job, actor=actor, delivered=True, reason="delivered")
        notices.job_delivered(job)
    return job


def job_return(*, actor: User, job_id: int, message: str) -> Job:
    """The buyer sends delivered work back, saying what is to be changed; the artist is told.

    Raises Missing, Denied and WrongJobStatus.
    """
    with transaction.atomic():
        job = job_lock_as_buyer(actor, job_id)
        if job.status != JobStatus.IN_PROGRESS or job.delivered_at is None:
            raise WrongJobStatus("Only work that was delivered can be sent back.")
        _turn(job, actor=actor, delivered=False, reason=f"changes requested: {message}")
        notices.job_returned(job, message=message)
    return job


def job_complete(*, actor: User, job_id: int) -> Job:
    """The buyer accepts the work. That releases no money (see commerce.services.escrow.holds).

    Raises Missing, Denied, WrongJobStatus, and DisputeOpen until staff have decided.
    """
    with transaction.atomic():
        job = job_lock_as_buyer(actor, job_id)
        if job.disputed_at is not None:
            raise DisputeOpen
        job_finish(job, actor=actor)
    return job


def job_cancel(*, actor: Actor, job_id: int, reason: str = "") -> Job:
    """Call a job off; what is held for it goes back to the buyer.

    Its buyer may while it is open, or in progress with nothing paid in; its artist while it is in progress; staff as
    long as it is not completed, which the audit trail says of them. Raises Missing, Denied, WrongJobStatus and JobPaid.
    """
    with transaction.atomic():
        job = job_lock_visible(actor, job_id)
        _check_may_cancel(actor, job)
        if policies.is_buyer(actor, job) or policies.is_hired_artist(actor, job):
            _cancel(job, actor=actor, reason=reason)
        else:
            _cancel_by_staff(job, actor=actor, reason=reason)
    return job


def job_close(*, actor: Actor, job_id: int, reason: str = "") -> Job:
    """Staff call off a job that is open or in progress; what is held for it goes back to its buyer.

    Raises Denied, Missing, WrongJobStatus, and JobPaid to the one who owes its artist.
    """
    if not policies.may_manage_jobs(actor):
        raise Denied
    with transaction.atomic():
        job = job_lock(job_id)
        _check_may_cancel(actor, job)
        _cancel_by_staff(job, actor=actor, reason=reason)
    return job


# ---------------------------------------------------------------- parts
def _chosen(bids: list[Bid], bid_id: int) -> Bid:
    chosen = next((bid for bid in bids if bid.pk == bid_id), None)
    if chosen is None:
        raise Invalid(f'Invalid pk "{bid_id}" - object does not exist.', field="bid_id")
    # Whoever closes or deletes the account locks it as well, and looks for work under way.
    chosen.artist = User.objects.select_for_update(no_key=True).get(pk=chosen.artist_id)
    if not deals(chosen.artist) or not policies.may_bid(chosen.artist):
        raise Invalid("This artist can no longer be hired.", field="bid_id")
    return chosen


def _hire(job: Job, bid: Bid, amount: Decimal, *, actor: User) -> None:
    job.hired_artist, job.hired_bid, job.final_amount = bid.artist, bid, amount
    job.hired_at = timezone.now()
    job.reminded_at = None  # the deadline is the artist's from now on
    job.save(update_fields=["hired_artist", "hired_bid", "final_amount", "hired_at", "reminded_at", "updated_at"])
    reason = f"hired {bid.artist.username} for {job.currency} {shown(amount, job.currency)}"
    reason += f", who bid {shown(bid.bid_amount, job.currency)}"
    job_status_change(job, JobStatus.IN_PROGRESS, actor=actor, reason=reason)


def _turn(job: Job, *, actor: User, delivered: bool, reason: str) -> None:
    """Whose turn it is stands in the history as well, since a dispute may be about it."""
    job.delivered_at = timezone.now() if delivered else None
    job.save(update_fields=["delivered_at", "updated_at"])
    JobChange.objects.create(job=job, before=job.status, after=job.status, reason=reason[:500], actor=actor)


def _cancel_by_staff(job: Job, *, actor: Actor, reason: str) -> None:
    with audited(actor, "job.close", job, "status", payments=partial(_payments_of, job), reason=reason):
        _cancel(job, actor=actor, reason=reason)


def _cancel(job: Job, *, actor: Actor, reason: str) -> None:
    announce("jobs.called_off", job=job, actor=actor, reason=reason)
    job_call_off(job, actor=actor, reason=reason)


def _payments_of(job: Job) -> dict[str, str]:
    """The one look at what stands above: for the audit entry, which says what became of the money."""
    return dict(job.payments.order_by("pk").values_list("transaction_id", "status"))


def _check_may_cancel(actor: Actor, job: Job) -> None:
    is_buyer, is_artist = policies.is_buyer(actor, job), policies.is_hired_artist(actor, job)
    if not (is_buyer or is_artist or policies.may_manage_jobs(actor)):
        raise Denied("Only the job's buyer and its artist can cancel it.")
    if job.status not in (JobStatus.OPEN, JobStatus.IN_PROGRESS):
        raise WrongJobStatus(f"The job is {job.status} and can no longer be cancelled.")
    # Nor may staff refund what they themselves owe an artist.
    if is_buyer and job.paid_at is not None:
        raise JobPaid
