"""Round holes and round bosses: walls to which a cylinder fits.

A wall is a group of faces that bends one way (see `walls`). Its axis is the direction of the seams between its faces,
its circle the least-squares one through its corners (which lie on the drawn circle; the faces between them do not).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .geometry import Floats, Ints, Mesh
from .walls import FLAT, STEEPEST, Seams, joined

LEAST_COVERAGE = 0.95
"""Of the full turn; less is a fillet or a notch."""
MOST_RESIDUAL = 0.01
"""Of the radius: how far the farthest corner may lie off the circle."""
_ALONG = 0.02
"""How far the normals may lean along the axis: about one degree."""
_LEAST_FACES = 12
_MOST_WALLS = 500
_SMOOTH = float(np.radians(15))
_BAND = 0.2
"""A wall that goes on smoothly at both ends is a band of a ball or a bowl, unless it is at least so high, in parts of
its diameter."""
_BINS = 720


@dataclass(frozen=True)
class Cylinder:
    """`top` and `bottom` are the ends of the axis within the wall, `top` the one that an opening shows from.

    `is_open`: whether the surface goes on outwards there, at top and bottom. `coverage` is the share of the full turn
    that there is wall at, `residual` that of the radius by which the farthest corner is off, `sides` how many flat
    strips it is made of.
    """

    faces: Ints
    diameter: float
    top: Floats
    bottom: Floats
    is_open: tuple[bool, bool]
    coverage: float
    residual: float
    sides: int

    @property
    def depth(self) -> float:
        return float(np.linalg.norm(self.top - self.bottom))

    @property
    def confidence(self) -> float:
        """Coverage, times how well the circle fits, times how round so many sides are (their narrowest width)."""
        return self.coverage * (1 - self.residual / (2 * MOST_RESIDUAL)) * float(np.cos(np.pi / max(self.sides, 3)))


def cylinders_of(seams: Seams, *, inwards: bool, up: int) -> list[Cylinder]:
    """Walls all around: of holes (`inwards`) or of bosses and rods, the largest first."""
    mesh, sign = seams.mesh, 1 if inwards else -1
    linked = seams.is_round(sign)
    labels = joined(len(mesh.faces), seams.one[linked], seams.other[linked])
    # A wall bends; without seams that do it is a flat face. Those seams run along its axis.
    bent = linked & (seams.turns * sign > FLAT)
    counts = np.bincount(labels)
    bends = np.bincount(labels[seams.one[bent]], minlength=len(counts))
    areas = np.bincount(labels, mesh.areas, minlength=len(counts))
    wanted = np.flatnonzero((counts >= _LEAST_FACES) & (bends >= 6))
    wanted = wanted[np.argsort(-areas[wanted], kind="stable")][:_MOST_WALLS]
    faces_of = _grouped(labels, wanted)
    seams_of_label = _grouped(np.where(bent, labels[seams.one], -1), wanted)
    found = []
    for label in wanted.tolist():
        axis = _axis(seams, seams_of_label[label])
        for wall in _walls_along(seams, faces_of[label], axis, linked):
            cylinder = _fitted(seams, wall, sign, up)
            if cylinder is not None:
                found.append(cylinder)
    return sorted(found, key=lambda one: (-round(one.diameter, 4), *(round(float(x), 4) for x in one.top)))


def _grouped(labels: Ints, wanted: Ints) -> dict[int, Ints]:
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    starts, ends = np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right")
    return {int(label): order[a:b] for label, a, b in zip(wanted, starts, ends, strict=True)}


def _axis(seams: Seams, bent: Ints) -> Floats:
    """The direction that most of the length of these seams runs along."""
    ways = seams.mesh.vertices[seams.heads[bent]] - seams.mesh.vertices[seams.tails[bent]]
    lengths = np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-300)
    ways = ways / lengths
    tensor = (ways * lengths).T @ ways
    axis: Floats = np.linalg.eigh(tensor)[1][:, -1]
    for _ in range(3):  # seams across, as at the tip of a drilled hole, pull it aside: leave them out
        along = np.abs(ways @ axis) > 0.9
        if not along.any():
            return axis
        tensor = (ways[along] * lengths[along]).T @ ways[along]
        axis = np.linalg.eigh(tensor)[1][:, -1]
    return axis


def _walls_along(seams: Seams, faces: Ints, axis: Floats, linked: np.ndarray) -> list[Ints]:  # type: ignore[type-arg]
    """The faces whose normals stand square on the axis, those that hang together in groups of their own."""
    mesh = seams.mesh
    square = faces[np.abs(mesh.normals[faces] @ axis) <= _ALONG]
    if len(square) < _LEAST_FACES:
        return []
    if len(square) == len(faces):
        return [faces]
    place = np.full(len(mesh.faces), -1)
    place[square] = np.arange(len(square))
    kept = linked & (place[seams.one] >= 0) & (place[seams.other] >= 0)
    labels = joined(len(square), place[seams.one[kept]], place[seams.other[kept]])
    return [square[labels == label] for label in np.flatnonzero(np.bincount(labels) >= _LEAST_FACES)]


def _fitted(seams: Seams, faces: Ints, sign: int, up: int) -> Cylinder | None:
    mesh = seams.mesh
    normals, weights = mesh.normals[faces], mesh.areas[faces]
    spread, ways = np.linalg.eigh((normals * weights[:, None]).T @ normals / weights.sum())
    if spread[0] > _ALONG**2 or spread[1] < 0.3:
        return None
    axis = ways[:, 0]
    axis = axis * (1.0 if _upwards(axis, up) else -1.0)
    e1, e2 = ways[:, 1], np.cross(axis, ways[:, 1])
    corners = np.unique(mesh.faces[faces])
    points = mesh.vertices[corners]
    flat = np.stack([points @ e1, points @ e2], axis=1)
    middle, radius = _circle(flat)
    if not 0 < radius < mesh.longest_side:
        return None
    residual = float(np.abs(np.linalg.norm(flat - middle, axis=1) - radius).max() / radius)
    if residual > MOST_RESIDUAL:
        return None
    centres = mesh.corners[faces].mean(axis=1)
    outwards = np.stack([centres @ e1, centres @ e2], axis=1) - middle
    facing = (outwards * np.stack([normals @ e1, normals @ e2], axis=1)).sum(axis=1)
    if (facing * sign > 0).any():
        return None
    coverage, widest = _coverage(mesh, faces, e1, e2, middle)
    if coverage < LEAST_COVERAGE or widest > STEEPEST:
        return None
    heights = points @ axis
    low, high = float(heights.min()), float(heights.max())
    centre = middle[0] * e1 + middle[1] * e2
    ends, sharpness = _rims(seams, faces, axis, (low + high) / 2)
    if sharpness < _SMOOTH and high - low < _BAND * 2 * radius:
        return None
    top, bottom = centre + high * axis, centre + low * axis
    if ends == (False, True):
        top, bottom, ends = bottom, top, (True, False)
    return Cylinder(faces, 2 * radius, top, bottom, ends, coverage, residual, _sides(seams, faces))


def _upwards(axis: Floats, up: int) -> bool:
    """One of the two directions of an axis: up, or else forwards along the first axis that it leans to."""
    for index in (up, (up + 1) % 3, (up + 2) % 3):
        if abs(axis[index]) > 1e-6:
            return bool(axis[index] > 0)
    return True


def _circle(points: Floats) -> tuple[Floats, float]:
    """Least squares (Kåsa 1976), exact where the points lie on a circle."""
    mean = points.mean(axis=0)
    moved = points - mean
    scale = float(np.abs(moved).max()) or 1.0
    x, y = (moved / scale).T
    solution, *_ = np.linalg.lstsq(np.stack([x, y, np.ones(len(x))], axis=1), x * x + y * y, rcond=None)
    a, b = solution[:2] / 2
    return mean + np.array([a, b]) * scale, float(np.sqrt(max(solution[2] + a * a + b * b, 0.0))) * scale


def _coverage(mesh: Mesh, faces: Ints, e1: Floats, e2: Floats, middle: Floats) -> tuple[float, float]:
    """The share of the full turn that some face spans, and how much the widest spans: the corners of a rounded square
    lie on a circle too."""
    corners = mesh.corners[faces]
    turns = np.arctan2(corners @ e2 - middle[1], corners @ e1 - middle[0])
    relative = np.angle(np.exp(1j * (turns - turns[:, :1])))
    start = (turns[:, 0] + relative.min(axis=1)) % (2 * np.pi)
    bins = _BINS / (2 * np.pi)
    first = np.round(start * bins).astype(np.int64)
    last = np.round((start + np.ptp(relative, axis=1)) * bins).astype(np.int64)
    marks = np.zeros(2 * _BINS + 2, dtype=np.int64)
    np.add.at(marks, first, 1)
    np.add.at(marks, last, -1)
    spanned = np.cumsum(marks) > 0
    return float((spanned[:_BINS] | spanned[_BINS : 2 * _BINS]).mean()), float(np.ptp(relative, axis=1).max())


def _rims(seams: Seams, faces: Ints, axis: Floats, halfway: float) -> tuple[tuple[bool, bool], float]:
    """Whether the surface goes on outwards beyond the upper and the lower end, by most of the length of the rims, and
    by how much it turns there at most. An end at which the mesh has no further face is open, and sharp."""
    within = np.zeros(len(seams.mesh.faces), dtype=bool)
    within[faces] = True
    rim = within[seams.one] != within[seams.other]
    points = (seams.mesh.vertices[seams.tails[rim]] + seams.mesh.vertices[seams.heads[rim]]) / 2
    lengths, turns = seams.lengths[rim], seams.turns[rim]
    outwards = np.where(turns < 0, lengths, -lengths)
    upper = points @ axis > halfway
    sharpest = 0.0
    for end in (upper, ~upper):
        length = lengths[end].sum()
        sharpest = max(sharpest, float((np.abs(turns[end]) * lengths[end]).sum() / length) if length else np.pi)
    return (bool(outwards[upper].sum() >= 0), bool(outwards[~upper].sum() >= 0)), sharpest


def _sides(seams: Seams, faces: Ints) -> int:
    place = np.full(len(seams.mesh.faces), -1)
    place[faces] = np.arange(len(faces))
    flat = seams.is_flat & (place[seams.one] >= 0) & (place[seams.other] >= 0)
    return int(joined(len(faces), place[seams.one[flat]], place[seams.other[flat]]).max()) + 1
