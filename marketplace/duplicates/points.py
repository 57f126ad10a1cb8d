"""Local points of a picture (SIFT): what finds a work again inside another picture.

A point is 16 bytes: of the 128 values of its descriptor, which lie above their own median (no training). Beside it
stand its place, size and direction. Of a picture the strongest points, spread over it, are stored; a query brings
more of them. Read in a mirror, the same points cost nothing: the values only change their places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .pictures import Pixels
from .views import Plane

SIDE = 448
"""Longest side, in pixels, at which points are looked for."""
STORED = 120
"""Points kept of a still picture."""
SOUGHT = 500
"""Points of a query."""
CODE_BYTES = 16
_PLAIN, _FAINT = 0.01, 0.004
"""Contrast that points have, and that they have where there are fewer plain ones than `_FEW`."""
_FEW = 150
_LAYERS = 3

Codes = NDArray[np.uint64]
"""(n, 2): the 128 bits of a point's code."""


@dataclass(frozen=True, slots=True)
class Points:
    """Some points of one picture, the most telling first.

    codes: see `Codes`. places: (n, 2) x and y from the top left corner, in longest sides of the picture. sizes: (n,)
    diameter, in longest sides. angles: (n,) direction in radians, clockwise from the x axis.
    """

    codes: Codes
    places: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.codes)

    def first(self, count: int) -> Points:
        return Points(self.codes[:count], self.places[:count], self.sizes[:count], self.angles[:count])

    def mirrored(self, width: float) -> Points:
        """The points of the same picture in a mirror; `width` in longest sides."""
        bits = np.unpackbits(self.codes.view(np.uint8).reshape(-1, CODE_BYTES), axis=1).reshape(-1, 4, 4, 8)
        bits = bits[:, ::-1][..., _BACKWARDS]
        codes = np.packbits(np.ascontiguousarray(bits).reshape(-1, 128), axis=1)
        places = self.places.copy()
        places[:, 0] = width - places[:, 0]
        return Points(_as_codes(codes), places, self.sizes, np.float32(np.pi) - self.angles)


_BACKWARDS = np.array([-turn % 8 for turn in range(8)])
NONE = Points(
    np.empty((0, 2), np.uint64), np.empty((0, 2), np.float32), np.empty(0, np.float32), np.empty(0, np.float32)
)


def points_of(luma: Plane) -> tuple[Points, Points]:
    """The points to store of a picture whose longest side is at most SIDE pixels, and those of a query."""
    grey = np.clip(luma, 0, 255).astype(np.uint8)
    sift = cv2.SIFT.create(nfeatures=0, nOctaveLayers=_LAYERS, contrastThreshold=_FAINT, edgeThreshold=12)
    found = _telling(sift.detect(grey))
    if not found:
        return NONE, NONE
    places = np.array([point.pt for point in found], np.float32)
    sizes = np.array([point.size for point in found], np.float32)
    strength = np.array([point.response for point in found], np.float32)
    stored = _spread(places, strength * sizes, grey.shape, 4, STORED)
    sought = _spread(places, strength * np.sqrt(sizes), grey.shape, 6, SOUGHT)
    wanted = np.unique(np.concatenate([stored, sought]))
    chosen = [found[number] for number in wanted]
    for number, point in enumerate(chosen):
        point.class_id = number
    kept, values = sift.compute(grey, chosen)
    described = np.full(len(found), -1)
    described[wanted[[point.class_id for point in kept]]] = np.arange(len(kept))
    longest = max(grey.shape)
    everything = Points(
        _as_codes(np.packbits(values > np.median(values, axis=1, keepdims=True), axis=1)),
        np.array([point.pt for point in kept], np.float32) / longest,
        np.array([point.size for point in kept], np.float32) / longest,
        np.radians(np.array([point.angle for point in kept], np.float32)),
    )
    return _taken(everything, described[stored]), _taken(everything, described[sought])


def fitted(pixels: Pixels, side: int = SIDE) -> Pixels:
    """The picture, its longest side at most `side` pixels."""
    scale = side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _telling(points: Sequence[cv2.KeyPoint]) -> Sequence[cv2.KeyPoint]:
    """Those of plain contrast, or all where these are few: as if looked for with that contrast alone."""
    strength = np.array([point.response for point in points], np.float32)
    plain = np.flatnonzero(strength * np.float32(_LAYERS) >= np.float32(_PLAIN))
    return points if len(plain) < _FEW else [points[int(number)] for number in plain]


def _spread(
    places: NDArray[np.float32], weights: NDArray[np.float32], shape: tuple[int, ...], cells: int, count: int
) -> NDArray[np.int64]:
    """Positions of the `count` weightiest points, taken in turn from cells x cells parts of the picture."""
    height, width = shape
    cell = np.minimum(places[:, 0] * cells // width, cells - 1) * cells + np.minimum(
        places[:, 1] * cells // height, cells - 1
    )
    order = np.lexsort((-weights, cell))
    ordered = cell[order]
    starts = np.searchsorted(ordered, ordered)
    turn = np.empty(len(order), np.int64)
    turn[order] = np.arange(len(order)) - starts
    return np.lexsort((-weights, turn))[:count]


def _taken(points: Points, numbers: NDArray[np.int64]) -> Points:
    kept = numbers[numbers >= 0]
    return Points(points.codes[kept], points.places[kept], points.sizes[kept], points.angles[kept])


def _as_codes(packed: NDArray[np.uint8]) -> Codes:
    return np.ascontiguousarray(packed).view(np.uint64).reshape(-1, 2)
