"""Different solids by formula, as people print them, each from a seed; and for each some that are nearly the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from marketplace.meshes.geometry import Mesh
from marketplace.meshes.shapes import circle, extruded, gear_outline, revolved, rounded_rectangle


@dataclass(frozen=True)
class Part:
    """`kind` is a key of KINDS, `sizes` its parameters."""

    seed: int
    kind: str
    sizes: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.kind} {self.seed}"

    @property
    def mesh(self) -> Mesh:
        return KINDS[self.kind][1](**self.sizes)


def part(seed: int) -> Part:
    chance = np.random.default_rng(seed)
    kind = list(KINDS)[seed % len(KINDS)]
    return Part(seed, kind, KINDS[kind][0](chance))


def neighbours(part: Part) -> Iterator[tuple[str, Mesh]]:
    """Each number changed a little: a count by one, a length by half a millimetre, others by four percent."""
    for name, value in part.sizes.items():
        if isinstance(value, int):
            other: Any = value + 1
        elif isinstance(value, float):
            other = value + 0.5 if value >= 1 else value * 1.04
        else:
            continue
        yield f"{name} {value:.4g} -> {other:.4g}", replace(part, sizes=part.sizes | {name: other}).mesh


def _gear_sizes(chance: np.random.Generator) -> dict[str, Any]:
    return {
        "module": float(chance.choice([0.8, 1.0, 1.25, 1.5, 2.0, 2.5])),
        "teeth": int(chance.integers(12, 48)),
        "width": float(chance.uniform(4, 20)),
        "bore": float(chance.uniform(0.2, 0.45)),
    }


def _gear(module: float, teeth: int, width: float, bore: float) -> Mesh:
    return extruded(gear_outline(module, teeth), width, holes=[circle(bore * module * (teeth - 3) / 2)])


def _plate_sizes(chance: np.random.Generator) -> dict[str, Any]:
    return {
        "width": float(chance.uniform(40, 120)),
        "depth": float(chance.uniform(25, 90)),
        "thick": float(chance.uniform(2, 8)),
        "corner": float(chance.uniform(2, 8)),
        "hole": float(chance.uniform(2, 6)),
        "edge": float(chance.uniform(0.6, 0.8)),
    }


def _plate(width: float, depth: float, thick: float, corner: float, hole: float, edge: float) -> Mesh:
    holes = [
        circle(hole / 2, at=(x * edge * width / 2, y * edge * depth / 2), corners=24) for x in (-1, 1) for y in (-1, 1)
    ]
    return extruded(rounded_rectangle(width, depth, corner), thick, holes=holes)


def _vase_sizes(chance: np.random.Generator) -> dict[str, Any]:
    return {
        "height": float(chance.uniform(60, 220)),
        "radius": float(chance.uniform(20, 60)),
        "swell": float(chance.uniform(0.1, 0.5)),
        "phase": float(chance.uniform(0.1, 0.9)),
        "wall": float(chance.uniform(1.2, 4)),
        "flutes": int(chance.integers(3, 14)),
        "depth": float(chance.uniform(0.02, 0.1)),
    }


def _vase(height: float, radius: float, swell: float, phase: float, wall: float, flutes: int, depth: float) -> Mesh:
    heights = np.linspace(0, height, 24)
    outer = radius * (1 + swell * np.sin(math.pi * (heights / height * 1.3 + phase)))
    inner = [(r - wall, h) for r, h in zip(outer, heights, strict=True) if h > 3][::-1]
    profile = np.array([(0.0, 0.0), *zip(outer, heights, strict=True), *inner, (0.0, inner[-1][1])])
    return revolved(profile, segments=72, shape=lambda turn, _: 1 + depth * np.cos(flutes * turn))


def _star_sizes(chance: np.random.Generator) -> dict[str, Any]:
    return {
        "points": int(chance.integers(4, 12)),
        "outer": float(chance.uniform(20, 60)),
        "inner": float(chance.uniform(0.4, 0.85)),
        "height": float(chance.uniform(3, 40)),
    }


def _star(points: int, outer: float, inner: float, height: float) -> Mesh:
    turns = np.arange(points * 2) * math.pi / points
    radii = np.where(np.arange(points * 2) % 2 == 0, outer, outer * inner)
    return extruded(np.stack([radii * np.cos(turns), radii * np.sin(turns)], axis=1), height)


def _knob_sizes(chance: np.random.Generator) -> dict[str, Any]:
    return {
        "profile": np.sort(chance.uniform(8, 40, 7))[::-1][chance.permutation(7)],
        "height": float(chance.uniform(15, 80)),
    }


def _knob(profile: Any, height: float) -> Mesh:
    heights = np.linspace(0, height, len(profile))
    points = [(0.0, 0.0), *zip(profile, heights, strict=True), (0.0, float(height))]
    return revolved(np.array(points), segments=64)


def _rail_sizes(chance: np.random.Generator) -> dict[str, Any]:
    return {
        "flange": float(chance.uniform(20, 60)),
        "web": float(chance.uniform(15, 70)),
        "thick": float(chance.uniform(2, 8)),
        "length": float(chance.uniform(20, 150)),
    }


def _rail(flange: float, web: float, thick: float, length: float) -> Mesh:
    """An angle section."""
    outline = [(0, 0), (flange, 0), (flange, thick), (thick, thick), (thick, web), (0, web)]
    return extruded(np.array(outline, dtype=float), length)


def _rock_sizes(chance: np.random.Generator) -> dict[str, Any]:
    return {"waves": chance.normal(size=(6, 4)), "rough": float(chance.uniform(0.1, 0.35))}


def _rock(waves: Any, rough: float) -> Mesh:
    """A ball with bumps, as sculpted things are."""
    turns = np.linspace(0, math.pi, 40)
    ball = revolved(np.stack([np.sin(turns), -np.cos(turns)], axis=1) * 30, segments=80)
    towards = ball.vertices / 30
    bumps = sum(np.sin(towards @ wave[:3] * 2.2 + wave[3]) for wave in waves) / len(waves)
    return Mesh(ball.vertices * (1 + rough * bumps)[:, None], ball.faces)


KINDS: dict[str, tuple[Callable[[np.random.Generator], dict[str, Any]], Callable[..., Mesh]]] = {
    "gear": (_gear_sizes, _gear),
    "plate": (_plate_sizes, _plate),
    "vase": (_vase_sizes, _vase),
    "star": (_star_sizes, _star),
    "knob": (_knob_sizes, _knob),
    "rail": (_rail_sizes, _rail),
    "rock": (_rock_sizes, _rock),
}
