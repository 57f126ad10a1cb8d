"""The geometric check: do two reduced pictures show the same, once laid on each other?

The hashes that matched tell roughly how the pictures lie on each other. Points of the stored picture are tracked into
the new one (pyramidal Lucas-Kanade on locally normalised brightness), one affine map is fitted to them with RANSAC,
and then every textured spot of the common region is compared by local correlation. This tells a copy from a work that
only shares a layout: in two posters of one series the frame agrees and the words conflict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .detector import Box
from .views import Affine, Plane, hash_of

_RICH = 6.0
_POOR = 3.0
_WINDOW = 11
_STEP = 4
_POINTS = 160
_CELLS = 10
_FROM_AFAR = 0.1
"""Pictures that are less alike from afar, as proposed, are not looked at closely. Copies have 0.18 and more, two in
three different pictures less than this."""
_DRIFT = 0.12
"""Share of the query's longest side by which tracking may correct what the hashes propose."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How well two pictures agree.

    inliers: tracked points in one common geometry; tracked: points that were tried. spread: how many cells, of 10
        along the longest side, the inliers lie in (a sun disc alone is one thing that many pictures share).
    agree, conflict, added, lost: shares (0..1, sum <= 1) of the structure in the common region that is equal,
        different in both, only in the new picture, only in the stored one. textured: 0..1, share of the common region
        with any structure.
    likeness: mean local correlation, -1..1, of that structure. distance: differing bits, of 256, of the hashes of the
        common region once laid on each other.
    overlap: 0..1, area of the common region in the stored picture. exact: share (0..1) of the structure whose local
        correlation is at least 0.9. cells: share of the 8 x 8 parts with structure in which nine tenths of it have at
        least 0.8.
    region, matched_region: the common region in the new and in the stored picture.
    """

    inliers: int
    tracked: int
    spread: int
    agree: float
    conflict: float
    added: float
    lost: float
    textured: float
    likeness: float
    distance: int
    overlap: float
    region: Box
    matched_region: Box
    exact: float
    cells: float


@dataclass(frozen=True, slots=True)
class _Track:
    """fit: the correction, 3 x 3; kept: (n, 2) points of the stored picture that follow it; tried: points in all."""

    fit: Affine
    kept: NDArray[Any]
    tried: int


def align(stored: Plane, query: Plane, start: Affine, seen: NDArray[np.uint8] | None = None) -> Alignment | None:
    """Lay `query` on `stored` and compare. `start` maps fractions of the stored picture to fractions of the query.
    `seen`: 1 where the query has pixels, 0 where it has none, None where it has them everywhere.

    Returns None when they cannot be laid on each other, that is for nearly all different pictures.
    """
    height, width = stored.shape
    to_query = np.diag([float(query.shape[1]), float(query.shape[0]), 1.0])
    from_stored = np.diag([1.0 / width, 1.0 / height, 1.0])
    placed = to_query @ start @ from_stored
    target = _normalised(stored)
    laid, inside = _laid(query, placed, stored.shape, seen)
    proposed = _normalised(laid)
    if _likeness_from_afar(target, proposed, inside) < _FROM_AFAR:
        return None
    points = cv2.goodFeaturesToTrack(target, _POINTS, 0.02, 5, mask=_structured(stored))
    if points is None:
        return None
    coarse = _tracked(target, proposed, inside, points[::2] if len(points) > 60 else points, 21, 2)
    if coarse is None or len(coarse.kept) < 0.15 * coarse.tried:
        return None
    laid, inside = _laid(query, placed @ coarse.fit, stored.shape, seen)
    fine = _tracked(target, _normalised(laid), inside, points, 13, 1)
    if fine is None:
        return None
    final = placed @ coarse.fit @ fine.fit
    if not _plausible(final) or _drift(placed, final, stored.shape) > _DRIFT * max(query.shape):
        return None
    return _compared(stored, query, final, fine, seen)


def _normalised(plane: Plane) -> NDArray[np.uint8]:
    """Brightness and contrast made locally equal, as 8 bits."""
    smooth = cv2.GaussianBlur(plane, (0, 0), 0.8)
    mean = cv2.blur(smooth, (25, 25))
    spread = np.sqrt(np.maximum(cv2.blur(smooth * smooth, (25, 25)) - mean * mean, 0.0))
    return np.clip(128 + 48 * (smooth - mean) / (spread + 4.0), 0, 255).astype(np.uint8)


def _likeness_from_afar(one: NDArray[np.uint8], other: NDArray[np.uint8], inside: NDArray[np.bool_]) -> float:
    """Correlation, -1..1, of both at an eighth of their size: it asks little, and most different pictures fail it."""
    size = (max(2, one.shape[1] // 8), max(2, one.shape[0] // 8))
    known = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
    if not known.any():
        return 0.0
    first, second = (
        cv2.blur(cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32) - 128, (3, 3))[known]
        for plane in (one, other)
    )
    return float((first * second).sum() / np.sqrt((first * first).sum() * (second * second).sum() + 1))


def _structured(plane: Plane) -> NDArray[np.uint8]:
    """Where there is more than noise to hold on to."""
    mean = cv2.blur(plane, (9, 9))
    variance = cv2.blur(plane * plane, (9, 9)) - mean * mean
    return (variance > _RICH * _RICH).astype(np.uint8)


def _laid(
    query: Plane, placed: Affine, shape: tuple[int, ...], seen: NDArray[np.uint8] | None
) -> tuple[Plane, NDArray[np.bool_]]:
    """The query seen in the frame of the stored picture, and where it has pixels."""
    size = (shape[1], shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(query, placed[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    corners = np.linalg.inv(placed) @ np.array(
        [[0, query.shape[1], query.shape[1], 0], [0, 0, query.shape[0], query.shape[0]], [1, 1, 1, 1]], dtype=np.float64
    )
    inside = np.zeros(shape, dtype=np.uint8)
    cv2.fillConvexPoly(inside, np.round(corners[:2].T).astype(np.int32), 1)
    if seen is not None:
        there = cv2.warpAffine(seen, placed[:2], size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
        return laid, inside.astype(bool) & there.astype(bool)
    return laid, inside.astype(bool)


def _tracked(
    target: NDArray[np.uint8],
    laid: NDArray[np.uint8],
    inside: NDArray[np.bool_],
    points: NDArray[Any],
    window: int,
    levels: int,
) -> _Track | None:
    """One round of tracking `points` of the stored picture into the query, laid on it and normalised."""
    columns = np.clip(points[:, 0, 0].astype(int), 0, target.shape[1] - 1)
    rows = np.clip(points[:, 0, 1].astype(int), 0, target.shape[0] - 1)
    usable = points[inside[rows, columns]]
    if len(usable) < 6:
        return None
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        target, laid, usable, np.empty_like(usable), winSize=(window, window), maxLevel=levels
    )
    found = status.ravel() == 1
    if found.sum() < 6:
        return None
    fit, mask = cv2.estimateAffine2D(
        usable[found], moved[found], method=cv2.RANSAC, ransacReprojThreshold=1.5, maxIters=300, confidence=0.99
    )
    if fit is None or mask is None or int(mask.sum()) < 6:
        return None
    return _Track(np.vstack([fit, [0.0, 0.0, 1.0]]), usable[found][mask.ravel() == 1][:, 0], len(usable))


def _drift(start: Affine, end: Affine, shape: tuple[int, ...]) -> float:
    """How far, in pixels of the query, the tracking moved the middles of the stored picture's quarters."""
    height, width = shape
    places = np.array([[0.25, 0.75, 0.75, 0.25], [0.25, 0.25, 0.75, 0.75], [1, 1, 1, 1]]) * [[width], [height], [1]]
    return float(np.abs((start - end) @ places).max())


def _plausible(placed: Affine) -> bool:
    """No collapse, no strong shear: a copy is a similar picture, up to an uneven scale."""
    scales = np.linalg.svd(placed[:2, :2], compute_uv=False)
    return bool(scales[1] > 0.15 and scales[0] < 6 and scales[0] / scales[1] < 1.9)


def _compared(
    stored: Plane, query: Plane, placed: Affine, track: _Track, seen: NDArray[np.uint8] | None
) -> Alignment | None:
    laid, inside = _laid(query, placed, stored.shape, seen)
    inside = cv2.erode(inside.astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=1).astype(bool)
    overlap = float(inside.mean())
    if overlap < 0.1:
        return None
    one = cv2.GaussianBlur(stored, (0, 0), 0.9)
    two = cv2.GaussianBlur(laid, (0, 0), 0.9)
    size = (_WINDOW, _WINDOW)
    mean_one, mean_two = cv2.blur(one, size), cv2.blur(two, size)
    spread_one = np.sqrt(np.maximum(cv2.blur(one * one, size) - mean_one**2, 0))
    spread_two = np.sqrt(np.maximum(cv2.blur(two * two, size) - mean_two**2, 0))
    product = cv2.blur(one * two, size) - mean_one * mean_two
    grid = np.zeros(stored.shape, dtype=bool)
    grid[_STEP // 2 :: _STEP, _STEP // 2 :: _STEP] = True
    chosen = grid & inside
    first, second = spread_one[chosen], spread_two[chosen]
    likeness = product[chosen] / (first * second + 1.0)
    textured = np.maximum(first, second) > _RICH
    count = int(textured.sum())
    total = max(1, len(first))
    agree = conflict = added = lost = exact = 0.0
    if count:
        equal = textured & (likeness >= 0.6)
        both = textured & ~equal & (np.minimum(first, second) > _POOR)
        agree = float(equal.sum()) / count
        exact = float((textured & (likeness >= 0.9)).sum()) / count
        conflict = float((both & (likeness < 0.4)).sum()) / count
        single = textured & ~equal & ~both
        added = float((single & (second > first)).sum()) / count
        lost = float((single & (first >= second)).sum()) / count
    region, matched = _regions(inside, placed, stored.shape, query.shape)
    return Alignment(
        inliers=len(track.kept),
        tracked=track.tried,
        spread=len(np.unique((track.kept // (max(stored.shape) / _CELLS)).astype(int), axis=0)),
        agree=agree,
        conflict=conflict,
        added=added,
        lost=lost,
        textured=count / total,
        likeness=float(np.mean(likeness[textured])) if count else 0.0,
        distance=_hash_distance(one, two, inside),
        overlap=overlap,
        region=region,
        matched_region=matched,
        exact=exact,
        cells=_equal_cells(likeness, textured, np.argwhere(chosen), stored.shape),
    )


def _equal_cells(
    likeness: NDArray[Any], textured: NDArray[np.bool_], places: NDArray[Any], shape: tuple[int, ...]
) -> float:
    """Share of the 8 x 8 parts with structure in which nine tenths of it are nearly equal."""
    cell = (places[:, 0] * 8 // shape[0]) * 8 + places[:, 1] * 8 // shape[1]
    total = np.bincount(cell[textured], minlength=64)
    equal = np.bincount(cell[textured & (likeness >= 0.8)], minlength=64)
    used = total > 0
    return float((equal[used] >= 0.9 * total[used]).mean()) if used.any() else 0.0


def _hash_distance(one: Plane, two: Plane, inside: NDArray[np.bool_]) -> int:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    outside = ~inside[part]
    first, second = one[part].copy(), two[part].copy()
    first[outside] = second[outside] = 0
    return (int.from_bytes(hash_of(first)) ^ int.from_bytes(hash_of(second))).bit_count()


def _regions(
    inside: NDArray[np.bool_], placed: Affine, stored: tuple[int, ...], query: tuple[int, ...]
) -> tuple[Box, Box]:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    x0, x1, y0, y1 = float(columns[0]), float(columns[-1] + 1), float(rows[0]), float(rows[-1] + 1)
    outline = placed @ np.array([[x0, x1, x1, x0], [y0, y0, y1, y1], [1, 1, 1, 1]], dtype=np.float64)
    return (
        _fractions(outline[0].min(), outline[1].min(), outline[0].max(), outline[1].max(), query),
        _fractions(x0, y0, x1, y1, stored),
    )


def _fractions(x0: float, y0: float, x1: float, y1: float, shape: tuple[int, ...]) -> Box:
    height, width = shape[:2]
    left, right = np.clip([x0 / width, x1 / width], 0.0, 1.0)
    top, bottom = np.clip([y0 / height, y1 / height], 0.0, 1.0)
    return (float(left), float(top), float(right - left), float(bottom - top))
