"""What the catalogue does when an account is deleted: what nobody bought goes with its files, what somebody bought is
archived for its buyers, and what the person wrote elsewhere says nothing any more."""

from collections.abc import Callable
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from accounts.actors import SYSTEM
from config.core.erasing import BATCH, GONE, Step, locked, one_part, rows_delete, rows_uncount, rows_write, uncount
from marketplace.choices import Kind, Status
from marketplace.models import (
    Appeal,
    Collection,
    CollectionFollower,
    Like,
    Listing,
    ListingComment,
    MeshFile,
    Model3D,
    ModelLabel,
    PartedUpload,
)
from marketplace.selectors.uploads import uploads_unused
from marketplace.services.archiving import works_give_back
from marketplace.services.artworks import artwork_end
from marketplace.services.listings import artwork_lock
from marketplace.services.models_3d.evidence import evidence_discard
from marketplace.services.models_3d.files import mesh_discard
from marketplace.services.models_3d.models import model_end
from marketplace.services.models_3d.states import maker_lock, model_lock
from marketplace.services.uploads.files import upload_discard
from marketplace.services.uploads.parts import parts_discard

AT_ONCE: Final = 20
"""Of what has files."""


def person_erase(*, user_id: int) -> bool:
    """One part of it; whether nothing is left."""
    return one_part(STEPS, user_id)


def _likes(user_id: int) -> int:
    return rows_uncount(Like.objects.filter(user=user_id), "listing", "likes_count")


def _follows(user_id: int) -> int:
    return rows_uncount(CollectionFollower.objects.filter(user=user_id), "collection", "followers_count")


def _collections(user_id: int) -> int:
    return rows_delete(Collection.objects.filter(owner=user_id))


def _comments(user_id: int) -> int:
    """Their answers stay below them."""
    theirs = ListingComment.objects.filter(author=user_id).exclude(content=GONE)
    chosen = list(theirs.order_by("pk").values_list("pk", "listing")[:BATCH])
    listings = locked(Listing, [listing for _pk, listing in chosen])
    rows = ListingComment.objects.filter(pk__in=[pk for pk, _listing in chosen], listing__in=listings)
    shown = list(rows.filter(removed_at=None).values_list("listing", flat=True))
    rows.filter(removed_at=None).update(removed_at=timezone.now())
    uncount(Listing, shown, "comments_count")
    return rows.update(content=GONE)


def _appeals(user_id: int) -> int:
    return rows_delete(Appeal.objects.filter(author=user_id))


def _labels(user_id: int) -> int:
    return rows_delete(ModelLabel.objects.filter(author=user_id))


def _archived(user_id: int) -> int:
    """What staff archived goes the way of the others."""
    maker_lock(user_id)
    return works_give_back(user_id)


def _listings(user_id: int) -> int:
    """One at a time: a file is locked before the models that show it."""
    rows = Listing.objects.filter(seller=user_id, kind__in=[Kind.ARTWORK, Kind.MODEL]).exclude(status=Status.ARCHIVED)
    found = rows.order_by("pk").values_list("pk", "kind").first()
    if found is None:
        return 0
    listing_id, kind = found
    maker_lock(user_id)
    if kind == Kind.ARTWORK:
        artwork_end(artwork_lock(listing_id), actor=SYSTEM)
    else:
        model_end(model_lock(listing_id), actor=SYSTEM)
    return 1


def _bought(user_id: int) -> int:
    """Its buyers go on having it under its title; who made it is not said any more."""
    return rows_write(Model3D.objects.filter(seller=user_id), designer="", project_name="")


def _meshes(user_id: int) -> int:
    """Refused ones, too, by which copies would be recognised."""
    loose = MeshFile.objects.filter(owner=user_id, shown_by__isnull=True, versions__isnull=True)
    return _each(loose, mesh_discard)


def _evidence(user_id: int) -> int:
    """Of files that stay for their buyers: where they agree with others' is told to nobody any more."""
    return _each(MeshFile.objects.filter(owner=user_id).exclude(evidence_picture=""), evidence_discard)


def _uploads(user_id: int) -> int:
    loose = uploads_unused().filter(owner=user_id, mesh=None)
    return _each(loose, upload_discard)


def _parted(user_id: int) -> int:
    def end(parted: PartedUpload) -> None:
        parts_discard(parted)
        parted.delete()

    return _each(PartedUpload.objects.filter(owner=user_id), end)


def _each(rows: QuerySet[Any], end: Callable[[Any], None]) -> int:
    found = list(rows.select_for_update(of=("self",)).order_by("pk")[:AT_ONCE])
    for row in found:
        end(row)
    return len(found)


STEPS: Final[tuple[Step, ...]] = (
    *(_likes, _follows, _collections, _comments, _appeals, _labels),
    *(_archived, _listings, _bought, _meshes, _evidence, _uploads, _parted),
)
