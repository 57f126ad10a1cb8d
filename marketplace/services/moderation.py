"""What moderators decide about artworks, each decision with its entry in the audit trail."""

from collections.abc import Iterable
from typing import Final

from django.db import transaction

from accounts.actors import Actor
from config.core.audit import audited
from config.core.bulk import BulkOutcome, for_each
from config.core.errors import Denied
from marketplace import policies
from marketplace.choices import BulkAction, Status, Verdict
from marketplace.models import Artwork
from marketplace.services import notices
from marketplace.services.gate import gate_lock
from marketplace.services.listings import artwork_lock, require_waiting, status_change
from marketplace.services.pictures import verdicts

RECORDED: Final = ("status", "is_available", "is_featured", "picture_id")
GATED: Final = frozenset({BulkAction.APPROVE, BulkAction.REJECT})
"""What may say of a picture that it is a copy, or none."""


def artwork_approve(*, actor: Actor, artwork_id: int, seen: int | None = None) -> Artwork:
    """Put an artwork on sale. A picture that was held or refused as a copy is cleared by it, a held replacement shown.

    `seen` is the id of the picture that the moderator looked at: then it is decided only while that one waits.
    Raises Denied, Missing, NotChecked (its picture has not been compared yet), WrongStatus (archived) and Conflict
    (decided meanwhile, or another picture waits). Approving again changes nothing.
    """
    return _decide(actor, BulkAction.APPROVE, artwork_id, seen=seen)[0]


def artwork_reject(*, actor: Actor, artwork_id: int, reason: str = "", seen: int | None = None) -> Artwork:
    """Decide against what waits for a decision: a held replacement of a work on sale, which goes on with its old
    picture; else the work itself. A picture that was held as a likely copy counts as one from then on.

    `seen` is as when it is approved. Raises Denied, Missing, WrongStatus (archived) and Conflict. Rejecting again
    changes nothing.
    """
    return _decide(actor, BulkAction.REJECT, artwork_id, reason, seen)[0]


def artwork_feature(*, actor: Actor, artwork_id: int, featured: bool) -> Artwork:
    """Show it among the featured ones, or no longer. Raises Denied and Missing."""
    return _decide(actor, BulkAction.FEATURE if featured else BulkAction.UNFEATURE, artwork_id)[0]


def artworks_bulk(*, actor: Actor, artwork_ids: Iterable[int], action: BulkAction, reason: str = "") -> BulkOutcome:
    """One decision about many artworks, each in its own transaction: one that is refused does not undo the others."""
    if not policies.may_moderate(actor):
        raise Denied
    return for_each(artwork_ids, lambda artwork_id: _decide(actor, action, artwork_id, reason)[1])


def _decide(
    actor: Actor, action: BulkAction, artwork_id: int, reason: str = "", seen: int | None = None
) -> tuple[Artwork, bool]:
    """The artwork, and whether it is different now."""
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        if action in GATED:
            gate_lock()
        artwork = artwork_lock(artwork_id)
        if seen is not None:
            require_waiting(artwork, verdicts.picture_waiting(artwork), seen)
        before = _state(artwork)
        with audited(actor, f"artwork.{action}", artwork, *RECORDED, reason=reason or None):
            match action:
                case BulkAction.APPROVE:
                    _approve(artwork, actor)
                case BulkAction.REJECT:
                    _reject(artwork, actor, reason)
                case BulkAction.FEATURE | BulkAction.UNFEATURE:
                    artwork.is_featured = action == BulkAction.FEATURE
                    artwork.save(update_fields=["is_featured", "updated_at"])
        return artwork, before != _state(artwork)


def _approve(artwork: Artwork, actor: Actor) -> None:
    verdicts.require_checked(artwork)
    held = next(iter(verdicts.held_pictures(artwork)), None)
    if held is None and artwork.picture is not None and artwork.picture.verdict == Verdict.REFUSED:
        held = artwork.picture
    was_on_sale = policies.is_live(artwork)
    status_change(artwork, Status.APPROVED, actor=actor)
    if held is not None:
        verdicts.picture_clear(held, artwork=artwork, actor=actor)
    verdicts.sold_let_go(artwork)
    if not artwork.is_available:
        artwork.is_available = True
        artwork.save(update_fields=["is_available", "updated_at"])
    if held is not None or not was_on_sale:
        notices.artwork_approved(artwork)


def _reject(artwork: Artwork, actor: Actor, reason: str) -> None:
    held = verdicts.held_pictures(artwork)
    for picture in held:
        verdicts.picture_refuse(picture, actor=actor)
    if held and artwork.status == Status.APPROVED and artwork.picture_id not in [picture.pk for picture in held]:
        notices.replacement_rejected(artwork, reason=reason)
    elif artwork.status != Status.REJECTED:
        status_change(artwork, Status.REJECTED, actor=actor, reason=reason)
        notices.artwork_rejected(artwork, reason=reason)


def _state(artwork: Artwork) -> list[object]:
    return [getattr(artwork, name) for name in RECORDED]
