"""Whatever is sent, no route answers with a fault of ours."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.roles.caller import JSON, ROUTES, address_of, route_of
from tests.roles.requests.every import REQUESTS
from tests.roles.table import TABLE
from tests.roles.world import ROLES, World

pytestmark = pytest.mark.django_db
ROWS = [(dialect, name) for dialect, rows in TABLE.items() for name in rows if " (" not in name]

NOBODY = 2**31 - 5
HUGE = 2**63
BODIES: dict[str, tuple[bytes, str]] = {
    "no body": (b"", JSON),
    "a list": (b'[1, {"a": 2}]', JSON),
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
VALUES: dict[str, Any] = {
    "NUL characters": "a\0b",
    "an empty text": "",
    "a long text": "x" * 100_000,
    "half a character": "\ud800",
    "null": None,
    "a truth": True,
    "a negative number": -1,
    "zero": 0,
    "a number past 64 bits": HUGE,
    "a number of a hundred digits": 10**100,
    "not a number": "NaN",
    "infinity": "Infinity",
    "a list": [[]],
    "an object": {"a": {"b": []}},
}
REFUSED = {"401", "403", "404"}
PAGES = ("page", "page_size", "limit", "skip", "size", "offset")


class Attacker:
    """Whoever gets furthest with the route, sending to it again and again; nothing stays of it."""

    def __init__(self, world: World, dialect: str, name: str) -> None:
        self.route, self.request, self.world = route_of(dialect, name), REQUESTS[dialect][name], world
        self.dialect = dialect
        answers = dict(zip(ROLES, TABLE[dialect][name].split(), strict=True))
        self.role = next((role for role in ROLES[1:] if answers[role] not in REFUSED), "anonymous")
        self.faults: list[str] = []

    def send(self, what: str, content: bytes, content_type: str = JSON, *, query: str = "", **path: int) -> set[str]:
        """The fields or parameters that the answer refuses by name."""
        with transaction.atomic():
            self.request.before(self.world, self.role)
            client = self.world.bearer(self.role)
            client.raise_request_exception = False
            address = address_of(self.dialect, self.route, self.request.path(self.world) | path) + query
            answer = client.generic(self.route.method, address, content, content_type=content_type)  # type: ignore[arg-type]
            if answer.status_code >= 500:
                self.faults.append(f"{what}: {answer.status_code} {answer.content[:200]!r}")
            if answer.streaming:
                b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # the rows are only read then
            transaction.set_rollback(True)
        return named_in(answer)

    def query_names(self) -> list[str]:
        declared = getattr(self.route.view, self.route.action).operation
        own = list(declared.query().fields) if declared.query else []
        return own + list(PAGES) if declared.rows == "page" else own

    def valid_body(self) -> dict[str, Any]:
        return self.request.body(self.world, self.role) if self.request.body else {}


def named_in(answer: Any) -> set[str]:
    """What is wrong, by its name at the top of the body, in the form of any dialect."""
    body = answer.json() if answer.status_code in (400, 422) else None
    if not isinstance(body, dict):
        return set()
    found = {name for name, errors in body.items() if isinstance(errors, list | dict)}
    if isinstance(body.get("detail"), list):
        found |= {str(error["loc"][1]) for error in body["detail"] if len(error["loc"]) > 1}
    if isinstance(body.get("errors"), list):
        found |= {str(error["field"]).partition(".")[0] for error in body["errors"]}
    return found


def replaced(body: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """The body with one value after the other replaced, at every depth."""
    if isinstance(body, dict):
        for name, inner in body.items():
            yield name, body | {name: value}
            for inside, changed in replaced(inner, value):
                yield f"{name}.{inside}", body | {name: changed}
    elif isinstance(body, list):
        for index, inner in enumerate(body):
            for inside, changed in replaced(inner, value):
                yield f"{index}.{inside}", [*body[:index], changed, *body[index + 1 :]]


@pytest.fixture
def attacker(world, request) -> Attacker:
    return Attacker(world, *request.param)


every_route = pytest.mark.parametrize("attacker", ROWS, ids=[f"{d}.{n}" for d, n in ROWS], indirect=True)


@every_route
def test_bodies_that_are_none(attacker):
    for what, (content, content_type) in BODIES.items():
        attacker.send(what, content, content_type)
    assert attacker.faults == []


@every_route
def test_values_that_do_not_fit(attacker):
    body = attacker.valid_body()
    body.pop("image", None)
    body.pop("file", None)
    for what, value in VALUES.items():
        # Fields are checked each for itself: one that is refused together with the others is refused alone, too.
        refused = (
            attacker.send(f"{what} everywhere", json.dumps(dict.fromkeys(body, value)).encode()) if body else set()
        )
        for place, changed in replaced(body, value):
            if place not in refused:
                attacker.send(f"{what} as {place}", json.dumps(changed).encode())
    assert attacker.faults == []


@every_route
def test_ids_and_queries_that_do_not_fit(attacker):
    content = b"" if attacker.request.form else json.dumps(attacker.valid_body()).encode()
    for name in attacker.request.path(attacker.world):
        for number in (0, NOBODY, HUGE - 1, HUGE, 10**30):
            attacker.send(f"{number} as {name}", content, **{name: number})
    if attacker.route.method == "GET":
        names = attacker.query_names()
        for value in ("%00", "-1", "0", str(HUGE), str(10**30), "NaN", "%F0%9F%8E%A8", "%FF", "x" * 5000, "a,b", "[]"):
            everywhere = "?" + "&".join(f"{name}={value}" for name in names)
            refused = attacker.send(f"{value} everywhere", b"", query=everywhere)
            for name in names:
                if name not in refused:
                    attacker.send(f"{value} as {name}", b"", query=f"?{name}={value}")
    assert attacker.faults == []


def test_no_route_is_left_out():
    assert {(dialect, route.name) for dialect, routes in ROUTES.items() for route in routes} == set(ROWS)
