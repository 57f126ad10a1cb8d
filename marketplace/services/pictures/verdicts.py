"""What follows from a check, an approval, a rejection or an appeal, for a picture and for the work it belongs to.

Everything here runs in the caller's transaction, which holds the gate and the locked artwork.
"""

from django.utils import timezone

from accounts.actors import SYSTEM, Actor, person
from marketplace import policies
from marketplace.choices import AppealState, Status, Verdict
from marketplace.errors import NotChecked
from marketplace.models import Appeal, Artwork, Picture
from marketplace.services.gate import picture_enter
from marketplace.services.listings import status_change
from marketplace.services.pictures.uploads import picture_discard


def held_pictures(artwork: Artwork) -> list[Picture]:
    """The pictures that wait for a moderator, the newest first."""
    return list(artwork.pictures.select_for_update().filter(verdict=Verdict.HELD).order_by("-pk"))


def picture_waiting(artwork: Artwork) -> int | None:
    """The id of the picture that a decision about the artwork is about; 0 for a work without one, None where no
    decision is waited for."""
    held = next(iter(held_pictures(artwork)), None)
    if held is not None:
        return held.pk
    return artwork.picture_id or 0 if artwork.status == Status.PENDING else None


def require_checked(artwork: Artwork) -> None:
    if artwork.picture is None or not artwork.picture.is_checked:
        raise NotChecked


def picture_pass(picture: Picture, *, artwork: Artwork, actor: Actor = SYSTEM) -> None:
    """A picture is no copy: show it. A trusted artist's work goes on sale with it, else a moderator looks at it, and
    who bought the work has the one before until then."""
    live_at_once = policies.goes_live_at_once(artwork)
    if picture.pk != artwork.picture_id:
        waits = artwork.status != Status.APPROVED or not live_at_once
        if not _show(picture, artwork=artwork, keep_sold=waits):
            picture_discard(picture)
            return
        if artwork.status == Status.REJECTED or (artwork.status == Status.APPROVED and not live_at_once):
            status_change(artwork, Status.PENDING, actor=actor, reason="The picture was replaced.")
    if artwork.status == Status.PENDING and live_at_once:
        status_change(artwork, Status.APPROVED, actor=actor)
    sold_let_go(artwork)


def sold_let_go(artwork: Artwork) -> None:
    """Once the work is on sale with its new picture, its buyers get that one, and the one before is not kept longer."""
    former = artwork.sold_picture
    if former is None or artwork.status != Status.APPROVED:
        return
    artwork.sold_picture = None
    artwork.save(update_fields=["sold_picture"])
    if former.pk != artwork.picture_id and former.verdict != Verdict.REFUSED:
        picture_discard(former)


def picture_clear(picture: Picture, *, artwork: Artwork, actor: Actor) -> bool:
    """A moderator says it is no copy: it is the artist's own, and is shown unless a newer one is. Whether it is."""
    picture.verdict = Verdict.CLEARED
    picture.origin_id = picture.owner_id
    picture.save(update_fields=["verdict", "origin"])
    picture_enter(picture)
    _appeals_close(picture, AppealState.ACCEPTED, actor=actor)
    return picture.pk == artwork.picture_id or _show(picture, artwork=artwork)


def picture_refuse(picture: Picture, *, actor: Actor) -> None:
    """A moderator says it is a copy: its origin is the other work's, whose artist may go on using it."""
    picture.verdict = Verdict.REFUSED
    if picture.matched is not None:
        shown = Picture.objects.filter(artwork=picture.matched_id).order_by("pk").first()
        picture.origin_id = shown.origin_id if shown is not None else picture.matched.seller_id
    picture.save(update_fields=["verdict", "origin"])
    picture_enter(picture)
    _appeals_close(picture, AppealState.DECLINED, actor=actor)


def _show(picture: Picture, *, artwork: Artwork, keep_sold: bool = False) -> bool:
    """Make it the shown one and let go of those before; with `keep_sold` not of the one that was approved, if any was.
    False when a newer one is shown already."""
    before = artwork.picture
    if before is not None and before.pk > picture.pk:
        return False
    if keep_sold and artwork.approved_at is not None and artwork.sold_picture_id is None:
        artwork.sold_picture = before
    artwork.picture = picture
    artwork.save(update_fields=["picture", "sold_picture", "updated_at"])
    # Refused ones stay: later uploads of them are to be recognised.
    for older in artwork.pictures.filter(pk__lt=picture.pk).exclude(verdict=Verdict.REFUSED):
        if older.pk != artwork.sold_picture_id:
            picture_discard(older)
    return True


def _appeals_close(picture: Picture, state: AppealState, *, actor: Actor) -> None:
    Appeal.objects.filter(picture=picture, state=AppealState.OPEN).update(
        state=state, decided_by=person(actor), decided_at=timezone.now()
    )
