"""Where a stored work lies in a query, by points that both have.

Each pair of like points proposes how the work lies in the query: size, direction, place. The proposal that most pairs
share is fitted by an affine map, and by a perspective one where that explains more of them. The pictures themselves
are compared afterwards (`geometry`); this only says where to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .points import Points
from .views import Affine

LEAST = 5
"""Distinct places that must agree. Different pictures reach 4 in a hundred tries, at most 7."""
_FARTHEST = 34
_PARTNERS = 2
_NEAR = 0.05
"""How far, in longest sides of the query, a pair may lie from where another pair proposes."""
_SIZES, _ANGLES = np.log(1.6), 0.5
_OFF = 4 / 448
"""The same once fitted."""
_SAME_PLACE = 3 / 448
_MOST_PAIRS = 240


@dataclass(frozen=True, slots=True)
class Placing:
    """`matrix`: 3 x 3, from the stored picture to the query, both in longest sides. `places`: distinct places that
    agree. `in_perspective`: whether the map is more than affine."""

    matrix: Affine
    places: int
    in_perspective: bool


def placed(stored: Points, query: Points) -> Placing | None:
    """How the stored picture lies in the query; None where too few points agree."""
    ours, theirs = _pairs(stored, query)
    if len(ours) < LEAST:
        return None
    chosen = _agreeing(stored, query, ours, theirs)
    sources = np.ascontiguousarray(stored.places[ours[chosen]])
    targets = np.ascontiguousarray(query.places[theirs[chosen]])
    if _distinct(sources, targets) < LEAST:
        return None
    fit, mask = cv2.estimateAffine2D(
        sources, targets, method=cv2.RANSAC, ransacReprojThreshold=_OFF, maxIters=500, confidence=0.995
    )
    if fit is None or mask is None:
        return None
    followed = mask.ravel() == 1
    best = Placing(np.vstack([fit, [0.0, 0.0, 1.0]]), _distinct(sources[followed], targets[followed]), False)
    if len(sources) >= 10:
        tilted, mask = cv2.findHomography(sources, targets, cv2.RANSAC, _OFF, maxIters=500, confidence=0.995)
        if tilted is not None and mask is not None:
            followed = mask.ravel() == 1
            places = _distinct(sources[followed], targets[followed])
            if places >= best.places + 3 and _convex(tilted, sources):
                best = Placing(np.asarray(tilted, np.float64), places, True)
    return best if best.places >= LEAST else None


def _pairs(stored: Points, query: Points) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of like points of both, the likest first."""
    if not len(stored) or not len(query):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    bits = np.bitwise_count(stored.codes[:, None, 0] ^ query.codes[None, :, 0])
    bits += np.bitwise_count(stored.codes[:, None, 1] ^ query.codes[None, :, 1])
    partners = min(_PARTNERS, len(query))
    nearest = np.argpartition(bits, partners - 1, axis=1)[:, :partners]
    distances = np.take_along_axis(bits, nearest, axis=1)
    ours, rank = np.nonzero(distances <= _FARTHEST)
    theirs = nearest[ours, rank]
    order = np.argsort(distances[ours, rank], kind="stable")[:_MOST_PAIRS]
    return ours[order], theirs[order]


def _agreeing(stored: Points, query: Points, ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pairs that share one proposal, of all proposals the one with most of them."""
    scales = np.log(query.sizes[theirs]) - np.log(stored.sizes[ours])
    turns = query.angles[theirs] - stored.angles[ours]
    from_ = stored.places[ours].astype(np.complex64) @ np.array([1, 1j], np.complex64)
    to = query.places[theirs].astype(np.complex64) @ np.array([1, 1j], np.complex64)
    grown = np.exp(scales + 1j * turns).astype(np.complex64)
    proposed = grown[:, None] * (from_[None, :] - from_[:, None]) + to[:, None]
    shared = np.abs(proposed - to[None, :]) < _NEAR
    shared &= np.abs(scales[:, None] - scales[None, :]) < _SIZES
    apart = np.abs(turns[:, None] - turns[None, :]) % (2 * np.pi)
    shared &= np.minimum(apart, 2 * np.pi - apart) < _ANGLES
    return np.flatnonzero(shared[int(shared.sum(axis=1).argmax())])


def _distinct(sources: NDArray[Any], targets: NDArray[Any]) -> int:
    """Places, of both pictures the fewer, that are not the same place found again in another size or direction."""
    return min(
        len(np.unique(np.round(places / _SAME_PLACE), axis=0)) if len(places) else 0 for places in (sources, targets)
    )


def _convex(matrix: NDArray[Any], sources: NDArray[Any]) -> bool:
    """Whether the part of the picture that the points span stays in one piece, and in front."""
    low, high = sources.min(axis=0), sources.max(axis=0)
    corners = np.array([[low[0], high[0], high[0], low[0]], [low[1], low[1], high[1], high[1]], [1, 1, 1, 1]])
    depth = (matrix @ corners)[2]
    return bool((depth > 0.3 * depth.max()).all() and depth.max() > 0)
