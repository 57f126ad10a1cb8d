"""A FingerprintStore in lists, for the benchmark of the duplicate detector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from marketplace.duplicates.detector import Fingerprint, StoredDetail, StoredFingerprint


class MemoryStore:
    def __init__(self) -> None:
        self._rows: list[StoredFingerprint] = []
        self._details: list[StoredDetail] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, made: Fingerprint, work_id: int) -> None:
        """Every work is of another owner."""
        row = StoredFingerprint(len(self._rows) + 1, work_id, work_id, made.sha256, made.hashes, made.codes)
        self._rows.append(row)
        self._details.append(StoredDetail(made.features, None, None, made.codes, made.points, made.tones))

    def rows(self, after: int) -> Iterator[StoredFingerprint]:
        return islice(self._rows, after, None)

    def details(self, ids: Iterable[int]) -> dict[int, StoredDetail]:
        return {number: self._details[number - 1] for number in ids}

    def picture(self, work_id: int) -> bytes:
        raise LookupError(work_id)
