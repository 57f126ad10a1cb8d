"""Operations that answer a document, a PDF or CSV, made while the caller waits."""

from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer

PDF: Final = "application/pdf"
CSV: Final = "text/csv"


class AsAsked(DefaultContentNegotiation):
    """For views that answer documents: which form it is, their path or their parameter `format` says. `Accept` neither
    chooses nor refuses one, and refusals are JSON."""

    def select_renderer(
        self, request: Any, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""


def pdf(content: bytes, name: str) -> HttpResponseBase:
    return _as_file(HttpResponse(content, content_type=PDF), f"{name}.pdf")


def csv(content: Iterable[str], name: str) -> HttpResponseBase:
    """Sent a piece at a time, while it is made."""
    return _as_file(StreamingHttpResponse(content, content_type=f"{CSV}; charset=utf-8"), f"{name}.csv")


def _as_file(response: HttpResponseBase, name: str) -> HttpResponseBase:
    """To be saved, not shown: so a browser runs nothing of it on this site."""
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    return response
