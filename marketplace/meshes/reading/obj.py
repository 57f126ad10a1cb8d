"""OBJ: millimetres, since it carries no unit."""

from __future__ import annotations

from typing import BinaryIO

from marketplace.meshes.results import Looks

from .read import Read
from .scenes import gathered, scene_of


def read(file: BinaryIO) -> Read:
    looks = Looks(has_materials=b"\nusemtl " in b"\n" + file.read(4 * 1024 * 1024))
    file.seek(0)
    return Read(*gathered(scene_of(file, "obj")), looks=looks)
