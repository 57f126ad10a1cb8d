"""Ten solids whose features are known beforehand, since they are drawn with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import trimesh

from marketplace.meshes.geometry import Floats, Mesh, welded
from marketplace.meshes.shapes import circle, extruded, gear_outline, revolved, rounded_rectangle

Box = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Lowest and highest corner of where a position may be; the same twice for a point."""


@dataclass(frozen=True)
class Known:
    """`at` are the places of which one is right. `sizes` are those that are compared."""

    kind: str
    at: Sequence[Box]
    sizes: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Solid:
    mesh: Mesh
    features: list[Known]


def point(x: float, y: float, z: float) -> Box:
    return (x, y, z), (x, y, z)


def hole(x: float, y: float, z: tuple[float, float], diameter: float, kind: str = "hole") -> Known:
    """Upright, from z to z: its mouth is at one end of it."""
    low, high = z
    mouths = [point(x, y, high), point(x, y, low)] if kind != "blind_hole" else [point(x, y, high)]
    return Known(kind, mouths, {"diameter": diameter, "depth": high - low})


def face(low: tuple[float, float, float], high: tuple[float, float, float], area: float) -> Known:
    return Known("flat_face", [(low, high)], {"area": area})


def size(x: float, y: float, z: float, low: tuple[float, float, float] = (0, 0, 0)) -> Known:
    """The box from `low`; its label may be anywhere in the model."""
    high = (low[0] + x, low[1] + y, low[2] + z)
    return Known("size", [(low, high)], {"x": x, "y": y, "z": z})


def area_of(outline: Floats) -> float:
    x, y = outline[:, 0], outline[:, 1]
    return abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2


def solids() -> dict[str, Solid]:
    return {
        "plate with four holes": _plate(),
        "gear": _gear(),
        "two parts": _two_parts(),
        "thin wall": _thin_wall(),
        "overhang": _overhang(),
        "box": _box(),
        "bracket": _bracket(),
        "tube": _tube(),
        "open box": _open_box(),
        "ball": _ball(),
    }


def _plate() -> Solid:
    places = [(x, y) for x in (-25, 25) for y in (-15, 15)]
    holes = [circle(2.5, at=at, corners=32) for at in places]
    outline = rounded_rectangle(70, 45, 5)
    flat = area_of(outline) - 4 * area_of(holes[0])
    return Solid(
        extruded(outline, 4, holes=holes),
        [
            size(70, 45, 4, (-35, -22.5, 0)),
            *(hole(x, y, (0, 4), 5) for x, y in places),
            face((-35, -22.5, 0), (35, 22.5, 0), flat),
            face((-35, -22.5, 4), (35, 22.5, 4), flat),
            face((-30, -22.5, 0), (30, -22.5, 4), 240),
            face((-30, 22.5, 0), (30, 22.5, 4), 240),
        ],
    )


def _gear() -> Solid:
    outline, bore = gear_outline(2.0, 20), circle(4.0)
    turns = np.arange(20) * math.tau / 20
    teeth = [point(20 * math.cos(turn), 20 * math.sin(turn), 3) for turn in turns]
    flat = area_of(outline) - area_of(bore)
    x, y = (float(side) for side in np.ptp(outline, axis=0))
    return Solid(
        extruded(outline, 6, holes=[bore]),
        [
            size(x, y, 6, (-x / 2, -y / 2, 0)),
            Known("gear", teeth, {"teeth": 20, "module": 2, "width": 6}),
            hole(0, 0, (0, 6), 8),
            face((-22, -22, 0), (22, 22, 0), flat),
            face((-22, -22, 6), (22, 22, 6), flat),
        ],
    )


def _two_parts() -> Solid:
    large, small = trimesh.creation.box((20, 20, 20)), trimesh.creation.box((10, 10, 10))
    large.apply_translation((0, 0, 10))
    small.apply_translation((40, 0, 5))
    return Solid(
        _plain(trimesh.util.concatenate([large, small])),
        [
            size(55, 20, 20, (-10, -10, 0)),
            Known("part", [point(0, 0, 10)], {"x": 20, "y": 20, "z": 20}),
            Known("part", [point(40, 0, 5)], {"x": 10, "y": 10, "z": 10}),
            face((-10, -10, 0), (45, 10, 0), 500),
        ],
    )


def _thin_wall() -> Solid:
    return Solid(
        _plain(trimesh.creation.box((40, 0.5, 30))),
        [
            size(40, 0.5, 30, (-20, -0.25, -15)),
            Known("thin_wall", [point(0, 0, 0)], {"thickness": 0.5, "area": 1200}),
            face((-20, -0.25, -15), (20, -0.25, 15), 1200),
            face((-20, 0.25, -15), (20, 0.25, 15), 1200),
        ],
    )


def _overhang() -> Solid:
    """A post with an arm."""
    profile = np.array([(0, 0), (20, 0), (20, 30), (40, 30), (40, 40), (0, 40)], dtype=float)
    lying = extruded(profile, 12)
    upright = Mesh(lying.vertices[:, [0, 2, 1]] * [1, -1, 1], lying.faces)
    return Solid(
        upright,
        [
            size(40, 12, 40, (0, -12, 0)),
            Known("overhang", [((20, -12, 30), (40, 0, 30))], {"area": 240, "angle": 90}),
            face((0, -12, 0), (20, 0, 0), 240),
            face((0, -12, 40), (40, 0, 40), 480),
            face((0, -12, 0), (0, 0, 40), 480),
            face((0, -12, 0), (40, -12, 40), 1000),
            face((0, 0, 0), (40, 0, 40), 1000),
        ],
    )


def _box() -> Solid:
    faces = []
    half = (30.0, 10.0, 4.0)
    for axis, area in enumerate((160, 480, 1200)):
        for side in (-1, 1):
            low, high = [-value for value in half], list(half)
            low[axis] = high[axis] = side * half[axis]
            faces.append(face((low[0], low[1], low[2]), (high[0], high[1], high[2]), area))
    return Solid(_plain(trimesh.creation.box((60, 20, 8))), [size(60, 20, 8, (-30, -10, -4)), *faces])


def _bracket() -> Solid:
    """A base with two upright holes, and a web on it with two lying ones."""
    base_holes = [circle(2.5, at=(x, -10), corners=40) for x in (-20, 20)]
    outline = np.array([(-30, -20), (30, -20), (30, 20), (-30, 20)], dtype=float)
    foot = np.array([(-25, 10), (25, 10), (25, 15), (-25, 15)], dtype=float)
    plain, cut = extruded(outline, 5, holes=base_holes), extruded(outline, 5, holes=[*base_holes, foot])
    under = plain.faces[(plain.corners[:, :, 2] == 0).all(axis=1)]
    over = cut.corners
    of_foot = ((over[:, :, :2] >= [-25, 10]) & (over[:, :, :2] <= [25, 15])).all(axis=(1, 2))
    rest = cut.faces[~(over[:, :, 2] == 0).all(axis=1) & ~of_foot]
    web_holes = [circle(3, at=(x, 22), corners=40) for x in (-15, 15)]
    lying = extruded(np.array([(-25, 5), (25, 5), (25, 35), (-25, 35)], dtype=float), 5, holes=web_holes)
    web = Mesh(lying.vertices[:, [0, 2, 1]] * [1, -1, 1] + [0, 15, 0], lying.faces)
    standing = web.faces[~(web.corners[:, :, 2] == 5).all(axis=1)]
    vertices = np.concatenate([plain.vertices, cut.vertices, web.vertices])
    counts = np.cumsum([0, len(plain.vertices), len(cut.vertices)])
    faces = np.concatenate([under, rest + counts[1], standing + counts[2]])
    lying_hole = [Known("hole", [point(x, 15, 22), point(x, 10, 22)], {"diameter": 6, "depth": 5}) for x in (-15, 15)]
    return Solid(
        welded(vertices, faces),
        [
            size(60, 40, 35, (-30, -20, 0)),
            *(hole(x, -10, (0, 5), 5) for x in (-20, 20)),
            *lying_hole,
            face((-30, -20, 0), (30, 20, 0), 2400 - 2 * area_of(base_holes[0])),
        ],
    )


def _tube() -> Solid:
    ring = area_of(circle(10, corners=96)) - area_of(circle(8, corners=96))
    return Solid(
        revolved(np.array([(8, 0), (10, 0), (10, 30), (8, 30)], dtype=float)),
        [
            size(20, 20, 30, (-10, -10, 0)),
            hole(0, 0, (0, 30), 16),
            Known("cylinder", [point(0, 0, 30), point(0, 0, 0)], {"diameter": 20, "depth": 30}),
            face((-10, -10, 0), (10, 10, 0), ring),
            face((-10, -10, 30), (10, 10, 30), ring),
        ],
    )


def _open_box() -> Solid:
    cube = trimesh.creation.box((20, 20, 20))
    lidless = trimesh.Trimesh(cube.vertices, cube.faces[cube.face_normals[:, 2] < 0.5], process=False)
    sides = []
    for axis, side in ((0, -10), (0, 10), (1, -10), (1, 10), (2, -10)):
        low, high = [-10.0] * 3, [10.0] * 3
        low[axis] = high[axis] = side
        sides.append(face((low[0], low[1], low[2]), (high[0], high[1], high[2]), 400))
    return Solid(_plain(lidless), [size(20, 20, 20, (-10, -10, -10)), *sides])


def _ball() -> Solid:
    ball = trimesh.creation.icosphere(subdivisions=4, radius=15)
    steep = -15 * math.cos(math.radians(45))
    return Solid(
        _plain(ball),
        [
            size(30, 30, 30, (-15, -15, -15)),
            Known("ball", [point(0, 0, 15)], {"diameter": 30}),
            Known("overhang", [((-11, -11, -15), (11, 11, steep))]),
        ],
    )


def _plain(mesh: Any) -> Mesh:
    """Of a trimesh."""
    return welded(np.asarray(mesh.vertices, dtype=np.float64), np.asarray(mesh.faces, dtype=np.int64))
