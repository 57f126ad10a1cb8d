"""What a reader gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from marketplace.meshes.geometry import Floats, Ints
from marketplace.meshes.results import Looks, Note

MAX_TRIANGLES = 8_000_000


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
