"""A mesh with fewer faces: what a viewer shows of a model whose original is for its buyers."""

from __future__ import annotations

import json
import struct
from typing import Any

import fast_simplification
import numpy as np

from .geometry import Mesh, welded

PREVIEW_FACES = 20_000
PICTURE_FACES = 150_000
"""As many as show in a thumbnail."""
_LEAST_FACES = 2_000
"""Fewer are not taken away: the shape would suffer and nothing be won."""
_KEPT = 0.6
_GRID = 1_000
_FAR = 100
"""Times its size from the origin, 32-bit floats would show a model's corners beside their places."""


def reduced(mesh: Mesh, faces: int) -> Mesh:
    """The same shape with about `faces` faces (quadric edge collapse); unchanged when it has no more."""
    if len(mesh.faces) <= faces:
        return mesh
    points, rows = fast_simplification.simplify(
        mesh.vertices - mesh.bounds[0], mesh.faces.astype(np.int32), target_count=faces
    )
    if not len(rows):
        return mesh
    return welded(np.asarray(points, dtype=np.float64) + mesh.bounds[0], np.asarray(rows, dtype=np.int64))


def preview_of(mesh: Mesh) -> Mesh:
    """What the public sees: fewer faces, and corners moved to a grid of a thousandth of the size.

    It keeps the model's place and millimetres, so that a point picked in a viewer is a point of the model. It is good
    to look at, not to print.
    """
    most = min(PREVIEW_FACES, max(_LEAST_FACES, int(len(mesh.faces) * _KEPT)))
    smaller = reduced(mesh, most)
    low, step = mesh.bounds[0], mesh.longest_side / _GRID
    coarse = welded(low + np.rint((smaller.vertices - low) / step) * step, smaller.faces)
    return coarse if len(coarse.faces) else smaller


def mesh_of_glb(data: bytes) -> Mesh:
    """The mesh of a file that `glb_of` made, and of no other."""
    (length,) = struct.unpack_from("<I", data, 12)
    description = json.loads(data[20 : 20 + length])
    points, rows = description["bufferViews"]
    moved = description["nodes"][0].get("translation", [0, 0, 0])
    start = 28 + length
    vertices = np.frombuffer(data, "<f4", points["byteLength"] // 4, start + points["byteOffset"])
    faces = np.frombuffer(data, "<u4", rows["byteLength"] // 4, start + rows["byteOffset"])
    return Mesh(vertices.reshape(-1, 3).astype(np.float64) + moved, faces.reshape(-1, 3).astype(np.int64))


def glb_of(mesh: Mesh) -> bytes:
    """A binary glTF 2.0 file of one grey mesh, where it stands."""
    node: dict[str, Any] = {"mesh": 0}
    vertices = mesh.vertices
    if np.abs(mesh.bounds).max() > _FAR * mesh.longest_side:
        node["translation"] = mesh.bounds[0].tolist()
        vertices = vertices - mesh.bounds[0]
    points = np.ascontiguousarray(vertices, dtype="<f4")
    rows = np.ascontiguousarray(mesh.faces, dtype="<u4")
    description = {
        "asset": {"version": "2.0", "generator": "Atelier"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [node],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [
            {
                "doubleSided": True,
                "pbrMetallicRoughness": {
                    "baseColorFactor": [0.72, 0.75, 0.78, 1],
                    "metallicFactor": 0,
                    "roughnessFactor": 0.7,
                },
            }
        ],
        "buffers": [{"byteLength": points.nbytes + rows.nbytes}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": points.nbytes, "target": 34962},
            {"buffer": 0, "byteOffset": points.nbytes, "byteLength": rows.nbytes, "target": 34963},
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": len(points),
                "type": "VEC3",
                "min": [float(value) for value in points.min(axis=0)],
                "max": [float(value) for value in points.max(axis=0)],
            },
            {"bufferView": 1, "componentType": 5125, "count": rows.size, "type": "SCALAR"},
        ],
    }
    text = json.dumps(description, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data = points.tobytes() + rows.tobytes()
    return b"".join(
        [
            struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(data)),
            struct.pack("<I4s", len(text), b"JSON"),
            text,
            struct.pack("<I4s", len(data), b"BIN\0"),
            data,
        ]
    )
