"""Points all over a surface, and how bent it is around each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats, Mesh, dots

POINTS = 9_000
CANDIDATES = 4_000
"""The first so many points: those that are kept, and the places that patches may lie at."""
_FIELD = 4_500
"""Points that bentness is averaged over."""
_BATCH = 250
"""Candidates at a time: their distances from the field fit into a processor's cache."""


@dataclass(frozen=True)
class Surface:
    """points, normals: (n, 3), in no order. middle, size: the mean of the points, and R, the root mean square distance
    from it."""

    points: Floats
    normals: Floats
    middle: Floats
    size: float


def surface_of(mesh: Mesh, faces: NDArray[np.int64]) -> Surface | None:
    """The same for the same faces. None where they have no area.

    Spread evenly by area, then shuffled: stratified points come in the order of the faces, so that the first thousand
    would be one end of the shape.
    """
    chance = np.random.default_rng(31)
    reach = np.cumsum(mesh.areas[faces])
    if not len(reach) or not reach[-1] > 0:
        return None
    steps = (np.arange(POINTS) + chance.random(POINTS)) / POINTS
    chosen = faces[np.minimum(np.searchsorted(reach, steps * reach[-1]), len(faces) - 1)]
    chosen = chosen[chance.permutation(POINTS)]
    u, v = np.sqrt(chance.random((POINTS, 1))), chance.random((POINTS, 1))
    a, b, c = (mesh.corners[chosen, corner] for corner in range(3))
    points = (1 - u) * a + u * (1 - v) * b + u * v * c
    middle = points.mean(axis=0)
    size = float(np.sqrt(dots(points - middle, points - middle).mean()))
    if not size > 0:
        return None
    return Surface(points, mesh.normals[chosen], middle, size)


def bentness(surface: Surface, radii: list[float]) -> Floats:
    """(candidates, radii): how many ways the normals within each radius of a candidate point look; 0 on a flat, about
    0.1 at an edge, 0.3 in a corner."""
    points = ((surface.points - surface.middle) / surface.size).astype(np.float32)
    normals = surface.normals.astype(np.float32)
    field, looks = points[:_FIELD], normals[:_FIELD]
    x, y, z = looks.T
    products = np.stack([x * x, y * y, z * z, x * y, x * z, y * z, np.ones_like(x)], axis=1)
    squares = dots(points, points)
    found = np.zeros((CANDIDATES, len(radii)))
    for start in range(0, CANDIDATES, _BATCH):
        batch = points[start : start + _BATCH]
        apart = squares[start : start + _BATCH, None] + squares[None, :_FIELD] - 2 * (batch @ field.T)
        for number, radius in enumerate(radii):
            sums = (apart <= (radius / surface.size) ** 2).astype(np.float32) @ products
            xx, yy, zz, xy, xz, yz = (sums[:, :6] / np.maximum(sums[:, 6:], 1)).T.astype(np.float64)
            least, middling, _ = np.linalg.eigvalsh(
                np.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], axis=1).reshape(-1, 3, 3)
            ).T
            found[start : start + _BATCH, number] = np.maximum(least, 0) + 0.25 * np.maximum(middling, 0)
    return found
