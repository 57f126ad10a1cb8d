"""One log line a request: method, path, status, milliseconds. Never the query string, a body, a header, or an address
that is itself a secret."""

import logging
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("atelier.request")
QUIET = ("/healthz", "/readyz", "/metrics", "/static/")
# What follows these opens a file, confirms an address or answers for a bank, for whoever has it.
SECRET = ("/files/", "/verify-email/", "/sandbox/3d-secure/")


def request_log(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid.uuid4().hex[:12])
        response = get_response(request)
        if not request.path_info.startswith(QUIET):
            path = next((f"{begin}…" for begin in SECRET if request.path_info.startswith(begin)), request.path_info)
            took = (time.perf_counter() - start) * 1000
            logger.info("%s %s %s %.0f ms", request.method, path, response.status_code, took)
        return response

    return middleware
