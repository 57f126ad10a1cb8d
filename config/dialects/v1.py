"""v1's ways: `detail` with `status_code`, `Bearer` credentials, items/total/page/size, amounts as numbers."""

import contextlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from config.core.references import Reference
from config.dialects.amounts import NumberIn, NumberOut, number_of
from config.dialects.base import DialectView
from config.dialects.counting import FURTHEST, count_of
from config.dialects.fields import TextsField
from config.dialects.openapi import Envelope
from config.dialects.problems import Problem

MAX_SIZE = 100
AmountIn = NumberIn
AmountOut = NumberOut
TagsField = TextsField
amount = number_of
UNFIT = ("invalid", "broken_file")
"""Refusals that say what is wrong with one value that was sent."""


class MessageOut(serializers.Serializer[Any]):
    message = serializers.CharField()


class PageQuery(serializers.Serializer[Any]):
    page = serializers.IntegerField(min_value=1, max_value=FURTHEST, default=1)
    size = serializers.IntegerField(min_value=1, default=50)


class SortedQuery(PageQuery):
    """`sort` names a field of the list; each list says which it sorts by."""

    sort = serializers.CharField(max_length=50, required=False)
    order = serializers.ChoiceField(["asc", "desc"], default="desc")


class V1View(DialectView):
    dialect = "v1"
    limits: ClassVar = {}
    validation_status = 422
    problem_schema: ClassVar = {
        "type": "object",
        "required": ["detail", "status_code"],
        "properties": {
            "detail": {"type": "string"},
            "status_code": {"type": "integer"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "message"],
                    "properties": {"field": {"type": "string", "nullable": True}, "message": {"type": "string"}},
                },
            },
        },
        "additionalProperties": True,
    }

    def page(self, rows: QuerySet[Any], present: Callable[[list[Any]], list[Any]] | None = None) -> Response:
        reader = PageQuery(data={name: value for name, value in self.request.query_params.items() if value != ""})
        reader.is_valid(raise_exception=True)
        page, size = reader.validated_data["page"], min(reader.validated_data["size"], MAX_SIZE)
        total = count_of(rows)
        found = list(rows[(page - 1) * size : page * size]) if (page - 1) * size < total else []
        items = (present or self.present_many)(found)
        return Response({"items": items, "total": total, "page": page, "size": size})

    def sorted(self, rows: QuerySet[Any], columns: Mapping[str, str], default: str = "created_at") -> QuerySet[Any]:
        """`rows` as the query's `sort` and `order` want them. `columns` are those that may be sorted by."""
        reader = SortedQuery(data={name: value for name, value in self.request.query_params.items() if value != ""})
        reader.is_valid(raise_exception=True)
        wanted = reader.validated_data.get("sort", default)
        if wanted not in columns:
            raise serializers.ValidationError({"sort": [f"Must be one of {', '.join(columns)}."]})
        sign = "-" if reader.validated_data["order"] == "desc" else ""
        return rows.order_by(f"{sign}{columns[wanted]}", f"{sign}pk")

    @classmethod
    def envelope(cls) -> Envelope:
        return Envelope("items", ("total", "page", "size"), {"page": (1, 1), "size": (1, 50)})

    @classmethod
    def word(cls, problem: Problem, request: Any) -> tuple[int, Any]:
        if problem.errors is not None:
            body = {"detail": "Validation failed", "errors": list(_listed(problem.errors)), "status_code": 422}
            return 422, body
        if problem.field and problem.status == 400 and problem.code in UNFIT:
            errors = [{"field": problem.field, "message": problem.message}]
            return 422, {"detail": "Validation failed", "errors": errors, "status_code": 422}
        return problem.status, {"detail": problem.message, "status_code": problem.status, **problem.data}


def _listed(errors: Any, name: str = "") -> Any:
    if isinstance(errors, dict):
        for inner, value in errors.items():
            yield from _listed(value, name if inner == "non_field_errors" else f"{name}.{inner}".strip("."))
    elif isinstance(errors, list):
        for index, value in enumerate(errors):
            yield from _listed(value, f"{name}.{index}".strip(".") if isinstance(value, dict | list) else name)
    else:
        yield {"field": name or None, "message": str(errors)}


LARGEST_ID = 2**63 - 1


@extend_schema_field({"oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "format": "uuid"}]})
class ReferenceField(serializers.Field):  # type: ignore[type-arg]
    """A thing's number or its UUID."""

    default_error_messages = {"invalid": "Must be a number or a UUID."}

    def to_internal_value(self, data: Any) -> Reference:
        if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= LARGEST_ID:
            return data
        if isinstance(data, str):
            if data.isascii() and data.isdigit() and len(data) <= 19 and 0 < int(data) <= LARGEST_ID:
                return int(data)
            with contextlib.suppress(ValueError):
                return UUID(data)
        raise serializers.ValidationError("Must be a number or a UUID.")

    def to_representation(self, value: Any) -> Any:
        return str(value) if isinstance(value, UUID) else value


def number(value: Decimal | float | int) -> float:
    """A rate or a rating as the JSON number of two places that v1 shows."""
    return round(float(value), 2) + 0.0  # minus nothing is nothing
