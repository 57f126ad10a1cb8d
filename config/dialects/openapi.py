"""One OpenAPI document a dialect, made from its table of routes."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework.fields import DateTimeField


class Schema(AutoSchema):
    """Operation ids are the route names; errors and pages come from the dialect's edge."""

    def get_operation_id(self) -> str:
        view: Any = self.view
        return str(view.operation_ids[self.method.lower()])

    def get_description(self) -> str:  # type: ignore[override]
        """What is written at the action, else at its own view."""
        view: Any = self.view
        action = getattr(view, view.action or "", None)
        return inspect.cleandoc(getattr(action, "__doc__", None) or type(view).__dict__.get("__doc__") or "")

    def get_tags(self) -> list[str]:
        return [type(self.view).__name__]

    @property
    def declared(self) -> Any:
        view: Any = self.view
        return getattr(getattr(view, view.action or "", None), "operation", None)

    def _get_paginator(self) -> Any:
        view: Any = self.view
        return view.envelope() if self.declared is not None and self.declared.rows == "page" else None

    def get_paginated_name(self, serializer_name: str) -> str:
        """The same rows may be listed by one operation in an envelope only, and by another without one too."""
        name: str = super().get_paginated_name(serializer_name)
        return f"{name}OrArray" if isinstance(self._get_paginator(), BareOrEnvelope) else name

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(self.declared is not None and self.declared.rows)

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """A time without its zone, as two of the documents have it, is no `date-time` of OpenAPI."""
        shape: Any = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, DateTimeField) and not str(getattr(field, "format", "Z")).endswith("Z"):
            return {name: value for name, value in shape.items() if name != "format"}
        return shape

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        """What the operation declares, and the dialect's refusals."""
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        view: Any = self.view
        problem = ResolvedComponent("Problem", ResolvedComponent.SCHEMA, view.problem_schema, "Problem")
        self.registry.register_on_missing(problem)
        content = {"application/json": {"schema": problem.ref}}
        for status, words in self._refusals().items():
            bodies.setdefault(status, {"content": content, "description": words})
        return bodies

    def _refusals(self) -> dict[str, str]:
        view: Any = self.view
        found = {
            str(view.validation_status): "The input is not valid, or a rule refuses it.",
            "401": "The credential that came along is not valid, or none did where one is needed.",
        }
        if self.declared is not None and not self.declared.is_public:
            found["403"] = "The caller may not do this."
        if "{" in self.path:
            found["404"] = "There is no such thing, or the caller may not see it."
        if self.declared is not None and self.declared.idempotent:
            found["409"] = "The Idempotency-Key came with another body before, or its first call is under way."
        return found | {"429": "Too many requests; Retry-After says how long to wait.", "default": "Another refusal."}


class Envelope:
    """A list as the OpenAPI document shows it, for the dialects whose pages are not those of DRF.

    `items` is the list's own name, `counts` the numbers beside it, `query` the parameters that choose a page.
    """

    def __init__(self, items: str, counts: Sequence[str], query: Mapping[str, int]) -> None:
        self.items, self.counts, self.query = items, counts, query

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        counts = {name: {"type": "integer"} for name in self.counts}
        names = [self.items, *self.counts]
        return {"type": "object", "required": names, "properties": {self.items: schema, **counts}}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": name, "in": "query", "required": False, "schema": {"type": "integer", "minimum": least}}
            for name, least in self.query.items()
        ]


class BareOrEnvelope(Envelope):
    """Nexus: a bare array, or the envelope when a page is asked for."""

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        return {"oneOf": [schema, super().get_paginated_response_schema(schema)]}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.TokenCredentials"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token <key>"}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.JWTCredentials"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
