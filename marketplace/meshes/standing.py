"""How a model stands: the flat faces it can lie on, and what overhangs as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .geometry import Floats, Ints, Mesh, crossed
from .measuring import OVERHANG
from .walls import Flat, Seams, centre_of, joined, spot_on

LEAST_FACE = 0.02
"""Of the whole surface: less is no face to lie on."""
LEAST_OVERHANG = 0.01
_DIRECTIONS = 360
_CLEARLY = float(np.cos(np.radians(40)))
"""Of the normal's downward part: an overhang of more than 50 degrees."""


@dataclass(frozen=True)
class Bed:
    """A plane on which the model lies without tipping over. `spot` is a point of the face, `size` its sides in mm,
    `share` the part of the model's outline, seen along the normal, that touches the bed."""

    normal: Floats
    spot: Floats
    area: float
    size: tuple[float, float]
    share: float
    is_bottom: bool


def beds_of(seams: Seams, flats: list[Flat], *, parts: Sequence[Mesh], middle: Floats, up: int) -> list[Bed]:
    """Planes of flat faces that all of the model lies on one side of, that each of its parts touches, and whose faces
    hold its centre of mass, the largest first. Faces of one plane count together, as the feet of a table do."""
    mesh = seams.mesh
    slack, total = mesh.longest_side * 2e-4, mesh.areas.sum()
    beds: list[Bed] = []
    seen: list[Flat] = []
    for flat in flats:
        if any(flat.normal @ other.normal > 0.9999 and abs(flat.offset - other.offset) <= slack for other in seen):
            continue
        seen.append(flat)
        if (mesh.vertices @ flat.normal).max() > flat.offset + slack:
            continue
        if any((part.corners @ flat.normal).max() < flat.offset - slack for part in parts):
            continue
        together = [
            other for other in flats if flat.normal @ other.normal > 0.9999 and abs(flat.offset - other.offset) <= slack
        ]
        faces = np.concatenate([other.faces for other in together])
        area = float(mesh.areas[faces].sum())
        e1, e2 = _sides(flat.normal, mesh.corners[flat.faces].reshape(-1, 3))
        points = mesh.vertices[np.unique(mesh.faces[faces])]
        touching = np.stack([points @ e1, points @ e2], axis=1)
        if area < LEAST_FACE * total or not _holds(touching, np.array([middle @ e1, middle @ e2])):
            continue
        outline = np.stack([mesh.vertices @ e1, mesh.vertices @ e2], axis=1)
        share = min(1.0, area / max(float(np.prod(np.ptp(outline, axis=0))), 1e-300))
        size = np.ptp(touching, axis=0)
        is_bottom = bool(flat.normal[up] < -0.9999)
        beds.append(
            Bed(flat.normal, spot_on(mesh, flat.faces), area, (float(size[0]), float(size[1])), share, is_bottom)
        )
    return beds


def _sides(normal: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Two directions in the plane: of the model's own axes where the plane is square to one, else of the face."""
    along = int(np.argmax(np.abs(normal)))
    if abs(normal[along]) > 0.9999:
        others = [axis for axis in range(3) if axis != along]
        return np.eye(3)[others[0]], np.eye(3)[others[1]]
    moved = points - points.mean(axis=0)
    moved = moved - np.outer(moved @ normal, normal)
    e1: Floats = np.linalg.eigh(moved.T @ moved)[1][:, -1]
    return e1, crossed(normal, e1)


def _holds(points: Floats, middle: Floats) -> bool:
    """Whether the point lies within the outermost of the others."""
    turns = np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS
    ways = np.stack([np.cos(turns), np.sin(turns)])
    farthest = np.full(_DIRECTIONS, -np.inf)
    for start in range(0, len(points), 10_000):
        farthest = np.maximum(farthest, (points[start : start + 10_000] @ ways).max(axis=0))
    return bool((farthest > middle @ ways).all())


@dataclass(frozen=True)
class Overhang:
    """`angle` is how far it leans out, in degrees from upright; 90 is a ceiling. `clearly` is the part of its area that
    leans out by more than 50 degrees."""

    spot: Floats
    area: float
    angle: float
    clearly: float
    height: float


def overhangs_of(seams: Seams, *, up: int, leave_out: Ints) -> list[Overhang]:
    """Surfaces that face downwards, steeper than 45 degrees, and do not lie on the bed, the largest first. `leave_out`
    are faces that do not count: the upper sides of small holes, which print well."""
    mesh = seams.mesh
    low, high = mesh.bounds[0, up], mesh.bounds[1, up]
    downwards = -mesh.normals[:, up]
    hanging = (downwards > OVERHANG + 1e-4) & (
        mesh.corners[:, :, up].min(axis=1) > low + max(0.1, 0.005 * (high - low))
    )
    hanging[leave_out] = False
    both = hanging[seams.one] & hanging[seams.other]
    labels = joined(len(mesh.faces), seams.one[both], seams.other[both])
    areas = np.bincount(labels[hanging], mesh.areas[hanging], minlength=int(labels.max()) + 1)
    found = []
    for label in np.flatnonzero(areas >= LEAST_OVERHANG * mesh.areas.sum()):
        faces = np.flatnonzero((labels == label) & hanging)
        weights = mesh.areas[faces] / areas[label]
        lean = float(np.degrees(np.arcsin(np.clip(downwards[faces] @ weights, 0, 1))))
        clearly = float(weights[downwards[faces] > _CLEARLY].sum())
        height = float(centre_of(mesh, faces)[up] - low)
        found.append(Overhang(spot_on(mesh, faces), float(areas[label]), lean, clearly, height))
    return sorted(found, key=lambda one: (-round(one.area, 4), *(round(float(x), 4) for x in one.spot)))
