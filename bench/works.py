"""What people upload, made by formula from seeds: standard parts, which many make alike, and works of their own.

A standard part comes in the sizes that such parts have; a work has its sizes and limbs by chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.blobs import Field, ball, box, limb, melted, rod, solid_of, without
from bench.edits import moved, scaled, together
from bench.solids import KINDS
from bench.words import word
from marketplace.meshes.geometry import Floats, Mesh
from marketplace.meshes.shapes import circle, extruded, gear_outline, revolved, rounded_rectangle

Chance = np.random.Generator
NAMES = (
    "Anna Anne Emma Ella Mia Lea Lena Lina Luca Lukas Leon Noah Finn Paul Otto Emil Ida Mila Nora Maja Ben Tom Tim Jan "
    "Max Moritz Hanna Hannah Johanna Sophie Sofia Marie Maria Clara Klara Greta Frieda Theo Anton Oskar Jonas Julia "
    "Julian HELLO WELCOME KITCHEN OFFICE LOVE HOME DAD MOM BABY KEYS OPEN CLOSED PUSH PULL EXIT TEA COFFEE SUGAR SALT"
).split()
FONTS = ("NotoSans-Regular", "NotoSans-Bold")


@dataclass(frozen=True)
class Work:
    name: str
    kind: str
    mesh: Mesh


def standard(seed: int) -> Work:
    """As honest people upload them by the hundred."""
    return _made(STANDARD, seed)


def own(seed: int) -> Work:
    return _made(OWN, seed)


def _made(kinds: dict[str, Callable[[Chance], Mesh]], seed: int) -> Work:
    kind = list(kinds)[seed % len(kinds)]
    return Work(f"{kind} {seed}", kind, kinds[kind](np.random.default_rng(seed)))


def _pick(chance: Chance, *values: float) -> float:
    return float(chance.choice(values))


def _washer(chance: Chance) -> Mesh:
    hole, outer, thick = [(2.2, 5, 0.3), (3.2, 7, 0.5), (4.3, 9, 0.8), (5.3, 10, 1), (6.4, 12, 1.6), (8.4, 16, 1.6)][
        chance.integers(6)
    ]
    corners = int(_pick(chance, 32, 48, 64, 100, 128))
    return extruded(circle(outer / 2, corners=corners), thick, holes=[circle(hole / 2, corners=corners)])


def _nut(chance: Chance) -> Mesh:
    hole, wide, thick = [(3, 5.5, 2.4), (4, 7, 3.2), (5, 8, 4.7), (6, 10, 5.2), (8, 13, 6.8)][chance.integers(5)]
    tight = hole / 2 + _pick(chance, 0, 0.1, 0.15, 0.2)
    if chance.random() < 0.5:
        return extruded(circle(wide / math.sqrt(3), corners=6), thick, holes=[circle(tight)])
    hexagon = [box(np.zeros(3), np.array([wide / 2, wide, thick / 2]))]
    for turn in (math.pi / 3, 2 * math.pi / 3):
        c, s = math.cos(turn), math.sin(turn)
        hexagon.append(_between(np.array([c, s, 0]), wide / 2))
    cone = wide * 0.52 + thick / 2

    def field(p: Floats) -> Floats:
        sides = np.max([part(p) for part in hexagon], axis=0)
        return np.maximum(sides, np.linalg.norm(p[:, :2], axis=1) + np.abs(p[:, 2]) - cone)

    return solid_of(without(field, rod(np.zeros(3), 2, tight)), wide * 0.65, cells=40)


def _between(direction: Floats, half: float) -> Field:
    return lambda p: np.abs(p @ direction) - half


def _angle(chance: Chance) -> Mesh:
    a, b, t = _pick(chance, 20, 25, 30, 40, 50), _pick(chance, 20, 25, 30, 40), _pick(chance, 2, 3, 4, 5, 6)
    return extruded(np.array([(0, 0), (a, 0), (a, t), (t, t), (t, b), (0, b)]), _pick(chance, 20, 30, 40, 50, 100))


def _gear(chance: Chance) -> Mesh:
    module, teeth = _pick(chance, 1, 1.5, 2), int(chance.integers(12, 48))
    bore = circle(_pick(chance, 3, 4, 5, 6, 8) / 2)
    return extruded(gear_outline(module, teeth), _pick(chance, 5, 6, 8, 10), holes=[bore])


def _plate_with_name(chance: Chance) -> Mesh:
    text, size = str(chance.choice(NAMES)), _pick(chance, 12, 15, 20)
    letters = word(text, font=str(chance.choice(FONTS)), size=size, height=_pick(chance, 1, 1.5, 2), base=2.0)
    low, high = letters.bounds
    edge = _pick(chance, 3, 4, 5)
    outline = rounded_rectangle(high[0] - low[0] + 2 * edge, high[1] - low[1] + 2 * edge, _pick(chance, 2, 3))
    return together(moved(extruded(outline, 2.05), *(low + high)[:2] / 2, 0), letters)


def _word(chance: Chance) -> Mesh:
    text = str(chance.choice(NAMES))
    return word(text, font=str(chance.choice(FONTS)), size=_pick(chance, 20, 30, 40), height=_pick(chance, 2, 3, 4, 5))


def _box(chance: Chance) -> Mesh:
    wide, deep, high = (_pick(chance, 20, 30, 40, 50, 60, 80, 100) for _ in range(3))
    wall, floor = _pick(chance, 1.2, 1.6, 2, 3), _pick(chance, 1, 1.2, 2)
    corner = _pick(chance, 0.5, 3, 5)
    outer, inner = (
        rounded_rectangle(wide, deep, corner + wall),
        rounded_rectangle(wide - 2 * wall, deep - 2 * wall, corner),
    )
    return together(extruded(outer, floor), moved(extruded(outer, high - floor, holes=[inner]), 0, 0, floor))


def _bracket(chance: Chance) -> Mesh:
    side, wide, thick = _pick(chance, 20, 25, 30, 40), _pick(chance, 15, 20, 25), _pick(chance, 3, 4, 5)
    hole = _pick(chance, 3.2, 4.2, 5.2) / 2
    leg = extruded(rounded_rectangle(side, wide, 2), thick, holes=[circle(hole, at=(side / 6, 0), corners=32)])
    upright = Mesh(moved(leg, side / 2, 0, 0).vertices[:, [2, 1, 0]], leg.faces[:, ::-1])
    parts = [moved(leg, side / 2, 0, 0), upright]
    if chance.random() < 0.6:
        rib = extruded(np.array([(0, 0), (side * 0.6, 0), (0, side * 0.6)]), thick)
        parts.append(moved(Mesh(rib.vertices[:, [0, 2, 1]], rib.faces[:, ::-1]), thick * 0.9, -thick / 2, thick * 0.9))
    return together(*parts)


def _spacer(chance: Chance) -> Mesh:
    hole, outer = [(3.2, 6), (3.2, 7), (4.3, 8), (5.3, 10), (6.4, 12)][chance.integers(5)]
    corners = int(_pick(chance, 32, 64, 96))
    return extruded(
        circle(outer / 2, corners=corners), float(chance.integers(3, 30)), holes=[circle(hole / 2, corners=corners)]
    )


def _hinge(chance: Chance) -> Mesh:
    wide, leaf, thick = _pick(chance, 30, 40, 50, 60), _pick(chance, 15, 20, 25), _pick(chance, 2, 3, 4)
    knuckles = int(_pick(chance, 3, 5))
    pin, round_ = _pick(chance, 2, 3) / 2, thick * 1.2
    hole = circle(_pick(chance, 3.2, 4.2) / 2, corners=32)
    holes = [hole + [leaf * 0.6, wide * y] for y in (-0.3, 0.3)]
    plate = np.array([(round_, -wide / 2), (leaf, -wide / 2), (leaf, wide / 2), (round_, wide / 2)])
    parts = [extruded(plate, thick, holes=holes)]
    each = wide / knuckles
    for number in range(0, knuckles, 2):
        tube = extruded(circle(round_), each * 0.95, holes=[circle(pin, corners=24)])
        stand = Mesh(tube.vertices[:, [0, 2, 1]], tube.faces[:, ::-1])
        parts.append(moved(stand, 0, -wide / 2 + number * each, thick / 2))
    return together(*parts)


def _vase(chance: Chance) -> Mesh:
    return KINDS["vase"][1](**KINDS["vase"][0](chance))


def _plate(chance: Chance) -> Mesh:
    wide, deep = _pick(chance, 40, 50, 60, 80, 100), _pick(chance, 30, 40, 50, 60)
    hole, edge = _pick(chance, 3.2, 4.2, 5.2) / 2, _pick(chance, 5, 6, 8)
    at = [(x * (wide / 2 - edge), y * (deep / 2 - edge)) for x in (-1, 1) for y in (-1, 1)]
    holes = [circle(hole, at=each, corners=32) for each in at]
    return extruded(rounded_rectangle(wide, deep, _pick(chance, 2, 3, 4)), _pick(chance, 2, 3, 4, 5), holes=holes)


def _cup(chance: Chance) -> Mesh:
    low, top, high = _pick(chance, 20, 25, 30), _pick(chance, 25, 30, 40), _pick(chance, 40, 60, 80, 100)
    wall = _pick(chance, 1.2, 2, 3)
    profile = [(0, 0), (low, 0), (top, high), (top - wall, high), (low - wall, wall), (0, wall)]
    return revolved(np.array(profile, dtype=float), segments=int(_pick(chance, 48, 64, 96)))


def _animal(chance: Chance) -> Mesh:
    """Body, head with ears and snout, four legs and a tail, none like another's."""
    u = chance.uniform
    long, fat = u(9, 16), u(5, 9)
    neck = np.array([long * u(0.7, 1.0), 0, fat * u(0.3, 1.6)])
    head = neck + [u(1, 5), 0, u(1, 6)]
    parts = [ball(np.zeros(3), np.array([long, fat * u(0.7, 1), fat])), limb(np.zeros(3), neck, fat * 0.7, u(2.5, 4.5))]
    parts += [limb(neck, head, u(2.5, 4), u(2.5, 4.5)), ball(head, np.array([u(3, 6), u(3, 5), u(3, 5)]))]
    parts.append(limb(head, head + [u(3, 8), 0, u(-3, 1)], u(1.5, 3), u(0.8, 2)))
    ear, thick = np.array([u(-3, 1), u(2, 5), u(3, 9)]), u(0.8, 2.2)
    legs, spread, foot = u(8, 15), u(0.3, 0.7), u(1.2, 3)
    for side in (-1, 1):
        parts.append(limb(head + [0, side * 2, 2], head + ear * [1, side, 1], thick, thick * u(0.4, 1)))
        for end in (-1, 1):
            top = np.array([end * long * 0.6, side * fat * 0.5, 0])
            parts.append(limb(top, top + [u(-3, 3), side * spread * 3, -legs], foot * 1.3, foot))
    parts.append(limb(np.array([-long * 0.9, 0, 0]), np.array([-long - u(2, 10), 0, u(-4, 10)]), u(1, 3), u(0.6, 2)))
    return solid_of(melted(*parts, blend=u(1, 3)), 31, cells=52)


def _figure(chance: Chance) -> Mesh:
    """A person: trunk, head, arms and legs in a pose, on their feet, perhaps with a hat or a bag."""
    u = chance.uniform
    hips, chest = np.array([0, 0, -2.0]), np.array([u(-1, 1), 0, u(6, 10)])
    head = chest + [u(-1, 1), 0, u(5, 8)]
    parts = [limb(hips, chest, u(3, 5), u(3.5, 5.5)), ball(head, np.array([u(2.5, 4), u(2.5, 4), u(3, 5)]))]
    for side in (-1, 1):
        shoulder = chest + [0, side * u(3, 5), u(0, 2)]
        elbow = shoulder + [u(-4, 5), side * u(0, 5), u(-6, 3)]
        parts += [limb(shoulder, elbow, 1.9, 1.5), limb(elbow, elbow + [u(-3, 6), side * u(-3, 4), u(-5, 6)], 1.5, 1.2)]
        knee = hips + [u(-1, 4), side * u(2, 4), -u(6, 9)]
        foot = knee + [u(-4, 1), side * u(-1, 1), -u(6, 9)]
        parts += [limb(hips + [0, side * 1.5, 0], knee, 2.4, 1.9), limb(knee, foot, 1.9, 1.4)]
        parts.append(limb(foot, foot + [u(2, 4), 0, -0.5], 1.4, 1.2))
    if chance.random() < 0.5:
        parts.append(ball(head + [0, 0, 3], np.array([u(4, 6), u(4, 6), u(0.8, 1.5)])))
    if chance.random() < 0.5:
        parts.append(box(chest - [5, 0, 2], np.array([u(1, 2.5), u(2, 4), u(2, 4)])))
    return solid_of(melted(*parts, blend=u(0.5, 2)), 27, cells=56)


def _housing(chance: Chance) -> Mesh:
    """A block with pockets, bosses and bores from several sides, as mounts and cases are."""
    u = chance.uniform
    half = np.array([u(10, 20), u(8, 16), u(5, 12)])
    solid = [box(np.zeros(3), half)]
    taken = []
    for _ in range(int(chance.integers(2, 5))):
        at = half * u(-1, 1, 3)
        solid.append(box(at, half * u(0.15, 0.6, 3)) if chance.random() < 0.5 else ball(at, np.full(3, u(3, 7))))
    for _ in range(int(chance.integers(3, 7))):
        axis = int(chance.integers(3))
        taken.append(rod(half * u(-0.7, 0.7, 3), axis, u(1.2, 4)))
    for _ in range(int(chance.integers(1, 4))):
        side = int(chance.integers(3))
        at = half * u(-0.4, 0.4, 3)
        at[side] = half[side] * chance.choice([-1, 1])
        taken.append(box(at, half * u(0.2, 0.6, 3)))
    return solid_of(without(melted(*solid, blend=u(0, 2)), *taken), 30, cells=60)


def _twisted(chance: Chance) -> Mesh:
    """A vessel with its own section, twist and swellings."""
    u = chance.uniform
    heights = np.linspace(0, u(60, 140), 40)
    waves = [(int(chance.integers(2, 9)), u(0.03, 0.14), u(0, 6.3)) for _ in range(3)]
    swell = [(u(0.05, 0.25), u(0.5, 3), u(0, 6.3)) for _ in range(3)]
    share = heights / heights[-1]
    outer = 30 * (1 + sum(size * np.sin(rate * math.pi * share + phase) for size, rate, phase in swell))
    profile = np.array([(0.0, 0.0), *zip(outer, heights, strict=True), (0.0, heights[-1])])
    twist = u(-2, 2)

    def section(turn: Floats, height: Floats) -> Floats:
        share = height / heights[-1]
        return 1 + sum(size * np.cos(count * (turn + twist * share) + phase) for count, size, phase in waves)

    return revolved(profile, segments=96, shape=section)


def _creature(chance: Chance) -> Mesh:
    """Lumps and horns by chance."""
    u = chance.uniform
    parts = [ball(u(-6, 6, 3), u(4, 10, 3)) for _ in range(4)]
    for _ in range(int(chance.integers(3, 9))):
        start = u(-7, 7, 3)
        parts.append(limb(start, start + u(-14, 14, 3), u(1.5, 4), u(0.5, 2.5)))
    return scaled(solid_of(melted(*parts, blend=u(1, 4)), 30, cells=50), *u(0.8, 1.2, 3))


STANDARD: dict[str, Callable[[Chance], Mesh]] = {
    "washer": _washer,
    "nut": _nut,
    "angle section": _angle,
    "gear": _gear,
    "name plate": _plate_with_name,
    "word": _word,
    "box": _box,
    "bracket": _bracket,
    "vase": _vase,
    "spacer": _spacer,
    "hinge": _hinge,
    "plate": _plate,
    "cup": _cup,
}
OWN: dict[str, Callable[[Chance], Mesh]] = {
    "animal": _animal,
    "figure": _figure,
    "housing": _housing,
    "twisted": _twisted,
    "creature": _creature,
}
