"""What buyers and artists are told about jobs, bids, contracts and reviews, in the transaction that causes it."""

from datetime import UTC
from decimal import Decimal

from accounts.actors import Actor
from accounts.choices import NotificationType
from accounts.models import User
from accounts.services.notifications import notification_send
from config.core.money import shown
from jobs.models import Bid, Contract, Job, Review


def bid_placed(bid: Bid) -> None:
    """In the words that CultureUp's document gives."""
    notification_send(
        user=bid.job.buyer,
        notification_type=NotificationType.NEW_BID,
        title="New Bid Received",
        message=f"You received a new bid from {bid.artist.username} on your job '{bid.job.title}'",
        data=_about(bid.job, bid)
        | {"bid_amount": shown(bid.bid_amount, bid.job.currency), "delivery_time": bid.delivery_time},
    )


def bid_accepted(bid: Bid, *, job: Job) -> None:
    """Says so when what was agreed on differs from what was bid."""
    final = job.final_amount or bid.bid_amount
    agreed = _amount(final, job)
    differs = "" if final == bid.bid_amount else f" instead of the {_amount(bid.bid_amount, job)} you bid"
    notification_send(
        user=bid.artist,
        notification_type=NotificationType.BID_ACCEPTED,
        title="You are hired",
        message=f'{job.buyer.username} hires you for "{job.title}", for {agreed}{differs}.',
        data=_about(job, bid)
        | {"final_amount": shown(final, job.currency), "bid_amount": shown(bid.bid_amount, job.currency)},
    )


def bid_rejected(bid: Bid, *, job: Job, because: str) -> None:
    notification_send(
        user=bid.artist,
        notification_type=NotificationType.BID_REJECTED,
        title="Bid not accepted",
        message=f'Your bid on "{job.title}" was not accepted: {because}.',
        data=_about(job, bid),
    )


def job_delivered(job: Job) -> None:
    _tell(
        job.buyer,
        job,
        NotificationType.JOB_DELIVERED,
        "Work delivered",
        f'{_artist(job).username} says that "{job.title}" is done. Complete the job, or ask for changes.',
    )


def job_returned(job: Job, *, message: str) -> None:
    """The words are the buyer's own."""
    _tell(
        _artist(job),
        job,
        NotificationType.JOB_RETURNED,
        "Changes requested",
        f'{job.buyer.username} asks for changes to "{job.title}": {message}',
    )


def job_completed(job: Job, *, actor: Actor) -> None:
    for user in _others(job, actor):
        _tell(user, job, NotificationType.JOB_COMPLETED, "Job completed", f'"{job.title}" is completed.')


def job_cancelled(job: Job, *, actor: Actor, reason: str) -> None:
    for user in _others(job, actor):
        message = f'"{job.title}" was called off.' + (f" {reason}" if reason else "")
        _tell(user, job, NotificationType.JOB_CANCELLED, "Job cancelled", message)


def deadline_near(job: Job) -> None:
    """Whoever has to act before it: the artist who is at work, or the buyer who has hired nobody yet."""
    user = job.buyer if job.hired_artist is None else job.hired_artist
    moment = f"{job.deadline.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    _tell(user, job, NotificationType.JOB_DEADLINE, "Deadline approaching", f'"{job.title}" is due on {moment}.')


# ---------------------------------------------------------------- contracts and reviews
def contract_offered(contract: Contract) -> None:
    _tell_about_contract(
        contract.artist,
        contract,
        NotificationType.CONTRACT_CREATED,
        "New contract",
        f'{contract.buyer.username} made a contract for "{contract.job.title}". Read it and sign it.',
    )


def contract_changed(contract: Contract) -> None:
    """The artist may have read other terms before."""
    _tell_about_contract(
        contract.artist,
        contract,
        NotificationType.CONTRACT_CREATED,
        "Contract changed",
        f'{contract.buyer.username} changed the contract for "{contract.job.title}". Read it again before you sign it.',
    )


def contract_withdrawn(contract: Contract, *, by: User) -> None:
    """Said before it is deleted, to the other side."""
    other = contract.artist if by.pk == contract.buyer_id else contract.buyer
    _tell_about_contract(
        other,
        contract,
        NotificationType.CONTRACT_CREATED,
        "Contract withdrawn",
        f'{by.username} deleted the contract for "{contract.job.title}" before anybody signed it.',
    )


def contract_signed(contract: Contract, *, by: User) -> None:
    """After the first signature the other side is told; after the second both are."""
    title = contract.job.title
    if contract.is_fully_signed:
        for user in (contract.artist, contract.buyer):
            message = f'The contract for "{title}" is signed by both of you and is active now.'
            _tell_about_contract(user, contract, NotificationType.CONTRACT_SIGNED, "Contract active", message)
        return
    other = contract.artist if by.pk == contract.buyer_id else contract.buyer
    message = f'{by.username} signed the contract for "{title}". Your signature makes it active.'
    _tell_about_contract(other, contract, NotificationType.CONTRACT_SIGNED, "Contract signed", message)


def review_received(review: Review) -> None:
    stars = "1 star" if review.rating == 1 else f"{review.rating} stars"
    notification_send(
        user=review.artist,
        notification_type=NotificationType.NEW_REVIEW,
        title="New review",
        message=f'{review.reviewer.username} gives your work on "{review.job.title}" {stars}.',
        data={"review_id": review.pk, "job_id": review.job_id, "rating": review.rating},
    )


# ---------------------------------------------------------------- parts
def _tell(user: User, job: Job, notification_type: NotificationType, title: str, message: str) -> None:
    notification_send(user=user, notification_type=notification_type, title=title, message=message, data=_about(job))


def _tell_about_contract(
    user: User, contract: Contract, notification_type: NotificationType, title: str, message: str
) -> None:
    notification_send(
        user=user,
        notification_type=notification_type,
        title=title,
        message=message,
        data={"contract_id": contract.pk, "job_id": contract.job_id},
    )


def _parties(job: Job) -> list[User]:
    return [job.buyer] if job.hired_artist is None else [job.buyer, job.hired_artist]


def _others(job: Job, actor: Actor) -> list[User]:
    """Buyer and artist, without whoever does it."""
    return [user for user in _parties(job) if user.pk != actor.pk]


def _artist(job: Job) -> User:
    assert job.hired_artist is not None, "a job in progress has its artist"  # noqa: S101 (a database constraint)
    return job.hired_artist


def _about(job: Job, bid: Bid | None = None) -> dict[str, int | str]:
    return {"job_id": job.pk} if bid is None else {"job_id": job.pk, "bid_id": bid.pk}


def _amount(amount: Decimal, job: Job) -> str:
    return f"{job.currency} {shown(amount, job.currency)}"
