"""Points as they are stored, in two parts: what every search looks at, and what only the best candidates need.

`codes`: b"C1", then per frame a byte with a number, as many list numbers (2 bytes, little endian) and as many codes.
`points`: b"P1", then per frame a byte with a number, as many places, sizes and directions (4 bytes), and the codes that
the first part does not have. A still picture takes 868 and 1,635 bytes at most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import lists
from .points import CODE_BYTES, NONE, STORED, Codes, Points

INDEXED = 48
"""Points of a still picture that a search looks at."""
_CODES, _POINTS = b"C1", b"P1"
_LEAST, _OCTAVES = 2.0**-9, 9.0
"""Sizes from 1/512 of the longest side to all of it, in 255 steps."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """The first part of one frame: (n,) list numbers and their codes."""

    lists: NDArray[np.uint16]
    codes: Codes


def pack(frames: list[Points]) -> tuple[bytes, bytes]:
    """Return `codes` and `points`. The frames of an animation have fewer points each."""
    indexed, stored = (INDEXED, STORED) if len(frames) == 1 else (INDEXED // 2, STORED // 2)
    first, second = [_CODES], [_POINTS]
    for frame in frames:
        kept = frame.first(stored)
        sought = kept.codes[:indexed]
        numbers = lists.nearest(sought, 1)[0].astype("<u2").tobytes()
        first.append(bytes([len(sought)]) + numbers + sought.tobytes())
        second.append(bytes([len(kept)]) + _places(kept) + kept.codes[indexed:].tobytes())
    return b"".join(first), b"".join(second)


def indexed(codes: bytes) -> list[Indexed]:
    """The first part of every frame; none where it is not of this format."""
    if codes[:2] != _CODES:
        return []
    found, start = [], 2
    while start < len(codes):
        count = codes[start]
        middle = start + 1 + 2 * count
        end = middle + CODE_BYTES * count
        if end > len(codes):
            return []
        numbers = np.frombuffer(codes, "<u2", count, start + 1)
        found.append(Indexed(numbers % lists.COUNT, _codes(codes, middle, count)))
        start = end
    return found


def unpack(codes: bytes, points: bytes) -> list[Points]:
    """The points of every frame; none where they were never stored."""
    found, start = [], 2
    for part in indexed(codes) if points[:2] == _POINTS else []:
        if start >= len(points):
            return []
        count = points[start]
        middle = start + 1 + 4 * count
        rest = count - len(part.codes)
        if rest < 0 or middle + CODE_BYTES * rest > len(points):
            return []
        values = np.frombuffer(points, np.uint8, 4 * count, start + 1).reshape(-1, 4).astype(np.float32)
        values /= np.float32(255)
        found.append(
            Points(
                np.concatenate([part.codes, _codes(points, middle, rest)]),
                values[:, :2],
                np.float32(_LEAST) * np.exp2(values[:, 2] * np.float32(_OCTAVES)),
                values[:, 3] * np.float32(2 * np.pi),
            )
        )
        start = middle + CODE_BYTES * rest
    return found or [NONE]


def _places(points: Points) -> bytes:
    sizes = np.log2(np.maximum(points.sizes, _LEAST) / _LEAST) / _OCTAVES
    angles = points.angles % (2 * np.pi) / (2 * np.pi)
    values = np.column_stack([points.places, sizes, angles])
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8).tobytes()


def _codes(data: bytes, start: int, count: int) -> Codes:
    return np.frombuffer(data, np.uint8, CODE_BYTES * count, start).view(np.uint64).reshape(-1, 2)
