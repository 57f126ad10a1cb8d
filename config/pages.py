"""The few pages that belong to no app: health, files, errors."""

from django.conf import settings
from django.core import signing
from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from config import readiness
from config.core.storage import FILE_LINK_SALT, PRIVATE, PUBLIC, link_holds
from config.dialects.cultureup import CultureupView
from config.dialects.nexus import NexusView
from config.dialects.printshop import PrintshopView
from config.dialects.problems import Problem
from config.dialects.routing import rendered
from config.dialects.v1 import V1View
from config.serving import served


def healthz(_request: HttpRequest) -> HttpResponse:
    """The process is alive."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether what people send can be kept: 503 when database or files cannot be written. Without the queue the
    platform serves on, so that is only said."""
    parts = {probe.name: probe.is_writable() for probe in (*readiness.needed(), *readiness.useful())}
    is_ready = all(parts[probe.name] for probe in readiness.needed())
    words = {name: "ok" if is_writable else "not writable" for name, is_writable in parts.items()}
    answer = JsonResponse({"status": "ok" if is_ready else "not ready"} | words, status=200 if is_ready else 503)
    # By the probe, once; not as an error each time somebody asks.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


@require_safe
def private_file(request: HttpRequest, signed: str) -> HttpResponseBase:
    """A private file on disk, for whoever holds its signed link, until the link or what it was made by ends."""
    try:
        link = signing.loads(signed, salt=FILE_LINK_SALT, max_age=settings.FILE_LINK_SECONDS)
    except signing.BadSignature:
        raise Http404 from None
    if not link_holds(link):
        raise Http404
    return served(request, storages["private"], link["name"], caching=PRIVATE, download_as=link.get("as"))


@require_safe
def public_file(request: HttpRequest, name: str) -> HttpResponseBase:
    return served(request, storages["default"], name, caching=PUBLIC)


def edge_of(request: HttpRequest) -> type[CultureupView | NexusView | V1View | PrintshopView]:
    """Whose form an error on this path takes when no view is there to say it."""
    address = request.path_info
    if settings.ROOT_URLCONF == "config.urls_printshop" or address.startswith("/api/printshop/"):
        return PrintshopView
    if address.startswith("/api/v1/"):
        return V1View
    return CultureupView if address.endswith("/") else NexusView


@csrf_exempt
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error(request, Problem(400, "invalid", "bad_request", "The request cannot be read."))


@csrf_exempt
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error(request, Problem(403, "denied", "permission_denied", "You may not do this."))


@csrf_exempt
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error(request, Problem(404, "missing", "not_found", "Not found."))


@csrf_exempt
def server_error(request: HttpRequest) -> HttpResponseBase:
    return _error(request, Problem(500, "fault", "server_error", "Internal server error."))


@csrf_exempt
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form that this browser was not given, or not lately: its cookie is gone, or somebody signed in meanwhile."""
    problem = Problem(403, "denied", "csrf_failed", "The form's token is missing or of another session.")
    return _error(request, problem, "csrf.html")


def _error(request: HttpRequest, problem: Problem, template: str = "") -> HttpResponseBase:
    """Under the APIs' addresses in the dialect's form; a page everywhere else."""
    if request.path_info.startswith("/api/"):
        return rendered(edge_of(request), problem, request)
    response = render(request, template or f"{problem.status}.html", status=problem.status)
    response["Cache-Control"] = "no-store"
    return response
