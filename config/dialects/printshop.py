"""The print shop's ways: `error` with `status`, `Bearer` credentials, limit and offset, rate-limit headers."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any, ClassVar, Final

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.response import Response

from config.core.references import LARGEST_ID
from config.dialects.base import DialectView
from config.dialects.counting import FURTHEST, count_of
from config.dialects.openapi import Envelope
from config.dialects.problems import Problem
from config.dialects.throttle import HourlyThrottle, MinuteThrottle

MAX_LIMIT = 200
PRINT_OPERATIONS: Final = ("print-operations", 100)
"""A minute's limit for a view's `minute_limits`: starting, pausing, resuming, stopping and scheduling together."""
NAIVE = "%Y-%m-%dT%H:%M:%S"
"""Moments as the print shop's document shows them: UTC, without a zone."""
WORDS = {401: "Invalid or missing JWT token", 403: "User doesn't have access", 404: "Resource doesn't exist"}


class MomentOut(serializers.DateTimeField):
    """A moment in UTC, such as 2025-01-01T00:00:00."""

    def __init__(self, **options: Any) -> None:
        shown: dict[str, Any] = {"format": NAIVE, "default_timezone": UTC}
        super().__init__(**shown | options)


class MessageOut(serializers.Serializer[Any]):
    message = serializers.CharField()


class IdQuery(serializers.IntegerField):
    """The id of a row, in a query. One that is too large for any row is cut, as in a path: it finds none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": LARGEST_ID} | options)

    def to_internal_value(self, data: Any) -> int:
        return min(super().to_internal_value(data), LARGEST_ID)


class PageQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, default=50)
    offset = serializers.IntegerField(min_value=0, max_value=FURTHEST, default=0)


class ArrayQuery(PageQuery):
    limit = serializers.IntegerField(min_value=1, default=MAX_LIMIT)


class PrintshopView(DialectView):
    dialect = "printshop"
    limits: ClassVar = {"user": 1000}
    throttle_classes = (HourlyThrottle, MinuteThrottle)
    throttles: Sequence[Any] = ()
    problem_schema: ClassVar = {
        "type": "object",
        "required": ["error", "status"],
        "properties": {
            "error": {"type": "string"},
            "status": {"type": "integer"},
            "field": {"type": "string"},
        },
    }
    answer_headers: ClassVar = {
        "X-RateLimit-Limit": "How many requests the limit that is the closest to its end allows.",
        "X-RateLimit-Remaining": "How many of them are left.",
        "X-RateLimit-Reset": "When the count starts anew: seconds since 1970 (Unix time).",
    }
    administrators_unlimited = False
    list_name: ClassVar[str] = "data"

    def page(self, rows: QuerySet[Any], present: Callable[[list[Any]], list[Any]] | None = None) -> Response:
        reader = PageQuery(data={name: value for name, value in self.request.query_params.items() if value != ""})
        reader.is_valid(raise_exception=True)
        offset, limit = reader.validated_data["offset"], min(reader.validated_data["limit"], MAX_LIMIT)
        total = count_of(rows)
        found = list(rows[offset : offset + limit]) if offset < total else []
        return Response(
            {
                self.list_name: (present or self.present_many)(found),
                "total": total,
                "limit": limit,
                "offset": offset,
                "page": offset // limit + 1,
                "pages": -(-total // limit),
            }
        )

    def array(self, rows: QuerySet[Any], present: Callable[[list[Any]], list[Any]] | None = None) -> Response:
        """All of them, as a bare array: up to 200, or as many as asked for from where it is asked."""
        reader = ArrayQuery(data={name: value for name, value in self.request.query_params.items() if value != ""})
        reader.is_valid(raise_exception=True)
        offset, limit = reader.validated_data["offset"], min(reader.validated_data["limit"], MAX_LIMIT)
        return Response((present or self.present_many)(list(rows[offset : offset + limit])))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        counted = [throttle for throttle in self.throttles if getattr(throttle, "limit", None) is not None]
        if counted:
            closest = min(counted, key=lambda throttle: (throttle.left, -throttle.reset))
            _tell(response, closest.limit, closest.left, closest.reset)
        elif "X-RateLimit-Limit" not in response:
            _tell_uncounted(response, self.limits["user"])
        return response

    def get_throttles(self) -> list[Any]:
        self.throttles = super().get_throttles()
        return self.throttles

    @classmethod
    def refusal(cls, problem: Problem, request: Any) -> Response:
        response = super().refusal(problem, request)
        _tell_uncounted(response, cls.limits["user"])
        return response

    @classmethod
    def envelope(cls) -> Envelope:
        counts = ("total", "limit", "offset", "page", "pages")
        return Envelope(cls.list_name, counts, {"limit": (1, 50), "offset": (0, 0)})

    @classmethod
    def word(cls, problem: Problem, request: Any) -> tuple[int, Any]:
        message = WORDS.get(problem.status, problem.message)
        if problem.errors is not None:
            message = "; ".join(f"{name}: {text}" for name, text in _flat(problem.errors))
        body = {"error": message, "status": problem.status, **problem.data}
        if problem.field:
            body["field"] = problem.field
        return problem.status, body


def _tell(response: Response, limit: int, left: int, reset: int) -> None:
    """Of the limit that is the closest to its end."""
    response["X-RateLimit-Limit"] = str(limit)
    response["X-RateLimit-Remaining"] = str(left)
    response["X-RateLimit-Reset"] = str(reset)


def _tell_uncounted(response: Response, limit: int) -> None:
    """Who is not signed in takes nothing of the limit, which is on every answer all the same."""
    hour = HourlyThrottle.seconds
    _tell(response, limit, limit, (int(time.time()) // hour + 1) * hour)


def _flat(errors: Any, name: str = "") -> Any:
    if isinstance(errors, dict):
        for inner, value in errors.items():
            yield from _flat(value, f"{name}.{inner}".strip("."))
    elif isinstance(errors, list):
        for value in errors:
            yield from _flat(value, name)
    else:
        yield name, errors
