"""Draws a shape with what agrees with another one marked. Also the child's side: `main([FORMAT, FOLDER])` reads
`preview.glb` and `marks.npz` of the folder and writes `picture.jpg` there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .geometry import Floats, Mesh
from .loading import up_of
from .reducing import mesh_of_glb
from .rendering import COLOUR, FROM, SIDES, faces_seen, thumbnail_of

MARKED = np.array([232.0, 118.0, 42.0])
_FINE = 0.04
"""Faces with edges longer than this share of the longest side are split first: a point speaks for what is near it."""
_MOST_FACES = 24_000
_MOST_POINTS = 1_500
_NEAR = 4.2
"""So many times the usual distance of a point to its neighbour a face may be from the one that speaks for it."""
_FLAT = 0.012
"""And, above or below that point, so much of the size."""
_SAME_WAY = 0.5
_AT_ONCE = 4_000
_LOOK = 160
"""Pixels along a side of what is only counted."""


def main(arguments: list[str]) -> None:
    mesh_format, folder = arguments[0], Path(arguments[1])
    mesh = mesh_of_glb((folder / "preview.glb").read_bytes())
    with np.load(folder / "marks.npz") as marks:
        picture = picture_of(mesh, marks["points"], marks["normals"], marks["agree"], up=up_of(mesh_format))
    (folder / "picture.jpg").write_bytes(picture)


def picture_of(mesh: Mesh, points: Floats, normals: Floats, agree: NDArray[np.bool_], *, up: int) -> bytes:
    """A JPEG of the mesh from the side that shows most of what agrees, which is marked by a colour.

    `points` lie on its surface, (n, 3) with `normals`; those that `agree` speak for the faces around them.
    """
    mesh = _split(mesh)
    # They are in no order, so the first are a fair sample.
    marked = _agreeing(mesh, points[:_MOST_POINTS], normals[:_MOST_POINTS], agree[:_MOST_POINTS])

    def shown(view: tuple[float, float]) -> int:
        seen = faces_seen(mesh, up=up, seen_from=view, side=_LOOK)
        return int(marked[seen[seen >= 0]].sum())

    colours = np.where(marked[:, None], MARKED, COLOUR)
    return thumbnail_of(mesh, up=up, seen_from=max((FROM, *SIDES), key=shown), colours=colours)


def _split(mesh: Mesh) -> Mesh:
    """With long faces in four, again and again. Neighbours need not meet at corners: it is only looked at."""
    corners, longest = mesh.corners, mesh.longest_side * _FINE
    while True:
        long = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2).max(axis=1) > longest
        if not long.any() or len(corners) + 3 * long.sum() > _MOST_FACES:
            break
        a, b, c = (corners[long, corner] for corner in range(3))
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        parts = [np.stack(part, axis=1) for part in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        corners = np.concatenate([corners[~long], *parts])
    return Mesh(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3))


def _agreeing(mesh: Mesh, points: Floats, normals: Floats, agree: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(faces,): whether the nearest point of those that look the same way is near, and agrees."""
    middle = points.mean(axis=0)
    middles, points = (part.astype(np.float32) for part in (mesh.corners.mean(axis=1) - middle, points - middle))
    normals, looking = normals.astype(np.float32), mesh.normals.astype(np.float32)
    reach, thick = _NEAR * _usual_distance(points), _FLAT * float(np.ptp(points, axis=0).max())
    found = np.zeros(len(middles), dtype=bool)
    for start in range(0, len(middles), _AT_ONCE):
        batch = slice(start, start + _AT_ONCE)
        here = middles[batch]
        apart = (here**2).sum(axis=1)[:, None] + (points**2).sum(axis=1) - 2 * here @ points.T
        apart[looking[batch] @ normals.T < _SAME_WAY] = np.inf
        nearest = apart.argmin(axis=1)
        above = np.abs(((here - points[nearest]) * normals[nearest]).sum(axis=1))
        near = (apart[np.arange(len(nearest)), nearest] <= reach**2) & (above <= thick)
        found[batch] = agree[nearest] & near
    return found


def _usual_distance(points: Floats) -> float:
    """The median of that to the nearest other point, of some."""
    some = points[:300]
    apart = (some**2).sum(axis=1)[:, None] + (points**2).sum(axis=1) - 2 * some @ points.T
    apart[np.arange(len(some)), np.arange(len(some))] = np.inf
    return float(np.sqrt(max(np.median(apart.min(axis=1)), 0.0)))
