"""The parts that a page or a collage is put together of.

A picture is cut at plain bands and at seams, lines over which nearly all of its height or width changes at once; what
is cut off is cut again. Parts are looked up like pictures of their own: so works with too few points are found too.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .pictures import Pixels
from .views import Corners, Planes

MOST = 4
_DEPTH = 3
_LEAST = 0.18
"""Of each side of the picture, that a part has at least."""
_JUMP = 18
_PLAIN = 2.5
"""Spread, in grey levels, of a line of a plain band."""


def panels(pixels: Pixels) -> list[Corners]:
    """The largest parts of a picture, at most MOST; none of a picture in one piece."""
    luma = Planes.of(pixels).luma
    height, width = luma.shape
    found: list[tuple[int, int, int, int]] = []
    open_parts = [(0, 0, width, height, 0)]
    while open_parts:
        left, top, right, bottom, depth = open_parts.pop()
        part = luma[top:bottom, left:right]
        spans = [_pieces(part), _pieces(part.T)] if depth < _DEPTH else [[], []]
        whole = depth == 0 and not any(_cuts(one, size) for one, size in zip(spans, part.shape, strict=True))
        if whole:
            return []
        down, across = spans
        if _cuts(down, bottom - top):
            open_parts += [(left, top + first, right, top + last, depth + 1) for first, last in down]
        elif _cuts(across, right - left):
            open_parts += [(left + first, top, left + last, bottom, depth + 1) for first, last in across]
        else:
            found.append((left, top, right, bottom))
    large = [box for box in found if box[2] - box[0] >= _LEAST * width and box[3] - box[1] >= _LEAST * height]
    large.sort(key=lambda box: -(box[2] - box[0]) * (box[3] - box[1]))
    return [(left / width, top / height, right / width, bottom / height) for left, top, right, bottom in large[:MOST]]


def _cuts(pieces: list[tuple[int, int]], size: int) -> bool:
    return bool(pieces) and pieces != [(0, size)]


def _pieces(part: NDArray[np.float32]) -> list[tuple[int, int]]:
    """The runs of lines (first, last + 1) between plain bands and seams."""
    if part.shape[0] < 8 or part.shape[1] < 8:
        return []
    spread = part.std(axis=1)
    steps = np.abs(np.diff(cv2.blur(np.ascontiguousarray(part), (1, 1)), axis=0))
    seams = np.flatnonzero((steps > _JUMP).mean(axis=1) > 0.5) + 1
    plain = spread < _PLAIN
    edges = {0, len(part), *seams.tolist()}
    pieces = []
    bounds = sorted(edges)
    for first, last in zip(bounds, bounds[1:], strict=False):
        start: int | None = None
        for line in range(first, last + 1):
            inside = line < last and not plain[line]
            if inside and start is None:
                start = line
            elif not inside and start is not None:
                if line - start >= 8:
                    pieces.append((start, line))
                start = None
    return pieces
