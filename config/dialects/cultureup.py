"""CultureUp's ways: page-number lists, field errors, `Token` credentials, amounts as text with two places."""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from config.core.errors import Kind
from config.dialects.base import DialectView
from config.dialects.counting import count_of
from config.dialects.openapi import Envelope
from config.dialects.problems import Problem

ADMIN_PREFIX = "/api/admin/"
# Kinds that this dialect words as {"detail": …}; the others are {"error": …}, or the field's own list.
DETAIL = frozenset(
    {Kind.UNKNOWN_CALLER, Kind.DENIED, Kind.MISSING, Kind.LIMITED, Kind.UPSTREAM, "method", "media_type"}
)

# CultureUp knows four states of a payment; the core knows more (commerce.choices.PaymentStatus).
WORD_OF_STATUS: Final[dict[str, str]] = {
    "pending": "pending",
    "requires_action": "pending",
    "completed": "completed",
    "partially_refunded": "completed",
    "failed": "failed",
    "cancelled": "failed",
    "refunded": "refunded",
}
STATUSES_OF_WORD: Final[dict[str, list[str]]] = {
    word: [status for status, shown in WORD_OF_STATUS.items() if shown == word]
    for word in ("pending", "completed", "failed", "refunded")
}
PAYMENT_STATUS: Final = list(STATUSES_OF_WORD)


class CountedPaginator(Paginator):  # type: ignore[type-arg]
    @cached_property
    def count(self) -> int:  # type: ignore[override]
        return count_of(self.object_list)


class PageQuery(serializers.Serializer[Any]):
    page = serializers.IntegerField(min_value=1, required=False)
    page_size = serializers.IntegerField(min_value=1, required=False)


class PagesEnvelope(Envelope):
    """DRF's own, with links to the pages beside this one."""

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        shape = super().get_paginated_response_schema(schema)
        link = {"type": "string", "format": "uri", "nullable": True}
        count, results = shape["properties"]["count"], shape["properties"]["results"]
        return shape | {
            "required": ["count", "next", "previous", "results"],
            "properties": {"count": count, "next": link, "previous": link, "results": results},
        }


class Pages(PageNumberPagination):
    """A page beyond the end is 404; what is no number is a validation error; a larger page than allowed is cut."""

    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"
    django_paginator_class = CountedPaginator

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        PageQuery(data={name: value for name, value in request.query_params.items() if value != ""}).is_valid(
            raise_exception=True
        )
        return super().paginate_queryset(queryset, request, view)


class AdminPages(Pages):
    page_size = 50
    max_page_size = 200


class CultureupView(DialectView):
    dialect = "cultureup"
    scheme = "Token"
    limits: ClassVar = {"anonymous": 100, "user": 1000}
    problem_schema: ClassVar = {
        "type": "object",
        "description": "`detail`, or `error` with a stable `code`, or for wrong input each field with what is wrong.",
        "properties": {
            "detail": {"type": "string"},
            "error": {"type": "string"},
            "code": {"anyOf": [{"$ref": "#/components/schemas/ErrorCode"}, {"type": "string"}]},
            "non_field_errors": {"type": "array", "items": {"type": "string"}},
        },
        "additionalProperties": True,
    }
    problem_codes: ClassVar = frozenset(Kind) - DETAIL
    pages: ClassVar[type[Pages]] = Pages

    def page(self, rows: QuerySet[Any], present: Callable[[list[Any]], list[Any]] | None = None) -> Response:
        paginator = self.pages()
        found = paginator.paginate_queryset(rows, self.request, view=self) or []
        return paginator.get_paginated_response((present or self.present_many)(found))

    @classmethod
    def envelope(cls) -> Envelope:
        return PagesEnvelope("results", ("count",), {"page": (1, 1), "page_size": (1, cls.pages.page_size)})

    @classmethod
    def word(cls, problem: Problem, request: Any) -> tuple[int, Any]:
        if problem.errors is not None:
            return problem.status, _as_fields(problem.errors)
        if problem.status == 401 and request.path.startswith(ADMIN_PREFIX):
            return 401, {"detail": "Invalid token or authentication credentials not provided"}
        if problem.code == "permission_denied" and request.path.startswith(ADMIN_PREFIX):
            return 403, {"detail": "You do not have permission to perform this action. Admin access required."}
        if problem.field:
            return problem.status, {problem.field: [problem.message], **problem.data}
        if problem.kind in DETAIL:
            return problem.status, {"detail": problem.message, **problem.data}
        return problem.status, {"error": problem.message, "code": problem.code, **problem.data}


class CultureupAdminView(CultureupView):
    pages = AdminPages
    limits: ClassVar = {"user": 1000}


def _as_fields(errors: Any) -> Any:
    if isinstance(errors, list):
        return {"non_field_errors": errors}
    if isinstance(errors, dict):
        return {name: [value] if isinstance(value, ErrorDetail | str) else value for name, value in errors.items()}
    return errors
