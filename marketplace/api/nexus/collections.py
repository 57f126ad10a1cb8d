"""Nexus's collections of 3-D models."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.fields import SentText
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.nexus_objects import ModelMiniOut, PersonOut, mini_columns, model_mini, person_columns, person_of
from marketplace.selectors import collections as selectors
from marketplace.services import collections as services
from marketplace.services.collections import CollectionDetails

Rows = list[Any]
OWNER, MODEL = person_columns("owner__"), mini_columns("listing__")
LARGEST = 2**63 - 1
DESCRIPTION = 2000


class CollectionsQuery(serializers.Serializer[Any]):
    user_id = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)


class CollectionIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    description = SentText(max_length=DESCRIPTION)
    is_public = serializers.BooleanField(default=True)


class CollectionChangesIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    description = SentText(max_length=DESCRIPTION)
    is_public = serializers.BooleanField(required=False)
    model_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST),
        required=False,
        max_length=services.MOST_MODELS,
        help_text="An addition: the order of its models. Those left out stay behind them.",
    )


class AddModelIn(serializers.Serializer[Any]):
    model_id = serializers.IntegerField(min_value=0, max_value=LARGEST)
    order = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, allow_null=True)


class CollectionOut(serializers.Serializer[Any]):
    """`cover_images`: pictures of the first four models. `model_count` counts what its owner put in; of that, everybody
    sees what is on sale."""

    id = serializers.IntegerField()
    owner_id = serializers.IntegerField()
    owner = PersonOut()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    is_public = serializers.BooleanField()
    model_count = serializers.IntegerField()
    views = serializers.IntegerField()
    followers = serializers.IntegerField()
    cover_images = serializers.ListField(child=serializers.URLField())
    is_following = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CollectionItemOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    collection_id = serializers.IntegerField()
    model_id = serializers.IntegerField()
    order = serializers.IntegerField()
    added_at = serializers.DateTimeField()
    model = ModelMiniOut()


class CollectionFollowedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    is_following = serializers.BooleanField()
    followers = serializers.IntegerField()


class ModelRemovedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    model_count = serializers.IntegerField()


class Collections(NexusView):
    always_envelope = True

    @operation(query=CollectionsQuery, answer=CollectionOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        """The public ones, the newest first; with the caller's own id their private ones too."""
        user_id = self.query().get("user_id")
        return self.page(selectors.collections_listed(actor=request.user, user_id=user_id, columns=OWNER), self._shown)

    @operation(body=CollectionIn, answer=CollectionOut, status=201)
    def create(self, request: Request) -> Response:
        made = services.collection_create(actor=self.caller, details=_details(self.body()))
        return self.answer(self._one(made.pk), status=201)

    @operation(answer=CollectionOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        """Counts the visitor's first visit of the day, unless it is the owner's."""
        collection = selectors.collection_visible(actor=request.user, collection_id=id)
        services.collection_view(
            actor=request.user,
            collection=collection,
            address=self.address,
            agent=request.headers.get("User-Agent", ""),
        )
        return self.answer(self._one(collection.pk))

    @operation(body=CollectionChangesIn, answer=CollectionOut)
    def update(self, request: Request, id: int) -> Response:
        sent = self.body()
        services.collection_update(
            actor=self.caller, collection_id=id, changes=_details(sent), model_ids=sent.get("model_ids")
        )
        return self.answer(self._one(id))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        services.collection_delete(actor=self.caller, collection_id=id)
        return self.answer({"message": "Collection deleted"})

    @operation(answer=CollectionFollowedOut)
    def follow(self, request: Request, id: int) -> Response:
        followers = services.collection_follow(actor=self.caller, collection_id=id)
        return self.answer({"message": "Collection followed", "is_following": True, "followers": followers})

    @operation(answer=CollectionFollowedOut)
    def unfollow(self, request: Request, id: int) -> Response:
        followers = services.collection_unfollow(actor=self.caller, collection_id=id)
        return self.answer({"message": "Collection unfollowed", "is_following": False, "followers": followers})

    def _one(self, collection_id: int) -> dict[str, Any]:
        return self._shown([selectors.collection_row(collection_id=collection_id, columns=OWNER)])[0]  # type: ignore[no-any-return]

    def _shown(self, rows: Rows) -> Rows:
        files, ids = Files(self.request), [row["id"] for row in rows]
        covers = selectors.covers_of(ids)
        followed = selectors.followed_among(actor=self.request.user, collection_ids=ids)
        return [
            {
                "id": row["id"],
                "owner_id": row["owner_id"],
                "owner": person_of(row, "owner__", files),
                "name": row["name"],
                "description": row["description"] or None,
                "is_public": row["is_public"],
                "model_count": row["models_count"],
                "views": row["views_count"],
                "followers": row["followers_count"],
                "cover_images": [files.public(name) for name in covers.get(row["id"], ())],
                "is_following": row["id"] in followed,
                "created_at": row["created_at"],
                "updated_at": row["updated_at"],
            }
            for row in rows
        ]


class Collected(NexusView):
    """The models of a collection."""

    @operation(answer=CollectionItemOut, rows="page", who=AllowAny)
    def models(self, request: Request, id: int) -> Response:
        rows = selectors.collection_items(actor=request.user, collection_id=id, columns=MODEL)
        return self.page(rows, lambda found: items_shown(found, Files(request)))

    @operation(body=AddModelIn, answer=CollectionItemOut, status=201)
    def add_model(self, request: Request, id: int) -> Response:
        sent = self.body()
        item = services.collection_add(
            actor=self.caller, collection_id=id, model_id=sent["model_id"], position=sent.get("order")
        )
        (shown,) = items_shown([selectors.collection_item(item_id=item.pk, columns=MODEL)], Files(request))
        return self.answer(shown, status=201)

    @operation(answer=ModelRemovedOut)
    def remove_model(self, request: Request, id: int, model_id: int) -> Response:
        left = services.collection_remove(actor=self.caller, collection_id=id, model_id=model_id)
        return self.answer({"message": "Model removed from collection", "model_count": left})


def items_shown(rows: Iterable[Any], files: Files) -> Rows:
    return [
        {
            "id": row["id"],
            "collection_id": row["collection_id"],
            "model_id": row["listing_id"],
            "order": row["position"],
            "added_at": row["added_at"],
            "model": model_mini(row, "listing__", files),
        }
        for row in rows
    ]


def _details(sent: dict[str, Any]) -> CollectionDetails:
    details = CollectionDetails()
    if "name" in sent:
        details["name"] = sent["name"]
    if "description" in sent:
        details["description"] = sent["description"]
    if "is_public" in sent:
        details["is_public"] = sent["is_public"]
    return details
