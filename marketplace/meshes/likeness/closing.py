"""Draws a piece closer to the other's surface, and counts what agrees then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats, crossed, dots, lengths_of

from .pairing import Way
from .pieces import Piece

ON_PLANE, SAME_NORMAL, BESIDE = 0.02, 0.7, 0.15
"""A point agrees that lies this near, in R of the smaller piece, to a tangent plane of the other surface, where the
cosine of both normals is above this, and the plane's point is not farther off."""
FINE = 0.3
"""Part of `ON_PLANE` within which a point agrees closely."""
LEAST_WEIGHT = 0.02
_MOST_STRETCH = 1.35
_NEAREST = 6


@dataclass(frozen=True)
class Fit:
    """`matrix`, `shift` as in Way. Of each side: share, plain share, share that agrees closely, which points agree."""

    matrix: Floats
    shift: Floats
    stored_share: float
    stored_plain: float
    stored_fine: float
    stored_agree: NDArray[np.bool_]
    new_share: float
    new_plain: float
    new_fine: float
    new_agree: NDArray[np.bool_]


def closest(new: Piece, stored: Piece, candidates: list[Way], *, points: int = 700) -> Fit | None:
    """Of a few ways, the one that agrees most once drawn close: each a little, the best wholly."""
    best: tuple[float, Way] | None = None
    for way in candidates:
        drawn = _drawn(new, stored, way, points=250, rounds=5, free=False)
        score = _quick(new, stored, drawn)
        if best is None or score > best[0]:
            best = score, drawn
    if best is None:
        return None
    way = _drawn(new, stored, best[1], points=points, rounds=6, free=False)
    way = _drawn(new, stored, way, points=points, rounds=6, free=True)
    return fit_of(new, stored, way)


def fit_of(new: Piece, stored: Piece, way: Way) -> Fit:
    back, shift = _back(way.matrix, way.shift)
    within = min(1.0, _scale(way.matrix))
    stored_off = _off(stored, new, way.matrix, way.shift, within, len(stored.points))
    new_off = _off(new, stored, back, shift, within / _scale(way.matrix), len(new.points))
    stored_agree, new_agree = stored_off < ON_PLANE, new_off < ON_PLANE
    return Fit(
        way.matrix,
        way.shift,
        _share(stored, stored_agree),
        float(stored_agree.mean()),
        _share(stored, stored_off < FINE * ON_PLANE),
        stored_agree,
        _share(new, new_agree),
        float(new_agree.mean()),
        _share(new, new_off < FINE * ON_PLANE),
        new_agree,
    )


def _quick(new: Piece, stored: Piece, way: Way) -> float:
    if way.inward:
        return _share(stored, _off(stored, new, way.matrix, way.shift, min(1.0, _scale(way.matrix)), 400) < ON_PLANE)
    back, shift = _back(way.matrix, way.shift)
    return _share(new, _off(new, stored, back, shift, min(1.0, _scale(back)), 400) < ON_PLANE)


def _back(matrix: Floats, shift: Floats) -> tuple[Floats, Floats]:
    """The way from the other side."""
    back = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    return back, -back @ shift


def _scale(matrix: Floats) -> float:
    return float(np.abs(np.linalg.det(matrix)) ** (1 / 3))


def _share(piece: Piece, agree: NDArray[np.bool_]) -> float:
    weights = piece.weights[: len(agree)] + LEAST_WEIGHT
    return float((weights * agree).sum() / weights.sum())


def _off(inner: Piece, outer: Piece, matrix: Floats, shift: Floats, size: float, count: int) -> Floats:
    """How far the first points of the inner piece lie off the outer one, over `size`: R of the smaller piece, in that
    of the outer one. Infinite where nothing near looks the same way."""
    placed = inner.points[:count] @ matrix.T + shift
    normals = _turned(inner.normals[:count], matrix)
    most = min(_NEAREST, len(outer.points))
    apart, near = outer.tree.query(placed, k=most, distance_upper_bound=BESIDE * size)
    near = np.where(np.isfinite(apart), near, 0)
    looks = outer.normals[near]
    off = np.abs(dots(placed[:, None] - outer.points[near], looks))
    same = dots(looks, normals[:, None]) > SAME_NORMAL
    nearest: Floats = np.where(np.isfinite(apart) & same, off / size, np.inf).min(axis=1)
    return nearest


def _turned(normals: Floats, matrix: Floats) -> Floats:
    """Normals under a map. A mirrored one needs no change of sign: outwards stays outwards."""
    turned = normals @ np.linalg.inv(matrix)
    return turned / np.maximum(lengths_of(turned)[:, None], 1e-12)


def _drawn(new: Piece, stored: Piece, way: Way, *, points: int, rounds: int, free: bool) -> Way:
    """The inner piece's points are drawn onto the tangent planes of the outer one's: as a similarity, or `free` as an
    affine map whose stretches stay within bounds."""
    inner, outer = (stored, new) if way.inward else (new, stored)
    matrix, shift = (way.matrix, way.shift) if way.inward else _back(way.matrix, way.shift)
    base, looks = inner.points[:points], inner.normals[:points]
    weights = inner.weights[:points] + LEAST_WEIGHT
    size = _scale(matrix)
    reach = (0.08 if free else 0.16) * min(1.0, size)
    for _ in range(rounds):
        placed = base @ matrix.T + shift
        apart, near = outer.tree.query(placed, distance_upper_bound=reach)
        found = np.isfinite(apart)
        near = np.where(found, near, 0)
        planes = outer.normals[near]
        found &= dots(planes, _turned(looks, matrix)) > 0.5
        if found.sum() < 30:
            break
        step, moved = _solved(
            placed[found], outer.points[near[found]], planes[found], weights[found], np.eye(3) if free else None
        )
        matrix, shift = step @ matrix, step @ shift + moved
        if free:
            matrix, shift = _bounded(matrix, shift, base)
        reach = max(0.06 * min(1.0, size), reach * 0.8)
    if not way.inward:
        matrix, shift = _back(matrix, shift)
    return Way(way.score, way.inward, matrix, shift)


def _solved(
    placed: Floats, target: Floats, planes: Floats, weights: Floats, affine: Floats | None
) -> tuple[Floats, Floats]:
    """The small map that brings the places nearest to the planes, in least squares: (3, 3) and (3,)."""
    middle = placed.mean(axis=0)
    local = placed - middle
    miss = dots(target - placed, planes)
    weights = weights / weights.sum()
    if affine is None:
        rows = np.concatenate([crossed(local, planes), planes, dots(local, planes)[:, None]], axis=1)
    else:
        rows = np.concatenate([(planes[:, :, None] * local[:, None]).reshape(-1, 9), planes], axis=1)
    normal = (rows * weights[:, None]).T @ rows
    # What the planes leave open, a turning of a ball among it, stays as it is.
    normal += np.eye(len(normal)) * (1e-6 if affine is None else 1e-5)
    found = np.linalg.solve(normal, (rows * weights[:, None]).T @ miss)
    if affine is None:
        x, y, z = found[:3]
        step = _nearest_turning(np.array([[1, -z, y], [z, 1, -x], [-y, x, 1]])) * (1 + np.clip(found[6], -0.1, 0.1))
        moved = found[3:6]
    else:
        step = np.eye(3) + found[:9].reshape(3, 3)
        moved = found[9:]
    return step, middle + moved - step @ middle


def _nearest_turning(matrix: Floats) -> Floats:
    left, _, right = np.linalg.svd(matrix)
    turning: Floats = left @ right
    return turning


def _bounded(matrix: Floats, shift: Floats, points: Floats) -> tuple[Floats, Floats]:
    left, values, right = np.linalg.svd(matrix)
    middling = values[1]
    kept = np.clip(values, middling / _MOST_STRETCH, middling * _MOST_STRETCH)
    if np.array_equal(kept, values):
        return matrix, shift
    bounded: Floats = (left * kept) @ right
    middle = points.mean(axis=0)
    return bounded, matrix @ middle + shift - bounded @ middle
