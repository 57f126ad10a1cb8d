"""Collections, limited to what the actor may see."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Q, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.actors import Actor
from config.core.errors import Missing
from marketplace import policies
from marketplace.choices import Status
from marketplace.models import Collection, CollectionFollower, CollectionItem
from marketplace.models.listings import on_sale

COLLECTION_COLUMNS: Final = (
    *("id", "owner_id", "name", "description", "is_public", "models_count", "views_count", "followers_count"),
    *("created_at", "updated_at"),
)
ITEM_COLUMNS: Final = ("id", "collection_id", "listing_id", "position", "added_at")
COVERS: Final = 4
_LIVE: Final = on_sale("listing__")


def collections_listed(
    *, actor: Actor, user_id: int | None = None, columns: Iterable[str] = ()
) -> QuerySet[Collection, Any]:
    """Rows of COLLECTION_COLUMNS and `columns`, the newest first: what is public, of one person's own all."""
    rows = Collection.objects.filter(owner__is_active=True)
    if user_id is not None:
        rows = rows.filter(owner=user_id)
    if user_id is None or user_id != actor.pk:
        rows = rows.filter(is_public=True)
    return rows.order_by("-created_at", "-id").values(*COLLECTION_COLUMNS, *columns)


def collection_visible(*, actor: Actor, collection_id: int) -> Collection:
    """With its owner. Raises Missing."""
    collection = Collection.objects.select_related("owner").filter(pk=collection_id).first()
    if collection is None or not policies.may_see_collection(actor, collection):
        raise Missing("Collection")
    return collection


def collection_row(*, collection_id: int, columns: Iterable[str] = ()) -> dict[str, Any]:
    """One that the actor may see."""
    return Collection.objects.values(*COLLECTION_COLUMNS, *columns).get(pk=collection_id)


def collection_items(*, actor: Actor, collection_id: int, columns: Iterable[str] = ()) -> QuerySet[CollectionItem, Any]:
    """Rows of ITEM_COLUMNS and `columns` of the models inside that the actor may see: those on sale, and one's own.
    Raises Missing."""
    collection = collection_visible(actor=actor, collection_id=collection_id)
    shown = _LIVE
    if actor.pk is not None:
        shown |= Q(listing__seller=actor.pk) & ~Q(listing__status=Status.ARCHIVED)
    rows = CollectionItem.objects.filter(shown, collection=collection)
    return rows.order_by("position", "added_at", "id").values(*ITEM_COLUMNS, *columns)


def collection_item(*, item_id: int, columns: Iterable[str] = ()) -> dict[str, Any]:
    return CollectionItem.objects.values(*ITEM_COLUMNS, *columns).get(pk=item_id)


def covers_of(collection_ids: Iterable[int]) -> dict[int, list[str]]:
    """Names of the public pictures of the first COVERS models on sale of each collection. One query."""
    place = Window(RowNumber(), partition_by="collection", order_by=("position", "added_at", "id"))
    rows = CollectionItem.objects.filter(_LIVE, collection__in=list(collection_ids)).alias(place=place)
    first = rows.filter(place__lte=COVERS).order_by("collection", "position", "added_at", "id")
    covers: dict[int, list[str]] = defaultdict(list)
    for collection, own, drawn in first.values_list(
        "collection", "listing__model3d__thumbnail", "listing__model3d__mesh__thumbnail"
    ):
        if name := own or drawn:
            covers[collection].append(name)
    return covers


def followed_among(*, actor: Actor, collection_ids: Iterable[int]) -> set[int]:
    if actor.pk is None:
        return set()
    rows = CollectionFollower.objects.filter(user=actor.pk, collection__in=list(collection_ids))
    return set(rows.values_list("collection", flat=True))
