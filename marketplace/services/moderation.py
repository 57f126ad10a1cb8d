"""What moderators decide about artworks."""

from django.db import transaction

from accounts.actors import Actor
from config.core.errors import Denied
from marketplace import policies
from marketplace.choices import Status, Verdict
from marketplace.models import Artwork
from marketplace.services import notices
from marketplace.services.gate import gate_lock
from marketplace.services.listings import artwork_lock, status_change
from marketplace.services.pictures import verdicts


def artwork_approve(*, actor: Actor, artwork_id: int) -> Artwork:
    """Put an artwork on sale. A picture that was held or refused as a copy is cleared by it, a held replacement shown.

    Raises Denied, Missing, NotChecked (its picture has not been compared yet) and WrongStatus (archived). Approving
    again changes nothing.
    """
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        gate_lock()
        artwork = artwork_lock(artwork_id)
        verdicts.require_checked(artwork)
        held = next(iter(verdicts.held_pictures(artwork)), None)
        if held is None and artwork.picture is not None and artwork.picture.verdict == Verdict.REFUSED:
            held = artwork.picture
        was_on_sale = policies.is_live(artwork)
        status_change(artwork, Status.APPROVED, actor=actor)
        if held is not None:
            verdicts.picture_clear(held, artwork=artwork, actor=actor)
        if not artwork.is_available:
            artwork.is_available = True
            artwork.save(update_fields=["is_available", "updated_at"])
        if held is not None or not was_on_sale:
            notices.artwork_approved(artwork)
        return artwork


def artwork_reject(*, actor: Actor, artwork_id: int, reason: str = "") -> Artwork:
    """Decide against what waits for a decision: a held replacement of a work on sale, which goes on with its old
    picture; else the work itself. A picture that was held as a likely copy counts as one from then on.

    Raises Denied, Missing and WrongStatus (archived). Rejecting again changes nothing.
    """
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        gate_lock()
        artwork = artwork_lock(artwork_id)
        held = verdicts.held_pictures(artwork)
        for picture in held:
            verdicts.picture_refuse(picture, actor=actor)
        if held and artwork.status == Status.APPROVED and artwork.picture_id not in [picture.pk for picture in held]:
            notices.replacement_rejected(artwork, reason=reason)
            return artwork
        if artwork.status != Status.REJECTED:
            status_change(artwork, Status.REJECTED, actor=actor, reason=reason)
            notices.artwork_rejected(artwork, reason=reason)
        return artwork


def artwork_feature(*, actor: Actor, artwork_id: int, featured: bool) -> Artwork:
    """Show it among the featured ones, or no longer. Raises Denied and Missing."""
    if not policies.may_moderate(actor):
        raise Denied
    with transaction.atomic():
        artwork = artwork_lock(artwork_id)
        artwork.is_featured = featured
        artwork.save(update_fields=["is_featured", "updated_at"])
        return artwork
