"""Works found again inside the query by their points: in a page, a collage, in perspective, mirrored and cropped.

The points propose which works to look at, and how each lies in the query; whether it is the same work is said by the
dense comparison of both pictures, as for the hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from . import thumbnails
from .code_index import CodeIndex, Found
from .detector import REJECT, Box, Evidence, Look, StoredDetail, check_deadline
from .geometry import Alignment, align
from .pictures import Pixels
from .placing import Placing, placed
from .scoring import explain_within, held_score, visual_score
from .stored_points import unpack
from .views import Affine, Planes
from .whose import ANYBODY, Whose

SEARCHED = {False: 300, True: 200}
"""Points of a query whose like are searched: as it came, and in a mirror."""
CANDIDATES = 12
"""Pictures whose points are laid on the query's."""
COMPARED = 4
"""The best of them, which are compared with the query pixel by pixel."""
_SURE = 12
"""Distinct places without which nothing is refused."""
_MOST_OF_IT, _LARGE = 0.8, 0.25
"""A work is refused only when so much of it is in the query, and it covers so much of the query..."""
_ALL = 0.9
"""...or when the query is a part of it and nothing else."""


@dataclass(frozen=True, slots=True)
class Within:
    """A stored picture that the query shows. `score` as everywhere, 0..99.99."""

    found: Found
    score: float
    evidence: Evidence
    detail: StoredDetail


@dataclass(frozen=True, slots=True)
class _Candidate:
    found: Found
    mirrored: bool
    placing: Placing


def works_within(
    look: Look,
    index: CodeIndex,
    details: Callable[[Iterable[int]], dict[int, StoredDetail]],
    *,
    after: int,
    whose: Whose = ANYBODY,
    deadline: float | None = None,
) -> list[Within]:
    """The stored pictures that the query shows, judged."""
    points = {False: look.points, True: look.points.mirrored(look.width)}
    seen = [
        (found, mirrored)
        for mirrored, ours in points.items()
        for found in index.search(
            ours.first(SEARCHED[mirrored]), after=after, best=CANDIDATES, whose=whose, deadline=deadline
        )
    ]
    seen.sort(key=lambda one: -one[0].votes)
    seen = seen[:CANDIDATES]
    known = details({found.id for found, _ in seen}) if seen else {}
    candidates = []
    for found, mirrored in seen:
        check_deadline(deadline)
        detail = known.get(found.id)
        frames = unpack(detail.codes, detail.points) if detail is not None else []
        if found.block < len(frames):
            placing = placed(frames[found.block], points[mirrored])
            if placing is not None:
                candidates.append(_Candidate(found, mirrored, placing))
    candidates.sort(key=lambda candidate: -candidate.placing.places)
    judged = []
    for candidate in candidates[:COMPARED]:
        check_deadline(deadline)
        detail = known[candidate.found.id]
        best = _judged(look, candidate, detail, tones=detail.tones)
        if best is not None:
            judged.append(Within(candidate.found, *best, detail))
    return judged


def _judged(look: Look, candidate: _Candidate, detail: StoredDetail, *, tones: int) -> tuple[float, Evidence] | None:
    stored = thumbnails.unpack(detail.features, candidate.found.block)
    if stored is None:
        return None
    query = np.ascontiguousarray(look.pixels[:, ::-1]) if candidate.mirrored else look.pixels
    to_query = _in_pixels(candidate.placing.matrix, stored, query)
    laid, seen = _laid(query, to_query, stored)
    theirs, ours = Planes.of(_as_sharp(stored, to_query)), Planes.of(laid)
    alignment = align(theirs.luma, ours.luma, np.eye(3), seen)
    if alignment is None or alignment.agree < 0.9:
        other = align(theirs.lightness, ours.lightness, np.eye(3), seen)
        if alignment is None or (other is not None and other.agree > alignment.agree):
            alignment = other
    if alignment is None:
        return None
    region, covered = _region(alignment.matched_region, to_query, stored, query, candidate.mirrored)
    return _scored(replace(alignment, region=region), covered, candidate, tones=tones)


def _scored(alignment: Alignment, covered: float, candidate: _Candidate, *, tones: int) -> tuple[float, Evidence]:
    score = visual_score(alignment, alignment.distance)
    most = alignment.overlap >= _MOST_OF_IT and covered >= _LARGE
    cropped = alignment.overlap >= _LARGE and covered >= _ALL
    sure = candidate.placing.places >= _SURE and (most or cropped)
    if score >= REJECT and not sure:
        score = 84.0
    transform = _transform(candidate)
    evidence = Evidence(
        same_file=False,
        view="whole" if alignment.overlap >= 0.9 else "part of it",
        transform=transform,
        distance=alignment.distance,
        inliers=candidate.placing.places,
        agreement=alignment.agree,
        region=alignment.region,
        matched_region=alignment.matched_region,
        explanation=explain_within(alignment, covered, transform, candidate.placing.places),
    )
    return held_score(score, alignment, tones=tones), evidence


def _in_pixels(matrix: Affine, stored: Pixels, query: Pixels) -> Affine:
    """From pixels of the stored rendition to those of the query."""
    theirs, ours = float(max(stored.shape[:2])), float(max(query.shape[:2]))
    return np.diag([ours, ours, 1.0]) @ matrix @ np.diag([1 / theirs, 1 / theirs, 1.0])


def _reduction(to_query: Affine, stored: Pixels) -> float:
    """Pixels of the query a pixel of the stored rendition, at its middle."""
    middle = np.array([stored.shape[1] / 2, stored.shape[0] / 2, 1.0])
    depth = (to_query @ middle)[2]
    return float(np.sqrt(abs(np.linalg.det(to_query) / depth**3)))


def _laid(query: Pixels, to_query: Affine, stored: Pixels) -> tuple[Pixels, NDArray[np.uint8]]:
    """The query seen in the frame of the stored rendition, and where it has pixels."""
    reduction = _reduction(to_query, stored)
    if reduction > 1.2:
        query = cv2.GaussianBlur(query, (0, 0), 0.45 * reduction).astype(np.uint8, copy=False)
    size = (stored.shape[1], stored.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpPerspective(query, to_query, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    full = np.ones(query.shape[:2], np.uint8)
    seen = cv2.warpPerspective(full, to_query, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    return laid.astype(np.uint8, copy=False), seen.astype(np.uint8, copy=False)


def _as_sharp(stored: Pixels, to_query: Affine) -> Pixels:
    """The stored rendition, no sharper than a query that shows it smaller."""
    reduction = _reduction(to_query, stored)
    if reduction >= 0.8:
        return stored
    return cv2.GaussianBlur(stored, (0, 0), 0.45 / reduction).astype(np.uint8, copy=False)


def _region(matched: Box, to_query: Affine, stored: Pixels, query: Pixels, mirrored: bool) -> tuple[Box, float]:
    """The matched part of the stored picture in the query as it came, and which share of the query it covers."""
    left, top, width, height = matched
    xs = np.array([left, left + width, left + width, left]) * stored.shape[1]
    ys = np.array([top, top, top + height, top + height]) * stored.shape[0]
    outline = to_query @ np.array([xs, ys, np.ones(4)])
    across, down = outline[0] / outline[2] / query.shape[1], outline[1] / outline[2] / query.shape[0]
    if mirrored:
        across = 1 - across
    corners: NDArray[Any] = np.clip(np.column_stack([across, down]), 0, 1).astype(np.float32)
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return (float(x0), float(y0), float(x1 - x0), float(y1 - y0)), float(cv2.contourArea(corners))


def _transform(candidate: _Candidate) -> str:
    matrix = candidate.placing.matrix
    turned = round(float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))))
    turned = (-turned if candidate.mirrored else turned) % 360
    done = ["mirrored"] if candidate.mirrored else []
    if 2 < turned < 358:
        done.append(f"turned {turned}°")
    if candidate.placing.in_perspective:
        done.append("in perspective")
    return " and ".join(done) or "none"
