"""Whatever is sent as a body, no route answers with a fault of ours."""

from typing import Any

import pytest

from tests.hostile.attacker import ROWS, Attacker, every_route, was_read
from tests.roles.caller import JSON, ROUTES

pytestmark = pytest.mark.django_db

BODIES: dict[str, tuple[bytes, str]] = {
    "a list": (b'[1, {"a": 2}]', JSON),
    "no body": (b"", JSON),
    "a number": (b"1e400", JSON),
    "a text": (b'"text"', JSON),
    "null": (b"null", JSON),
    "no JSON": (b"{", JSON),
    "bytes that are no text": (b"\xff\xfe\x00{}", JSON),
    "nested a thousand deep": (b'{"a":' * 1000 + b"1" + b"}" * 1000, JSON),
    "another type": (b"<xml/>", "application/xml"),
    "a form without its boundary": (b"a=1", "multipart/form-data"),
    "a form that breaks off": (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
    "an unknown character set": (b"{}", "application/json; charset=klingon"),
}


@every_route
def test_bodies_that_are_none(world, dialect, name):
    """A body that was not looked at, nor refused for its type, stands for the others of its kind: what they are made of
    cannot make a difference."""
    attacker = Attacker(world, dialect, name)
    first: Any = None
    ignored: set[str] = set()
    for what, (content, content_type) in BODIES.items():
        kind = content_type.partition("; boundary")[0]
        if kind not in ignored:
            answer = attacker.send(what, content, content_type)
            first = first or answer
            if not was_read(first) and not was_read(answer) and answer.status_code == first.status_code:
                ignored.add(kind)
    assert attacker.faults == []


def test_no_route_is_left_out():
    assert {(dialect, route.name) for dialect, routes in ROUTES.items() for route in routes} == set(ROWS)
