"""Lays one described shape over another, and says how much of it agrees.

Pairs of alike patches, two at a time, give similarities (turned, moved, scaled, mirrored); the best by a coarse score
are drawn closer to the surface point by point, in the end with a stretch along any axis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats
from marketplace.meshes.results import Character

from .character import layered_along
from .closing import closest
from .deadlines import check
from .packing import Component, unpacked
from .pairing import Way, alike, ways
from .pieces import Piece

ENOUGH = 0.9
_LEAST_PART = 0.25
"""A piece that is less of its shape is none of what makes it a work."""
_PAIRS = 3
"""Pairs of pieces that are laid over each other, of two shapes of several."""
_LIKELY, _TRIED, _TRIED_ELSE = 3, 500, 60
"""The first of a search are worth more ways that are tried."""
_CLOSELY = 6
"""Candidates that are laid closely."""
_LEAST_SCORE = 0.30
_FIRST = 0.3
"""What being first in the search is worth beside the coarse score."""
_WAYS = 3
_EVEN = 0.06
"""Shares this near are even; then the stored shape is said to lie in the new one."""


@dataclass(frozen=True)
class Likeness:
    """How a stored shape lies over a new one.

    share: 0..1, of the side that agrees more ("of" says which), by how bent the surface is: flat discs and plinths
    count little. plain_share: the same by area. both_ways: 0..1, the share of the other side.
    fine_share: the share that agrees to a third of the usual distance; two honest shapes of one kind seldom do.
    mirrored; scale of the stored shape to the new one; stretch, the largest factor of an axis by the least, 1 for none.
    oval: the stretch across the layers of a shape of layers, else 1: honest ones differ in height, no gear is oval.
    transform: (4, 4), from millimetres of the stored shape to those of the new one.
    own: the character of the piece that agrees, of the side that it is "of".
    new_component, stored_component: which pieces of the two descriptions were laid over each other.
    new_agree, stored_agree: (points of that piece,) which of them agree: see `marked`.
    """

    share: float
    plain_share: float
    both_ways: float
    fine_share: float
    mirrored: bool
    scale: float
    stretch: float
    oval: float
    transform: Floats
    of: Literal["stored in new", "new in stored"]
    own: Character
    new_component: int = 0
    stored_component: int = 0
    new_agree: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool), repr=False)
    stored_agree: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool), repr=False)


def align(new: bytes, stored: bytes, *, deadline: float | None = None) -> Likeness | None:
    """Lay one stored shape (`Shape.data`) over a new one. None when nothing of them agrees, or one has no description.

    Raises LikenessUnavailable past the deadline (a `time.monotonic()` value).
    """
    return align_all(new, {0: stored}, deadline=deadline).get(0)


def align_all(
    new: bytes,
    stored: Mapping[int, bytes],
    *,
    enough: Callable[[int, Likeness], bool] | None = None,
    deadline: float | None = None,
) -> dict[int, Likeness]:
    """Lay the candidates of a search over a new shape: those that agree in anything, by their key, most alike first.

    All are laid coarsely, and only the best few of them closely, until one is `enough` (by default, agrees nearly
    wholly). What is absent agrees less than what is there, or was not needed. Raises LikenessUnavailable past the
    deadline.
    """
    own = [Piece(component) for component in unpacked(new)]
    roughly: list[_Rough] = []
    for rank, (key, data) in enumerate(stored.items()):
        check(deadline)
        others = [Piece(component) for component in unpacked(data)]
        pairs = [
            (one, other)
            for one in range(len(own))
            for other in range(len(others))
            if max(own[one].component.part, others[other].component.part) >= _LEAST_PART
        ]
        likely = rank < _LIKELY
        if len(pairs) > 1:
            pairs = _promising(pairs, own, others, _PAIRS if likely else 1)
        for one, other in pairs:
            found = ways(own[one], others[other], _WAYS, tried=_TRIED if likely else _TRIED_ELSE)
            if found and found[0].score >= _LEAST_SCORE:
                promise = found[0].score + _FIRST / (1 + rank)
                roughly.append(_Rough(promise, key, one, other, own[one], others[other], found))
    roughly.sort(key=lambda rough: -rough.promise)
    closely: dict[int, Likeness] = {}
    for rough in roughly[:_CLOSELY]:
        check(deadline)
        likeness = _closely(rough)
        if likeness is None:
            continue
        if rough.key not in closely or closely[rough.key].share < likeness.share:
            closely[rough.key] = likeness
        if enough(rough.key, likeness) if enough is not None else likeness.share >= ENOUGH:
            break
    return dict(sorted(closely.items(), key=lambda item: -item[1].share))


def _promising(pairs: list[tuple[int, int]], own: list[Piece], others: list[Piece], most: int) -> list[tuple[int, int]]:
    """The pairs whose patches are alike most, large pieces before small ones; both wholes among them."""

    def promise(pair: tuple[int, int]) -> float:
        one, other = own[pair[0]], others[pair[1]]
        return alike(one, other) * max(one.component.part, other.component.part) ** 0.5

    chosen = sorted(pairs, key=lambda pair: -promise(pair))[:most]
    return chosen if (0, 0) in chosen or most == 1 else [(0, 0), *chosen[:-1]]


@dataclass(frozen=True)
class _Rough:
    promise: float
    key: int
    new_number: int
    stored_number: int
    new: Piece
    stored: Piece
    ways: list[Way]


def _closely(rough: _Rough) -> Likeness | None:
    fit = closest(rough.new, rough.stored, rough.ways)
    if fit is None:
        return None
    new, stored = rough.new.component, rough.stored.component
    shares = (
        fit.stored_share if stored.part >= _LEAST_PART else 0.0,
        fit.new_share if new.part >= _LEAST_PART else 0.0,
    )
    inward = shares[0] >= shares[1] - _EVEN
    matrix = fit.matrix * (new.size / stored.size)
    transform = np.eye(4)
    transform[:3, :3] = matrix
    transform[:3, 3] = new.middle + fit.shift * new.size - matrix @ stored.middle
    stretches = np.linalg.svd(matrix, compute_uv=False)
    return Likeness(
        share=shares[0] if inward else shares[1],
        plain_share=fit.stored_plain if inward else fit.new_plain,
        both_ways=min(fit.stored_share, fit.new_share),
        fine_share=fit.stored_fine if inward else fit.new_fine,
        mirrored=bool(np.linalg.det(matrix) < 0),
        scale=float(np.prod(stretches) ** (1 / 3)),
        stretch=float(stretches[0] / stretches[2]),
        oval=_oval(stored, matrix) if stored.own.kind == "layers" else 1.0,
        transform=transform,
        of="stored in new" if inward else "new in stored",
        own=stored.own if inward else new.own,
        new_component=rough.new_number,
        stored_component=rough.stored_number,
        new_agree=fit.new_agree,
        stored_agree=fit.stored_agree,
    )


def _oval(stored: Component, matrix: Floats) -> float:
    axis, _ = layered_along(stored.normals)
    across = np.linalg.svd(axis[None])[2][1:]
    most, least = np.linalg.svd(matrix @ across.T, compute_uv=False)
    return float(most / least)


def marked(likeness: Likeness, data: bytes, side: Literal["new", "stored"]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """The points of one side for a picture: (n, 3) places in its own millimetres, (n, 3) normals, and (n,) whether each
    agrees. `data` is that side's `Shape.data`. Of a shape of several pieces, these are the points of the piece that was
    laid over the other."""
    components = unpacked(data)
    number = likeness.new_component if side == "new" else likeness.stored_component
    agree = likeness.new_agree if side == "new" else likeness.stored_agree
    piece = components[number]
    return piece.points, piece.normals, agree
