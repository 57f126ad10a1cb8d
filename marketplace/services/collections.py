"""Collections of 3-D models: kept by their owners, followed by others. Each counter changes with the row it counts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypedDict

from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.db.models import F, Max
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from accounts.policies import ADMINISTRATOR, level
from accounts.services.visitors import is_robot, visitor_of, without_waiting
from config.core.audit import audit_record, audited
from config.core.errors import Denied, Invalid, Missing
from config.core.names import is_seen
from marketplace import policies
from marketplace.errors import AlreadyCollected, CollectionFull, NotCollected
from marketplace.models import Collection, CollectionFollower, CollectionItem, Listing

MOST_MODELS: Final = 1000
MOST_COLLECTIONS: Final = 1000
DAY: Final = 86_400
PURPOSE: Final = "atelier.collection-views"


class CollectionDetails(TypedDict, total=False):
    name: str
    description: str
    is_public: bool


def collection_create(*, actor: User, details: CollectionDetails) -> Collection:
    """Raises Invalid (`name`) and CollectionFull (too many of one person's)."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if Collection.objects.filter(owner=actor).count() >= MOST_COLLECTIONS:
            raise CollectionFull(f"You have {MOST_COLLECTIONS} collections, which is the limit.")
        return Collection.objects.create(owner=actor, **_checked(details))


def collection_update(
    *, actor: User, collection_id: int, changes: CollectionDetails, model_ids: Sequence[int] | None = None
) -> Collection:
    """Change what is said of it; `model_ids` is the order of its models, those left out stay behind them.

    For its owner and, with an entry, for administrators. Raises Missing, Denied and Invalid (`name`, `model_ids`).
    """
    with transaction.atomic():
        collection = _kept_by(actor, collection_id)
        columns = _checked(changes)
        with _entered(actor, collection, "edit", *columns):
            for name, value in columns.items():
                setattr(collection, name, value)
            collection.save(update_fields=[*columns, "updated_at"])
            if model_ids is not None:
                _reorder(collection, model_ids)
        return collection


def collection_delete(*, actor: User, collection_id: int) -> None:
    """Its models stay. For its owner and, with an entry, for administrators. Raises Missing and Denied."""
    with transaction.atomic():
        collection = _kept_by(actor, collection_id)
        if collection.owner_id != actor.pk:
            before = {"name": collection.name, "owner": collection.owner_id}
            audit_record(actor=actor, action="collection.delete", target=collection, before=before)
        collection.delete()


def collection_add(*, actor: User, collection_id: int, model_id: int, position: int | None = None) -> CollectionItem:
    """Put a model into it, after the last one or at a position. Raises Missing (the collection, the model), Denied,
    AlreadyCollected and CollectionFull."""
    with transaction.atomic():
        # The model before the collection, as who deletes the model locks them.
        visible = policies.models_visible_to(actor).filter(pk=model_id).values("pk")
        model = Listing.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=visible).first()
        collection = _kept_by(actor, collection_id)
        if model is None:
            raise Missing("Model")
        items = CollectionItem.objects.filter(collection=collection)
        if items.filter(listing=model_id).exists():
            raise AlreadyCollected
        if collection.models_count >= MOST_MODELS:
            raise CollectionFull
        if position is None:
            last = items.aggregate(last=Max("position"))["last"]
            position = 0 if last is None else min(last + 1, 2**31 - 1)
        with _entered(actor, collection, "add_model", model_id=model_id):
            item = CollectionItem.objects.create(collection=collection, listing_id=model_id, position=position)
            _count(collection, "models_count", 1)
        return item


def collection_remove(*, actor: User, collection_id: int, model_id: int) -> int:
    """Take a model out of it; returns how many are left. Raises Missing, Denied and NotCollected."""
    with transaction.atomic():
        collection = _kept_by(actor, collection_id)
        with _entered(actor, collection, "remove_model", model_id=model_id):
            gone, _ = CollectionItem.objects.filter(collection=collection, listing=model_id).delete()
            if not gone:
                raise NotCollected
            return _count(collection, "models_count", -1)


def collection_follow(*, actor: User, collection_id: int) -> int:
    """Again changes nothing. Returns the number of followers. Raises Missing."""
    with transaction.atomic():
        collection = _seen_by(actor, collection_id)
        _, is_new = CollectionFollower.objects.get_or_create(collection=collection, user=actor)
        return _count(collection, "followers_count", 1 if is_new else 0)


def collection_unfollow(*, actor: User, collection_id: int) -> int:
    """Where one did not follow nothing changes; one that is private by now can be left. Returns the number of
    followers. Raises Missing."""
    with transaction.atomic():
        collection = _locked(collection_id)
        mine = CollectionFollower.objects.filter(collection=collection, user=actor)
        if not mine.exists() and not policies.may_see_collection(actor, collection):
            raise Missing("Collection")
        gone, _ = mine.delete()
        return _count(collection, "followers_count", -gone)


def collections_leave(listing: Listing) -> None:
    """A listing that is deleted or archived is in no collection any more. Call it in that transaction."""
    items = CollectionItem.objects.filter(listing=listing.pk)
    holding = list(items.values_list("collection", flat=True))
    locked = Collection.objects.select_for_update().filter(pk__in=holding).order_by("pk")
    list(locked.values_list("pk", flat=True))
    # Of some it was taken out while their rows were waited for.
    held = list(items.filter(collection__in=holding).values_list("collection", flat=True))
    items.filter(collection__in=held).delete()
    Collection.objects.filter(pk__in=held).update(models_count=F("models_count") - 1)


def collection_view(*, actor: Actor, collection: Collection, address: str, agent: str) -> None:
    """Count a visit, unless it is the owner's or a robot's, or not the visitor's first today."""
    if collection.owner_id == actor.pk or is_robot(agent):
        return
    visitor = visitor_of(actor, address=address, agent=agent, purpose=PURPOSE)
    if not cache.add(f"collection-view:{collection.pk}:{timezone.now().date()}:{visitor}", 1, timeout=DAY):
        return
    try:
        with without_waiting():
            Collection.objects.filter(pk=collection.pk).update(views_count=F("views_count") + 1)
        collection.views_count += 1
    except DatabaseError:  # it is being changed now: rather miss a view than keep the visitor waiting
        return


def _locked(collection_id: int) -> Collection:
    rows = Collection.objects.select_for_update(of=("self",)).select_related("owner")
    collection = rows.filter(pk=collection_id).first()
    if collection is None:
        raise Missing("Collection")
    return collection


def _seen_by(actor: User, collection_id: int) -> Collection:
    collection = _locked(collection_id)
    if not policies.may_see_collection(actor, collection):
        raise Missing("Collection")
    return collection


def _kept_by(actor: User, collection_id: int) -> Collection:
    collection = _seen_by(actor, collection_id)
    if collection.owner_id != actor.pk and level(actor) < ADMINISTRATOR:
        raise Denied
    return collection


@contextmanager
def _entered(actor: User, collection: Collection, verb: str, *columns: str, **values: int) -> Iterator[None]:
    """What is done to another's collection leaves an entry."""
    if collection.owner_id == actor.pk:
        yield
        return
    with audited(actor, f"collection.{verb}", collection, *columns, **values):
        yield


def _checked(details: CollectionDetails) -> CollectionDetails:
    if "name" in details and not is_seen(details["name"]):
        raise Invalid("This field may not be blank.", field="name")
    return details


def _reorder(collection: Collection, model_ids: Sequence[int]) -> None:
    rows = {item.listing_id: item for item in collection.items.order_by("position", "added_at", "pk")}
    wanted = list(dict.fromkeys(model_ids))
    if any(each not in rows for each in wanted):
        raise Invalid("Name models of this collection.", field="model_ids")
    inside = [rows[each] for each in wanted] + [item for number, item in rows.items() if number not in set(wanted)]
    for position, item in enumerate(inside):
        item.position = position
    CollectionItem.objects.bulk_update(inside, ["position"])


def _count(collection: Collection, column: str, change: int) -> int:
    """The number after it. The row is locked."""
    if change:
        Collection.objects.filter(pk=collection.pk).update(**{column: F(column) + change})
        collection.refresh_from_db(fields=[column])
    count: int = getattr(collection, column)
    return count
