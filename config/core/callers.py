"""Where what is done is asked from."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Place(NamedTuple):
    """`address` is the network address, None when nobody from outside asked; `agent` what the program calls itself."""

    address: str | None = None
    agent: str = ""


_place: ContextVar[Place] = ContextVar("caller_place", default=Place())  # noqa: B039 (it cannot be changed)


@contextmanager
def called_from(address: str | None, agent: str = "") -> Iterator[None]:
    """What is written within was asked for from this place. Entered once a request; tasks have none."""
    token = _place.set(Place(address or None, agent))
    try:
        yield
    finally:
        _place.reset(token)


def caller_place() -> Place:
    return _place.get()
