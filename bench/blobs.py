"""Solids as the surface of a function in space: figures of balls and limbs, and parts with smooth joints."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np

from marketplace.meshes.geometry import Floats, Mesh, dots, lengths_of, welded

Field = Callable[[Floats], Floats]
"""(n, 3) -> (n,): negative inside."""

_CORNERS = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)])


def _tetrahedra() -> Floats:
    """(6, 4) corners of a cube: from one corner to the opposite one along each order of the axes."""
    rows = []
    for order in permutations((4, 2, 1)):
        rows.append(np.cumsum([0, *order]))
    return np.array(rows)


_TETRAHEDRA = _tetrahedra()


def solid_of(field: Field, reach: float, *, cells: int = 44) -> Mesh:
    """The surface where the field is 0, within -reach..reach (marching tetrahedra), faces outwards."""
    axis = np.linspace(-reach, reach, cells + 1)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    values = field(grid)
    values = np.where(np.abs(values) < 1e-9, 1e-9, values)
    width = cells + 1
    steps = (_CORNERS[:, 0] * width + _CORNERS[:, 1]) * width + _CORNERS[:, 2]
    lows = np.arange(width**3).reshape(width, width, width)[:-1, :-1, :-1].reshape(-1)
    cubes = lows[:, None] + steps
    signs = values[cubes] < 0
    cubes = cubes[signs.any(axis=1) & ~signs.all(axis=1)]
    tets = cubes[:, _TETRAHEDRA].reshape(-1, 4)
    tets = np.take_along_axis(tets, np.argsort(values[tets], axis=1), axis=1)  # those inside first
    inside = (values[tets] < 0).sum(axis=1)
    faces = []

    def crossing(rows: Floats, one: int, other: int) -> Floats:
        a, b = rows[:, one], rows[:, other]
        share = (values[a] / (values[a] - values[b]))[:, None]
        return grid[a] + (grid[b] - grid[a]) * share

    for count, cuts in ((1, [(0, 1), (0, 2), (0, 3)]), (3, [(0, 3), (1, 3), (2, 3)])):
        rows = tets[inside == count]
        faces.append((rows, np.stack([crossing(rows, *cut) for cut in cuts], axis=1)))
    rows = tets[inside == 2]
    a, b, c, d = (crossing(rows, *cut) for cut in ((0, 2), (0, 3), (1, 3), (1, 2)))
    faces += [(rows, np.stack([a, b, c], axis=1)), (rows, np.stack([a, c, d], axis=1))]
    corners = []
    for rows, found in faces:
        outwards = grid[rows[:, 3]] - grid[rows[:, 0]]
        normal = np.cross(found[:, 1] - found[:, 0], found[:, 2] - found[:, 0])
        wrong = dots(normal, outwards) < 0
        corners.append(np.where(wrong[:, None, None], found[:, ::-1], found))
    flat = np.concatenate(corners).reshape(-1, 3)
    return welded(flat, np.arange(len(flat)).reshape(-1, 3))


def ball(at: Floats, radii: Floats) -> Field:
    """An ellipsoid, roughly by distance."""
    radii = np.broadcast_to(np.asarray(radii, dtype=float), 3)
    return lambda p: (lengths_of((p - at) / radii) - 1) * radii.min()


def limb(start: Floats, end: Floats, thick: float, thin: float) -> Field:
    """A rod with round ends, of two thicknesses."""
    start, end = np.asarray(start, dtype=float), np.asarray(end, dtype=float)

    def field(p: Floats) -> Floats:
        along = np.clip((p - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
        return lengths_of(p - start - along[:, None] * (end - start)) - (thick + (thin - thick) * along)

    return field


def box(at: Floats, half: Floats) -> Field:
    def field(p: Floats) -> Floats:
        away = np.abs(p - at) - half
        return lengths_of(np.maximum(away, 0)) + np.minimum(away.max(axis=1), 0)

    return field


def rod(at: Floats, axis: int, radius: float) -> Field:
    """Without ends."""
    others = [other for other in range(3) if other != axis]
    return lambda p: np.linalg.norm((p - at)[:, others], axis=1) - radius


def melted(*fields: Field, blend: float = 0.0) -> Field:
    """Joined, with fillets of about this radius."""

    def field(p: Floats) -> Floats:
        total = fields[0](p)
        for other in fields[1:]:
            value = other(p)
            near = np.maximum(blend - np.abs(total - value), 0) / max(blend, 1e-9)
            total = np.minimum(total, value) - near**2 * blend / 4
        return total

    return field


def without(one: Field, *others: Field) -> Field:
    return lambda p: np.max([one(p), *(-other(p) for other in others)], axis=0)
