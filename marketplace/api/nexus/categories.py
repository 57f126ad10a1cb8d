"""Nexus's catalogue: the categories of 3-D models."""

from typing import Any, cast

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.permissions import asking
from marketplace import policies
from marketplace.selectors.categories import categories_with_models, category_with_models
from marketplace.services.categories import (
    DEFAULT_ICON,
    CategoryChanges,
    category_create,
    category_delete,
    category_update,
)

LARGEST = 2**31 - 1


class CategoryQuery(serializers.Serializer[Any]):
    all = serializers.BooleanField(default=False)


class ModelCategoryIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    icon = serializers.CharField(max_length=10, default=DEFAULT_ICON)
    enabled = serializers.BooleanField(source="is_active", default=True)
    order = serializers.IntegerField(source="position", min_value=-LARGEST, max_value=LARGEST, default=0)


class ModelCategoryChangesIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False)
    icon = serializers.CharField(max_length=10, required=False)
    enabled = serializers.BooleanField(source="is_active", required=False)
    order = serializers.IntegerField(source="position", min_value=-LARGEST, max_value=LARGEST, required=False)


class ModelCategoryOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    icon = serializers.CharField()
    enabled = serializers.BooleanField(source="is_active")
    model_count = serializers.IntegerField()
    order = serializers.IntegerField(source="position")


class Categories(NexusView):
    @operation(query=CategoryQuery, answer=ModelCategoryOut, rows="all", who=AllowAny)
    def list(self, request: Request) -> Response:
        found = categories_with_models(actor=request.user, closed_too=self.query()["all"])
        return Response(self.present_many(found))

    @operation(body=ModelCategoryIn, answer=ModelCategoryOut, status=201, who=asking(policies.may_moderate))
    def create(self, request: Request) -> Response:
        """For moderators. Models whose makers used this name as a word of their own are filed under it."""
        category = category_create(actor=self.caller, **self.body())
        return self.answer(category_with_models(actor=self.caller, category_id=category.pk), status=201)

    @operation(answer=ModelCategoryOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        return self.answer(category_with_models(actor=request.user, category_id=id))

    @operation(body=ModelCategoryChangesIn, answer=ModelCategoryOut, who=asking(policies.may_moderate))
    def update(self, request: Request, id: int) -> Response:
        """For moderators. Its models go by the new name."""
        category_update(actor=self.caller, category_id=id, changes=cast(CategoryChanges, self.body()))
        return self.answer(category_with_models(actor=self.caller, category_id=id))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """For moderators. One that anything is filed under is only switched off, by PUT."""
        category_delete(actor=self.caller, category_id=id)
        return self.answer({"message": "Category deleted"})
