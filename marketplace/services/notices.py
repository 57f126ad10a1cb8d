"""What people are told about their works, files and appeals. Call these in the transaction that causes them."""

from collections.abc import Sequence

from accounts.choices import NotificationType
from accounts.models import User
from accounts.services.notifications import notification_send
from config.core.comments import PageComment
from marketplace.choices import Kind, MeshState, Verdict
from marketplace.models import Appeal, Artwork, Listing, MeshFile, Model3D


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


def work_archived(work: Listing, *, reason: str) -> None:
    _about_archive(work, "archived", f'Staff have taken "{work.title}" off the marketplace.', reason)


def work_restored(work: Listing) -> None:
    _about_archive(work, "restored", f'Staff have brought "{work.title}" back.')


def _about_archive(work: Listing, what: str, message: str, reason: str = "") -> None:
    is_artwork = work.kind == Kind.ARTWORK
    notification_send(
        user=work.seller,
        notification_type=NotificationType.ARTWORK_REJECTED if is_artwork else NotificationType.MODEL_REJECTED,
        title=f"{'Artwork' if is_artwork else '3-D model'} {what}",
        message=f"{message} {reason}".strip(),
        data={"artwork_id" if is_artwork else "model_id": work.pk},
    )


def picture_held(artwork: Artwork) -> None:
    notification_send(
        user=artwork.seller,
        notification_type=NotificationType.ARTWORK_HELD,
        title="Artwork waits for a moderator",
        message=f'The picture of "{artwork.title}" resembles another work, so a moderator looks at it first.',
        data={"artwork_id": artwork.pk},
    )


def appeal_decided(appeal: Appeal, works: Sequence[Listing]) -> None:
    """`works` are the artwork, or the models that show the file, of which there may be none any more."""
    outcome = "accepted" if appeal.state == "accepted" else "declined"
    about = ", ".join(f'"{work.title}"' for work in works) or (appeal.mesh.file_name if appeal.mesh else "")
    ids = {("artwork_id" if work.kind == Kind.ARTWORK else "model_id"): work.pk for work in works[:1]}
    notification_send(
        user=appeal.author,
        notification_type=NotificationType.APPEAL_DECIDED,
        title=f"Appeal {outcome}",
        message=f"Your appeal about {about} was {outcome}." + (f" {appeal.answer}" if appeal.answer else ""),
        data=ids | {"appeal_id": appeal.pk},
    )


def mesh_analysed(mesh: MeshFile, *, model_ids: list[int]) -> None:
    """The analysis of a file has ended, whatever came of it."""
    if mesh.state == MeshState.FAILED:
        title, message = "Your 3-D file cannot be used", f"{mesh.file_name}: {mesh.error}"
    elif mesh.verdict == Verdict.REFUSED:
        title, message = "Your 3-D file is a copy", f"The shape of {mesh.file_name} is that of somebody else's model."
    elif mesh.verdict == Verdict.HELD:
        title = "Your 3-D file waits for a moderator"
        message = f"The shape of {mesh.file_name} resembles another model, so a moderator looks at it first."
    else:
        title = "Your 3-D file is ready"
        message = f"{mesh.file_name}: {mesh.triangle_count} triangles, {mesh.part_count} part(s)."
    notification_send(
        user=mesh.owner,
        notification_type=NotificationType.MODEL_ANALYSED,
        title=title,
        message=message,
        data={"mesh_id": mesh.pk, "model_ids": model_ids, "state": mesh.state, "verdict": mesh.verdict},
    )


def model_approved(model: Model3D) -> None:
    notification_send(
        user=model.seller,
        notification_type=NotificationType.MODEL_APPROVED,
        title="3-D model approved",
        message=f'"{model.title}" is on sale now.',
        data={"model_id": model.pk},
        email="model_approved",
        email_context={"model_id": model.pk, "model_name": model.title},
    )


def model_rejected(model: Model3D, *, reason: str) -> None:
    notification_send(
        user=model.seller,
        notification_type=NotificationType.MODEL_REJECTED,
        title="3-D model rejected",
        message=f'"{model.title}" was not accepted.' + (f" {reason}" if reason else ""),
        data={"model_id": model.pk, "reason": reason},
        email="model_rejected",
        email_context={"model_id": model.pk, "model_name": model.title, "reason": reason},
    )


def listing_liked(listing: Listing, *, by: User) -> None:
    notification_send(
        user=listing.seller,
        notification_type=NotificationType.NEW_LIKE,
        title="New like",
        message=f'{by.username} liked "{listing.title}".',
        data={"model_id": listing.pk, "user_id": by.pk, "username": by.username},
    )


def comment_written(
    comment: PageComment, *, to: User, title: str, link: str, named: str, about: dict[str, int]
) -> None:
    """To who made the page of that title, or to the author of the comment that this one answers. `named` is what its
    author is called in the list, `about` the id of the page."""
    author: User = comment.author
    notification_send(
        user=to,
        notification_type=NotificationType.NEW_COMMENT,
        title="New comment",
        message=f'{named} commented on "{title}".',
        data=about | {"comment_id": comment.pk, "user_id": author.pk, "username": author.username},
        email="comment_notification",
        email_context={
            "commenter_name": author.get_full_name() or author.username,
            "title": title,
            "comment": comment.content,
            "link": link,
        },
    )
