"""Whether a 3-D file is a copy: the same file, or the same shape in another one."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q

from marketplace.choices import MeshState, Verdict
from marketplace.duplicates.detector import HOLD, REJECT
from marketplace.duplicates.scoring import as_score
from marketplace.meshes.fingerprint import LIKE_MOMENTS, Distance, distance
from marketplace.meshes.results import Fingerprint
from marketplace.models import MeshFile

CANDIDATES = 5_000
BEFORE = "That is said of a file of yours that was refused before."
PLAIN = 84.0
"""The most that equal shapes score which are too plain to be anybody's: a box is a box."""


@dataclass(frozen=True)
class Match:
    mesh: MeshFile
    score: Decimal
    evidence: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    verdict: Verdict
    score: Decimal = Decimal(0)
    matched: MeshFile | None = None
    origin_id: int | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    compared: int = 0


def mesh_compare(mesh: MeshFile, fingerprint: Fingerprint, *, is_convex: bool) -> Outcome:
    """Compare with every other file that was analysed. Call it behind the gate, so that nobody else enters meanwhile.

    The rule is that of pictures: from 85 refused, from 60 held, one's own works exempt and only named.
    """
    analysed = MeshFile.objects.filter(state=MeshState.DONE).exclude(pk=mesh.pk)
    matches = [_same_file(other) for other in _same_files(mesh)]
    known = {match.mesh.pk for match in matches}
    for other in analysed.filter(_near(fingerprint)).order_by("pk")[:CANDIDATES]:
        apart = distance(fingerprint.data, bytes(other.fingerprint))
        if apart is not None and other.pk not in known:
            matches.append(_same_shape(other, apart, plain=is_convex and bool(other.is_convex)))
    matches.sort(key=lambda match: (-match.score, match.mesh.pk))
    own = [match for match in matches if match.mesh.origin_id == mesh.owner_id and match.score >= HOLD]
    others = [match for match in matches if match.mesh.origin_id != mesh.owner_id]
    evidence: dict[str, Any] = {}
    if own:
        evidence["own_works"] = [{"file": match.mesh.pk, "score": float(match.score)} for match in own[:10]]
    compared = analysed.count()
    if not others or others[0].score < HOLD:
        score = others[0].score if others else Decimal(0)
        return Outcome(Verdict.PASSED, score, evidence=evidence, compared=compared)
    best = _told(others, mesh)
    found = best.evidence | evidence
    named: MeshFile | None = best.mesh
    if best.mesh.owner_id == mesh.owner_id:
        named = _copied(best.mesh)
        found["explanation"] = f"{found['explanation']} {BEFORE}"
    return Outcome(_verdict_of(best, mesh), best.score, named, best.mesh.origin_id, found, compared)


def _told(others: list[Match], mesh: MeshFile) -> Match:
    """The best, which decides; another that decides the same where the best is a copy that the owner had sent before:
    nobody is told that their file resembles their own."""
    best = others[0]
    least = REJECT if best.score >= REJECT else HOLD
    alike = (match for match in others if match.score >= least and match.mesh.owner_id != mesh.owner_id)
    return next(alike, best)


def _copied(refused: MeshFile) -> MeshFile | None:
    """The file of another owner that a refused one is a copy of, None where that is gone."""
    seen: set[int | None] = set()
    other: MeshFile | None = refused
    while other is not None and other.owner_id == refused.owner_id:
        seen.add(other.pk)
        other = other.matched if other.matched_id not in seen else None
    return other


def _near(fingerprint: Fingerprint) -> Q:
    near = Q()
    for name in ("flatness", "elongation", "compactness"):
        value = getattr(fingerprint, name)
        near &= Q(**{f"shape_{name}__range": (value - LIKE_MOMENTS, value + LIKE_MOMENTS)})
    return near


def _same_files(mesh: MeshFile) -> list[MeshFile]:
    """Equal files: those analysed, and those that came first and whose analysis is late. A later one that is not
    analysed yet will be compared with this one."""
    came_first = Q(pk__lt=mesh.pk) & ~Q(state=MeshState.FAILED)
    equal = MeshFile.objects.filter(Q(state=MeshState.DONE) | came_first, sha256=mesh.sha256)
    return list(equal.exclude(pk=mesh.pk).order_by("pk")[:CANDIDATES])


def _same_file(other: MeshFile) -> Match:
    explanation = "The file is identical, byte for byte."
    return Match(other, Decimal(100), {"same_file": True, "explanation": explanation})


def _same_shape(other: MeshFile, apart: Distance, *, plain: bool) -> Match:
    evidence: dict[str, Any] = {
        "same_file": False,
        "moments": round(apart.moments, 6),
        "histograms": round(apart.histograms, 4),
        "explanation": apart.explanation,
    }
    score = apart.score
    if plain and score > PLAIN:
        score = PLAIN
        evidence["explanation"] += " It is too plain a shape to tell a copy by."
    return Match(other, as_score(score), evidence)


def _verdict_of(match: Match, mesh: MeshFile) -> Verdict:
    # A file uploaded first is no copy of a later one whose analysis was quicker; people find out which is.
    return Verdict.REFUSED if match.score >= REJECT and match.mesh.pk < mesh.pk else Verdict.HELD
