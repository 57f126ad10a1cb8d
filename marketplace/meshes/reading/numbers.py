"""Numbers written as text, very many at once."""

from __future__ import annotations

import re

import numpy as np

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints

_NO_NUMBER = re.compile(
    rb"(?<!\S)(?![+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?!\S))(?![+-]?(?:nan|inf|infinity)(?!\S))\S+", re.IGNORECASE
)
_WHOLE = b"0123456789+ \t\r\n\f\v"
_AT_ONCE = 8 * 1024 * 1024


def numbers_of(text: bytes, count: int | None = None) -> Floats | None:
    """What stands between blanks, `count` numbers; None where something else is among it. What has the form of none
    (nan, inf) or is too large is not finite here: coordinates are looked at when the whole file was read."""
    expected = _words(text) if count is None else count
    if not expected:
        return None if text.strip() else np.empty(0)
    try:
        found = np.fromstring(text, dtype=np.float64, sep=" ")
    except ValueError:
        return None
    return found if len(found) == expected else None  # 1-2 is taken for two


def first_that_is_none(text: bytes) -> tuple[int, str]:
    """Where the first word begins that is no number, and a sentence's beginning about it."""
    found = _NO_NUMBER.search(text)
    if found is None:
        return 0, "a number cannot be read"
    word = found[0][:20].decode("ascii", "replace")
    if re.fullmatch(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", word):
        return found.start(), f'"{word}" is written with a comma, and must be with a point'
    return found.start(), f'"{word}" is no number'


def decimals(text: bytes, count: int) -> Floats:
    """(count,), of a format without lines to name. Raises BrokenMesh as `numbers_of` gives None."""
    found = numbers_of(text, count)
    if found is None:
        raise BrokenMesh(f"The file is damaged: {first_that_is_none(text)[1]}. Export the model again.")
    return found


def whole_numbers(text: bytes, count: int) -> Ints:
    """(count,), none negative. Raises BrokenMesh."""
    if not text.translate(None, _WHOLE):
        try:
            found = np.fromstring(text, dtype=np.int64, sep=" ") if count else np.empty(0, dtype=np.int64)
        except ValueError:
            found = np.empty(0, dtype=np.int64)
        if len(found) == count:
            return found
    raise BrokenMesh("The file is damaged: it numbers its points with something that is no number. Export it again.")


def _words(text: bytes) -> int:
    count, before = 0, True
    for start in range(0, len(text), _AT_ONCE):
        codes = np.frombuffer(text, np.uint8, min(_AT_ONCE, len(text) - start), start)
        blank = (codes == 32) | ((codes >= 9) & (codes <= 13))
        count += int((blank[:-1] & ~blank[1:]).sum()) + int(before and not blank[0])
        before = bool(blank[-1])
    return count
