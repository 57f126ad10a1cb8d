"""What front-end developers read: an OpenAPI document a dialect, an AsyncAPI document of the sockets, pages for them.

`/api/schema/<dialect>/` and `/api/schema/sockets/` are the documents, `/swagger/…` and `/redoc/…` the pages, on each of
which the dialect is chosen. Everything that the pages load comes from here.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from config.dialects.documents import Document, DocumentView

TITLES: Final = {"cultureup": "CultureUp", "nexus": "Nexus Models", "v1": "v1", "printshop": "Print shop"}
MOUNTS: Final = {"cultureup": "/api", "nexus": "/api", "v1": "/api/v1", "printshop": "/api/printshop"}
SOCKETS_FILE: Final = settings.BASE_DIR / "docs" / "reference" / "asyncapi.yaml"
ASYNCAPI: Final = "application/vnd.aai.asyncapi"

# Both pages' programs set styles by themselves; ReDoc searches in a worker of its own.
CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def documentation(dialects: Mapping[str, Sequence[URLPattern]], mount: str = "") -> list[URLPattern]:
    """The addresses of the documents and pages of these dialects; `mount` is where the print shop is alone."""
    names = list(dialects)
    routes = [path("api/schema/sockets/", sockets_document, name="schema_sockets")]
    for name, patterns in dialects.items():
        schema = DocumentView.as_view(document=Document(name, mount or MOUNTS[name], patterns))
        routes.append(path(f"api/schema/{name}/", schema, name=f"schema_{name}"))
        for page in PAGES:
            chosen = {"page": page, "names": names, "chosen": name}
            routes.append(path(f"{page}/{name}/", document_page, chosen, name=f"{page}_{name}"))
            routes.append(path(f"{page}/{name}", RedirectView.as_view(url=f"/{page}/{name}/")))
    first = {"names": names, "chosen": names[0]}
    routes += [
        path("swagger/", document_page, {"page": "swagger", **first}),
        path("api/docs/", document_page, {"page": "swagger", **first}),
        path("redoc/", document_page, {"page": "redoc", **first}),
    ]
    routes += [path(page, RedirectView.as_view(url=f"/{page}/")) for page in PAGES]
    if "nexus" in dialects:  # which promises it
        routes.append(path("docs", document_page, {"page": "swagger", "names": names, "chosen": "nexus"}))
    return routes


PAGES: Final = ("swagger", "redoc")


@require_safe
def document_page(request: HttpRequest, page: str, names: Sequence[str], chosen: str) -> HttpResponse:
    """Swagger UI or ReDoc, with the documents that one can choose from."""
    documents = [
        {"name": TITLES[name], "url": reverse(f"schema_{name}"), "page": reverse(f"{page}_{name}")} for name in names
    ]
    about = {"documents": documents, "chosen": TITLES[chosen], "url": reverse(f"schema_{chosen}")}
    response = render(request, f"pages/{page}.html", {"about": about, "sockets": reverse("schema_sockets")})
    response["Content-Security-Policy"] = CONTENT_POLICY
    return response


@require_safe
def sockets_document(request: HttpRequest) -> HttpResponse:
    """The AsyncAPI document of all sockets, with this server as theirs: YAML, or JSON for who asks for that by `Accept`
    or `?format=json`."""
    kept = _sockets()
    here = {"host": request.get_host(), "protocol": "wss" if request.is_secure() else "ws"}
    document = {**kept, "servers": {"atelier": {**kept["servers"]["atelier"], **here}}}
    asked = request.get_preferred_type([f"{ASYNCAPI}+yaml", f"{ASYNCAPI}+json", "application/json"])
    response: HttpResponse
    if request.GET.get("format") == "json" or (asked or "").endswith("json"):
        response = JsonResponse(document, json_dumps_params={"ensure_ascii": False})
    else:
        text = yaml.dump(document, Dumper=_Whole, sort_keys=False, allow_unicode=True, width=120)
        response = HttpResponse(text, content_type=f"{ASYNCAPI}+yaml;version=3.0.0; charset=utf-8")
    patch_vary_headers(response, ("Accept",))
    return response


class _Whole(yaml.CSafeDumper):
    """What is there twice is written twice: not every reader of YAML knows its references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


@cache
def _sockets() -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(SOCKETS_FILE.read_bytes(), Loader=yaml.CSafeLoader)
    return document
