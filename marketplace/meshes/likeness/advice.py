"""What follows from a likeness: hold it, note it for staff, or nothing. It never refuses.

Refusing stays with the fingerprint of the whole shape, and only where `may_refuse` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from marketplace.meshes.results import Character

from .aligning import Likeness

HIGHEST = 84.0
"""The most that a likeness scores: below what is refused."""
LOWEST = 60.0
ALIKE, PLAINLY_ALIKE = 0.70, 0.60
"""Shares from which a shape is held: of what is bent, and of the surface."""


@dataclass(frozen=True)
class Advice:
    """score: 0 to 84, from 60 held; what is only noted scores below 60. explanation: one or two sentences for people,
    which say why it is noted only, where it is."""

    score: float
    verdict: Literal["hold", "note", "pass"]
    explanation: str


def advise(new: Character, stored: Character, likeness: Likeness) -> Advice:
    """`new` and `stored` are the characters of the whole shapes; that of the piece that agrees is in the likeness."""
    if likeness.share < ALIKE or likeness.plain_share < PLAINLY_ALIKE:
        return Advice(59 * likeness.share, "pass", f"{_agrees(likeness)} That is too little to tell a copy by.")
    reason = likeness.own.reason or new.reason or stored.reason
    if likeness.own.is_common or new.is_common or stored.is_common:
        return Advice(59.0, "note", f"{_agrees(likeness)} {reason} So it is only noted.")
    score = LOWEST + (HIGHEST - LOWEST) * (likeness.share - ALIKE) / (1 - ALIKE)
    return Advice(min(score, HIGHEST), "hold", _agrees(likeness))


def may_refuse(new: Character, stored: Character) -> bool:
    """Whether equal fingerprints may refuse: only where neither shape has too little of its own."""
    return not (new.is_common or stored.is_common or new.lettering or stored.lettering)


def may_hold(new: Character, stored: Character) -> bool:
    """Whether fingerprints that are nearly equal may hold: see `may_refuse`."""
    return not (new.is_common or stored.is_common)


def _agrees(likeness: Likeness) -> str:
    whose = "that shape lies in this one" if likeness.of == "stored in new" else "this shape lies in that one"
    ways = []
    if likeness.mirrored:
        ways.append("mirrored")
    if abs(likeness.scale - 1) > 0.01:
        ways.append(f"at {likeness.scale:.0%} of its size")
    if likeness.stretch > 1.01:
        ways.append(f"stretched by {likeness.stretch - 1:.0%}")
    how = f", {', '.join(ways)}" if ways else ""
    return f"{likeness.share:.0%} of what is bent and {likeness.plain_share:.0%} of the surface agree: {whose}{how}."
