"""What the duplicate check found, in the words and boxes of the review page.

Evidence is JSON that was written when a picture was checked (marketplace.duplicates.detector.Evidence); older rows may
lack keys, and a picture that could not be read has an explanation alone.
"""

from dataclasses import dataclass
from typing import Any

from marketplace.duplicates.detector import HASH_BYTES, HOLD, risk
from marketplace.models import Picture

RISK_VARIANTS = {"LOW": "success", "MEDIUM": "warning", "HIGH": "danger"}


@dataclass(frozen=True)
class Box:
    """A part of a picture in percent of its sides, from the top left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return round(self.x + self.width, 2)

    @property
    def bottom(self) -> float:
        return round(self.y + self.height, 2)

    @property
    def is_whole(self) -> bool:
        return self.width >= 99.5 and self.height >= 99.5


@dataclass(frozen=True)
class Finding:
    """`facts` are pairs of a name and a value; `labels` what Rekognition saw, with its confidence in percent."""

    score: str
    risk: str
    variant: str
    explanation: str
    facts: list[tuple[str, str]]
    labels: list[tuple[str, str]]
    region: Box | None
    matched_region: Box | None


def finding(picture: Picture) -> Finding:
    evidence = picture.evidence if isinstance(picture.evidence, dict) else {}
    is_match = picture.similarity_score >= HOLD
    level = risk(picture.similarity_score)
    return Finding(
        score=f"{picture.similarity_score:.2f}",
        risk=level,
        variant=RISK_VARIANTS[level],
        explanation=str(evidence.get("explanation") or ""),
        facts=_facts(picture, evidence) if is_match else [],
        labels=_labels(picture.labels),
        region=_box(evidence.get("region")) if is_match else None,
        matched_region=_box(evidence.get("matched_region")) if is_match else None,
    )


def _facts(picture: Picture, evidence: dict[str, Any]) -> list[tuple[str, str]]:
    distance, agreement, inliers = evidence.get("distance"), evidence.get("agreement"), evidence.get("inliers")
    transform = evidence.get("transform")
    found: list[tuple[str, str]] = [("View that matched", str(evidence.get("view") or "unknown"))]
    found.append(("Laid on the other", "as it is" if transform in (None, "none") else str(transform)))
    if evidence.get("same_file"):
        found.append(("Distance", "none: the same file"))
    elif distance is not None:
        found.append(("Distance", f"{distance} of {HASH_BYTES * 8} bits"))
    if inliers:
        found.append(("Points found again", str(inliers)))
    if isinstance(agreement, int | float):
        found.append(("Structure that is equal", f"{agreement * 100:.0f} %"))
    for name, key in (("Labels alike", "label_similarity"), ("Faces alike", "face_similarity")):
        if isinstance(evidence.get(key), int | float):
            found.append((name, f"{evidence[key]:.0f} %"))
    found.append(("Compared with", f"{picture.total_compared} pictures"))
    return found


def _labels(labels: Any) -> list[tuple[str, str]]:
    return [
        (str(label.get("name") or ""), f"{label.get('confidence') or 0:.0f} %")
        for label in labels or []
        if isinstance(label, dict)
    ]


def _box(box: Any) -> Box | None:
    try:
        sides = [round(float(box[name]) * 100, 2) for name in ("x", "y", "width", "height")]
    except (TypeError, KeyError, ValueError):
        return None
    return Box(*sides)
