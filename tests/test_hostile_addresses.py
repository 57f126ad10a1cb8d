"""Whatever stands in the ids and the parameters of an address, no route answers with a fault of ours."""

from typing import Any

import pytest

from tests.hostile.attacker import Attacker, every_route, named_in

pytestmark = pytest.mark.django_db

NOBODY = 2**31 - 5
HUGE = 2**63
IDS = (0, NOBODY, HUGE - 1, HUGE, 10**30)
VALUES = ("%00", "-1", "0", str(HUGE), str(10**30), "NaN", "%F0%9F%8E%A8", "%FF", "x" * 5000, "a,b", "[]")
PAGES = ("page", "page_size", "limit", "skip", "size", "offset")
"""Of all dialects. A list is sent those of the others, too."""


@every_route
def test_ids_and_queries_that_do_not_fit(world, dialect, name):
    attacker = Attacker(world, dialect, name)
    send_ids(attacker)
    if attacker.route.method == "GET":
        send_queries(attacker)
    assert attacker.faults == []


def send_ids(attacker: Attacker) -> None:
    """Numbers that the view is told as one and the same are sent once: it could not tell them apart."""
    content = attacker.valid_content()
    for name in attacker.request.path(attacker.world):
        told: list[dict[str, Any]] = []
        for number in IDS:
            arguments = attacker.arguments({name: number})
            if arguments not in told:
                told.append(arguments)
                attacker.send(f"{number} as {name}", content, path={name: number})


def send_queries(attacker: Attacker) -> None:
    """A name that is refused together with others is refused alone, too: a serializer checks each for itself. Those of
    the list come before those of its page, in a serializer of their own. Whatever is taken is sent alone, since what
    one makes of the rows might keep the fault of another from showing. The names that page other dialects' lists, and
    that this list does not know, are sent as one."""
    declared = attacker.declared
    own = list(declared.query().fields) if declared.query else []
    known = list(attacker.envelope.query) if declared.rows == "page" else []
    foreign = [name for name in PAGES if name not in (*own, *known)] if declared.rows == "page" else []
    if not own and not known:
        attacker.send("nothing to ask for", b"", query="?")
        return
    for value in VALUES:
        refused = named_in(ask(attacker, [*own, *known], value))
        if own and known:
            refused |= named_in(ask(attacker, known, value))
        for name in (*own, *known):
            if name not in refused:
                ask(attacker, [name], value)
        if foreign:
            ask(attacker, foreign, value)


def ask(attacker: Attacker, names: list[str], value: str) -> Any:
    query = "&".join(f"{name}={value}" for name in names)
    return attacker.send(f"{value} as {', '.join(names)}", b"", query=f"?{query}")
