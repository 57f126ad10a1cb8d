"""Nexus's search over models, people, communities and courses."""

from collections.abc import Callable
from typing import Any, Final

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors.people import followed_among, people_found
from community import nexus_shapes
from community.api.nexus.communities import CommunityOut
from community.api.nexus.courses import CourseOut
from community.selectors.communities import communities_found
from community.selectors.pages import courses_found
from config.core.text_search import Found
from config.dialects.base import operation
from config.dialects.counting import FURTHEST
from config.dialects.files import Files
from config.dialects.nexus import MAX_LIMIT, NexusView
from config.dialects.nexus_objects import (
    ModelOut,
    UserPublicOut,
    model_columns,
    models,
    public_columns,
    public_person,
)
from marketplace.policies import may_moderate
from marketplace.selectors.models_3d import models_found

TYPES: Final = ("models", "users", "communities", "courses")
MODEL: Final = model_columns()
PERSON: Final = public_columns()


class SearchQuery(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=200)
    type = serializers.ChoiceField(TYPES, default="models")
    page = serializers.IntegerField(min_value=1, max_value=FURTHEST, default=1)
    limit = serializers.IntegerField(min_value=1, default=20)


class CountsOut(serializers.Serializer[Any]):
    models = serializers.IntegerField()
    users = serializers.IntegerField()
    communities = serializers.IntegerField()
    courses = serializers.IntegerField()


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="FoundOut",
        serializers=[ModelOut, UserPublicOut, CommunityOut, CourseOut],
        resource_type_field_name=None,
        many=True,
    )
)
class ItemsField(serializers.ListField):
    pass


class SearchOut(serializers.Serializer[Any]):
    """`items` are models, people, communities or courses, as their lists and pages show them, the best first. Every
    word of `q` is found in each. The best 5,000 can be paged through; all are counted."""

    query = serializers.CharField()
    type = serializers.ChoiceField(TYPES)
    items = ItemsField()
    total = serializers.IntegerField()
    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    pages = serializers.IntegerField()
    counts = CountsOut()


class Search(NexusView):
    @operation(query=SearchQuery, answer=SearchOut, who=AllowAny)
    def search(self, request: Request) -> Response:
        asked = self.query()
        chosen, page, limit = asked["type"], asked["page"], min(asked["limit"], MAX_LIMIT)
        found: dict[str, Found] = {
            kind: self._found(kind, asked["q"], limit if kind == chosen else 0, (page - 1) * limit) for kind in TYPES
        }
        present: dict[str, Callable[[list[Any]], list[Any]]] = {
            "models": lambda rows: models(rows, request, sees_originals=may_moderate(request.user)),
            "users": self._people,
            "communities": lambda rows: [nexus_shapes.community(row, Files(request)) for row in rows],
            "courses": self._courses,
        }
        total = found[chosen].total
        return self.answer(
            {
                "query": asked["q"],
                "type": chosen,
                "items": present[chosen](found[chosen].rows),
                "total": total,
                "page": page,
                "limit": limit,
                "pages": -(-total // limit),
                "counts": {kind: found[kind].total for kind in TYPES},
            }
        )

    def _found(self, kind: str, text: str, shown: int, skip: int) -> Found:
        about: dict[str, Any] = {"text": text, "shown": shown, "skip": skip}
        match kind:
            case "models":
                return models_found(columns=MODEL, **about)
            case "users":
                return people_found(columns=PERSON, **about)
            case "communities":
                return communities_found(actor=self.request.user, columns=nexus_shapes.COMMUNITY, **about)
            case _:
                return courses_found(actor=self.request.user, **about)

    def _people(self, rows: list[Any]) -> list[Any]:
        files = Files(self.request)
        followed = followed_among(actor=self.request.user, user_ids=[row["id"] for row in rows])
        return [public_person(row, files, is_following=row["id"] in followed) for row in rows]

    def _courses(self, rows: list[Any]) -> list[Any]:
        context = self.serializer_context() | {"files": Files(self.request)}
        return list(CourseOut(rows, many=True, context=context).data)  # type: ignore[arg-type]
