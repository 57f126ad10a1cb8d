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
OWN_KINDS, MUCH_STRETCHED, FINELY_ALIKE, HARDLY_ALIKE = 12.0, 1.2, 0.75, 0.55
"""With fewer kinds of patches, or stretched more, a shape is held only when so much of it agrees closely; others when
so much does that is `HARDLY_ALIKE`: two people's vases of one kind agree roughly and not closely."""
OVAL, OVAL_CORNERS, OVAL_ALIKE = 1.015, 20.0, 0.93
"""Outlines of so many corners that agree both ways only after a stretch across the layers: a copy all the same. People
who draw gears draw them round."""


@dataclass(frozen=True)
class Advice:
    """score: 0 to 84, from 60 held; what is only noted scores below 60. explanation: one to three sentences for people,
    which say why it is noted only, where it is."""

    score: float
    verdict: Literal["hold", "note", "pass"]
    explanation: str


def advise(new: Character, stored: Character, likeness: Likeness) -> Advice:
    """`new` and `stored` are the characters of the whole shapes; that of the piece that agrees is in the likeness."""
    agrees = _agrees(likeness)
    if likeness.share < ALIKE or likeness.plain_share < PLAINLY_ALIKE:
        return Advice(59 * likeness.share, "pass", f"{agrees} That is too little to tell a copy by.")
    score = min(LOWEST + (HIGHEST - LOWEST) * (likeness.share - ALIKE) / (1 - ALIKE), HIGHEST)
    whole = stored if likeness.of == "stored in new" else new
    common = next((one for one in (whole, likeness.own) if one.is_common), None)
    if common is not None:
        if _is_oval_copy(common, likeness):
            return Advice(score, "hold", f"{agrees} Only a copy is stretched like that.")
        return Advice(59.0, "note", f"{agrees} {common.reason} So it is only noted.")
    doubtful = likeness.own.patches < OWN_KINDS or likeness.stretch > MUCH_STRETCHED
    if likeness.fine_share < (FINELY_ALIKE if doubtful else HARDLY_ALIKE):
        why = "The shape is plain or much stretched, and agrees" if doubtful else "It agrees"
        reason = f"{why} only roughly, as works of one kind do. So it is only noted."
        return Advice(59.0, "note", f"{agrees} {reason}")
    return Advice(score, "hold", agrees)


def may_refuse(new: Character, stored: Character) -> bool:
    """Whether equal fingerprints may refuse: only where neither shape has too little of its own. Otherwise they are
    noted. Fingerprints that are only nearly equal decide nothing: lay the shapes over each other, and `advise`."""
    return not (new.is_common or stored.is_common)


def _is_oval_copy(common: Character, likeness: Likeness) -> bool:
    return (
        common.kind == "layers"
        and not common.lettering
        and common.corners >= OVAL_CORNERS
        and likeness.oval >= OVAL
        and min(likeness.share, likeness.both_ways) >= OVAL_ALIKE
    )


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
