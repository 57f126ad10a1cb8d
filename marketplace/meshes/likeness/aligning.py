"""Lays one described shape over another, and says how much of it agrees.

Pairs of alike patches, two at a time, give similarities (turned, moved, scaled, mirrored); the best by a coarse score
are drawn closer to the surface point by point, in the end with a stretch along any axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats
from marketplace.meshes.results import Character

from .deadlines import check
from .packing import unpacked


@dataclass(frozen=True)
class Likeness:
    """How a stored shape lies over a new one.

    share: 0..1, of the side that agrees more ("of" says which), by how bent the surface is: flat discs and plinths
    count little. plain_share: the same by area. both_ways: 0..1, the share of the other side.
    mirrored; scale of the stored shape to the new one; stretch, the largest factor of an axis by the least, 1 for none.
    transform: (4, 4), from millimetres of the stored shape to those of the new one.
    own: the character of the piece that agrees, of the side that it is "of".
    new_component, stored_component: which pieces of the two descriptions were laid over each other.
    new_agree, stored_agree: (points of that piece,) which of them agree: see `marked`.
    """

    share: float
    plain_share: float
    both_ways: float
    mirrored: bool
    scale: float
    stretch: float
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
    found = align_all(new, {0: stored}, deadline=deadline)
    return found.get(0)


def align_all(new: bytes, stored: Mapping[int, bytes], *, deadline: float | None = None) -> dict[int, Likeness]:
    """Lay the candidates of a search, best first, over a new shape: those that agree in anything, by their key.

    All are laid coarsely, and only the best of them closely; a candidate that agrees nearly wholly ends it. So what is
    absent agrees less than what is there, or not at all. Raises LikenessUnavailable past the deadline.
    """
    check(deadline)
    return {}


def marked(likeness: Likeness, data: bytes, side: Literal["new", "stored"]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """The points of one side for a picture: (n, 3) places in its own millimetres, (n, 3) normals, and (n,) whether each
    agrees. `data` is that side's `Shape.data`. Where a piece agrees, the points of the whole are given, those near to
    agreeing points of the piece marked."""
    components = unpacked(data)
    number = likeness.new_component if side == "new" else likeness.stored_component
    agree = likeness.new_agree if side == "new" else likeness.stored_agree
    piece = components[number]
    return piece.points, piece.normals, agree
