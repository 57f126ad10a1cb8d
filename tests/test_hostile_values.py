"""Whatever stands in the fields of a body, no route answers with a fault of ours."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hostile.attacker import Attacker, every_route, named_in

pytestmark = pytest.mark.django_db

VALUES: dict[str, Any] = {
    "NUL characters": "a\0b",
    "an empty text": "",
    "a long text": "x" * 100_000,
    "half a character": "\ud800",
    "null": None,
    "a truth": True,
    "a negative number": -1,
    "zero": 0,
    "a number past 64 bits": 2**63,
    "a number of a hundred digits": 10**100,
    "not a number": "NaN",
    "infinity": "Infinity",
    "a list": [[]],
    "an object": {"a": {"b": []}},
}


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


@every_route
def test_values_that_do_not_fit(world, dialect, name):
    attacker = Attacker(world, dialect, name)
    body = attacker.valid_body()
    body.pop("image", None)
    body.pop("file", None)
    for what, value in VALUES.items() if body else ():
        everywhere = json.dumps(dict.fromkeys(body, value)).encode()
        answer = attacker.send(f"{what} everywhere", everywhere)
        if b"JSON parse error" in answer.content:  # whichever field it stands in: a parser knows no fields
            continue
        # Fields are checked each for itself: one that is refused together with the others is refused alone, too.
        refused = named_in(answer)
        for place, changed in replaced(body, value):
            content = json.dumps(changed).encode()
            if place not in refused and content != everywhere:  # a body of one field has been sent
                attacker.send(f"{what} as {place}", content)
    assert attacker.faults == []
