"""Nexus Models' ways: FastAPI-like bodies, `Bearer` credentials, amounts as numbers, no slash at the end."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.amounts import NumberIn, NumberOut, number_of
from config.dialects.base import DialectView
from config.dialects.counting import FURTHEST, count_of
from config.dialects.openapi import BareOrEnvelope, Envelope
from config.dialects.problems import Problem

MAX_LIMIT = 100
AmountIn = NumberIn
AmountOut = NumberOut
amount = number_of
WORDS = {
    "You do not have permission to perform this action.": "Not enough permissions",
    "Authentication credentials were not provided.": "Not authenticated",
    "This field is required.": "Field required",
    "No file was submitted.": "Field required",
}
"""The document's own, for what is worded in general."""
CODES: dict[str, tuple[int, str]] = {
    "card_declined": (402, "Payment failed"),
    "no_default_payment_method": (402, "Payment failed"),
    "cart_empty": (400, "Cart is empty"),
    "own_listing": (400, "You cannot buy your own model"),
    "already_owned": (400, "You already own this model"),
    "download_limit_reached": (403, "Download limit reached"),
    "category_taken": (409, "Category already exists"),
    "balance_too_low": (400, "Insufficient balance"),
}
"""The document's own words for refusals that other dialects word with more detail."""
UNREADABLE = frozenset({"invalid", "broken_file"})
"""Codes of what is wrong with the input itself, and no refusal of a rule."""


class MessageOut(serializers.Serializer[Any]):
    message = serializers.CharField()


class PageQuery(serializers.Serializer[Any]):
    """?page=&limit= answers the envelope, ?skip=&limit= a bare array."""

    page = serializers.IntegerField(min_value=1, max_value=FURTHEST, required=False)
    skip = serializers.IntegerField(min_value=0, max_value=FURTHEST, default=0)
    limit = serializers.IntegerField(min_value=1, required=False)


class NexusView(DialectView):
    dialect = "nexus"
    limits: ClassVar = {}
    validation_status = 422
    problem_schema: ClassVar = {
        "type": "object",
        "required": ["detail"],
        "properties": {
            "detail": {
                "oneOf": [
                    {"type": "string"},
                    {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["loc", "msg", "type"],
                            "properties": {
                                "loc": {
                                    "type": "array",
                                    "items": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
                                },
                                "msg": {"type": "string"},
                                "type": {"type": "string"},
                            },
                        },
                    },
                ]
            }
        },
        "additionalProperties": True,
    }
    always_envelope: ClassVar[bool] = False
    counts: ClassVar[Sequence[str]] = ("total", "page", "limit", "pages")
    """The numbers beside a page, as the OpenAPI document has them."""
    page_limit: ClassVar[int] = 20
    skip_limit: ClassVar[int] = 50

    def page(self, rows: QuerySet[Any], present: Callable[[list[Any]], list[Any]] | None = None) -> Response:
        reader = PageQuery(data={name: value for name, value in self.request.query_params.items() if value != ""})
        reader.is_valid(raise_exception=True)
        sent = reader.validated_data
        shown = present or self.present_many
        if "page" not in sent and not self.always_envelope:
            limit = min(sent.get("limit", self.skip_limit), MAX_LIMIT)
            return Response(shown(list(rows[sent["skip"] : sent["skip"] + limit])))
        page, limit = sent.get("page", 1), min(sent.get("limit", self.page_limit), MAX_LIMIT)
        total = count_of(rows)
        items = shown(list(rows[(page - 1) * limit : page * limit])) if (page - 1) * limit < total else []
        return Response({"items": items, "total": total, "page": page, "limit": limit, "pages": -(-total // limit)})

    @classmethod
    def envelope(cls) -> Envelope:
        if cls.always_envelope:
            return Envelope("items", cls.counts, {"page": (1, 1), "limit": (1, cls.page_limit)})
        return BareOrEnvelope("items", cls.counts, {"page": (1, None), "limit": (1, None), "skip": (0, 0)})

    @classmethod
    def word(cls, problem: Problem, request: Any) -> tuple[int, Any]:
        place = "query" if request.method == "GET" else "body"
        if problem.errors is not None:
            return 422, {"detail": list(_located(problem.errors, [place]))}
        if problem.code == "parse_error":
            return 422, {"detail": [{"loc": [place], "msg": problem.message, "type": "json_invalid"}]}
        if problem.field and problem.status == 400 and problem.code in UNREADABLE:
            return 422, {"detail": [{"loc": [place, problem.field], "msg": problem.message, "type": "value_error"}]}
        if problem.code in CODES:
            status, message = CODES[problem.code]
            return status, {"detail": message, **problem.data}
        return problem.status, {"detail": WORDS.get(problem.message, problem.message), **problem.data}


def _located(errors: Any, place: list[Any]) -> Any:
    if isinstance(errors, dict):
        for name, inner in errors.items():
            yield from _located(inner, place if name == "non_field_errors" else [*place, name])
    elif isinstance(errors, list):
        for index, inner in enumerate(errors):
            if isinstance(inner, dict | list):
                yield from _located(inner, [*place, index])
            else:
                yield _fault(inner, place)
    else:
        yield _fault(errors, place)


def _fault(error: Any, place: list[Any]) -> dict[str, Any]:
    message = str(error)
    return {"loc": place, "msg": WORDS.get(message, message), "type": _type_of(error)}


def _type_of(error: Any) -> str:
    code = getattr(error, "code", "invalid")
    return {"required": "missing", "invalid": "value_error"}.get(code, str(code))
