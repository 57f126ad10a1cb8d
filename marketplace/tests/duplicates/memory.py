"""A FingerprintStore in memory, for tests of the detectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marketplace.duplicates.detector import Fingerprint, StoredDetail, StoredFingerprint, check_deadline
from marketplace.duplicates.local import LocalDetector
from marketplace.duplicates.pictures import Picture

_described: dict[str, Fingerprint] = {}


class Remembering(LocalDetector):
    """Describes the same file once a session: for tests of what is made of a description."""

    def fingerprint(self, picture: Picture, *, deadline: float | None = None) -> Fingerprint:
        check_deadline(deadline)
        if picture.sha256 not in _described:
            _described[picture.sha256] = super().fingerprint(picture, deadline=deadline)
        return _described[picture.sha256]


class MemoryStore:
    def __init__(self) -> None:
        self.stored: dict[int, StoredFingerprint] = {}
        self.kept: dict[int, StoredDetail] = {}
        self.pictures: dict[int, bytes] = {}
        self.read: list[int] = []
        """The `after` of every call of `rows`."""

    def add(
        self, fingerprint: Fingerprint, *, work: int, owner: int = 1, row: int | None = None, picture: bytes = b""
    ) -> int:
        row = row if row is not None else max(self.stored, default=0) + 1
        self.stored[row] = StoredFingerprint(
            row, work, owner, fingerprint.sha256, fingerprint.hashes, fingerprint.codes
        )
        self.kept[row] = StoredDetail(
            fingerprint.features,
            fingerprint.labels,
            fingerprint.face_count,
            fingerprint.codes,
            fingerprint.points,
            fingerprint.tones,
        )
        if picture:
            self.pictures[work] = picture
        return row

    def delete(self, row: int) -> None:
        del self.stored[row], self.kept[row]

    def rows(self, after: int) -> Iterator[StoredFingerprint]:
        self.read.append(after)
        return (self.stored[row] for row in sorted(self.stored) if row > after)

    def details(self, ids: Iterable[int]) -> dict[int, StoredDetail]:
        return {row: self.kept[row] for row in ids if row in self.kept}

    def picture(self, work_id: int) -> bytes:
        return self.pictures[work_id]
