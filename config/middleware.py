"""One log line a request: method, path, status, milliseconds. Never the query string, a body or a header."""

import logging
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("atelier.request")
QUIET = ("/healthz", "/readyz", "/static/")


def request_log(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid.uuid4().hex[:12])
        response = get_response(request)
        if not request.path_info.startswith(QUIET):
            path = "/files/…" if request.path_info.startswith("/files/") else request.path_info
            took = (time.perf_counter() - start) * 1000
            logger.info("%s %s %s %.0f ms", request.method, path, response.status_code, took)
        return response

    return middleware
