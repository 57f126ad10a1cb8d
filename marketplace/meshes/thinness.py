"""Thin walls: where two sides of the surface lie closer together than a printer can make well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .geometry import Floats, Ints
from .measuring import THIN_WALL_MM
from .piercing import Target
from .walls import STEEPEST, Seams, centre_of, joined

_RAYS = 400
_LEAST_SHARE = 0.5
_LEAST_SURFACE = 0.01


@dataclass(frozen=True)
class ThinWall:
    """`spot` lies inside of the wall. `share` is that part of the measurements on these sides that was thin."""

    spot: Floats
    thickness: float
    area: float
    share: float


def thin_walls_of(seams: Seams) -> list[ThinWall]:
    """Walls under THIN_WALL_MM of a closed mesh, the largest first."""
    mesh, target = seams.mesh, Target(seams.mesh)
    smooth = np.abs(seams.turns) <= STEEPEST
    sides = joined(len(mesh.faces), seams.one[smooth], seams.other[smooth])
    faces, points = _places(seams)
    tries: dict[int, int] = {}
    thin: list[tuple[int, int, Floats, float]] = []  # one side, the other one, the middle between them, the thickness
    for face, point in zip(faces, points, strict=True):
        side = int(sides[face])
        tries[side] = tries.get(side, 0) + 1
        found = target.thickness(point, mesh.normals[face], THIN_WALL_MM)
        if found is not None and found[0] < THIN_WALL_MM:
            thin.append((side, int(sides[found[1]]), point - mesh.normals[face] * found[0] / 2, found[0]))
    counts: dict[int, int] = {}
    for side, *_ in thin:
        counts[side] = counts.get(side, 0) + 1
    thin = [row for row in thin if counts[row[0]] >= _LEAST_SHARE * tries[row[0]]]
    if not thin:
        return []
    clusters = joined(int(sides.max()) + 1, np.array([row[0] for row in thin]), np.array([row[1] for row in thin]))
    walls = []
    for cluster in sorted({int(clusters[row[0]]) for row in thin}):
        rows = [row for row in thin if clusters[row[0]] == cluster]
        sides_of_it = sorted({row[0] for row in rows})
        members = np.flatnonzero(np.isin(sides, sides_of_it))
        area = float(mesh.areas[members].sum())
        if area < _LEAST_SURFACE * mesh.areas.sum():
            continue
        share = sum(counts[side] for side in sides_of_it) / sum(tries[side] for side in sides_of_it)
        thickness = float(np.median([row[3] for row in rows]))
        walls.append(ThinWall(_spot(target, sides, sides_of_it, rows, thickness), thickness, area / 2, share))
    return sorted(walls, key=lambda wall: (-round(wall.area, 4), *(round(float(x), 4) for x in wall.spot)))


def _places(seams: Seams) -> tuple[Ints, Floats]:
    """Points spread evenly over the surface, and the faces that they lie on. Always the same ones."""
    mesh, chance = seams.mesh, np.random.default_rng(20)
    reach = np.cumsum(mesh.areas)
    steps = (np.arange(_RAYS) + chance.random(_RAYS)) / _RAYS
    faces = np.minimum(np.searchsorted(reach, steps * reach[-1]), len(mesh.faces) - 1)
    u, v = np.sqrt(chance.random((_RAYS, 1))), chance.random((_RAYS, 1))
    a, b, c = (mesh.corners[faces, corner] for corner in range(3))
    return faces, (1 - u) * a + u * (1 - v) * b + u * v * c


def _spot(
    target: Target, sides: Ints, members: list[int], rows: list[tuple[int, int, Floats, float]], thickness: float
) -> Floats:
    """The middle between both sides where that is inside of the wall, else the measured place that is nearest."""
    mesh = target.mesh
    middle = np.mean([centre_of(mesh, np.flatnonzero(sides == side)) for side in members], axis=0)
    nearest = min(rows, key=lambda row: round(float(np.linalg.norm(row[2] - middle)), 6))
    across = nearest[2]
    normal = mesh.normals[np.flatnonzero(sides == nearest[0])[0]]
    both = [target.hits(middle, way, THIN_WALL_MM)[0] for way in (normal, -normal)]
    if all(len(hits) for hits in both) and abs(both[0][0] + both[1][0] - thickness) < 0.1 * thickness:
        return middle
    return across
