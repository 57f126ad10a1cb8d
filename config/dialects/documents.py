"""The OpenAPI documents: each is made once a process, from a dialect's routes and its texts."""

import threading
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from config.dialects.enumerations import named
from config.dialects.explained import explain, texts_of

# The library counts what it doubts for the whole process.
_one_at_a_time = threading.Lock()


class Document:
    """Of one dialect, where it is mounted: `mount` is "/api" for one."""

    def __init__(self, dialect: str, mount: str, patterns: Sequence[URLPattern]) -> None:
        self.dialect, self.mount, self.patterns = dialect, mount, patterns
        self.doubts: list[str] = []
        """What the library could not tell of a view or a serializer. A test asks for none."""
        self._content: dict[str, Any] | None = None
        self._written: dict[str, bytes] = {}

    def content(self) -> dict[str, Any]:
        with _one_at_a_time:
            if self._content is None:
                self._content = self._made()
            return self._content

    def written(self, renderer: BaseRenderer) -> bytes:
        """As JSON or YAML."""
        if renderer.media_type not in self._written:
            rendered: Any = renderer.render(self.content(), renderer.media_type, {})
            self._written[renderer.media_type] = rendered
        return self._written[renderer.media_type]

    def _made(self) -> dict[str, Any]:
        texts = texts_of(self.dialect)
        document: dict[str, Any] = SchemaGenerator(patterns=list(self.patterns)).get_schema(public=True)
        self.doubts = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
        edge = self.patterns[0].callback.cls  # type: ignore[attr-defined]
        number = {"type": "integer"}
        headers = {name: {"description": words, "schema": number} for name, words in edge.answer_headers.items()}
        if headers:
            document["components"]["headers"] = headers
        named(document, texts["enums"])
        explain(document, self.dialect, texts)
        first = {"openapi": document["openapi"], "info": document["info"], "servers": [{"url": self.mount}]}
        return first | {name: document[name] for name in ("tags", "paths", "components") if document[name]}


class DocumentView(SpectacularAPIView):
    """`/api/schema/<dialect>/`: the same for everybody."""

    document: Document | None = None

    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:
        assert self.document is not None  # noqa: S101 (the table of addresses names it)
        renderer = request.accepted_renderer
        name = f"{self.document.dialect}.{renderer.format}"
        return HttpResponse(
            self.document.written(renderer),
            content_type=renderer.media_type,
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )
