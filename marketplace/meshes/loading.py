"""From a file to a mesh. Only to be called in the child process, whose memory and time are limited.

Units: what 3MF declares; metres for GLB and glTF, as their specification says; millimetres for STL, OBJ and PLY, which
carry none, unless a remark in an OBJ names it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from .formats import BrokenMesh
from .geometry import Mesh, welded
from .reading.read import Read
from .results import Looks, Note

SMALLEST_MM, LARGEST_MM = 1e-6, 1e8
READERS = {
    "stl": "stl",
    "obj": "obj",
    "ply": "ply",
    "glb": "gltf.reader",
    "gltf": "gltf.reader",
    "3mf": "threemf.reader",
}
"""The module of `reading` for each format: only one is loaded for a file."""


@dataclass(frozen=True)
class Loaded:
    """`triangles` counts the file's own, before those without an area are dropped. `up` is the axis (0, 1, 2) that
    points upwards by the format's custom."""

    mesh: Mesh
    triangles: int
    up: int
    looks: Looks = field(default_factory=Looks)
    notes: list[Note] = field(default_factory=list)


def load(path: Path, mesh_format: str) -> Loaded:
    """Read a file of a format that `formats.format_of` gave. Raises BrokenMesh and MemoryError."""
    read: Callable[[BinaryIO], Read] = import_module(f"{__package__}.reading.{READERS[mesh_format]}").read
    with path.open("rb") as file:
        found = read(file)
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(found.vertices).all(axis=1))
    if not finite.all() and not finite[found.faces].all():  # scanners write nan for points of which they saw nothing
        raise BrokenMesh("The model has points whose coordinates are no numbers. Repair it and export it again.")
    mesh = welded(found.vertices, found.faces) if len(found.faces) else None
    if mesh is None or not len(mesh.faces) or not mesh.areas.any():
        raise BrokenMesh("The file holds no triangles that have an area. Export the model's surface as a mesh.")
    if not SMALLEST_MM < mesh.longest_side < LARGEST_MM:
        raise BrokenMesh(
            f"The model measures {mesh.longest_side:.3g} mm, which cannot be right. Check its unit and export it again."
        )
    return Loaded(mesh, len(found.faces), up_of(mesh_format), found.looks, found.notes)


def up_of(mesh_format: str) -> int:
    """The axis that points upwards by the format's custom."""
    return 1 if mesh_format in ("glb", "gltf", "obj") else 2
