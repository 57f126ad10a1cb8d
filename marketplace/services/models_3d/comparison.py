"""Whether a 3-D file is a copy: the same file, the same shape in another one, or another's shape with trivial edits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import Q

from marketplace.choices import MeshState, Verdict
from marketplace.duplicates.detector import HOLD, REJECT
from marketplace.duplicates.scoring import as_score
from marketplace.meshes.fingerprint import LIKE_MOMENTS, Distance, distance
from marketplace.meshes.likeness.advice import may_refuse
from marketplace.meshes.likeness.aligning import Likeness
from marketplace.meshes.results import Analysis, Character, Fingerprint
from marketplace.models import MeshFile
from marketplace.services.models_3d.shapes import Alike, Found, characters_of

CANDIDATES = 5_000
NEAREST = 5
KNOWN = Q(state=MeshState.DONE) | Q(state__in=(MeshState.WAITING, MeshState.RUNNING), analysed_at__isnull=False)
"""Files that passed the gate, also those that are being analysed again."""
UNREAD = ("suggestions", "notes", "views", "bounds", "evidence")
BEFORE = "That is said of a file of yours that was refused before."
LATE = "Its shape could not be compared with all others in time."
PLAIN = 84.0
"""The most that shapes score which are equal, and too plain or too much like what others make to be anybody's."""
NOTED = 59.0
"""The most of what is only noted for staff."""


@dataclass(frozen=True)
class Match:
    """`is_noted`: staff are told of it, whatever it scores. `likeness` where the shapes were laid over each other."""

    mesh: MeshFile
    score: Decimal
    evidence: dict[str, Any]
    is_noted: bool = False
    likeness: Likeness | None = None


@dataclass(frozen=True)
class Outcome:
    """`matched` is the file that is named, None where there is none to be named; `origin_id` whose shape it is.
    `likeness`, where there is one, says where the shapes agree."""

    verdict: Verdict
    score: Decimal = Decimal(0)
    matched: MeshFile | None = None
    origin_id: int | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    compared: int = 0
    likeness: Likeness | None = None


def mesh_compare(mesh: MeshFile, analysis: Analysis, searched: Found | None) -> Outcome:
    """Compare with every other file that was analysed. Call it behind the gate, so that nobody else enters meanwhile.

    `searched` is what a search of the shapes found; None where it never ended in time: then what would pass waits for a
    moderator. The rule is that of pictures: from 85 refused, from 60 held, one's own works exempt and only named. What
    has too little of its own is refused as the same file alone, and otherwise noted.
    """
    known_shapes = searched or Found()
    analysed = MeshFile.objects.filter(KNOWN).exclude(pk=mesh.pk)
    laid = {match.mesh.pk: match for match in _laid_over(mesh, known_shapes.alike)}
    matches = dict(laid)
    whole = _same_shapes(mesh, analysis, known_shapes.laid)
    for match in (*whole, *(_same_file(other) for other in _same_files(mesh))):
        known = matches.get(match.mesh.pk)
        if known is None or match.score >= known.score:
            over = laid.get(match.mesh.pk) if not match.evidence["same_file"] else None
            matches[match.mesh.pk] = replace(match, likeness=over.likeness if over is not None else None)
    found = sorted(matches.values(), key=lambda match: (-match.score, match.mesh.pk))
    own = [match for match in found if match.mesh.origin_id == mesh.owner_id and match.score >= HOLD]
    others = [match for match in found if match.mesh.origin_id != mesh.owner_id]
    evidence: dict[str, Any] = {}
    if own:
        evidence["own_works"] = [{"file": match.mesh.pk, "score": float(match.score)} for match in own[:10]]
    outcome = _outcome(mesh, others, evidence, compared=analysed.count())
    if searched is None and outcome.verdict == Verdict.PASSED:
        said = f"{outcome.evidence.get('explanation', '')} {LATE}".strip()
        return replace(outcome, verdict=Verdict.HELD, evidence=outcome.evidence | {"explanation": said})
    return outcome


def _outcome(mesh: MeshFile, others: list[Match], evidence: dict[str, Any], *, compared: int) -> Outcome:
    to_tell = [match for match in others if match.score >= HOLD or match.is_noted]
    if not to_tell:
        score = others[0].score if others else Decimal(0)
        return Outcome(Verdict.PASSED, score, evidence=evidence, compared=compared)
    best = _told(to_tell, mesh)
    found = best.evidence | evidence
    named: MeshFile | None = best.mesh
    if best.mesh.owner_id == mesh.owner_id:
        named = _copied(best.mesh)
        found["explanation"] = f"{found['explanation']} {BEFORE}"
    return Outcome(
        verdict=_verdict_of(best, mesh),
        score=best.score,
        matched=named,
        origin_id=best.mesh.origin_id,
        evidence=found,
        compared=compared,
        likeness=best.likeness,
    )


def _told(others: list[Match], mesh: MeshFile) -> Match:
    """The best, which decides; another that decides the same where the best is a copy that the owner had sent before:
    nobody is told that their file resembles their own."""
    best = others[0]
    least = REJECT if best.score >= REJECT else HOLD if best.score >= HOLD else best.score
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


def _same_files(mesh: MeshFile) -> list[MeshFile]:
    """Equal files: those analysed, and those that came first and whose analysis is late. A later one that is not
    analysed yet will be compared with this one."""
    came_first = Q(pk__lt=mesh.pk) & ~Q(state=MeshState.FAILED)
    equal = MeshFile.objects.filter(KNOWN | came_first, sha256=mesh.sha256)
    return list(equal.exclude(pk=mesh.pk).order_by("pk")[:CANDIDATES])


def _same_file(other: MeshFile) -> Match:
    explanation = "The file is identical, byte for byte."
    return Match(other, Decimal(100), {"same_file": True, "explanation": explanation})


# ---------------------------------------------------------------- by the fingerprint of the whole
def meshes_near(mesh: MeshFile, analysis: Analysis) -> list[int]:
    """Files of others whose fingerprint is nearly the same, the nearest first: to be laid over the shape."""
    near = [(apart.score, other.pk) for other, apart in _compared(mesh, analysis) if other.origin_id != mesh.owner_id]
    return [pk for score, pk in sorted(near, reverse=True)[:NEAREST] if score >= HOLD]


def _compared(mesh: MeshFile, analysis: Analysis) -> list[tuple[MeshFile, Distance]]:
    analysed = MeshFile.objects.filter(_near(analysis.fingerprint) & KNOWN).exclude(pk=mesh.pk)
    found = []
    for other in analysed.defer(*UNREAD).order_by("pk")[:CANDIDATES]:
        apart = distance(analysis.fingerprint.data, bytes(other.fingerprint))
        if apart is not None:
            found.append((other, apart))
    return found


def _same_shapes(mesh: MeshFile, analysis: Analysis, laid: Collection[int]) -> list[Match]:
    """`laid` are the files that were laid over the shape: of those, what is only nearly the same says nothing more."""
    near, own = _compared(mesh, analysis), analysis.shape.own
    known = characters_of(other.pk for other, apart in near if apart.score >= HOLD)
    is_convex = analysis.figures.is_convex
    return [
        _same_shape(other, apart, own, known.get(other.pk, own), is_convex=is_convex)
        for other, apart in near
        if other.pk not in laid or not HOLD <= apart.score < REJECT
    ]


def _near(fingerprint: Fingerprint) -> Q:
    near = Q()
    for name in ("flatness", "elongation", "compactness"):
        value = getattr(fingerprint, name)
        near &= Q(**{f"shape_{name}__range": (value - LIKE_MOMENTS, value + LIKE_MOMENTS)})
    return near


def _same_shape(other: MeshFile, apart: Distance, new: Character, stored: Character, *, is_convex: bool) -> Match:
    evidence: dict[str, Any] = {
        "same_file": False,
        "moments": round(apart.moments, 6),
        "histograms": round(apart.histograms, 4),
        "explanation": apart.explanation,
    }
    score = apart.score
    if score >= HOLD and not may_refuse(new, stored):
        evidence["explanation"] += f" {new.reason or stored.reason} So it is only noted."
        return Match(other, as_score(NOTED), evidence, is_noted=True)
    if score > PLAIN and is_convex and other.is_convex:
        score = PLAIN
        evidence["explanation"] += " It is too plain a shape to tell a copy by."
    return Match(other, as_score(score), evidence)


# ---------------------------------------------------------------- by where they agree
def _laid_over(mesh: MeshFile, alike: Mapping[int, Alike]) -> list[Match]:
    others = MeshFile.objects.filter(KNOWN, pk__in=alike).exclude(pk=mesh.pk)
    return [_edited(other, alike[other.pk]) for other in others.defer("fingerprint")]


def _edited(other: MeshFile, found: Alike) -> Match:
    likeness, advice = found.likeness, found.advice
    evidence = {
        "same_file": False,
        "share": round(likeness.share, 3),
        "plain_share": round(likeness.plain_share, 3),
        "of": likeness.of,
        "mirrored": likeness.mirrored,
        "scale": round(likeness.scale, 3),
        "stretch": round(likeness.stretch, 3),
        "explanation": advice.explanation,
    }
    return Match(other, as_score(advice.score), evidence, is_noted=advice.verdict == "note", likeness=likeness)


def _verdict_of(match: Match, mesh: MeshFile) -> Verdict:
    if match.score < HOLD:
        return Verdict.PASSED
    # A file uploaded first is no copy of a later one whose analysis was quicker; people find out which is.
    return Verdict.REFUSED if match.score >= REJECT and match.mesh.pk < mesh.pk else Verdict.HELD
