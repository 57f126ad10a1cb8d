"""Values of a description that a stranger wrote: each is checked when it is taken. What is null counts as missing."""

from __future__ import annotations

import math
from typing import Any

from marketplace.meshes.formats import BrokenMesh

Row = dict[str, Any]

_MOST = 2**53


def damaged(name: str) -> BrokenMesh:
    return BrokenMesh(f"The file is damaged: “{name}” in its description is not what it must be. Export it again.")


def rows(owner: Row, name: str) -> list[Row]:
    """A list of objects; empty when missing."""
    found = _listed(owner, name)
    if not all(isinstance(row, dict) for row in found):
        raise damaged(name)
    return found


def row(owner: Row, name: str) -> Row | None:
    found = owner.get(name)
    if found is not None and not isinstance(found, dict):
        raise damaged(name)
    return found


def extension(owner: Row, name: str) -> Row | None:
    """What the object says in an extension of that name."""
    extensions = row(owner, "extensions")
    return row(extensions, name) if extensions is not None else None


def at(listed: list[Row], index: int, name: str) -> Row:
    """The row of that index; `name` is what names it."""
    if not index < len(listed):
        raise BrokenMesh(f"The file is damaged: “{name}” names number {index} of {len(listed)}. Export it again.")
    return listed[index]


def whole(owner: Row, name: str, default: int | None = None, *, least: int = 0) -> int:
    """A whole number from `least`; also 3.0, which the specification has readers accept."""
    found = owner.get(name)
    if found is None and default is not None:
        return default
    return _whole(found, name, least)


def wholes(owner: Row, name: str) -> list[int]:
    return [_whole(value, name, 0) for value in _listed(owner, name)]


def numbers(owner: Row, name: str, count: int | None = None) -> list[float] | None:
    """`count` finite numbers, or any count of them; None when missing."""
    if owner.get(name) is None:
        return None
    found = _listed(owner, name)
    if count is not None and len(found) != count:
        raise damaged(name)
    return [_number(value, name) for value in found]


def _listed(owner: Row, name: str) -> list[Any]:
    found = owner.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise damaged(name)
    return found


def _whole(value: Any, name: str, least: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < _MOST:
        raise damaged(name)
    return value


def _number(value: Any, name: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise damaged(name)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise damaged(name)
    return number
