"""Likes: one a person and listing, counted in the same transaction."""

from django.db import transaction
from django.db.models import F

from accounts.models import User
from config.core.errors import Missing
from marketplace import policies
from marketplace.models import Like, Listing


def artwork_like(*, actor: User, artwork_id: int) -> int:
    """Like a visible artwork; again changes nothing. Returns the number of likes. Raises Missing."""
    with transaction.atomic():
        listing = _locked(actor, artwork_id)
        _, is_new = Like.objects.get_or_create(listing=listing, user=actor)
        return _counted(listing, 1 if is_new else 0)


def artwork_unlike(*, actor: User, artwork_id: int) -> int:
    """Take a like back; where there is none, nothing changes. Returns the number of likes. Raises Missing."""
    with transaction.atomic():
        listing = _locked(actor, artwork_id)
        gone, _ = Like.objects.filter(listing=listing, user=actor).delete()
        return _counted(listing, -gone)


def _locked(actor: User, artwork_id: int) -> Listing:
    visible = policies.artworks_visible_to(actor).filter(pk=artwork_id).values("pk")
    listing = Listing.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=visible).first()
    if listing is None:
        raise Missing("Artwork")
    return listing


def _counted(listing: Listing, change: int) -> int:
    if change:
        Listing.objects.filter(pk=listing.pk).update(likes_count=F("likes_count") + change)
        listing.refresh_from_db(fields=["likes_count"])
    return listing.likes_count
