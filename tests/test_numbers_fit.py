"""Numbers that name a row fit into 64 bits before any database is asked: SQLite refuses larger ones with an error."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import resolve
from rest_framework import serializers

from config.core.references import LARGEST_ID
from tests.roles.caller import ROUTES

# These are cut to the largest page, and never reach the database as they are.
PAGES = {"page", "page_size", "limit", "skip", "size", "offset"}
OPERATIONS = [(dialect, route) for dialect, routes in ROUTES.items() for route in routes]


def integers(field: Any, place: str = "") -> Iterator[tuple[str, serializers.IntegerField]]:
    if isinstance(field, serializers.IntegerField):
        yield place, field
    elif isinstance(field, serializers.ListField | serializers.ListSerializer):
        yield from integers(field.child, f"{place}[]")
    elif isinstance(field, serializers.Serializer):
        for name, inner in field.fields.items():
            yield from integers(inner, f"{place}.{name}".lstrip("."))


@pytest.mark.parametrize(("dialect", "route"), OPERATIONS, ids=[f"{d}.{route.name}" for d, route in OPERATIONS])
def test_what_is_sent(dialect, route):
    declared = getattr(route.view, route.action).operation
    found = [pair for form in (declared.body, declared.query) if form for pair in integers(form())]
    unbounded = [place for place, field in found if not (field.max_value or LARGEST_ID + 1) <= LARGEST_ID]
    assert set(unbounded) <= PAGES


@pytest.mark.parametrize("number", [LARGEST_ID, LARGEST_ID + 1, 10**30])
@pytest.mark.parametrize("path", ["/api/artworks/{}/", "/api/v1/commerce/designs/{}"])
def test_what_stands_in_a_path(path, number):
    assert list(resolve(path.format(number)).kwargs.values()) == [LARGEST_ID]
