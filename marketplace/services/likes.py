"""Likes: one a person and listing, counted in the same transaction."""

from datetime import timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from config.core.errors import Missing
from marketplace import policies
from marketplace.models import Like, Listing
from marketplace.services import notices

TOLD_AGAIN_AFTER: Final = timedelta(days=1)


def artwork_like(*, actor: User, artwork_id: int) -> int:
    """Like a visible artwork; again changes nothing. Returns the number of likes. Raises Missing."""
    with transaction.atomic():
        return _like(actor, _artwork_locked(actor, artwork_id))[0]


def artwork_unlike(*, actor: User, artwork_id: int) -> int:
    """Take a like back; where there is none, nothing changes. Returns the number of likes. Raises Missing."""
    with transaction.atomic():
        return _unlike(actor, _artwork_locked(actor, artwork_id))


def model_like(*, actor: User, model_id: int) -> int:
    """As `artwork_like`; its maker is told, of the same person's like at most once a day."""
    with transaction.atomic():
        listing = _model_locked(actor, model_id)
        count, is_new = _like(actor, listing)
        if is_new and not policies.owns(actor, listing):
            _tell(actor, listing)
        return count


def model_unlike(*, actor: User, model_id: int) -> int:
    """As `artwork_unlike`."""
    with transaction.atomic():
        return _unlike(actor, _model_locked(actor, model_id))


def _artwork_locked(actor: User, artwork_id: int) -> Listing:
    return _locked(policies.artworks_visible_to(actor).filter(pk=artwork_id), "Artwork")


def _model_locked(actor: User, model_id: int) -> Listing:
    return _locked(policies.models_visible_to(actor).filter(pk=model_id), "Model")


def _locked(visible: QuerySet[Any], thing: str) -> Listing:
    rows = Listing.objects.select_for_update(of=("self",), no_key=True)
    listing = rows.filter(pk__in=visible.values("pk")).first()
    if listing is None:
        raise Missing(thing)
    return listing


def _like(actor: User, listing: Listing) -> tuple[int, bool]:
    _, is_new = Like.objects.get_or_create(listing=listing, user=actor)
    return _counted(listing, 1 if is_new else 0), is_new


def _unlike(actor: User, listing: Listing) -> int:
    gone, _ = Like.objects.filter(listing=listing, user=actor).delete()
    return _counted(listing, -gone)


def _tell(actor: User, listing: Listing) -> None:
    """Whoever likes, takes it back and likes again must not fill somebody's list."""
    if cache.add(f"like-told:{listing.pk}:{actor.pk}", 1, timeout=int(TOLD_AGAIN_AFTER.total_seconds())):
        notices.listing_liked(listing, by=actor)


def _counted(listing: Listing, change: int) -> int:
    if change:
        Listing.objects.filter(pk=listing.pk).update(likes_count=F("likes_count") + change)
        listing.refresh_from_db(fields=["likes_count"])
    return listing.likes_count
