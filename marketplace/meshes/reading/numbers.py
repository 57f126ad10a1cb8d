"""Numbers written as text, very many at once."""

from __future__ import annotations

import re

import numpy as np

from marketplace.meshes.geometry import Floats

_NO_NUMBER = re.compile(
    rb"(?<!\S)(?![+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?!\S))(?![+-]?(?:nan|inf|infinity)(?!\S))\S+", re.IGNORECASE
)


def numbers_of(text: bytes) -> Floats | None:
    """What stands between blanks, or None where something else than a number is among it."""
    if not text.strip():
        return np.empty(0)
    try:
        return np.fromstring(text, dtype=np.float64, sep=" ")
    except ValueError:
        return None


def first_that_is_none(text: bytes) -> tuple[int, str]:
    """Where the first word begins that is no number, and a sentence's beginning about it."""
    found = _NO_NUMBER.search(text)
    if found is None:
        return 0, "a number cannot be read"
    word = found[0][:20].decode("ascii", "replace")
    if re.fullmatch(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", word):
        return found.start(), f'"{word}" is written with a comma, and must be with a point'
    return found.start(), f'"{word}" is no number'
