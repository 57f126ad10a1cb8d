"""What artists are told about their works. Call these in the transaction that causes them."""

from community.choices import NotificationType
from community.services.notifications import notification_send
from marketplace.models import Appeal, Artwork


def artwork_approved(artwork: Artwork) -> None:
    notification_send(
        user=artwork.seller,
        notification_type=NotificationType.ARTWORK_APPROVED,
        title="Artwork approved",
        message=f'"{artwork.title}" is on sale now.',
        data={"artwork_id": artwork.pk},
        email="artwork_approved",
        email_context={"artwork_id": artwork.pk, "title": artwork.title, "reason": ""},
    )


def artwork_rejected(artwork: Artwork, *, reason: str) -> None:
    notification_send(
        user=artwork.seller,
        notification_type=NotificationType.ARTWORK_REJECTED,
        title="Artwork rejected",
        message=f'"{artwork.title}" was not accepted.' + (f" {reason}" if reason else ""),
        data={"artwork_id": artwork.pk},
        email="artwork_rejected",
        email_context={"artwork_id": artwork.pk, "title": artwork.title, "reason": reason},
    )


def replacement_rejected(artwork: Artwork, *, reason: str) -> None:
    """The work itself stays as it is."""
    message = f'The new picture of "{artwork.title}" was not accepted; the one before stays.'
    notification_send(
        user=artwork.seller,
        notification_type=NotificationType.ARTWORK_REJECTED,
        title="New picture rejected",
        message=message + (f" {reason}" if reason else ""),
        data={"artwork_id": artwork.pk},
        email="artwork_rejected",
        email_context={"artwork_id": artwork.pk, "title": artwork.title, "reason": f"{message} {reason}".strip()},
    )


def picture_held(artwork: Artwork) -> None:
    notification_send(
        user=artwork.seller,
        notification_type=NotificationType.ARTWORK_HELD,
        title="Artwork waits for a moderator",
        message=f'The picture of "{artwork.title}" resembles another work, so a moderator looks at it first.',
        data={"artwork_id": artwork.pk},
    )


def appeal_decided(appeal: Appeal, artwork: Artwork) -> None:
    outcome = "accepted" if appeal.state == "accepted" else "declined"
    notification_send(
        user=appeal.author,
        notification_type=NotificationType.APPEAL_DECIDED,
        title=f"Appeal {outcome}",
        message=f'Your appeal about "{artwork.title}" was {outcome}.' + (f" {appeal.answer}" if appeal.answer else ""),
        data={"artwork_id": artwork.pk, "appeal_id": appeal.pk},
    )
