"""What people do to somebody's 3-D file before they upload it as theirs.

Bodies are joined and cut by manifold3d where it happens to be installed (it is no dependency) and the mesh is closed;
otherwise they are laid together, and a cut stays open.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import trimesh

from marketplace.meshes.geometry import Floats, Mesh, welded
from marketplace.meshes.reducing import reduced
from marketplace.meshes.shapes import circle, extruded

try:
    _manifold: Any = importlib.import_module("manifold3d")
except ImportError:
    _manifold = None

Edit = Callable[[Mesh, np.random.Generator], Mesh]


def together(*bodies: Mesh) -> Mesh:
    """The bodies as separate shells of one mesh."""
    starts = np.cumsum([0, *(len(body.vertices) for body in bodies)])
    return Mesh(
        np.concatenate([body.vertices for body in bodies]),
        np.concatenate([body.faces + start for body, start in zip(bodies, starts, strict=False)]),
    )


def moved(mesh: Mesh, *by: float) -> Mesh:
    return Mesh(mesh.vertices + np.array(by), mesh.faces)


def scaled(mesh: Mesh, *by: float) -> Mesh:
    faces = mesh.faces[:, ::-1] if np.prod(by) < 0 else mesh.faces
    return Mesh(mesh.vertices * np.array(by), faces)


def turned(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    rotation, _ = np.linalg.qr(chance.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    return Mesh(mesh.vertices @ rotation.T, mesh.faces)


def joined(one: Mesh, other: Mesh) -> Mesh:
    if _manifold is not None:
        whole = _solid(one) + _solid(other) if _closed(one) else None
        if whole is not None and whole.num_tri():
            return _mesh(whole)
    return together(one, other)


def cut(mesh: Mesh, share: float) -> Mesh:
    """Without its lowest so much."""
    low, high = mesh.bounds[:, 2]
    at = low + share * (high - low)
    if _manifold is not None and _closed(mesh):
        kept = _solid(mesh).trim_by_plane([0, 0, 1], at)
        if kept.num_tri():
            return _mesh(kept)
    return _clipped(mesh, at)


def _closed(mesh: Mesh) -> bool:
    return mesh.edges.is_closed and mesh.edges.is_oriented


def _solid(mesh: Mesh) -> Any:
    body = _manifold.Mesh(mesh.vertices.astype(np.float32), mesh.faces.astype(np.uint32))
    body.merge()
    return _manifold.Manifold(body)


def _mesh(solid: Any) -> Mesh:
    body = solid.to_mesh()
    return welded(np.asarray(body.vert_properties[:, :3], dtype=np.float64), np.asarray(body.tri_verts, dtype=np.int64))


def _clipped(mesh: Mesh, at: float) -> Mesh:
    """The part of each face above a height."""
    heights = mesh.corners[:, :, 2] - at
    above = (heights >= 0).sum(axis=1)
    parts = [mesh.corners[above == 3]]
    for count in (1, 2):
        faces = np.flatnonzero(above == count)
        alone = (heights[faces] >= 0).argmax(axis=1) if count == 1 else (heights[faces] < 0).argmax(axis=1)
        rows = np.arange(len(faces))
        a, b, c = (mesh.corners[faces][rows, (alone + step) % 3] for step in range(3))
        ha, hb, hc = (heights[faces][rows, (alone + step) % 3][:, None] for step in range(3))
        ab, ac = a + (b - a) * ha / (ha - hb), a + (c - a) * ha / (ha - hc)
        parts += (
            [np.stack([a, ab, ac], axis=1)]
            if count == 1
            else [
                np.stack([ab, b, c], axis=1),
                np.stack([ab, c, ac], axis=1),
            ]
        )
    corners = np.concatenate(parts)
    return welded(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3))


def _on_ground(mesh: Mesh) -> Mesh:
    low, high = mesh.bounds
    return moved(mesh, *-(low + high)[:2] / 2, -low[2])


def _based(mesh: Mesh, outline: Floats, thick: float) -> Mesh:
    return joined(moved(mesh, 0, 0, thick * 0.9), extruded(outline, thick))


def on_disc(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    mesh = _on_ground(mesh)
    wide = float(np.hypot(*(mesh.bounds[1] - mesh.bounds[0])[:2]))
    return _based(mesh, circle(0.55 * wide, corners=96), 0.04 * mesh.longest_side)


def on_disc_smaller(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    return turned(scaled(on_disc(mesh, chance), 0.7, 0.7, 0.7), chance)


def on_plinth(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    mesh = _on_ground(mesh)
    x, y = 0.6 * (mesh.bounds[1] - mesh.bounds[0])[:2]
    outline = np.array([(-x, -y), (x, -y), (x, y), (-x, y)])
    return _based(mesh, outline, 0.12 * mesh.longest_side)


def wider_turned(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    return turned(scaled(mesh, 1.05, 1, 1), chance)


def taller_mirrored_cut(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    return cut(scaled(mesh, -1, 1, 1.1), 0.1)


def smoothed(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    """Each vertex twenty times a hundredth of the way to the middle of its neighbours, as VTK does it."""
    points = mesh.vertices
    ends = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    ends = np.unique(np.concatenate([ends, ends[:, ::-1]]), axis=0)
    counts = np.maximum(np.bincount(ends[:, 0], minlength=len(points)), 1)[:, None]
    for _ in range(20):
        sums = np.stack([np.bincount(ends[:, 0], points[ends[:, 1], axis], len(points)) for axis in range(3)], axis=1)
        points = np.where(counts > 1, points + 0.01 * (sums / counts - points), points)
    return Mesh(points, mesh.faces)


def subdivided(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    """Each face four, and rounded (Loop)."""
    vertices, faces = trimesh.remesh.subdivide_loop(mesh.vertices, mesh.faces, iterations=1)
    return Mesh(np.asarray(vertices), np.asarray(faces, dtype=np.int64))


def thinned(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    """A fifth of the faces."""
    return reduced(mesh, max(20, len(mesh.faces) // 5))


def two_on_plate(mesh: Mesh, chance: np.random.Generator) -> Mesh:
    mesh = _on_ground(mesh)
    x, y, z = mesh.bounds[1] - mesh.bounds[0]
    thick = 0.05 * z + 0.5
    outline = np.array([(-1.3 * x, -0.7 * y), (1.3 * x, -0.7 * y), (1.3 * x, 0.7 * y), (-1.3 * x, 0.7 * y)])
    pair = together(moved(mesh, -0.6 * x, 0, 0), moved(mesh, 0.6 * x, 0, 0))
    return _based(pair, outline, thick)


EDITS: dict[str, Edit] = {
    "on a thin disc": on_disc,
    "the same, turned, 70 % size": on_disc_smaller,
    "on a square plinth": on_plinth,
    "lowest 10 % cut off": lambda mesh, chance: cut(mesh, 0.1),
    "lowest 30 % cut off": lambda mesh, chance: cut(mesh, 0.3),
    "5 % wider in one axis, turned": wider_turned,
    "10 % taller, mirrored, 10 % cut": taller_mirrored_cut,
    "smoothed": smoothed,
    "loop-subdivided": subdivided,
    "thinned 80 %": thinned,
    "two on a plate": two_on_plate,
}
