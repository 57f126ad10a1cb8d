"""What a reader gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints
from marketplace.meshes.results import Looks, Note

MAX_TRIANGLES = 8_000_000


def too_many(triangles: int | None = None) -> BrokenMesh:
    """The refusal of a model of more than MAX_TRIANGLES; they may not have been counted to the end."""
    has = "too many" if triangles is None else f"{triangles:,}"
    return BrokenMesh(
        f"The model has {has} triangles; at most {MAX_TRIANGLES:,} can be handled. Simplify it and export it again."
    )


def point_cloud(name: str, points: int) -> BrokenMesh:
    """The refusal of a file that holds points alone."""
    return BrokenMesh(
        f"The {name} file holds no triangles: it is a point cloud of {points:,} points. Reconstruct a surface from "
        "them, for example with MeshLab, and send that."
    )


def trailing(count: int) -> list[Note]:
    """What is said of bytes behind the model's last; none for none."""
    if not count:
        return []
    text = f"{count:,} bytes after the last triangle are no part of the model and were not read."
    return [Note("trailing_bytes", "info", text)]


@dataclass(frozen=True)
class Read:
    """All triangles of a file, each where the file places it, as they stand there: nothing welded, nothing dropped.

    vertices: (n, 3), millimetres. faces: (m, 3), rows of `vertices`, counter-clockwise seen from outside.
    notes: what the maker should know of how the file was read.
    """

    vertices: Floats
    faces: Ints
    looks: Looks = field(default_factory=Looks)
    notes: list[Note] = field(default_factory=list)
