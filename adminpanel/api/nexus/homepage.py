"""Nexus's homepage: for everybody, and for the staff who put it together."""

from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from adminpanel import policies
from adminpanel.selectors import homepage as reads
from adminpanel.services.homepage import MOST_SLIDES, homepage_write, slider_write
from config.core.references import LARGEST_ID
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import NexusView
from config.dialects.nexus_objects import ModelOut, PersonOut, model_columns, models, person_columns, person_of
from config.dialects.permissions import asking

COLUMNS = model_columns()
SLIDES = model_columns("model__")
CREATOR = (*person_columns(), "public_profile__bio", "models_count", "models_rating", "followers_count")


class CreatorCardOut(PersonOut):
    bio = serializers.CharField(allow_null=True)
    total_models = serializers.IntegerField()
    rating = serializers.FloatField()
    followers_count = serializers.IntegerField()


class PlatformOut(serializers.Serializer[Any]):
    total_models = serializers.IntegerField()
    total_creators = serializers.IntegerField()
    total_users = serializers.IntegerField()
    total_downloads = serializers.IntegerField()
    total_sales = serializers.IntegerField()


class ContentOut(serializers.Serializer[Any]):
    """Whatever object was stored; these keys are those that the document suggests."""

    hero = serializers.DictField(required=False)
    announcement = serializers.DictField(required=False)
    sections = serializers.ListField(required=False)


class ContentIn(ContentOut):
    """Any object, which is kept as it is: at most 64 KB, nested at most ten deep."""

    def to_internal_value(self, data: Any) -> Any:
        # A form is none, and no body at all must not empty the homepage.
        sent_none = self.context["request"].META.get("CONTENT_LENGTH") in (None, "", "0")
        if not isinstance(data, dict) or isinstance(data, QueryDict) or sent_none:
            error = serializers.ErrorDetail("Input should be a valid dictionary", code="dict_type")
            raise serializers.ValidationError({"non_field_errors": [error]})
        return dict(data)


class SavedContentOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    content = ContentOut()


class SliderIn(serializers.Serializer[Any]):
    """The ids of models in their order. The body may also be the list alone."""

    model_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), max_length=MOST_SLIDES
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list):
            data = {"model_ids": data}
        elif not isinstance(data, dict):
            error = serializers.ErrorDetail("Input should be a valid list", code="list_type")
            raise serializers.ValidationError({"non_field_errors": [error]})
        return super().to_internal_value(data)


class SavedSliderOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    models = ModelOut(many=True)


class HomepageOut(serializers.Serializer[Any]):
    """Models on sale alone. `platform_stats` of a large platform may be a minute old."""

    featured_models = ModelOut(many=True)
    trending_models = ModelOut(many=True)
    top_creators = CreatorCardOut(many=True)
    platform_stats = PlatformOut()
    slider_models = ModelOut(many=True)
    content = ContentOut()


class Homepage(NexusView):
    @operation(answer=HomepageOut, who=AllowAny)
    def homepage(self, request: Request) -> Response:
        files = Files(request)
        return self.answer(
            {
                "featured_models": models(reads.models_featured(columns=COLUMNS), request),
                "trending_models": models(reads.models_trending(columns=COLUMNS), request),
                "top_creators": [_creator(row, files) for row in reads.top_creators(columns=CREATOR)],
                "platform_stats": reads.platform_figures(),
                "slider_models": models(reads.slider_models(columns=SLIDES), request, prefix="model__"),
                "content": reads.homepage_content(),
            }
        )


class Content(NexusView):
    @operation(answer=ContentOut)
    def retrieve(self, request: Request) -> Response:
        return self.answer(reads.homepage_content_for(actor=self.caller))

    @operation(body=ContentIn, answer=SavedContentOut, who=asking(policies.may_write_homepage))
    def update(self, request: Request) -> Response:
        page = homepage_write(actor=self.caller, content=self.body())
        return self.answer({"message": "Homepage content updated successfully", "content": page.content})


class Slider(NexusView):
    @operation(answer=ModelOut, rows="all")
    def retrieve(self, request: Request) -> Response:
        return Response(self._models())

    @operation(body=SliderIn, answer=SavedSliderOut, who=asking(policies.may_write_homepage))
    def update(self, request: Request) -> Response:
        slider_write(actor=self.caller, **self.body())
        return self.answer({"message": "Slider updated successfully", "models": self._models()})

    def _models(self) -> Any:
        rows = reads.slider_models_for(actor=self.caller, columns=SLIDES)
        return models(rows, self.request, prefix="model__", sees_originals=True)


def _creator(row: Any, files: Files) -> dict[str, Any]:
    return person_of(row, "", files) | {
        "bio": row["public_profile__bio"] or None,
        "total_models": row["models_count"],
        "rating": float(row["models_rating"]),
        "followers_count": row["followers_count"],
    }
