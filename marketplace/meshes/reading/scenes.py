"""Triangles by way of trimesh's scenes."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
import trimesh

from marketplace.meshes.formats import BrokenMesh

from .read import MAX_TRIANGLES


def scene_of(file: BinaryIO, mesh_format: str) -> trimesh.Scene:
    try:
        # Without a resolver nothing but this file is read. Materials would only cost memory.
        return trimesh.load_scene(file, file_type=mesh_format, resolver=None, process=False, skip_materials=True)
    except (BrokenMesh, MemoryError):
        raise
    except Exception as error:  # trimesh raises whatever its parsing stumbles over
        if mesh_format == "stl" and "HeaderError" in type(error).__name__:
            raise BrokenMesh("The STL file is damaged or cut off.") from error
        raise BrokenMesh("The file is damaged and cannot be read.") from error


def gathered(scene: trimesh.Scene) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """All triangles of the scene, each where its node puts it."""
    try:
        placed = [scene.graph[node] for node in scene.graph.nodes_geometry]
    except (ValueError, LookupError, TypeError) as error:  # they contain one another in a circle, or nothing at all
        raise BrokenMesh("The file is damaged: its parts do not hang together.") from error
    nodes = [
        (transform, geometry)
        for transform, geometry in ((transform, scene.geometry.get(name)) for transform, name in placed)
        if isinstance(geometry, trimesh.Trimesh) and len(geometry.faces)
    ]
    total = sum(len(geometry.faces) for _, geometry in nodes)
    if total > MAX_TRIANGLES:
        raise BrokenMesh(f"The model has {total} triangles; at most {MAX_TRIANGLES} can be handled.")
    vertices, faces, count = [], [], 0
    for transform, geometry in nodes:
        points = np.asarray(geometry.vertices, dtype=np.float64)
        rows = np.asarray(geometry.faces, dtype=np.int64)
        if rows.min() < 0 or rows.max() >= len(points):
            raise BrokenMesh("The file is damaged: triangles refer to points that are not there.")
        if not np.array_equal(transform, np.eye(4)):
            points = points @ transform[:3, :3].T + transform[:3, 3]
            if np.linalg.det(transform[:3, :3]) < 0:  # mirrored: what was outside is inside now
                rows = rows[:, ::-1]
        vertices.append(points)
        faces.append(rows + count)
        count += len(points)
    if not faces:
        return np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)
    return np.concatenate(vertices), np.concatenate(faces)
