"""Figures of triangles by closed forms, and what readers are tried on."""

import io
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from marketplace.meshes.formats import format_of
from marketplace.meshes.geometry import edges_of, welded
from marketplace.meshes.loading import READERS
from marketplace.meshes.reading.read import Read

FILES = Path(__file__).parent / "files"


@dataclass(frozen=True)
class Solid:
    """mm, mm², mm³; `box` are the lengths of the sides."""

    triangles: int
    volume: float
    area: float
    box: tuple[float, float, float]

    def like(self, other: "Solid", apart: float = 1e-6) -> bool:
        if self.triangles != other.triangles:
            return False
        return all(
            np.allclose(mine, its, rtol=apart, atol=apart)
            for mine, its in ((self.volume, other.volume), (self.area, other.area), (self.box, other.box))
        )


def read_of(data: bytes) -> Read:
    """As the platform reads it, in this process."""
    mesh_format = format_of(io.BytesIO(data), len(data))
    return import_module(f"marketplace.meshes.reading.{READERS[mesh_format]}").read(io.BytesIO(data))


def solid_of(vertices, faces) -> Solid:
    corners = np.asarray(vertices, dtype=float)[np.asarray(faces)]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    volume = (corners[:, 0] * crosses).sum() / 6
    sides = np.ptp(corners.reshape(-1, 3), axis=0)
    return Solid(len(faces), float(volume), float(np.linalg.norm(crosses, axis=1).sum() / 2), tuple(sides.tolist()))


L_OUTLINE = [(0, 0), (40, 0), (40, 6), (6, 6), (6, 30), (0, 30)]
L_CORNERS = [(x, y, z) for z in (0, 20) for x, y in L_OUTLINE]
L_POLYGONS = [(5, 4, 3, 2, 1, 0), (6, 7, 8, 9, 10, 11), *((i, (i + 1) % 6, (i + 1) % 6 + 6, i + 6) for i in range(6))]
L_PROFILE = Solid(20, 7680.0, 3568.0, (40.0, 30.0, 20.0))
"""Two concave polygons of six corners, and six of four."""


def check(data: bytes, expected: Solid) -> Read:
    """What is read of it has these figures, and neither a hole nor a face that is turned round."""
    found = read_of(data)
    solid = solid_of(found.vertices, found.faces)
    assert solid.like(expected), solid
    edges = edges_of(welded(found.vertices, found.faces).faces)
    assert edges.is_closed and edges.is_oriented
    return found


def box(size, at=(0, 0, 0)):
    """Eight corners and twelve triangles."""
    corners = np.array([(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * size + at
    rows = "021 123 456 576 015 054 263 367 042 246 135 375"
    faces = np.array([[int(digit) for digit in row] for row in rows.split()])
    return corners, faces


def boxes(*sizes) -> Solid:
    """What boxes of these sizes that stand apart have together, but for the box around them."""
    volume = sum(float(np.prod(size)) for size in sizes)
    area = sum(2.0 * (a * b + b * c + c * a) for a, b, c in sizes)
    return Solid(12 * len(sizes), volume, area, (float(sizes[0][0]), float(sizes[0][1]), float(sizes[0][2])))
