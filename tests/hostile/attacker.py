"""Whoever sends a route what it does not expect."""

import json
from typing import Any

import pytest
from django.urls import resolve

from tests.once import TakenBack
from tests.roles.caller import JSON, address_of, route_of
from tests.roles.requests.every import REQUESTS
from tests.roles.table import TABLE
from tests.roles.world import ROLES, World

ROWS = [(dialect, name) for dialect, rows in TABLE.items() for name in rows if " (" not in name]
every_route = pytest.mark.parametrize(("dialect", "name"), ROWS, ids=[f"{d}.{n}" for d, n in ROWS])

REFUSED = {"401", "403", "404"}


class Attacker:
    """Whoever gets furthest with the route, sending to it again and again; nothing stays of it."""

    def __init__(self, world: World, dialect: str, name: str) -> None:
        self.route, self.request, self.world = route_of(dialect, name), REQUESTS[dialect][name], world
        self.dialect = dialect
        answers = dict(zip(ROLES, TABLE[dialect][name].split(), strict=True))
        self.role = next((role for role in ROLES[1:] if answers[role] not in REFUSED), "anonymous")
        self.faults: list[str] = []
        self.taken_back = TakenBack()

    def send(
        self,
        what: str,
        content: bytes,
        content_type: str = JSON,
        *,
        query: str = "",
        path: dict[str, int] | None = None,
    ) -> Any:
        """The answer."""
        with self.taken_back.after():
            self.request.before(self.world, self.role)
            client = self.world.bearer(self.role)
            client.raise_request_exception = False
            address = self.address(path or {}) + query
            answer: Any = client.generic(self.route.method, address, content, content_type=content_type)  # type: ignore[arg-type]
            if answer.status_code >= 500:
                self.faults.append(f"{what}: {answer.status_code} {answer.content[:200]!r}")
            if answer.streaming:
                b"".join(answer.streaming_content)  # the rows are only read then
        return answer

    def address(self, path: dict[str, int]) -> str:
        return address_of(self.dialect, self.route, self.request.path(self.world) | path)

    def arguments(self, path: dict[str, int]) -> dict[str, Any]:
        """What the view is told of the address."""
        return resolve(self.address(path)).kwargs

    @property
    def declared(self) -> Any:
        return getattr(self.route.view, self.route.action).operation

    @property
    def envelope(self) -> Any:
        """Of a page; the dialect's."""
        view: Any = self.route.view
        return view.envelope()

    def valid_body(self) -> dict[str, Any]:
        return self.request.body(self.world, self.role) if self.request.body else {}

    def valid_content(self) -> bytes:
        return b"" if self.request.form else json.dumps(self.valid_body()).encode()


def was_read(answer: Any) -> bool:
    """Whether anything of the request's body was looked at."""
    return bool(answer.wsgi_request._read_started)


def named_in(answer: Any) -> set[str]:
    """The fields or parameters that are refused, by their names at the top of the body, in the form of any dialect."""
    body = answer.json() if answer.status_code in (400, 422) else None
    if not isinstance(body, dict):
        return set()
    found = {name for name, errors in body.items() if isinstance(errors, list | dict)}
    if isinstance(body.get("detail"), list):
        found |= {str(error["loc"][1]) for error in body["detail"] if len(error["loc"]) > 1}
    if isinstance(body.get("errors"), list):
        found |= {str(error["field"]).partition(".")[0] for error in body["errors"]}
    if isinstance(body.get("error"), str) and body.get("status") == answer.status_code:
        found |= {error.partition(": ")[0].partition(".")[0] for error in body["error"].split("; ")}
    return found
