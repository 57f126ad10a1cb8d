"""Triangles of a mesh: of lists, strips and fans, indexed or not, with morph targets and skins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints

from .accessors import Accessors
from .container import Container
from .fields import Row, damaged, row, rows, whole
from .packed import unpacked

TRIANGLES, STRIP, FAN = 4, 5, 6
_MODES = range(7)
_SETS = 4
"""Of joints and weights: four of each to a set. Two are as many as programs write."""


@dataclass(frozen=True)
class Piece:
    """`points` (n, 3), metres; `faces` (m, 3) rows of them; `rows` are the points' rows in the primitive's arrays."""

    accessors: Accessors
    primitive: Row
    points: Floats
    faces: Ints
    rows: Ints


def triangle_count(accessors: Accessors, primitive: Row) -> int:
    """How many triangles it stands for at most, before anything is decoded."""
    attributes = row(primitive, "attributes") or {}
    if not is_surface(primitive) or attributes.get("POSITION") is None:
        return 0
    source = primitive if primitive.get("indices") is not None else attributes
    corners = accessors.count(whole(source, "indices" if source is primitive else "POSITION"))
    return corners // 3 if _mode(primitive) == TRIANGLES else max(0, corners - 2)


def is_surface(primitive: Row) -> bool:
    """Whether it is made of triangles; the others are points and lines."""
    return _mode(primitive) >= TRIANGLES


def piece_of(container: Container, accessors: Accessors, primitive: Row, weights: list[float]) -> Piece:
    """Of a primitive that has triangles. `weights` are those of its morph targets."""
    attributes = row(primitive, "attributes") or {}
    position = whole(attributes, "POSITION")
    accessors = unpacked(container, accessors, primitive)
    count = accessors.count(position)
    if primitive.get("indices") is not None:
        corners = accessors.wholes(whole(primitive, "indices"), "SCALAR")[:, 0]
    else:
        corners = np.arange(count)
    faces = _faces(corners, _mode(primitive))
    if len(faces) and int(faces.max()) >= count:
        raise BrokenMesh(
            f"The file is damaged: a triangle refers to point {int(faces.max())} of {count}. Export it again."
        )
    # A few triangles of many points: what is not used is never copied.
    used: Ints
    if count > faces.size:
        used, faces = np.unique(faces, return_inverse=True)
        faces = faces.reshape(-1, 3)
    else:
        used = np.arange(count)
    points = accessors.floats(position, "VEC3", used)
    targets = rows(primitive, "targets")
    for target, weight in zip(targets, weights, strict=False):
        if weight and target.get("POSITION") is not None:
            if accessors.count(whole(target, "POSITION")) != count:
                raise damaged("targets")
            points += weight * accessors.floats(whole(target, "POSITION"), "VEC3", used)
    return Piece(accessors, primitive, points, faces, used)


def _mode(primitive: Row) -> int:
    mode = whole(primitive, "mode", TRIANGLES)
    if mode not in _MODES:
        raise damaged("mode")
    return mode


def _faces(corners: Ints, mode: int) -> Ints:
    if mode == TRIANGLES:
        return corners[: len(corners) // 3 * 3].reshape(-1, 3)
    if len(corners) < 3:
        return np.empty((0, 3), dtype=np.int64)
    if mode == FAN:
        faces = np.stack([corners[1:-1], corners[2:], np.full(len(corners) - 2, corners[0])], axis=1)
    else:
        faces = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
        faces[1::2] = faces[1::2][:, [0, 2, 1]]  # every second one runs the other way round
    a, b, c = faces.T
    # Corners that are named twice lead from one row of a strip to the next, and are no triangles of the model.
    return faces[(a != b) & (b != c) & (c != a)]


def is_skinned(piece: Piece) -> bool:
    return (row(piece.primitive, "attributes") or {}).get("JOINTS_0") is not None


def posed(piece: Piece, joints: Floats) -> Floats:
    """(n, 3): its points moved by `joints` (j, 4, 4), each as much as its weight says."""
    attributes, accessors = row(piece.primitive, "attributes") or {}, piece.accessors
    moved, total = np.zeros_like(piece.points), np.zeros(len(piece.points))
    first: Ints | None = None
    for number in range(_SETS):
        if attributes.get(f"JOINTS_{number}") is None:
            break
        named, shares = whole(attributes, f"JOINTS_{number}"), whole(attributes, f"WEIGHTS_{number}")
        if {accessors.count(named), accessors.count(shares)} != {accessors.count(whole(attributes, "POSITION"))}:
            raise damaged(f"JOINTS_{number}")
        of, weights = accessors.wholes(named, "VEC4", piece.rows), accessors.floats(shares, "VEC4", piece.rows)
        if of.size and int(of.max()) >= len(joints):
            raise BrokenMesh("The file is damaged: a point hangs on a joint that is not there. Export it again.")
        first = of[:, 0] if first is None else first
        for column in range(4):
            moved += weights[:, column, None] * _moved(piece.points, joints, of[:, column])
        total += weights.sum(axis=1)
    assert first is not None  # noqa: S101 (it is asked for skinned pieces alone)
    loose = total <= 0
    if loose.any():  # without a weight, a point goes with the joint that it names first
        moved[loose] = _moved(piece.points[loose], joints, first[loose])
        total[loose] = 1.0
    return moved / total[:, None]


def _moved(points: Floats, joints: Floats, of: Ints) -> Floats:
    result = np.empty_like(points)
    for axis in range(3):
        matrix = joints[of, axis]
        result[:, axis] = (matrix[:, :3] * points).sum(axis=1) + matrix[:, 3]
    return result
