"""Solids made by formula: outlines drawn out straight, and profiles turned around an axis. Lengths in millimetres.

They are what sample models, tests and benchmarks are made of; every one is closed, and its faces look outwards.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence

import numpy as np

from .geometry import Floats, Ints, Mesh, welded

Outline = Floats
"""(n, 2): the corners of a polygon that does not cross itself, in either direction, the first not repeated."""


def circle(radius: float, *, at: tuple[float, float] = (0.0, 0.0), corners: int = 48) -> Outline:
    turns = np.arange(corners) * (2 * math.pi / corners)
    return np.stack([at[0] + radius * np.cos(turns), at[1] + radius * np.sin(turns)], axis=1)


def rounded_rectangle(width: float, depth: float, radius: float, *, corners: int = 10) -> Outline:
    """Around the origin; `corners` points to each of its four arcs."""
    points = []
    for quarter, (x, y) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        middle = (x * (width / 2 - radius), y * (depth / 2 - radius))
        for step in range(corners + 1):
            turn = (quarter + step / corners) * math.pi / 2
            points.append((middle[0] + radius * math.cos(turn), middle[1] + radius * math.sin(turn)))
    return np.array(points)


def gear_outline(module: float, teeth: int, *, flank: int = 6) -> Outline:
    """A spur gear with involute flanks, 20 degrees pressure angle, as ISO 53 has it; `flank` points a flank."""
    pitch = module * teeth / 2
    base, tip, root = pitch * math.cos(math.radians(20)), pitch + module, pitch - 1.25 * module
    involute_at_pitch = math.tan(math.radians(20)) - math.radians(20)

    def half_width(radius: float) -> float:
        angle = math.acos(min(1.0, base / radius))
        return math.pi / (2 * teeth) + involute_at_pitch - (math.tan(angle) - angle)

    radii = [root] if root < base else []
    radii += list(np.linspace(max(root, base), tip, flank))
    flanks = [(radius, half_width(max(radius, base))) for radius in radii]
    points = []
    for tooth in range(teeth):
        middle = tooth * 2 * math.pi / teeth
        sides = [(radius, middle - half) for radius, half in flanks] + [(r, middle + half) for r, half in flanks[::-1]]
        points += [(radius * math.cos(turn), radius * math.sin(turn)) for radius, turn in sides]
    return np.array(points)


def extruded(outline: Outline, height: float, *, holes: Sequence[Outline] = ()) -> Mesh:
    """The outline, less its holes, drawn upwards from z = 0."""
    rings = [_turning(outline, left=True), *(_turning(hole, left=False) for hole in holes)]
    flat = np.concatenate(rings)
    count = len(flat)
    top = _triangulated(rings)
    vertices = np.concatenate([np.c_[flat, np.zeros(count)], np.c_[flat, np.full(count, height)]])
    faces = [top[:, ::-1], top + count]
    start = 0
    for ring in rings:
        here = np.arange(start, start + len(ring))
        following = np.roll(here, -1)
        faces += [np.c_[here, following, following + count], np.c_[here, following + count, here + count]]
        start += len(ring)
    return welded(vertices, np.concatenate(faces))


def revolved(profile: Outline, *, segments: int = 96, shape: Callable[[Floats, Floats], Floats] | None = None) -> Mesh:
    """A closed profile of (radius, height) turned around the z axis. `shape(turn, height)` gives a factor to the
    radius, for flutes and twists; it must be the same at 0 and at a full turn."""
    profile = _turning(profile, left=True)
    turns = np.arange(segments) * (2 * math.pi / segments)
    radius, height = np.meshgrid(profile[:, 0], turns)[0], np.meshgrid(profile[:, 1], turns)[0]
    around = np.broadcast_to(turns[:, None], radius.shape)
    if shape is not None:
        radius = radius * shape(around, height)
    vertices = np.stack([radius * np.cos(around), radius * np.sin(around), height], axis=2).reshape(-1, 3)
    count = len(profile)
    numbers = np.arange(segments * count).reshape(segments, count)
    a, b = numbers, np.roll(numbers, -1, axis=0)
    c, d = np.roll(b, -1, axis=1), np.roll(numbers, -1, axis=1)
    faces = np.concatenate([np.stack([a, b, c], axis=2).reshape(-1, 3), np.stack([a, c, d], axis=2).reshape(-1, 3)])
    return welded(vertices, faces)


def stl_of(mesh: Mesh, *, title: str = "") -> bytes:
    """A binary STL file."""
    rows = np.zeros(len(mesh.faces), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("extra", "<u2")])
    rows["normal"], rows["corners"] = mesh.normals, mesh.corners
    return title.encode("ascii", "replace")[:80].ljust(80) + struct.pack("<I", len(rows)) + rows.tobytes()


def _turning(outline: Outline, *, left: bool) -> Outline:
    x, y = outline[:, 0], outline[:, 1]
    turns_left = (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0
    return outline if turns_left == left else outline[::-1]


def _triangulated(rings: Sequence[Outline]) -> Ints:
    """Faces of the flat between an outline and its holes, as rows of all the rings' points: by cutting off ears."""
    points = np.concatenate(rings)
    starts = np.cumsum([0, *(len(ring) for ring in rings)])
    loop = list(range(starts[0], starts[1]))
    holes = [list(range(start, end)) for start, end in zip(starts[1:-1], starts[2:], strict=True)]
    for hole in sorted(holes, key=lambda numbers: -points[numbers, 0].max()):
        loop = _bridged(points, loop, hole, [other for other in holes if other is not hole])
    faces = []
    while len(loop) > 3:
        ear = _ear(points, loop)
        faces.append((loop[ear - 1], loop[ear], loop[(ear + 1) % len(loop)]))
        del loop[ear]
    return np.array([*faces, tuple(loop)], dtype=np.int64)


def _bridged(points: Floats, loop: list[int], hole: list[int], others: list[list[int]]) -> list[int]:
    """The loop with the hole cut open into it, along a line that crosses nothing."""
    start = max(range(len(hole)), key=lambda place: points[hole[place], 0])
    hole = hole[start:] + hole[:start]
    tip = points[hole[0]]
    edges = [np.c_[ring, np.roll(ring, -1)] for ring in (loop, hole, *others)]
    lines = points[np.concatenate(edges)]
    for place in sorted(range(len(loop)), key=lambda place: float(np.hypot(*(points[loop[place]] - tip)))):
        end = points[loop[place]]
        if (
            _opens_towards(points, loop, place, tip)
            and _opens_towards(points, hole, 0, end)
            and not _crosses(tip, end, lines)
        ):
            return [*loop[: place + 1], *hole, hole[0], *loop[place:]]
    raise ValueError("A hole lies outside of the outline.")


def _opens_towards(points: Floats, loop: list[int], place: int, target: Floats) -> bool:
    """Whether the way to the target begins inside of the loop. A point from which a line was cut already stands in the
    loop more than once, and only one of its places looks that way."""
    before, here, after = points[loop[place - 1]], points[loop[place]], points[loop[(place + 1) % len(loop)]]

    def left_of(a: Floats, b: Floats, c: Floats) -> bool:
        return bool((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0)

    if left_of(before, here, after):
        return left_of(before, here, target) and left_of(here, after, target)
    return left_of(before, here, target) or left_of(here, after, target)


def _crosses(one: Floats, other: Floats, lines: Floats) -> bool:
    def side(a: Floats, b: Floats, c: Floats) -> Floats:
        sides: Floats = (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (
            c[..., 0] - a[..., 0]
        )
        return sides

    start, end = lines[:, 0], lines[:, 1]
    beside = side(one, other, start)
    apart = beside * side(one, other, end) < 0
    along = (start - one) @ (other - one) / ((other - one) @ (other - one))
    touched = (np.abs(beside) < 1e-9) & (along > 1e-9) & (along < 1 - 1e-9)
    return bool((touched | (apart & (side(start, end, one) * side(start, end, other) < 0))).any())


def _ear(points: Floats, loop: list[int]) -> int:
    """The place of a corner that can be cut off: it turns left, and no other point lies in its triangle."""
    closed = points[[loop[-1], *loop, loop[0]]]
    a, around, c = closed[:-2], closed[1:-1], closed[2:]
    turn = (around[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (around[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    # Corners that are nearly flat last: they would leave slivers.
    for place in np.argsort(-turn):
        if turn[place] <= 0:
            break
        if not _any_within(around, closed[place : place + 3]):
            return int(place)
    return int(np.argmax(turn))


def _any_within(points: Floats, corners: Floats) -> bool:
    """Whether a point other than the three corners lies in their triangle or on its edge."""
    x, y = points[:, 0], points[:, 1]
    inside = np.ones(len(points), dtype=bool)
    for start, end in zip(corners, corners[[1, 2, 0]], strict=True):
        inside &= (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0]) >= 0
    within = points[inside]  # few, as a rule its corners alone
    return bool((within[:, None] != corners).any(axis=2).all(axis=1).any())
