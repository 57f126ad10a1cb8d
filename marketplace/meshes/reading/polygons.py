"""Polygons of any size to triangles, many at a time.

A convex polygon is split from one corner. A concave one of four corners is split at its reflex corner, a larger one by
mapbox_earcut, on its projection along Newell's normal. A polygon of k corners gives k - 2 triangles, and all its edges
are theirs: where neighbours meet along an edge with further corners on it, none of these may get lost, or the surface
would be open there.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from mapbox_earcut import triangulate_float64

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints

from .read import MAX_TRIANGLES, too_many

MAX_CORNERS = 10_000
"""Of a polygon that is not convex: cutting ears takes time with the square of them."""
_AT_ONCE = 500_000
"""Corners worked on at a time, for memory's sake."""
_STRAIGHT = 1e-6
"""Sine of a turn that counts as none: what six decimals and 32-bit floats leave of a straight line."""
_FLAT = 1e-12
"""Of the square of the longest edge: a polygon with less area than that has no side to look at it from."""


def triangles_of(vertices: Floats, corners: Ints, counts: Ints) -> Ints:
    """Return (m, 3), rows of `vertices` as are `corners`: the first polygon has the first counts[0] of them, and so on.

    Polygons of fewer than three different corners give nothing. Raises BrokenMesh.
    """
    if int(np.maximum(counts - 2, 0).sum()) > MAX_TRIANGLES:
        raise too_many()
    if len(corners) and not 0 <= int(corners.min()) <= int(corners.max()) < len(vertices):
        raise BrokenMesh("The file is damaged: faces refer to points that are not there. Export it again.")
    numbers = np.arange(1, len(counts) + 1)
    corners, counts, numbers = _without_repeats(corners, counts, numbers)
    starts = np.cumsum(counts) - counts
    found = [np.empty((0, 3), dtype=np.int64)]
    for size in np.unique(counts[counts > 2]):
        alike = np.flatnonzero(counts == size)
        step = max(1, _AT_ONCE // int(size))
        for first in range(0, len(alike), step):
            some = alike[first : first + step]
            rows = corners[starts[some, None] + np.arange(size)]
            found.append(rows if size == 3 else _split(vertices, rows, numbers[some]))
    return np.concatenate(found)


def _without_repeats(corners: Ints, counts: Ints, numbers: Ints) -> tuple[Ints, Ints, Ints]:
    """Drop corners that equal the one before them, round the ring."""
    some = counts > 0
    counts, numbers = counts[some], numbers[some]
    before = np.roll(corners, 1)
    ends = np.cumsum(counts)
    before[ends - counts] = corners[ends - 1]
    kept = corners != before
    if kept.all():
        return corners, counts, numbers
    return corners[kept], np.add.reduceat(kept, ends - counts, dtype=np.int64), numbers


@np.errstate(all="ignore")  # coordinates beyond reason are refused later
def _split(vertices: Floats, rows: Ints, numbers: Ints) -> Ints:
    """(n, k) corners of polygons to triangles."""
    size = rows.shape[1]
    x, y, longest, area = _projected(vertices[rows])
    along_x, along_y = np.roll(x, -1, axis=1) - x, np.roll(y, -1, axis=1) - y
    before_x, before_y = np.roll(along_x, 1, axis=1), np.roll(along_y, 1, axis=1)
    turns = before_x * along_y - before_y * along_x
    ahead = before_x * along_x + before_y * along_y
    lengths = np.hypot(turns, ahead)  # of the edge before each corner times that of the edge behind it
    left = turns > _STRAIGHT * lengths
    reflex = (turns < -_STRAIGHT * lengths) | (~left & (ahead < 0))
    concave = reflex.any(axis=1)
    # No triangle is without area when both neighbours of the corner that they share are true corners.
    apex = (np.roll(left, -1, axis=1) & np.roll(left, 1, axis=1)).argmax(axis=1)
    sound = area > _FLAT * longest**2
    if size == 4:
        arrow = reflex.sum(axis=1) == 1
        apex = np.where(arrow, reflex.argmax(axis=1), np.where(concave, 0, apex))
        hard = np.zeros(len(rows), dtype=bool)
    else:
        twice_round = np.arctan2(turns, ahead).sum(axis=1) > 3 * np.pi
        hard = sound & (concave | twice_round)
    if size > MAX_CORNERS and hard.any():
        raise BrokenMesh(
            f"Face {numbers[hard][0]} of the file has {size:,} corners and is not convex; at most {MAX_CORNERS:,} can "
            "be handled. Export the model with its faces made triangles."
        )
    apex = np.where(sound, apex, 0)
    ordered = np.take_along_axis(rows, (apex[:, None] + np.arange(size)) % size, axis=1)[~hard]
    fans = np.stack([np.broadcast_to(ordered[:, :1], ordered[:, 2:].shape), ordered[:, 1:-1], ordered[:, 2:]], axis=2)
    cut = [rows[row][_ears(np.stack([x[row], y[row]], axis=1))] for row in np.flatnonzero(hard)]
    return np.concatenate([fans.reshape(-1, 3), *cut])


def _projected(points: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """(n, k, 3) to x and y (n, k) in which each polygon runs counter-clockwise, its longest side along an axis (n), and
    its area (n). The axis nearest to the normal is left out: what lies on a line stays there to the last digit."""
    points = points - points[:, :1]
    after = np.roll(points, -1, axis=1)
    normals = np.empty((len(points), 3))
    for axis in range(3):
        one, other = (axis + 1) % 3, (axis + 2) % 3
        normals[:, axis] = np.einsum("nk,nk->n", points[:, :, one], after[:, :, other])
        normals[:, axis] -= np.einsum("nk,nk->n", points[:, :, other], after[:, :, one])
    left_out = np.abs(normals).argmax(axis=1)
    facing = np.take_along_axis(normals, left_out[:, None], axis=1)
    x = np.take_along_axis(points, ((left_out + 1) % 3)[:, None, None], axis=2)[:, :, 0]
    y = np.take_along_axis(points, ((left_out + 2) % 3)[:, None, None], axis=2)[:, :, 0]
    longest = np.abs(after - points).max(axis=(1, 2))
    return np.where(facing < 0, -x, x), y, longest, np.abs(facing[:, 0]) / 2


def _ears(flat: Floats) -> Ints:
    """(k, 2) of one polygon, counter-clockwise, to triangles of its corners."""
    size = len(flat)
    cut = triangulate_float64(np.ascontiguousarray(flat), np.array([size], dtype=np.uint32)).astype(np.int64)
    triangles = cut.reshape(-1, 3)
    return triangles if len(triangles) == size - 2 else np.concatenate([triangles, _missing(size, triangles)])


def _missing(size: int, triangles: Ints) -> Ints:
    """Triangles, without area, for the corners that were left out because they lie on the line of their neighbours."""
    ring = np.arange(size)
    tails = np.concatenate([ring, triangles[:, [1, 2, 0]].reshape(-1)])
    heads = np.concatenate([np.roll(ring, -1), triangles.reshape(-1)])
    low, high = np.minimum(tails, heads), np.maximum(tails, heads)
    keys, inverse = np.unique(low * size + high, return_inverse=True)
    balance = np.bincount(inverse, weights=np.where(tails < heads, 1, -1)).astype(np.int64)
    onward: dict[int, list[int]] = defaultdict(list)
    for key, count in zip(keys.tolist(), balance.tolist(), strict=True):
        one, other = divmod(key, size)
        onward[one if count > 0 else other] += [other if count > 0 else one] * abs(count)
    # As many edges lead to each corner as away from it: they are rings.
    found: list[tuple[int, int, int]] = []
    for start in list(onward):
        while onward[start]:
            path, places = [start], {start: 0}
            while onward[path[-1]]:
                at = onward[path[-1]].pop()
                if at in places:
                    loop = path[places[at] :]
                    found += [(loop[0], one, other) for one, other in zip(loop[1:], loop[2:], strict=False)]
                    for gone in path[places[at] + 1 :]:
                        del places[gone]
                    del path[places[at] + 1 :]
                else:
                    places[at] = len(path)
                    path.append(at)
    return np.array(found, dtype=np.int64).reshape(-1, 3)
