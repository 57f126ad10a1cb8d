"""One OpenAPI document a dialect, made from its table of routes."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework.fields import ChoiceField, DateTimeField
from rest_framework.serializers import Serializer

from config.dialects.amounts import AmountIn
from config.dialects.enumerations import OWNER, owner_of
from config.dialects.fields import OfItsKind
from config.dialects.problems import codes_of


class Schema(AutoSchema):
    """Operation ids are the route names; errors and pages come from the dialect's edge.

    What is left to say, summaries to examples, stands in the dialect's texts: `config.dialects.explained`.
    """

    @property
    def edge(self) -> Any:
        return self.view

    @property
    def key_scope(self) -> str:
        """What an API key must be for."""
        return str(self.edge.scopes.get(self.method.lower(), ""))

    def get_extensions(self) -> dict[str, Any]:
        scope = {"x-api-key-scope": self.key_scope} if self.key_scope else {}
        return {**super().get_extensions(), **scope}

    @property
    def declared(self) -> Any:
        return getattr(getattr(self.edge, self.edge.action or "", None), "operation", None)

    def get_operation_id(self) -> str:
        return str(self.edge.operation_ids[self.method.lower()])

    def get_description(self) -> str:  # type: ignore[override]
        """None of the code's own words: they are for those who change it."""
        return ""

    def get_operation(self, *where: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*where)
        if operation is not None:
            operation["security"] = self.get_auth()
        return operation

    def _get_request_body(self, direction: str = "request") -> Any:
        """The generator says none of a DELETE. One that cannot be taken back asks for the password."""
        if self.method != "DELETE" or self.declared is None or self.declared.body is None:
            return super()._get_request_body(direction)
        self.method = "POST"
        try:
            return super()._get_request_body(direction)
        finally:
            self.method = "DELETE"

    def get_auth(self) -> list[dict[str, Any]]:
        """Both credentials do. A public operation needs neither, and none is looked at where one signs in."""
        schemes = [scheme for scheme in super().get_auth() if scheme]
        is_optional = schemes and self.declared is not None and self.declared.is_public
        return [{}, *schemes] if is_optional else schemes

    def _get_paginator(self) -> Any:
        return self.edge.envelope() if self.declared is not None and self.declared.rows == "page" else None

    def get_paginated_name(self, serializer_name: str) -> str:
        """The same rows may be listed by one operation in an envelope only, and by another without one too."""
        name: str = super().get_paginated_name(serializer_name)
        return f"{name}OrArray" if isinstance(self._get_paginator(), BareOrEnvelope) else name

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(self.declared is not None and self.declared.rows)

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """A class's own words are left out, as an action's are. Its `forms`, each a name with the keys that this form
        has, are shown as one of several; `key?` may be absent from it."""
        shape: Any = super()._map_serializer(serializer, direction, bypass_extensions)
        shape.pop("description", None)
        forms: Mapping[str, Sequence[str]] = getattr(serializer, "forms", {})
        if not forms:
            return shape
        refs = []
        for name, keys in forms.items():
            properties = {key.rstrip("?"): shape["properties"][key.rstrip("?")] for key in keys}
            required = [key for key in keys if not key.endswith("?")]
            part = {"type": "object", "properties": properties, "required": required}
            component = ResolvedComponent(name, ResolvedComponent.SCHEMA, part, name)
            self.registry.register_on_missing(component)
            refs.append(component.ref)
        return {"oneOf": refs}

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """A choice knows whose it is. An amount is text or a number. A time without its zone, as two of the documents
        have it, is no `date-time` of OpenAPI."""
        if isinstance(field, OfItsKind):
            return {
                "type": "array",
                "items": self.resolve_serializer(cast("Serializer[Any]", field.parent), direction).ref,
            }
        shape: Any = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, ChoiceField) and "enum" in shape and (owner := owner_of(field)):
            shape[OWNER] = owner
        if isinstance(field, AmountIn) and shape.get("type") == "string":
            text = {name: shape.pop(name) for name in ("type", "format", "pattern", "minLength") if name in shape}
            shape["oneOf"] = [text, {"type": "number"} | _limits(field)]
        is_naive = isinstance(field, DateTimeField) and not str(getattr(field, "format", "Z")).endswith("Z")
        # What a model says of its column is for Django admin.
        is_columns = field.field_name not in getattr(field.parent, "_declared_fields", {field.field_name: field})
        left_out = {"format" if is_naive else "", "description" if is_columns else ""}
        return {name: value for name, value in shape.items() if name not in left_out}

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        """What the operation declares, and the dialect's refusals."""
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, body in bodies.items():
            body["description"] = ANSWERS.get(status, "The answer.")
            for kind in set(self.declared.files if self.declared is not None else ()) & set(body.get("content", {})):
                body["content"][kind] = {"schema": A_FILE}  # also where the rows beside it come in pages
        problem = ResolvedComponent("Problem", ResolvedComponent.SCHEMA, self.edge.problem_schema, "Problem")
        self.registry.register_on_missing(problem)
        if self.edge.problem_codes:
            codes = {"type": "string", "enum": list(codes_of(self.edge.problem_codes))}
            self.registry.register_on_missing(
                ResolvedComponent("ErrorCode", ResolvedComponent.SCHEMA, codes, "ErrorCode")
            )
        content = {"application/json": {"schema": problem.ref}}
        for status, words in self._refusals().items():
            bodies.setdefault(status, {"content": content, "description": words})
        if "429" in bodies:
            bodies["429"]["headers"] = {"Retry-After": RETRY_AFTER}
        for body in bodies.values():
            for name in self.edge.answer_headers:
                body.setdefault("headers", {})[name] = {"$ref": f"#/components/headers/{name}"}
        return bodies

    def _refusals(self) -> dict[str, str]:
        found = {
            str(self.edge.validation_status): "The input is not valid, or a rule refuses it.",
            "401": "The credential that came along is not valid, or none did where one is needed.",
        }
        if self.declared is not None and not self.declared.is_public:
            found["403"] = "The caller may not do this."
        if "{" in self.path:
            found["404"] = "There is no such thing, or the caller may not see it."
        if self.declared is not None and self.declared.idempotent:
            found["409"] = "The Idempotency-Key came with another body before, or its first call is under way."
        return found | {"429": "Too many requests; Retry-After says how long to wait.", "default": "Another refusal."}


def _limits(field: Any) -> dict[str, float]:
    limits = {"minimum": field.min_value, "maximum": field.max_value}
    return {name: float(value) for name, value in limits.items() if value is not None}


ANSWERS = {
    "200": "Done, or what was asked for.",
    "201": "Made.",
    "202": "Begun; the answer says which step comes next.",
    "204": "Done; there is no body.",
}
A_FILE = {"type": "string", "format": "binary"}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}


class Envelope:
    """A page of a list as the OpenAPI document shows it.

    `items` is the list's own name, `counts` the numbers beside it, `query` the parameters that choose a page, each with
    the least that it may be and what it is when it is not sent.
    """

    def __init__(self, items: str, counts: Sequence[str], query: Mapping[str, tuple[int, int | None]]) -> None:
        self.items, self.counts, self.query = items, counts, query

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        counts = {name: {"type": "integer"} for name in self.counts}
        names = [self.items, *self.counts]
        return {"type": "object", "required": names, "properties": {self.items: schema, **counts}}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": least} | ({} if usual is None else {"default": usual}),
            }
            for name, (least, usual) in self.query.items()
        ]


class BareOrEnvelope(Envelope):
    """Nexus: a bare array, or the envelope when a page is asked for."""

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        return {"oneOf": [schema, super().get_paginated_response_schema(schema)]}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Named by the operations that a key can be for."""

    target_class = "accounts.authentication.ApiKeyCredentials"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        words = "A personal API key (atl_…) whose scopes have the operation's x-api-key-scope."
        return {"type": "http", "scheme": "bearer", "description": words}

    def get_security_requirement(self, auto_schema: Any) -> Any:
        return super().get_security_requirement(auto_schema) if auto_schema.key_scope else None


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
