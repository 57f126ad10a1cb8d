"""Nexus's catalogue: the categories of 3-D models."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.nexus import NexusView
from marketplace.selectors.categories import categories_with_models


class CategoryQuery(serializers.Serializer[Any]):
    all = serializers.BooleanField(default=False)


class CategoryOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    icon = serializers.CharField()
    enabled = serializers.BooleanField(source="is_active")
    model_count = serializers.IntegerField()
    order = serializers.IntegerField(source="position")


class Categories(NexusView):
    @operation(query=CategoryQuery, answer=CategoryOut, rows="all", who=AllowAny)
    def list(self, request: Request) -> Response:
        found = categories_with_models(actor=request.user, closed_too=self.query()["all"])
        return Response(self.present_many(list(found)))
