"""Many numbers written as text, at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints

_BLANKS = b" \t\r\n\f\v"
_DECIMAL, _WHOLE = b"0123456789+-.eE" + _BLANKS, b"0123456789+" + _BLANKS


def decimals(text: bytes, count: int) -> Floats:
    """(count,). Raises BrokenMesh when `text` is not so many numbers with blanks between them."""
    strange = text.translate(None, _DECIMAL)
    if strange:
        raise BrokenMesh(_why(text, strange))
    return _parsed(text, count, np.float64)


def whole_numbers(text: bytes, count: int) -> Ints:
    """(count,), none negative. Raises BrokenMesh as `decimals` does."""
    if text.translate(None, _WHOLE):
        raise BrokenMesh(
            "The file is damaged: it numbers its points with something that is no number. Export it again."
        )
    return _parsed(text, count, np.int64)


def _parsed(text: bytes, count: int, kind: type[Any]) -> NDArray[Any]:
    try:
        found = np.fromstring(text, dtype=kind, sep=" ") if count else np.empty(0, dtype=kind)
    except ValueError:
        found = np.empty(0)
    if len(found) != count:
        raise BrokenMesh("The file is damaged: some of its coordinates cannot be read. Export it again.")
    return found


def _why(text: bytes, strange: bytes) -> str:
    if not strange.strip(b","):
        word = next(word for word in text.split() if b"," in word)[:20].decode()
        return f"The numbers are written with commas ({word}). Export the model with points for the decimals."
    word = next(word for word in text.split() if word.translate(None, _DECIMAL))[:20].decode(errors="replace")
    return f"The file holds coordinates that are no numbers ({word}). Repair the model and export it again."
