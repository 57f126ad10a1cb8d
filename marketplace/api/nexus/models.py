"""Nexus's 3-D models: listed, liked, looked at, and those of one creator."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.nexus import NexusView
from config.dialects.nexus_objects import ModelOut, PersonOut, model_columns, models
from marketplace import policies
from marketplace.choices import Status
from marketplace.selectors import models_3d as selectors
from marketplace.services import likes
from marketplace.services.views import view_count

Rows = list[Any]
COLUMNS = model_columns()
STATUSES = {
    "pending": (Status.PENDING, Status.DRAFT),
    "approved": (Status.APPROVED,),
    "rejected": (Status.REJECTED,),
}
"""A draft is one that its maker has not published yet: Nexus knows no word for it but `is_published`."""


class SortQuery(serializers.Serializer[Any]):
    sort = serializers.ChoiceField(list(selectors.SORTS), default="newest")


class ModelsQuery(SortQuery):
    category = serializers.CharField(max_length=100, required=False)
    search = serializers.CharField(max_length=200, required=False)


class StatusQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(list(STATUSES), required=False)


class LikesOut(serializers.Serializer[Any]):
    likes = serializers.IntegerField()


class ViewsOut(serializers.Serializer[Any]):
    views = serializers.IntegerField()


class PublicModelOut(serializers.Serializer[Any]):
    """A model for a page that shows it. `viewer_url` is a GLB with fewer faces, good to look at: null before the
    analysis has ended."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    thumbnail_url = serializers.URLField(allow_null=True)
    preview_images = serializers.ListField(child=serializers.URLField())
    viewer_url = serializers.URLField(allow_null=True)
    price = serializers.FloatField()
    currency = serializers.CharField()
    is_free = serializers.BooleanField()
    category = serializers.CharField(allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField())
    file_formats = serializers.ListField(child=serializers.CharField())
    formats = serializers.ListField(child=serializers.CharField())
    file_size = serializers.IntegerField(allow_null=True)
    poly_count = serializers.IntegerField(allow_null=True)
    vertex_count = serializers.IntegerField(allow_null=True)
    texture_resolution = serializers.CharField(allow_null=True)
    has_animations = serializers.BooleanField()
    has_rigging = serializers.BooleanField()
    has_materials = serializers.BooleanField()
    has_textures = serializers.BooleanField()
    views = serializers.IntegerField()
    likes = serializers.IntegerField()
    downloads = serializers.IntegerField()
    rating = serializers.FloatField()
    rating_count = serializers.IntegerField()
    comment_count = serializers.IntegerField()
    is_liked = serializers.BooleanField()
    creator_id = serializers.IntegerField()
    creator = PersonOut()
    created_at = serializers.DateTimeField()


class ModelsView(NexusView):
    """Lists of models."""

    def shown(self, rows: Rows) -> Rows:
        return models(rows, self.request, sees_originals=policies.may_moderate(self.request.user))


class Models(ModelsView):
    @operation(query=ModelsQuery, answer=ModelOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        """What is on sale. A draft in the words of this dialect is pending and not published."""
        return self.page(selectors.models_on_sale(columns=COLUMNS, **self.query()), self.shown)

    @operation(answer=LikesOut)
    def like(self, request: Request, id: int) -> Response:
        return self.answer({"likes": likes.model_like(actor=self.caller, model_id=id)})

    @operation(answer=LikesOut)
    def unlike(self, request: Request, id: int) -> Response:
        return self.answer({"likes": likes.model_unlike(actor=self.caller, model_id=id)})

    @operation(answer=ViewsOut, who=AllowAny)
    def view(self, request: Request, id: int) -> Response:
        """Counts the visitor's first visit of the day, unless it is the creator's, a moderator's or a robot's."""
        model = selectors.model_visible(actor=request.user, reference=id)
        view_count(
            actor=request.user,
            listing=model,
            address=self.address,
            agent=request.headers.get("User-Agent", ""),
            country=self.country,
        )
        return self.answer({"views": model.views_count})

    @operation(answer=PublicModelOut, who=AllowAny)
    def public(self, request: Request, id: int) -> Response:
        model = selectors.model_public(model_id=id)
        (shown,) = models([selectors.model_row(model=model, columns=COLUMNS)], request)
        return self.answer(
            {name: value for name, value in shown.items() if name in PublicModelOut().fields}
            | {
                "viewer_url": request.build_absolute_uri(model.mesh.preview.url)
                if model.mesh and model.mesh.preview
                else None,
                "comment_count": model.comments_count,
                "is_liked": selectors.is_liked(actor=request.user, listing_id=model.pk),
            }
        )


class OfCreator(ModelsView):
    @operation(query=SortQuery, answer=ModelOut, rows="page", who=AllowAny)
    def models(self, request: Request, username: str) -> Response:
        rows = selectors.models_of_seller(actor=request.user, username=username, columns=COLUMNS, **self.query())
        return self.page(rows, self.shown)


class Own(ModelsView):
    always_envelope = True

    @operation(query=StatusQuery, answer=ModelOut, rows="page")
    def models(self, request: Request) -> Response:
        """The caller's own in every status, the newest first."""
        statuses = STATUSES.get(self.query().get("status", ""))
        return self.page(selectors.own_models(actor=self.caller, columns=COLUMNS, statuses=statuses), self.shown)
