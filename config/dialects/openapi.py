"""One OpenAPI document a dialect, made from its table of routes."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """Operation ids are the route names; errors and pages come from the dialect's edge."""

    def get_operation_id(self) -> str:
        view: Any = self.view
        return str(view.operation_ids[self.method.lower()])

    def get_tags(self) -> list[str]:
        return [type(self.view).__name__]

    def _get_paginator(self) -> Any:
        view: Any = self.view
        declared = getattr(getattr(view, view.action or "", None), "operation", None)
        return view.envelope() if declared is not None and declared.paged else None

    def _is_list_view(self, serializer: Any = None) -> bool:
        view: Any = self.view
        declared = getattr(getattr(view, view.action or "", None), "operation", None)
        return bool(declared is not None and declared.paged)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "config.dialects.credentials.TokenCredentials"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token <key>"}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "config.dialects.credentials.JWTCredentials"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
