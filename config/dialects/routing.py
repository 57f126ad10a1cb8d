"""From a dialect's table of routes to URL patterns.

A slash at the end is part of a route, since it tells two dialects apart. A path that exists in only one spelling also
answers to the other one, without a redirect; where both exist, the exact one wins.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, URLPattern, URLResolver, include, path, re_path, register_converter, resolve
from rest_framework.renderers import BaseRenderer

from config.core.references import LARGEST_ID, Reference
from config.core.storage import PRIVATE
from config.dialects.base import DialectView
from config.dialects.bodies import Renderer
from config.dialects.problems import Problem


class NumberConverter:
    """A number. One that is too large for any row becomes the largest, which no row has either: 404, or 401 and 403
    before it, as for every other number that is not there."""

    regex = r"[0-9]+"

    def to_python(self, value: str) -> int:
        return min(int(value), LARGEST_ID)

    def to_url(self, value: int) -> str:
        return str(value)


class ReferenceConverter:
    """A number or a UUID."""

    regex = r"[0-9]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> Reference:
        return min(int(value), LARGEST_ID) if value.isdigit() else UUID(value)

    def to_url(self, value: Reference) -> str:
        return str(value)


register_converter(NumberConverter, "number")
register_converter(ReferenceConverter, "reference")
# How a dialect writes the ids in its paths; the others write numbers.
REFERENCES = {"v1": "reference"}
# Parameters that are not numbers there, whatever their names end with.
TEXTS = {"nexus": ("transaction_id", "file_id")}


@dataclass(frozen=True)
class Route:
    """One operation. The last part of `name` is the view's action: `artworks.create` is `Artworks.create`."""

    method: str
    path: str
    view: type[DialectView]
    name: str

    @property
    def action(self) -> str:
        return self.name.rpartition(".")[2]


def patterns_of(dialect: str, routes: Sequence[Route], scopes: Mapping[str, str]) -> list[URLPattern]:
    """One pattern a path, with all its methods; fixed segments before parameters. `scopes` says by operation which API
    keys are good for it."""
    grouped: dict[str, list[Route]] = {}
    for route in routes:
        grouped.setdefault(route.path, []).append(route)
    patterns = []
    for spelled, group in sorted(grouped.items(), key=lambda item: item[0].replace("{", "~")):
        views = {route.view for route in group}
        if len(views) != 1:
            raise ValueError(f"{spelled} is served by more than one view: {views}")
        actions: dict[str, Any] = {route.method.lower(): route.action for route in group}
        names = {route.method.lower(): f"{dialect}.{route.name}" for route in group}
        keys = {route.method.lower(): scopes[route.name] for route in group if route.name in scopes}
        view = views.pop().as_view(actions, operation_ids=names, scopes=keys)
        patterns.append(path(_django_path(spelled, dialect), view, name=f"{dialect}.{group[0].name}"))
    return patterns


def mounted(patterns: Sequence[URLPattern]) -> list[URLResolver]:
    """The same addresses by their first segment: of hundreds of patterns a request tries a dozen. The order of those
    that begin alike stays."""
    grouped: dict[str, list[URLPattern]] = {}
    for pattern in patterns:
        first, slash, rest = str(pattern.pattern).partition("/")
        grouped.setdefault(first, []).append(path(slash + rest, pattern.callback, name=pattern.name))
    return [path(first, include(group)) for first, group in grouped.items()]


def _django_path(spelled: str, dialect: str) -> str:
    reference, texts = REFERENCES.get(dialect, "number"), TEXTS.get(dialect, ())

    def converter(match: re.Match[str]) -> str:
        name = match.group(1)
        is_text = name in texts or not name.endswith("id")
        return f"<str:{name}>" if is_text else f"<{reference}:{name}>"

    return re.sub(r"\{(\w+)\}", converter, spelled.lstrip("/"))


def fallback_of(*edges: type[DialectView]) -> URLPattern:
    """The last pattern of a mount: tries the other spelling, else answers an unknown path.

    `edges` are the dialects mounted here; a path that ends with a slash is answered by the first, else by the last.
    """

    def other_spelling(request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        other = request.path_info[:-1] if request.path_info.endswith("/") else request.path_info + "/"
        try:
            match = resolve(other, urlconf=getattr(request, "urlconf", None))
        except Resolver404:
            match = None
        if match is not None and match.func is not other_spelling:
            request.resolver_match = match
            return match.func(request, *match.args, **match.kwargs)
        edge = edges[0] if request.path_info.endswith("/") else edges[-1]
        return rendered(edge, Problem(404, "missing", "not_found", "Not found."), request)

    # The views behind it know no cookies; and it has no operation of its own.
    vars(other_spelling).update(csrf_exempt=True, actions={})
    return re_path(r"", other_spelling)  # any, also with a line break in it, which no dot stands for


def rendered(edge: type[DialectView], problem: Problem, request: HttpRequest) -> HttpResponseBase:
    """A refusal outside of any view."""
    response = edge.refusal(problem, request)
    response["Cache-Control"] = PRIVATE
    renderer: BaseRenderer = Renderer()
    vars(response).update(accepted_renderer=renderer, accepted_media_type=renderer.media_type, renderer_context={})
    return response.render()
