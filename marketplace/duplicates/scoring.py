"""From an alignment to a score on the 0..100 scale, and to words."""

from __future__ import annotations

from decimal import Decimal

from .detector import HOLD, REJECT
from .geometry import Alignment

BELOW = 59.0
"""The most that a candidate scores which is not held."""

_EQUAL = 0.92
"""Share of the structure that is equal in a copy without anything laid over it."""
_SAME = 40
"""Bits of 256: hashes of one view, edited. Of unrelated pictures only soft, poor ones come so close."""


_ONE_PICTURE = 16
"""Bits of 256: hashes of the common region of a copy, laid on the original. Of two soft pictures they differ in 17 and
more."""
_FEW = 78
"""Percent of a picture that three tones cover, from which on it counts as made of few."""
_FEWEST = 92
"""Percent of codes, logos and most boards that three tones cover: their modules differ in parts as if marked."""


def as_score(value: float) -> Decimal:
    """Round to two places within 0..100."""
    return Decimal(str(min(100.0, max(0.0, value)))).quantize(Decimal("0.01"))


def visual_score(alignment: Alignment | None, distance: int) -> float:
    """Score a candidate, 0..99.99; only the same file scores 100.

    From 85 (identity): nearly all structure of the common region is equal, next to nothing of the stored picture is
    replaced, and most tracked points follow one geometry. What a copyist lays on top (a watermark, a border) only
    lowers the score; what stands in place of the stored structure is the mark of another work with the same layout,
    and forbids identity.
    A picture with too little structure for that (a soft gradient with a sun) is never identical, only its file is.
    From 60: much the same with a part replaced. Below: chance, by the distance of the hashes.

    The limits were set on generated pictures with seeds below 1,000,000 and on photographs: `bench/duplicates.py`.
    """
    weak = max(0.0, 45.0 * (1 - distance / 128))
    if alignment is None or alignment.textured < 0.02:
        return weak
    followed = alignment.inliers / max(1, alignment.tracked)
    replaced = alignment.conflict + alignment.lost
    identical = (
        alignment.agree >= _EQUAL
        and replaced <= 0.03
        and alignment.likeness >= 0.88
        and alignment.distance <= 36
        and followed >= 0.7
        and alignment.overlap >= 0.2
    )
    if identical and alignment.inliers >= 24 and alignment.spread >= 10:
        return 85.0 + 14.99 * min(1.0, max(0.0, (alignment.agree - _EQUAL) / (1 - _EQUAL)))
    enough = (
        (alignment.inliers >= 20 and alignment.spread >= 8)
        or (alignment.inliers >= 8 and distance <= _SAME)
        or (alignment.inliers >= 6 and distance <= _SAME and followed >= 0.8 and alignment.textured >= 0.15)
    )
    alike = alignment.likeness >= 0.55 and alignment.distance <= 72
    partly = alignment.agree >= 0.5 and replaced <= 0.2 and followed >= 0.45
    faintly = alignment.agree >= 0.93 and replaced <= 0.02 and followed >= 0.25
    if enough and alike and (partly or faintly):
        return min(84.0, 60.0 + 24.0 * max(0.0, alignment.agree - 0.5) / 0.5)
    return min(weak + 15.0 * alignment.agree * followed, BELOW)


def held_score(score: float, alignment: Alignment | None, *, tones: int) -> float:
    """The score, lowered where it does not bear out that people be asked, or a refusal.

    A disc over a horizon is soon like another one: where the common geometry rests on few places, the hashes of the
    common region must be those of one picture, and of plain areas either picture must be in the other as a whole.
    `tones`: percent of either picture that three tones cover, the higher. Of pictures made of few (text, codes, logos,
    boards, line art), whose letters and modules honest works share, nothing is refused, and only what is equal nearly
    everywhere is held.
    """
    if alignment is None or score < HOLD:
        return score
    few_tones = tones >= _FEW
    few_places = alignment.spread < (18 if few_tones else 10) or alignment.inliers < 20
    if few_places and alignment.distance > _ONE_PICTURE:
        return BELOW
    replaced = alignment.conflict + alignment.lost
    own = max(1 - alignment.added, 0.4)  # what a copyist laid on top says nothing of what lies below
    if few_tones:
        _, _, width, height = alignment.region
        whole = alignment.overlap >= 0.8 or min(width, height) >= 0.86  # less a margin that is not compared
        if few_places and not whole:
            return BELOW
        close = alignment.likeness >= 0.92 and replaced <= 0.04
        equal = alignment.exact >= 0.6 and alignment.cells >= 0.55 and replaced <= 0.03
        covered = alignment.agree >= 0.97 * own and alignment.exact >= 0.6 * own and replaced <= 0.015
        marked = (
            tones < _FEWEST
            and (alignment.exact >= 0.7 and alignment.cells >= 0.65)
            and (alignment.lost <= 0.01 and alignment.conflict <= 0.08)
        )
        return min(score, 84.0 if close or equal or covered or marked else BELOW)
    return score if score >= REJECT or alignment.exact >= 0.5 * own else BELOW


def explain_within(alignment: Alignment, covered: float, transform: str, points: int) -> str:
    """One sentence for people, about a work found by its points. `covered`: share of the new picture that it takes."""
    what = "that work" if alignment.overlap >= 0.9 else "part of that work"
    where = " within a larger picture" if covered < 0.85 else ""
    done = "" if transform == "none" else f" ({transform})"
    return (
        f"It shows {what}{where}{done}: {alignment.agree * 100:.0f} % of the structure in the common region is equal, "
        f"and {points} points lie alike."
    )


def explain(view: str, transform: str, distance: int | None, agreement: float) -> str:
    """One sentence for people."""
    if distance is None:
        return "The file is identical, byte for byte."
    done = "" if transform == "none" else f" ({transform})"
    part = "The whole picture" if view.startswith("whole") else f"Part of the picture ({view})"
    return (
        f"{part} matches{done}: {agreement * 100:.0f} % of the structure in the common region is equal, "
        f"and the views differ in {distance} of 256 bits."
    )
