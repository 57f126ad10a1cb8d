"""Measure the label suggestions: ten solids with known features, as they stand and turned at random.

    python -m bench.suggestions [--turns 3] [--smallest]

For each solid: how many features there are, how many were found, how far off the worst position (mm) and size (%)
are, and how many suggestions are of nothing that is there. Each goes through a binary STL file, with its 32-bit
coordinates. When turned, only what does not depend on how the solid stands is looked for. Ends with status 1 when a
target is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.known_features import Known, solids
from bench.runs import ended, parsed
from marketplace.meshes.geometry import Floats, Mesh
from marketplace.meshes.loading import load
from marketplace.meshes.results import Suggestion
from marketplace.meshes.shapes import stl_of
from marketplace.meshes.suggestions import suggestions_of

POSITION_TARGET = 0.2
"""Millimetres."""
SIZE_TARGET = 2.0
"""Percent."""
BY_ATTITUDE = {"size", "overhang", "ball"}
"""A ball's label is at its top."""
_NEAR, _LIKE = 2.0, 20.0


@dataclass(frozen=True)
class Score:
    expected: int
    found: int
    position: float
    size: float
    false: int

    @property
    def is_good(self) -> bool:
        return (
            self.found == self.expected
            and self.false == 0
            and self.position <= POSITION_TARGET
            and self.size <= SIZE_TARGET
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.suggestions", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=3, help="random attitudes of each solid")
    options = parsed(parser, arguments, turns=1)
    print(f"{'solid':24} {'features':>8} {'found':>6} {'position off':>13} {'size off':>9} {'false':>6} {'time':>7}")
    missed: list[str] = []
    for name, solid in solids().items():
        if not _row(name, solid.mesh, solid.features, lambda points: points):
            missed.append(name)
        for turn in range(options.turns):
            back, mesh = _turned(solid.mesh, np.random.default_rng(turn))
            still = [_turnable(feature) for feature in solid.features if feature.kind not in BY_ATTITUDE]
            if not _row(f"  turned, {turn + 1}", mesh, still, back):
                missed.append(f"{name}, turned, {turn + 1}")
    return ended(options, missed=missed)


def _row(name: str, mesh: Mesh, features: Sequence[Known], back: Callable[[Floats], Floats]) -> bool:
    started = time.perf_counter()
    mesh = read_back(mesh)
    found = suggestions_of(mesh)
    spent = 1000 * (time.perf_counter() - started)
    if not any(feature.kind == "size" for feature in features):
        found = [each for each in found if each.kind not in BY_ATTITUDE]
    score = score_of(features, found, back)
    print(
        f"{name:24} {score.expected:8} {score.found:6} {score.position:10.4f} mm {score.size:7.3f} % {score.false:6} "
        f"{spent:4.0f} ms" + ("" if score.is_good else "   MISSED")
    )
    return score.is_good


def read_back(mesh: Mesh) -> Mesh:
    """As it comes out of a binary STL file."""
    with tempfile.NamedTemporaryFile(suffix=".stl") as file:
        file.write(stl_of(mesh))
        file.flush()
        return load(Path(file.name), "stl").mesh


def score_of(
    features: Sequence[Known], found: Sequence[Suggestion], back: Callable[[Floats], Floats] = lambda points: points
) -> Score:
    """`back` takes positions to where the features were written down. A suggestion counts for one feature at most."""
    left, hits = list(found), []
    for feature in features:
        scored = sorted(
            (_position_off(feature, back(np.array(each.position))), _size_off(feature, each), index)
            for index, each in enumerate(left)
            if each.kind == feature.kind
        )
        near = [row for row in scored if row[0] <= _NEAR and row[1] <= _LIKE]
        if near:
            hits.append(near[0])
            left.pop(near[0][2])
    return Score(
        expected=len(features),
        found=len(hits),
        position=max((hit[0] for hit in hits), default=0.0),
        size=max((hit[1] for hit in hits), default=0.0),
        false=len(left),
    )


def _position_off(feature: Known, position: Floats) -> float:
    return min(
        float(np.linalg.norm(position - np.clip(position, np.array(low), np.array(high)))) for low, high in feature.at
    )


def _size_off(feature: Known, found: Suggestion) -> float:
    """In percent."""
    return max(
        (abs(found.sizes.get(name, 0.0) - value) / value * 100 for name, value in feature.sizes.items()), default=0.0
    )


def _turnable(feature: Known) -> Known:
    """Without the sides of a part: they are those of the upright box around it."""
    return replace(feature, sizes={}) if feature.kind == "part" else feature


def _turned(mesh: Mesh, chance: np.random.Generator) -> tuple[Callable[[Floats], Floats], Mesh]:
    rotation, _ = np.linalg.qr(chance.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    away = chance.uniform(-200, 200, 3)

    def back(points: Floats) -> Floats:
        there: Floats = (points - away) @ rotation
        return there

    return back, Mesh(mesh.vertices @ rotation.T + away, mesh.faces)


if __name__ == "__main__":
    sys.exit(main())
