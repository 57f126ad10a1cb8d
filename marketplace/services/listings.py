"""What happens to listings of every kind: their status, changed here and nowhere else, with its history; their end."""

from typing import Final

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.actors import Actor, person
from accounts.choices import WebhookEvent
from accounts.models import User
from accounts.services.accounts import deals
from accounts.services.webhooks import webhook_event
from config.core.errors import Conflict, Missing
from config.core.models import AuditEntry
from config.core.money import shown
from marketplace.choices import STATUS_CHANGES, Status
from marketplace.errors import WrongStatus
from marketplace.models import Artwork, Listing, StatusChange

TOLD: Final = {Status.APPROVED: WebhookEvent.LISTING_APPROVED, Status.REJECTED: WebhookEvent.LISTING_REJECTED}


def artwork_lock(artwork_id: int) -> Artwork:
    """The artwork, locked until the transaction ends. Raises Missing."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("artwork_lock needs a transaction")
    rows = Artwork.objects.select_for_update(of=("self", "listing")).select_related("seller", "category", "picture")
    artwork = rows.filter(pk=artwork_id).first()
    if artwork is None:
        raise Missing("Artwork")
    return artwork


def status_begin(listing: Listing, *, actor: Actor) -> None:
    """The first line of a new listing's history."""
    StatusChange.objects.create(listing_id=listing.pk, before="", after=listing.status, actor=person(actor))


def status_change(listing: Listing, after: Status, *, actor: Actor, reason: str = "") -> None:
    """Give a locked listing another status, and write it down. The same status again changes nothing.

    Raises WrongStatus when the one may not follow the other.
    """
    before = listing.status
    if before == after:
        return
    if after not in STATUS_CHANGES[before]:
        raise WrongStatus(f"A listing that is {before} cannot become {after}.")
    listing.status = after
    if after == Status.APPROVED:
        listing.approved_at = timezone.now()
    listing.save(update_fields=["status", "approved_at", "updated_at"])
    StatusChange.objects.create(listing_id=listing.pk, before=before, after=after, reason=reason, actor=person(actor))
    if after in TOLD:
        webhook_event(
            TOLD[after],
            about=f"listing-{listing.pk}",
            people=[listing.seller_id],
            data={
                "listing_id": listing.pk,
                "kind": listing.kind,
                "seller_id": listing.seller_id,
                "status": after,
                "price": shown(listing.price, listing.currency),
                "currency": listing.currency,
            },
        )


def require_waiting(listing: Listing, waiting: int | None, seen: int) -> None:
    """That a locked listing still waits for a decision about what a moderator saw. `waiting` and `seen` are ids of
    pictures or files; None is for a listing that waits no more. Raises Conflict, which says who decided."""
    if waiting == seen:
        return
    if waiting is not None:
        raise Conflict("Another file was put in meanwhile: look at it first.")
    kind = listing.kind
    entries = AuditEntry.objects.filter(
        target_type=listing._meta.model_name,
        target_id=str(listing.pk),
        action__in=[f"{kind}.approve", f"{kind}.reject"],
    )
    last = entries.select_related("actor").order_by("-pk").first()
    by = f" by {last.actor.username}" if last is not None and last.actor is not None else ""
    raise Conflict(f"Decided meanwhile{by}: it is {listing.get_status_display().lower()}.")


def listing_delete(listing: Listing, *, actor: Actor) -> bool:
    """Delete a locked listing. One that rows of other apps keep, as its orders do, is archived instead.

    Whether it is gone: only then may its files be discarded.
    """
    try:
        listing.delete()
    except ProtectedError:  # found before anything is deleted
        status_change(listing, Status.ARCHIVED, actor=actor)
        return False
    return True


def seller_is_active_now(seller_id: int) -> bool:
    """For a listing that is about to be made: whether what its seller offers is on sale. Their account is locked until
    the transaction ends, as whoever closes it locks it: so that one of the two finds the other's work, and nothing that
    was uploaded meanwhile stays on sale."""
    return deals(User.objects.select_for_update(no_key=True).get(pk=seller_id))


@transaction.atomic
def listings_follow_seller(*, seller: User) -> None:
    """What a deactivated account sells, or one that is to be deleted, is on sale no longer, and is again when the
    account is activated, or stays.

    Locked in the order of their ids, as orders lock them. The house sells without being active.
    """
    active = deals(seller)
    changed = Listing.objects.filter(seller=seller, seller_is_active=not active)
    locked = list(changed.select_for_update().order_by("pk").values_list("pk", flat=True))
    Listing.objects.filter(pk__in=locked).update(seller_is_active=active)
