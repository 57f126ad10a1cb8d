"""A picture of a mesh, without a graphics card: faces become rows, rows become points, and the nearest point wins.

Only numpy and Pillow. The few software renderers among Python packages need a compiler at run time or are toys.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .geometry import Floats, Ints, Mesh
from .reducing import PICTURE_FACES, reduced

SIDE = 512
_FINER = 2
"""Points are computed this much denser along each side, then averaged, which smooths the edges."""
_MARGIN = 0.08
_POINTS_AT_ONCE = 4_000_000
FROM = (-35.0, 28.0)
SIDES = ((145.0, 28.0), (0.0, 4.0), (-35.0, 80.0))
"""Degrees round the upright axis and from above: from behind, from the front, and from above."""
_LIGHTS = ((0.78, (-0.35, 0.55, 0.76)), (0.22, (0.85, -0.1, 0.5)))
_AMBIENT = 0.22
COLOUR = np.array([126.0, 152.0, 186.0])
_TOP, _BOTTOM = np.array([250.0, 250.0, 252.0]), np.array([222.0, 226.0, 233.0])


def thumbnail_of(mesh: Mesh, *, up: int = 2, seen_from: tuple[float, float] = FROM, colours: Floats = COLOUR) -> bytes:
    """A JPEG of SIDE by SIDE pixels: the mesh from the front, the right and above, or as `seen_from` says (see SIDES),
    on a pale ground. `colours` is one for all faces, or, for a mesh of at most PICTURE_FACES, one for each."""
    side = SIDE * _FINER
    seen = reduced(mesh, PICTURE_FACES)
    nearest = faces_seen(seen, up=up, seen_from=seen_from, side=side)
    turned = seen.corners @ axes_of(up, seen_from).T
    ground, faces = _levels(np.linspace(_TOP, _BOTTOM, side)), _levels(_shades(turned)[:, None] * colours)
    canvas = np.where((nearest < 0)[:, :, None], ground[:, None], faces[nearest])
    image = Image.fromarray(canvas)
    file = io.BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.BOX).save(file, "JPEG", quality=88, optimize=True)
    return file.getvalue()


def _levels(colours: Floats) -> NDArray[np.uint8]:
    return np.clip(colours, 0, 255).astype(np.uint8)


def faces_seen(mesh: Mesh, *, up: int, seen_from: tuple[float, float], side: int) -> Ints:
    """(side, side): the number of the nearest face at each point of the picture, -1 for none."""
    points = (mesh.vertices - mesh.bounds.mean(axis=0)) @ axes_of(up, seen_from).T
    low, high = points.min(axis=0), points.max(axis=0)
    scale = side * (1 - 2 * _MARGIN) / max(float((high - low)[:2].max()), 1e-12)
    screen = (points - (low + high) / 2) * scale
    screen[:, 0] += side / 2
    screen[:, 1] = side / 2 - screen[:, 1]
    return _nearest_faces(screen[mesh.faces], side)


def axes_of(up: int, seen_from: tuple[float, float]) -> Floats:
    """(3, 3): what is to the right, upwards and towards the viewer, as directions of the mesh."""
    turn, tilt = np.radians(seen_from)
    cos, sin = np.cos(turn), np.sin(turn)
    around = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    cos, sin = np.cos(tilt), np.sin(tilt)
    down = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    upright = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) if up == 2 else np.eye(3)
    axes: Floats = down @ around @ upright
    return axes


def _shades(corners: Floats) -> Floats:
    """How bright each face is. Faces seen from behind, in an open mesh, are lit like those in front."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
    normals[normals[:, 2] < 0] *= -1
    light = np.full(len(normals), _AMBIENT)
    for strength, direction in _LIGHTS:
        towards = np.array(direction) / np.linalg.norm(direction)
        light += strength * np.maximum(normals @ towards, 0)
    return light * 1.25


def _nearest_faces(corners: Floats, side: int) -> Ints:
    """(side, side): the number of the nearest face at each point of the picture, -1 for none."""
    # Depth in the upper half of a number and the face in the lower one: the largest number is the nearest face.
    best = np.full(side * side, -1, dtype=np.int64)
    depth = corners[:, :, 2]
    deepest, span = depth.min(), max(float(np.ptp(depth)), 1e-12)
    planes = _planes(corners)
    for faces, rows in _rows_of(corners, side):
        columns, counts = _spans(corners, faces, rows, side)
        at_zero, along_x, along_y, lowest, highest = planes[:, faces]
        z = np.repeat(along_x, counts)
        z *= columns + 0.5
        z += np.repeat(at_zero, counts)
        z += np.repeat(along_y * (rows + 0.5), counts)
        np.clip(z, np.repeat(lowest, counts), np.repeat(highest, counts), out=z)
        z -= deepest
        z *= 2**30 / span
        level = z.astype(np.int64)
        level <<= 32
        level |= np.repeat(faces, counts)
        columns += np.repeat(rows * side, counts)
        np.maximum.at(best, columns, level)
    faces = best & 0xFFFFFFFF
    return np.where(best < 0, -1, faces).reshape(side, side)


def _rows_of(corners: Floats, side: int) -> list[tuple[Ints, Ints]]:
    """Batches of (face, row of the picture) for every row whose middle a face crosses."""
    top = np.ceil(corners[:, :, 1].min(axis=1) - 0.5).clip(0, side).astype(np.int64)
    bottom = np.ceil(corners[:, :, 1].max(axis=1) - 0.5).clip(0, side).astype(np.int64)
    heights = np.maximum(bottom - top, 0)
    faces, rows = np.repeat(np.arange(len(heights)), heights), _counted(top, heights)
    width = np.ptp(corners[:, :, 0], axis=1)[faces] + 1
    batches = np.floor(np.cumsum(width) / _POINTS_AT_ONCE)
    cuts = np.flatnonzero(np.diff(batches)) + 1
    return list(zip(np.split(faces, cuts), np.split(rows, cuts), strict=True))


def _spans(corners: Floats, faces: Ints, rows: Ints, side: int) -> tuple[Ints, Ints]:
    """The columns that each face covers in each row, one after the other, and how many."""
    middle = rows + 0.5
    left, right = np.full(len(faces), np.inf), np.full(len(faces), -np.inf)
    for one, other in ((0, 1), (1, 2), (2, 0)):
        x, y = corners[faces, one, 0], corners[faces, one, 1]
        dx, dy = corners[faces, other, 0] - x, corners[faces, other, 1] - y
        with np.errstate(divide="ignore", invalid="ignore"):
            along = (middle - y) / dy
            crossing = np.where((along >= 0) & (along <= 1), x + along * dx, np.nan)
        left, right = np.fmin(left, crossing), np.fmax(right, crossing)
    missing = ~np.isfinite(left)
    left[missing], right[missing] = 0, -1
    start = np.ceil(left - 0.5).clip(0, side).astype(np.int64)
    end = (np.floor(right - 0.5) + 1).clip(0, side).astype(np.int64)
    counts = np.maximum(end - start, 0)
    return _counted(start, counts), counts


def _counted(starts: Ints, counts: Ints) -> Ints:
    """For each i, counts[i] numbers: starts[i], starts[i] + 1 …"""
    ends = np.cumsum(counts)
    numbers = np.repeat(starts - (ends - counts), counts)
    numbers += np.arange(len(numbers))
    return numbers


def _planes(corners: Floats) -> Floats:
    """(5, m): the depth of a face at x, y is [0] + [1] x + [2] y, held between [3] and [4]."""
    a = corners[:, 0]
    lowest, highest = corners[:, :, 2].min(axis=1), corners[:, :, 2].max(axis=1)
    normal = np.cross(corners[:, 1] - a, corners[:, 2] - a)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        along_x, along_y = -normal[:, 0] / normal[:, 2], -normal[:, 1] / normal[:, 2]
        at_zero = a[:, 2] - along_x * a[:, 0] - along_y * a[:, 1]
    # A face seen edge on has no depth of its own at a point; that of its corners will do.
    flat = np.isfinite(at_zero)
    return np.stack(
        [np.where(flat, at_zero, lowest), np.where(flat, along_x, 0), np.where(flat, along_y, 0), lowest, highest]
    )
