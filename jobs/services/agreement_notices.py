"""What buyers and artists are told about contracts and reviews. Call these in the transaction that causes them."""

from accounts.choices import NotificationType
from accounts.models import User
from accounts.services.notifications import notification_send
from jobs.models import Contract, Review


def contract_offered(contract: Contract) -> None:
    _tell(
        contract.artist,
        contract,
        NotificationType.CONTRACT_CREATED,
        "New contract",
        f'{contract.buyer.username} made a contract for "{contract.job.title}". Read it and sign it.',
    )


def contract_changed(contract: Contract) -> None:
    """The artist may have read other terms before."""
    _tell(
        contract.artist,
        contract,
        NotificationType.CONTRACT_CREATED,
        "Contract changed",
        f'{contract.buyer.username} changed the contract for "{contract.job.title}". Read it again before you sign it.',
    )


def contract_withdrawn(contract: Contract, *, by: User) -> None:
    """Said before it is deleted, to the other side."""
    other = contract.artist if by.pk == contract.buyer_id else contract.buyer
    _tell(
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
            _tell(user, contract, NotificationType.CONTRACT_SIGNED, "Contract active", message)
        return
    other = contract.artist if by.pk == contract.buyer_id else contract.buyer
    message = f'{by.username} signed the contract for "{title}". Your signature makes it active.'
    _tell(other, contract, NotificationType.CONTRACT_SIGNED, "Contract signed", message)


def review_received(review: Review) -> None:
    stars = "1 star" if review.rating == 1 else f"{review.rating} stars"
    notification_send(
        user=review.artist,
        notification_type=NotificationType.NEW_REVIEW,
        title="New review",
        message=f'{review.reviewer.username} gives your work on "{review.job.title}" {stars}.',
        data={"review_id": review.pk, "job_id": review.job_id, "rating": review.rating},
    )


def _tell(user: User, contract: Contract, notification_type: NotificationType, title: str, message: str) -> None:
    notification_send(
        user=user,
        notification_type=notification_type,
        title=title,
        message=message,
        data={"contract_id": contract.pk, "job_id": contract.job_id},
    )
