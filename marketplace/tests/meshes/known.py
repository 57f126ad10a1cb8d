"""Ten meshes whose figures are known beforehand, and files of them in every format."""

import io
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import trimesh

from config.core.sandbox import Limits
from marketplace.meshes.formats import format_of
from marketplace.meshes.sandbox import analyse
from marketplace.meshes.shapes import circle, extruded, gear_outline, rounded_rectangle

LIMITS = Limits(memory=2 * 2**30, seconds=30, wall_seconds=120)
FORMATS = ("stl", "stl_ascii", "obj", "ply", "glb", "gltf", "3mf")
METRES = ("glb", "gltf")


@dataclass(frozen=True)
class Known:
    mesh: Any
    volume: float | None
    surface: float
    size: tuple[float, ...]
    parts: int = 1
    watertight: bool = True
    convex: bool = False
    wall: float | None = None
    notes: frozenset[str] | set[str] = frozenset()


def _own(mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)


def polygon_area(outline) -> float:
    x, y = outline[:, 0], outline[:, 1]
    return abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2


def polygon_length(outline) -> float:
    return float(np.linalg.norm(outline - np.roll(outline, 1, axis=0), axis=1).sum())


def _drawn_out(outline, height, holes=(), **more) -> Known:
    """Volume and surface of a prism, from its outline."""
    area = polygon_area(outline) - sum(polygon_area(hole) for hole in holes)
    length = polygon_length(outline) + sum(polygon_length(hole) for hole in holes)
    size = (*np.ptp(outline, axis=0), height)
    mesh = _own(extruded(outline, height, holes=holes))
    return Known(mesh, area * height, 2 * area + length * height, tuple(map(float, size)), **more)


@cache
def known_meshes() -> dict[str, Known]:
    cube = trimesh.creation.box((20, 20, 20))
    away = trimesh.creation.box((10, 10, 10))
    away.apply_translation((40, 0, 0))
    hollow = trimesh.creation.box((10, 10, 10))
    hollow.invert()
    lidless = trimesh.Trimesh(cube.vertices, cube.faces[cube.face_normals[:, 2] < 0.5], process=False)
    inside_out = cube.copy()
    inside_out.invert()
    corners = 32
    holes = [circle(2.5, at=(x, y), corners=corners) for x in (-25, 25) for y in (-15, 15)]
    gear = gear_outline(2.0, 20)
    return {
        "cube": Known(cube, 8000, 2400, (20, 20, 20), convex=True, wall=20),
        "box": Known(trimesh.creation.box((60, 20, 8)), 9600, 3680, (60, 20, 8), convex=True, wall=8),
        "plate with four holes": _drawn_out(rounded_rectangle(70, 45, 5), 4.0, holes, wall=4),
        "gear": _drawn_out(gear, 6.0, [circle(4.0)]),
        "two parts": Known(trimesh.util.concatenate([cube, away]), 9000, 3000, (55, 20, 20), 2, notes={"parts"}),
        "hollow cube": Known(
            trimesh.util.concatenate([cube, hollow]), 7000, 3000, (20, 20, 20), wall=5, notes={"hollow"}
        ),
        "thin wall": Known(
            trimesh.creation.box((40, 0.5, 30)),
            600,
            2470,
            (40, 0.5, 30),
            convex=True,
            wall=0.5,
            notes={"thin_walls"},
        ),
        "open cube": Known(lidless, None, 2000, (20, 20, 20), watertight=False, notes={"open"}),
        "inside out": Known(inside_out, 8000, 2400, (20, 20, 20), convex=True, wall=20, notes={"inside_out"}),
        "long rod": Known(
            trimesh.creation.cylinder(5, 300, sections=64),
            64 * 12.5 * math.sin(math.tau / 64) * 300,
            2 * 64 * 12.5 * math.sin(math.tau / 64) + 64 * 10 * math.sin(math.pi / 64) * 300,
            (10, 10, 300),
            convex=True,
            notes={"large"},
        ),
    }


def file_in(mesh: trimesh.Trimesh, kind: str) -> bytes:
    """As a program writes it that works in millimetres; glTF is in metres."""
    if kind in METRES:
        mesh = mesh.copy().apply_scale(0.001)
    if kind == "gltf":
        return trimesh.exchange.gltf.export_gltf(mesh.scene(), embed_buffers=True)["model.gltf"]
    written = mesh.export(file_type=kind)
    return written.encode() if isinstance(written, str) else bytes(written)


@cache
def as_stl(name: str):
    """The analysis of one of them as STL, made once."""
    with TemporaryDirectory() as folder:
        return analysed(file_in(known_meshes()[name].mesh, "stl"), Path(folder))


def analysed(data: bytes, folder: Path, limits: Limits = LIMITS):
    """What the platform makes of the bytes."""
    mesh_format = format_of(io.BytesIO(data), len(data))
    path = folder / "file"
    path.write_bytes(data)
    return analyse(path, mesh_format, limits)
