"""The embedded detector: no network, no downloaded weights."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

import cv2
import numpy as np

from . import stored_points, thumbnails
from .detector import (
    HOLD,
    REJECT,
    Comparison,
    DetectorUnavailable,
    Evidence,
    Fingerprint,
    FingerprintStore,
    Look,
    Match,
    StoredDetail,
    check_deadline,
)
from .geometry import Alignment, align
from .index import HashIndex, Hit
from .panels import panels
from .pictures import Picture, Pixels
from .points import fitted, points_of
from .scoring import as_score, explain, held_score, visual_score
from .tones import tones
from .views import SLOT_NAMES, Planes, Probe, block, probes, slot_matrix, whole_probes
from .whose import Whose
from .within import works_within

FARTHEST = 92
"""Bits of 256 beyond which a view is no candidate (two unrelated views differ in about 128)."""
CANDIDATES = 8
"""Rows that get the geometric check."""
FAVOURITES = 4
"""The nearest of them, for which more than one way of laying the pictures on each other is tried."""
ALIGNMENTS = 3
"""Ways tried for a favourite."""
REPORTED = 10
"""Matches returned at most, of one's own works and of others'."""
ROUNDS = 20
"""Comparisons begun anew since rows were gone. Those stay known as gone, so a later check goes on from there."""

OF_A_PART = 4
"""The same of a part of the query."""
MANY_POINTS = 250
"""Of a query, with which fewer hashes are looked up."""
MOMENT = 320
"""Longest side, in pixels, at which hashes are made."""
PART_OF_LARGER = "It shows that work within a larger picture:"

cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class _Search:
    after: int
    whose: Whose
    deadline: float | None


class _Outdated(Exception):
    """Of the rows that were found some are gone, in the places of others."""


@dataclass(frozen=True, slots=True)
class _Judged:
    score: float
    evidence: Evidence


class LocalDetector:
    """Recognises copies by file digest, perceptual hashes and a geometric check.

    Thread-safe. Holds an index of all stored hashes in memory (see `index`), which the first comparison loads.
    """

    name = "local"

    def __init__(self, store: FingerprintStore) -> None:
        self.store = store
        self._index = HashIndex(store)

    def warm(self, *, deadline: float | None = None) -> int:
        """Load the stored hashes now instead of in the first comparison; return the number of rows."""
        self._index.refresh(deadline)
        return len(self._index)

    def fingerprint(self, picture: Picture, *, deadline: float | None = None) -> Fingerprint:
        """Describe a picture. Raises ValueError or DetectorUnavailable, see `Detector`."""
        check_deadline(deadline)
        frames = picture.frames()
        blocks = [block(frame) for frame in frames]
        check_deadline(deadline)
        closer = [fitted(pixels) for pixels in (np.asarray(picture.display, dtype=np.uint8), *frames[1:])]
        found = [points_of(Planes.of(pixels).luma) for pixels in closer]
        codes, points = stored_points.pack([stored for stored, _ in found])
        return Fingerprint(
            sha256=picture.sha256,
            hashes=b"".join(hashes for hashes, _ in blocks),
            quality=max(quality for _, quality in blocks),
            features=thumbnails.pack(frames),
            codes=codes,
            points=points,
            tones=min(tones(pixels) for pixels in closer),
            looks=tuple(Look(pixels, sought) for pixels, (_, sought) in zip(closer, found, strict=True)),
        )

    def compare(
        self,
        fingerprint: Fingerprint,
        *,
        after: int = 0,
        owner_id: int | None = None,
        deadline: float | None = None,
    ) -> Comparison:
        """Compare with the stored rows above `after`. Raises DetectorUnavailable past the deadline."""
        comparison, _ = self.compare_with_details(fingerprint, after=after, owner_id=owner_id, deadline=deadline)
        return comparison

    def compare_with_details(
        self,
        fingerprint: Fingerprint,
        *,
        after: int = 0,
        owner_id: int | None = None,
        deadline: float | None = None,
    ) -> tuple[Comparison, dict[int, StoredDetail]]:
        """As `compare`, with the stored details of every match by work id."""
        for _round in range(ROUNDS):
            with suppress(_Outdated):
                return self._compared(fingerprint, after, owner_id, deadline)
        raise DetectorUnavailable("Too many of the pictures that are known are gone.")

    def _compared(
        self, fingerprint: Fingerprint, after: int, owner_id: int | None, deadline: float | None
    ) -> tuple[Comparison, dict[int, StoredDetail]]:
        check_deadline(deadline)
        newest = self._index.refresh(deadline)
        compared = self._index.count(after)
        if not compared:
            return Comparison(compared=0, newest=newest, matches=[]), {}
        found = self._same_files(fingerprint.sha256, after)
        search = _Search(after, Whose(owner_id), deadline)
        found += self._of_whole(fingerprint, search)
        # What the whole picture resembles is decided; else works are looked for inside it: by their points, and only
        # when those find nothing by its parts.
        for part_of, enough in ((self._within, REJECT), (self._in_panels, HOLD)):
            if any(match.score >= enough and match.owner_id != owner_id for match, _ in found):
                break
            for look in fingerprint.looks:
                found.extend(part_of(look, search))
        if owner_id is not None and self._index.knows(owner_id, after):
            found += self._of_whole(fingerprint, _Search(after, Whose(owner_id, is_own=True), deadline))
        matches: dict[int, Match] = {}
        details: dict[int, StoredDetail] = {}
        for match, detail in found:
            known = matches.get(match.work_id)
            if known is None or known.score < match.score:
                matches[match.work_id], details[match.work_id] = match, detail
        ordered = sorted(matches.values(), key=lambda match: (-match.score, match.work_id))
        # One's own are told beside what others made, not instead of it.
        own = [match for match in ordered if match.owner_id == owner_id][:REPORTED]
        others = [match for match in ordered if match.owner_id != owner_id][:REPORTED]
        reported = sorted(own + others, key=lambda match: (-match.score, match.work_id))
        return Comparison(compared=compared, newest=newest, matches=reported), details

    def _of_whole(self, fingerprint: Fingerprint, search: _Search) -> list[tuple[Match, StoredDetail]]:
        found: list[tuple[Match, StoredDetail]] = []
        for frame in range(thumbnails.frame_count(fingerprint.features)):
            pixels = thumbnails.unpack(fingerprint.features, frame)
            if pixels is not None:
                has_points = frame < len(fingerprint.looks) and len(fingerprint.looks[frame].points) >= MANY_POINTS
                sought = probes(pixels, has_points=has_points)
                found += self._resembling(pixels, sought, fingerprint.tones, search)
        return found

    def _details(self, ids: Iterable[int]) -> dict[int, StoredDetail]:
        """Raises _Outdated: copies that were deleted must not keep what they were copies of from being found."""
        wanted = set(ids)
        found = self.store.details(wanted)
        if len(found) < len(wanted):
            self._index.forget(wanted - found.keys())
            raise _Outdated
        return found

    def _same_files(self, sha256: str, after: int) -> list[tuple[Match, StoredDetail]]:
        rows = self._index.same_file(sha256, after)
        details = self.store.details([row.id for row in rows]) if rows else {}
        return [
            (Match(row.work_id, row.owner_id, as_score(100), _same_file()), details[row.id])
            for row in rows
            if row.id in details
        ]

    def _within(self, look: Look, search: _Search) -> list[tuple[Match, StoredDetail]]:
        points = self._index.points
        judged = works_within(
            look, points, self._details, after=search.after, whose=search.whose, deadline=search.deadline
        )
        return [
            (Match(one.found.work_id, one.found.owner_id, as_score(one.score), one.evidence), one.detail)
            for one in judged
        ]

    def _in_panels(self, look: Look, search: _Search) -> list[tuple[Match, StoredDetail]]:
        found = []
        height, width = look.pixels.shape[:2]
        for left, top, right, bottom in panels(look.pixels):
            part = look.pixels[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
            part = fitted(np.ascontiguousarray(part), MOMENT)
            for match, detail in self._resembling(part, whole_probes(part), tones(part), search, is_part=True):
                evidence = match.evidence
                region = evidence.region
                if region is not None:
                    x, y, across, down = region
                    spans = right - left, bottom - top
                    region = (left + x * spans[0], top + y * spans[1], across * spans[0], down * spans[1])
                told = replace(evidence, region=region, explanation=f"{PART_OF_LARGER} {evidence.explanation}")
                found.append((replace(match, score=min(match.score, as_score(84)), evidence=told), detail))
        return found

    def _resembling(
        self,
        pixels: Pixels,
        found: list[Probe],
        shades: int,
        search: _Search,
        *,
        is_part: bool = False,
    ) -> list[tuple[Match, StoredDetail]]:
        """Judge the best candidates of one frame of the query; of a part of it (`is_part`) few, each in one way."""
        hits = self._index.search(
            found, after=search.after, farthest=FARTHEST, whose=search.whose, deadline=search.deadline
        )
        candidates: dict[int, list[Hit]] = {}
        open_ways: set[int] = set()
        for hit in hits:
            known = candidates.get(hit.row.id)
            if known is None:
                if len(candidates) < (OF_A_PART if is_part else CANDIDATES):
                    candidates[hit.row.id] = [hit]
                    if len(candidates) <= FAVOURITES and not is_part:
                        open_ways.add(hit.row.id)
            elif hit.row.id in open_ways and len(known) < ALIGNMENTS and _differs(hit, known, found):
                known.append(hit)
        details = self._details(candidates) if candidates else {}
        planes = {False: Planes.of(pixels), True: Planes.of(255 - pixels)}
        matches = []
        for row_id, ways in candidates.items():
            check_deadline(search.deadline)
            if row_id in details:
                row = ways[0].row
                best = _best(planes, details[row_id], ways, found, shades)
                match = Match(row.work_id, row.owner_id, as_score(best.score), best.evidence)
                matches.append((match, details[row_id]))
        return matches


def _best(
    planes: dict[bool, Planes], detail: StoredDetail, ways: list[Hit], found: list[Probe], shades: int
) -> _Judged:
    """The most convincing way of laying the pictures on each other; the first that proves identity will do."""
    best = _judge(planes, detail, ways[0], found[ways[0].probe], shades)
    for hit in ways[1:]:
        if best.score >= REJECT:
            break
        judged = _judge(planes, detail, hit, found[hit.probe], shades)
        if judged.score > best.score:
            best = judged
    return best


def _differs(hit: Hit, known: list[Hit], found: list[Probe]) -> bool:
    """Whether a hit proposes another transformation, channel or frame than the ones already taken."""
    return all(
        (found[hit.probe].transform, found[hit.probe].by_lightness, hit.block)
        != (found[other.probe].transform, found[other.probe].by_lightness, other.block)
        for other in known
    )


def _judge(planes: dict[bool, Planes], detail: StoredDetail, hit: Hit, probe: Probe, shades: int) -> _Judged:
    stored = thumbnails.unpack(detail.features, hit.block)
    alignment: Alignment | None = None
    if stored is not None:
        start = probe.matrix @ np.linalg.inv(slot_matrix(hit.slot, stored))
        theirs, ours = Planes.of(stored), planes[probe.inverted]
        if probe.by_lightness:
            alignment = align(theirs.lightness, ours.lightness, start)
        else:
            alignment = align(theirs.luma, ours.luma, start)
    view, agreement = SLOT_NAMES[hit.slot], alignment.agree if alignment else 0.0
    evidence = Evidence(
        same_file=False,
        view=view,
        transform=probe.transform,
        distance=hit.distance,
        inliers=alignment.inliers if alignment else 0,
        agreement=agreement,
        region=alignment.region if alignment else None,
        matched_region=alignment.matched_region if alignment else None,
        explanation=explain(view, probe.transform, hit.distance, agreement),
    )
    score = visual_score(alignment, hit.distance)
    return _Judged(held_score(score, alignment, tones=max(shades, detail.tones)), evidence)


def _same_file() -> Evidence:
    full = (0.0, 0.0, 1.0, 1.0)
    return Evidence(
        same_file=True,
        view="whole",
        transform="none",
        distance=None,
        inliers=0,
        agreement=1.0,
        region=full,
        matched_region=full,
        explanation=explain("whole", "none", None, 1.0),
    )
