"""Ways in which one piece may lie over another, from pairs of alike patches; and how well each does, roughly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats, crossed, dots, lengths_of

from .packing import STEP
from .pieces import Piece

_NEAREST = 4
_COUPLES = 60
"""Couples of pairs that are drawn for each way that is tried."""
_APART = 0.4
_RATIO, _ANGLE = 0.2, 0.3
_SAMPLE = 160
_OFF, _TURNED = 0.06, 0.6
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True)
class Way:
    """`matrix`, `shift`: from the stored piece (over its R) to the new one (over its R). `score`: 0..1, roughly the
    share; `inward`: whether it is the stored piece that lies in the new one."""

    score: float
    inward: bool
    matrix: Floats
    shift: Floats


def alike(new: Piece, stored: Piece) -> float:
    """How alike the patches of two pieces are, 0..1: which pieces to lay over each other."""
    apart = _apart(new, stored)
    return float(max(np.exp(-apart.min(axis=side) / 0.02).mean() for side in (0, 1)))


def ways(new: Piece, stored: Piece, most: int, *, tried: int) -> list[Way]:
    """The best ways, best first."""
    matrices, shifts = _similarities(new, stored, tried)
    if not len(matrices):
        return []
    inward = _scores(stored, new, matrices, shifts)
    back = np.asarray(np.linalg.inv(matrices), dtype=np.float64)
    outward = _scores(new, stored, back, -np.einsum("nij,nj->ni", back, shifts))
    # Of a shape that is its own mirror image, the plain way is told.
    scores = np.maximum(inward, outward) - 0.02 * (np.linalg.det(matrices) < 0)
    return [
        Way(float(scores[number]), bool(inward[number] >= outward[number]), matrices[number], shifts[number])
        for number in _different(matrices, shifts, np.argsort(-scores, kind="stable"), most)
    ]


def _apart(new: Piece, stored: Piece) -> NDArray[np.float32]:
    """(new, stored): squared distances of the descriptors."""
    one, other = new.descriptors, stored.descriptors
    squares: NDArray[np.float32] = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.maximum(squares, 0)


def _similarities(new: Piece, stored: Piece, tried: int) -> tuple[Floats, Floats]:
    """(n, 3, 3) and (n, 3), both hands of each couple of pairs."""
    apart = _apart(new, stored)
    count = min(_NEAREST, len(new.places), len(stored.places))
    of_new = np.argpartition(apart, count - 1, axis=1)[:, :count]
    of_stored = np.argpartition(apart, count - 1, axis=0)[:count].T
    here = np.concatenate([np.repeat(np.arange(len(new.places)), count), of_stored.reshape(-1)])
    there = np.concatenate([of_new.reshape(-1), np.repeat(np.arange(len(stored.places)), count)])
    # Patches that are like none of the other side say nothing; the nearest pairs are drawn more often.
    likely = np.exp(-apart[here, there] / 0.03) + 1e-6
    chance = np.random.default_rng(7)
    drawn = chance.choice(len(here), size=(2, _COUPLES * tried), p=likely / likely.sum())
    a, b = here[drawn[0]], here[drawn[1]]
    c, d = there[drawn[0]], there[drawn[1]]
    line_new, line_stored = new.places[b] - new.places[a], stored.places[d] - stored.places[c]
    long_new, long_stored = lengths_of(line_new), lengths_of(line_stored)
    good = (long_stored > _APART) & (long_new > 0.1)
    scale = np.where(good, long_new / np.maximum(long_stored, 1e-9), 1.0)
    # Radii are rungs of one ladder in millimetres, so their ratio is that of the scales, to half a rung and a bit.
    ratio = np.log(scale * new.component.size / stored.component.size)
    slack = _RATIO + np.log(STEP) / 2
    for one, other in ((a, c), (b, d)):
        good &= np.abs(ratio - (new.radii[one] - stored.radii[other]) * np.log(STEP)) < slack
    for one, other in ((new.axes[a], stored.axes[c]), (new.axes[b], stored.axes[d])):
        good &= np.abs(_angle(one, line_new) - _angle(other, line_stored)) < _ANGLE
    good &= np.abs(_angle(new.axes[a], new.axes[b]) - _angle(stored.axes[c], stored.axes[d])) < _ANGLE
    frame_new, fit_new = _frames(line_new, new.axes[a] + new.axes[b])
    frame_stored, fit_stored = _frames(line_stored, stored.axes[c] + stored.axes[d])
    chosen = np.flatnonzero(good & fit_new & fit_stored)[:tried]
    matrices, shifts = [], []
    for hand in (1.0, -1.0):
        turned = frame_new[chosen] * np.array([1.0, 1.0, hand])
        matrix = scale[chosen, None, None] * turned @ frame_stored[chosen].transpose(0, 2, 1)
        middle_new = (new.places[a] + new.places[b])[chosen] / 2
        middle_stored = (stored.places[c] + stored.places[d])[chosen] / 2
        matrices.append(matrix)
        shifts.append(middle_new - np.einsum("nij,nj->ni", matrix, middle_stored))
    return np.concatenate(matrices), np.concatenate(shifts)


def _angle(one: Floats, other: Floats) -> Floats:
    lengths = np.maximum(lengths_of(one) * lengths_of(other), 1e-9)
    return np.arccos(np.clip(dots(one, other) / lengths, -1, 1))


def _frames(lines: Floats, beside: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """(n, 3, 3) with the axes as columns, and whether the two directions give one."""
    first = lines / np.maximum(lengths_of(lines)[:, None], 1e-9)
    second = beside - dots(beside, first)[:, None] * first
    length = lengths_of(second)
    second = second / np.maximum(length[:, None], 1e-9)
    return np.stack([first, second, crossed(first, second)], axis=2), length > 0.2


def _scores(inner: Piece, outer: Piece, matrices: Floats, shifts: Floats) -> Floats:
    """(n,): the share of some points of the inner piece that lie on the outer one and look the same way."""
    points, weights = inner.points[:_SAMPLE], inner.weights[:_SAMPLE] + _LEAST_WEIGHT
    placed = points @ matrices.transpose(0, 2, 1) + shifts[:, None]
    normals = inner.normals[:_SAMPLE] @ matrices.transpose(0, 2, 1)
    normals /= np.maximum(lengths_of(normals)[..., None], 1e-12)
    near = outer.near(placed)
    found, looks = outer.points[near], outer.normals[near]
    off = np.abs(dots(placed - found, looks))
    agree = (near >= 0) & (off < _OFF) & (dots(normals, looks) > _TURNED)
    scores: Floats = (agree * weights).sum(axis=1) / weights.sum()
    return scores


def _different(matrices: Floats, shifts: Floats, order: NDArray[np.int64], most: int) -> list[int]:
    chosen: list[int] = []
    for number in order:
        if all(
            np.abs(matrices[number] - matrices[other]).max() > 0.15
            or np.abs(shifts[number] - shifts[other]).max() > 0.15
            for other in chosen
        ):
            chosen.append(int(number))
            if len(chosen) == most:
                break
    return chosen
