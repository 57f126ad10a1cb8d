"""What every request passes: a host that is ours, an id and the caller's address for what it writes down, one log line.

The line has method, path, status, milliseconds. Never the query string, a body, a header, or an address that is itself
a secret."""

import logging
import os
import time
import uuid
from collections.abc import Callable

import structlog
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.encoding import escape_uri_path

from config.addresses import address_of
from config.core.callers import called_from
from config.core.logs import without_secret
from config.core.metrics import request_counted
from config.dialects.bodies import is_chunked

logger = logging.getLogger("atelier.request")
QUIET = ("/healthz", "/readyz", "/metrics", "/static/")


def shown_path(request: HttpRequest) -> str:
    """In one line, whatever was sent."""
    path = without_secret(request.path_info)
    return path if path.isprintable() else escape_uri_path(path)


def route_of(request: HttpRequest) -> tuple[str, str]:
    """A dialect and its operation, or "page" and the pattern of its address; "none" for what there is not."""
    match = request.resolver_match
    if match is None:
        return "page", "none"
    names: dict[str, str] = getattr(match.func, "initkwargs", {}).get("operation_ids", {})
    if names:
        dialect, _, route = next(iter(names.values())).partition(".")
        return dialect, names.get((request.method or "").lower(), "").removeprefix(f"{dialect}.") or "none"
    return "page", match.route or "/"


def known_hosts(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A request for a host that is none of ours ends here, with one line in the log: anybody can send it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            structlog.contextvars.clear_contextvars()
            host = request.META.get("HTTP_HOST", "")[:100]
            logger.warning("%s %s 400: the host %r is not in ALLOWED_HOSTS", request.method, shown_path(request), host)
            return HttpResponseBadRequest("This host is not served here.\n", content_type="text/plain; charset=utf-8")
        return get_response(request)

    return middleware


def measured_body(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A body that comes in chunks has no length in its headers, and Django and DRF take it for empty. Under ASGI it has
    been taken in whole by now, and is measured; under WSGI `DialectView` asks for the length."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if isinstance(request, ASGIRequest) and is_chunked(request):
            body = request._stream  # type: ignore[attr-defined]
            body.seek(0, os.SEEK_END)
            request.META["CONTENT_LENGTH"] = str(body.tell())
            body.seek(0)
        return get_response(request)

    return middleware


def request_log(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid.uuid4().hex[:12])
        with called_from(address_of(request), request.META.get("HTTP_USER_AGENT", "")):
            response = get_response(request)
        if not request.path_info.startswith(QUIET):
            took = time.perf_counter() - start
            logger.info("%s %s %s %.0f ms", request.method, shown_path(request), response.status_code, took * 1000)
            dialect, route = route_of(request)
            request_counted(dialect=dialect, route=route, status=response.status_code, seconds=took)
        return response

    return middleware
