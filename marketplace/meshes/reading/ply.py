"""PLY: millimetres, since it carries no unit."""

from __future__ import annotations

from typing import BinaryIO

from .read import Read
from .scenes import gathered, scene_of


def read(file: BinaryIO) -> Read:
    return Read(*gathered(scene_of(file, "ply")))
