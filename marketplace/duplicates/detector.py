"""The interface between the marketplace and whatever decides that two pictures are the same.

A detector turns a decoded picture into a `Fingerprint` that the caller stores, and compares a fingerprint with the
stored ones, which it reads through a `FingerprintStore`. It knows nothing of owners' rights: whether an artist may
repeat their own work is for the caller, who finds `owner_id` in every match.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

from .pictures import Picture, Pixels
from .points import Points

REJECT = 85
"""A score from here on is refused."""
HOLD = 60
"""A score from here up to `REJECT` is accepted and held for a moderator."""

HASH_BYTES = 32
"""Bytes of one perceptual hash (256 bits)."""

Risk = Literal["LOW", "MEDIUM", "HIGH"]
Box = tuple[float, float, float, float]
"""x, y, width, height as fractions (0..1) of a picture, origin top left."""


class DetectorUnavailable(Exception):
    """A remote side failed, or the deadline passed: nothing is known about the picture, try again later."""


FINGERPRINT = 1
"""The version of what is stored of a picture. A lower one has no points: works inside other pictures are not seen."""


@dataclass(frozen=True, slots=True)
class Look:
    """A frame of a query as it is while the picture is at hand; never stored. pixels: longest side at most
    `points.SIDE`."""

    pixels: Pixels
    points: Points

    @property
    def width(self) -> float:
        """In longest sides."""
        return self.pixels.shape[1] / max(self.pixels.shape[:2])


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a picture so that later ones can be compared with it.

    sha256: hexadecimal digest of the file as uploaded.
    hashes: blocks of `views.SLOTS` hashes of 32 bytes, one block a sampled frame (a still picture has one). A hash of
        32 zero bytes means that the view carries too little structure to be compared.
    quality: 0..100, how much structure the (richest) frame has; below `views.QUALITY_FLOOR` no view is comparable and
        only the same file can be recognised.
    features: reduced renditions for the geometric check, at most 10 KB (see `thumbnails`).
    labels: for Rekognition [{"name": str, "confidence": float 0..100}], else None (never asked).
    face_count: faces seen by Rekognition, else None (never asked).
    codes, points: local points of every frame (see `stored_points`), together at most 2.6 KB of a still picture.
    tones: percent of a frame that three tones cover, of all frames the least (see `tones`).
    looks: of a query, what is compared with stored points. Not to be stored: without it only hashes are compared.
    """

    sha256: str
    hashes: bytes
    quality: int
    features: bytes
    labels: list[dict[str, Any]] | None = None
    face_count: int | None = None
    codes: bytes = b""
    points: bytes = b""
    tones: int = 0
    looks: tuple[Look, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class StoredFingerprint:
    """The part of a stored fingerprint that every search looks at. `id` orders the rows and is never reused."""

    id: int
    work_id: int
    owner_id: int
    sha256: str
    hashes: bytes
    codes: bytes = b""


@dataclass(frozen=True, slots=True)
class StoredDetail:
    """The part of a stored fingerprint that only the best candidates need. Meanings as in `Fingerprint`."""

    features: bytes
    labels: list[dict[str, Any]] | None = None
    face_count: int | None = None
    codes: bytes = b""
    points: bytes = b""
    tones: int = 0


class FingerprintStore(Protocol):
    """Where fingerprints are kept. Called from any thread that calls a detector."""

    def rows(self, after: int) -> Iterator[StoredFingerprint]:
        """Yield the rows with `id > after`, ascending by id, streaming."""
        ...

    def details(self, ids: Iterable[int]) -> dict[int, StoredDetail]:
        """Return the details by row id. Rows deleted meanwhile are absent, and are then no match."""
        ...

    def picture(self, work_id: int) -> bytes:
        """Return a JPEG of a work's picture, as `pictures.jpeg_rendition` makes it.

        Raises LookupError when there is none, DetectorUnavailable when it cannot be read now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two pictures were taken for the same.

    same_file: the files are identical byte for byte.
    view: the part of the stored picture that resembled the new one ("whole", "centre 80 %", "top left corner", "part of
        it"…).
    transform: what was done to the stored picture ("none", "mirrored", "turned 90°", "turned 8°", "inverted", "in
        perspective"…).
    distance: differing bits of 256 between the two views; None for the same file.
    inliers: points of the stored picture found again, in one common geometry, in the new one.
    agreement: 0..1, share of the structure in the common region that is equal in both.
    region: the common region in the new picture; matched_region: the same in the stored picture.
    label_similarity, face_similarity: 0..100, only from Rekognition, None where not asked or not applicable.
    explanation: one sentence for people.
    """

    same_file: bool
    view: str
    transform: str
    distance: int | None
    inliers: int
    agreement: float
    region: Box | None
    matched_region: Box | None
    explanation: str
    label_similarity: float | None = None
    face_similarity: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON types; regions become {"x", "y", "width", "height"}."""
        return {
            "same_file": self.same_file,
            "view": self.view,
            "transform": self.transform,
            "distance": self.distance,
            "inliers": self.inliers,
            "agreement": round(self.agreement, 3),
            "region": _box_dict(self.region),
            "matched_region": _box_dict(self.matched_region),
            "label_similarity": self.label_similarity,
            "face_similarity": self.face_similarity,
            "explanation": self.explanation,
        }


@dataclass(frozen=True, slots=True)
class Match:
    """A stored work that resembles the new picture; score 0..100 with two places."""

    work_id: int
    owner_id: int
    score: Decimal
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome of one comparison.

    compared: rows that were searched. newest: highest row id known at that moment; hand it to a later
    `compare(..., after=newest)` to look only at what came since. matches: best first, one a work.
    """

    compared: int
    newest: int
    matches: list[Match]


class Detector(Protocol):
    """A way to recognise copies. Instances are thread-safe and meant to live as long as the process."""

    @property
    def name(self) -> str:
        """Short name, kept with each result."""
        ...

    def fingerprint(self, picture: Picture, *, deadline: float | None = None) -> Fingerprint:
        """Describe a picture. `deadline` is a `time.monotonic()` value.

        Raises ValueError for one without frames, DetectorUnavailable past the deadline.
        """
        ...

    def compare(
        self,
        fingerprint: Fingerprint,
        *,
        after: int = 0,
        owner_id: int | None = None,
        deadline: float | None = None,
    ) -> Comparison:
        """Compare with the stored rows whose id is above `after`. `owner_id`: whose the new picture is; what it has of
        their own never ends the search.

        Raises DetectorUnavailable past the deadline or when a remote side fails.
        """
        ...


def risk(score: Decimal | float | int) -> Risk:
    """Name the risk of a score: HIGH is refused, MEDIUM is held, LOW passes."""
    if score >= REJECT:
        return "HIGH"
    if score >= HOLD:
        return "MEDIUM"
    return "LOW"


def check_deadline(deadline: float | None) -> None:
    """Raise DetectorUnavailable when `deadline` (a `time.monotonic()` value) has passed."""
    if deadline is not None and time.monotonic() >= deadline:
        raise DetectorUnavailable("The duplicate check ran out of time.")


def _box_dict(box: Box | None) -> dict[str, float] | None:
    if box is None:
        return None
    x, y, width, height = (round(value, 4) for value in box)
    return {"x": x, "y": y, "width": width, "height": height}
