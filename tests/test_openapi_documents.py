"""The OpenAPI documents explain: every operation, parameter and property, with examples that their schemas allow."""

import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import resolve
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from rest_framework import serializers

from config.dialects.documents import Document
from config.dialects.explained import texts_of
from printshop.api.printshop.filaments import GramsOut
from tests.openapi import DIALECTS
from tests.roles.caller import ROUTES

pytestmark = pytest.mark.django_db
EXPLAINED: tuple[str, ...] = DIALECTS
"""Those whose texts are written."""
AMOUNTS = (serializers.DecimalField, serializers.FloatField)
NO_MONEY = re.compile("rating|percent|score|confidence|temp|target|grams|position|^[xyz]$")
NESTED = ("items", "additionalProperties", "oneOf", "allOf", "anyOf")


def document_of(dialect: str) -> Document:
    view: Any = resolve(f"/api/schema/{dialect}/").func
    found: Document = view.initkwargs["document"]
    return found


def operations_of(dialect: str) -> dict[str, dict[str, Any]]:
    paths = document_of(dialect).content()["paths"]
    return {
        operation["operationId"].removeprefix(f"{dialect}."): operation
        for operations in paths.values()
        for operation in operations.values()
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_maker_has_no_doubts(dialect):
    """Two bodies of one name would silently be documented as one of them, and a view that cannot be read as text."""
    document = document_of(dialect)
    document.content()
    assert document.doubts == []


# ---------------------------------------------------------------- nothing is left unsaid
@pytest.mark.parametrize("dialect", EXPLAINED)
def test_every_operation_is_explained(dialect):
    operations = operations_of(dialect)
    tags = {tag["name"] for tag in document_of(dialect).content()["tags"] if tag["description"]}
    lacking = {
        "summary": [name for name, found in operations.items() if not _is_summary(found.get("summary", ""))],
        "description": [name for name, found in operations.items() if not found.get("description")],
        "request example": [name for name, found in operations.items() if not _has_example(found.get("requestBody"))],
        "response example": [
            name
            for name, found in operations.items()
            if not all(_has_example(answer) for status, answer in found["responses"].items() if status < "3")
        ],
        "tag": [name for name, found in operations.items() if not set(found["tags"]) <= tags],
        "parameters": [
            f"{name}: {parameter['name']}"
            for name, found in operations.items()
            for parameter in found.get("parameters", ())
            if not parameter.get("description")
        ],
    }
    assert {what: names for what, names in lacking.items() if names} == {}


def _is_summary(text: str) -> bool:
    return 0 < len(text.split()) <= 8 and text[0].isupper() and not text.endswith(".")


def _has_example(body: dict[str, Any] | None) -> bool:
    """Of a body, or there is none; a file needs none."""
    content = (body or {}).get("content", {})
    shown = [shown for shown in content.values() if shown["schema"].get("format") != "binary"]
    return not shown or any("example" in one or "examples" in one for one in shown)


@pytest.mark.parametrize("dialect", EXPLAINED)
def test_every_property_is_explained(dialect):
    schemas = document_of(dialect).content()["components"]["schemas"]
    silent = [f"{name}.{prop}" for name, schema in schemas.items() for prop in _undescribed(schema)]
    assert silent == []


def _undescribed(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for part in schema:
            yield from _undescribed(part)
    if isinstance(schema, dict):
        for name, part in schema.get("properties", {}).items():
            if not part.get("description"):
                yield name
            yield from _undescribed(part)
        for key in NESTED:
            yield from _undescribed(schema.get(key))


@pytest.mark.parametrize("dialect", EXPLAINED)
def test_the_texts_are_about_what_there_is(dialect):
    """In the order of the dialect's table."""
    texts, content = texts_of(dialect), document_of(dialect).content()
    assert list(texts["operations"]) == [route.name for route in ROUTES[dialect]]
    schemas = content["components"]["schemas"]
    bases = {name.removeprefix("Patched").removesuffix("Request") for name in schemas} | set(schemas)
    assert set(texts["schemas"]) - bases == set()
    names = {name for schema in schemas.values() for name in _names(schema)}
    names |= {
        parameter["name"] for found in operations_of(dialect).values() for parameter in found.get("parameters", ())
    }
    assert set(texts["properties"]) - names == set()
    assert set(texts["enums"]) - set(schemas) == set()


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for part in schema:
            yield from _names(part)
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in (*schema.get("properties", {}).values(), *(schema.get(key) for key in NESTED)):
            yield from _names(part)


# ---------------------------------------------------------------- money
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_amount_stands_beside_its_currency(dialect):
    """In its own object, or in one that it is in."""
    bare = {
        f"{type(shape).__name__}.{name}"
        for route in ROUTES[dialect]
        if (answer := getattr(route.view, route.action).operation.answer) is not None
        for shape, name in _bare_amounts(answer(), has_currency=False)
    }
    assert bare == set()


def _bare_amounts(shape: Any, *, has_currency: bool) -> Iterator[tuple[Any, str]]:
    if isinstance(shape, serializers.ListSerializer | serializers.ListField | serializers.DictField):
        yield from _bare_amounts(shape.child, has_currency=has_currency or isinstance(shape, serializers.DictField))
    if isinstance(shape, serializers.Serializer):
        has_currency = has_currency or "currency" in shape.fields
        for name, field in shape.fields.items():
            is_amount = isinstance(field, AMOUNTS) and not isinstance(field, GramsOut) and not NO_MONEY.search(name)
            if is_amount and not has_currency:
                yield shape, name
            yield from _bare_amounts(field, has_currency=has_currency)


# ---------------------------------------------------------------- the examples are true


@pytest.mark.parametrize("dialect", DIALECTS)
def test_examples_are_what_the_schemas_say(dialect):
    """And say nothing that the schemas do not know."""
    content = document_of(dialect).content()
    components = {
        "schemas": {name: _strict(schema) for name, schema in content["components"]["schemas"].items()},
        "responses": content["components"]["responses"],
    }
    wrong = []
    for name, operation in operations_of(dialect).items():
        for where, schema, example in _examples(operation):
            whole = {"allOf": [_strict(schema)], "components": components}
            faults = OAS30Validator(whole, format_checker=oas30_format_checker).iter_errors(example)
            wrong += [f"{name} {where}: {fault.json_path}: {fault.message[:200]}" for fault in faults]
    assert wrong == []


def _examples(operation: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each with the name of its body and that body's schema."""
    bodies = {"request": operation.get("requestBody", {})} | operation["responses"]
    for where, body in bodies.items():
        for shown in body.get("content", {}).values():
            several = [one["value"] for one in shown.get("examples", {}).values()]
            yield from (
                (where, shown["schema"], one) for one in ([shown["example"]] if "example" in shown else several)
            )


@functools.singledispatch
def _strict(schema: Any) -> Any:
    return schema


@_strict.register
def _(schema: list) -> Any:  # type: ignore[type-arg]
    return [_strict(part) for part in schema]


@_strict.register
def _(schema: dict) -> Any:  # type: ignore[type-arg]
    """The same schema without room for keys that it does not name; a file is any text."""
    found = {name: _strict(part) for name, part in schema.items() if (name, part) != ("format", "binary")}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found
