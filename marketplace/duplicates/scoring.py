"""From an alignment to a score on the 0..100 scale, and to words."""

from __future__ import annotations

from decimal import Decimal

from .geometry import Alignment


def as_score(value: float) -> Decimal:
    """Round to two places within 0..100."""
    return Decimal(str(min(100.0, max(0.0, value)))).quantize(Decimal("0.01"))


def visual_score(alignment: Alignment | None, distance: int) -> float:
    """Score a candidate, 0..99.99. Only the same file scores 100."""
    weak = max(0.0, 45.0 * (1 - distance / 128))
    if alignment is None or alignment.textured < 0.04:
        return weak
    tracked = alignment.inliers / max(1, alignment.tracked)
    if alignment.inliers < 10 or tracked < 0.3 or alignment.agree < 0.5:
        return weak
    identity = (
        alignment.agree >= 0.8 and alignment.conflict <= 0.05 and alignment.inliers >= 20 and alignment.overlap >= 0.25
    )
    if identity:
        return 85.0 + 14.99 * (alignment.agree - 0.8) / 0.2
    held = 60.0 + 24.0 * (alignment.agree - 0.5) / 0.5
    return min(84.0, held)


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
