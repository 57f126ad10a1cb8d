"""An in-process index of hashes, filled from the store as rows appear.

The rows lie in segments that never change once they are published, so a search works on a snapshot without a lock
while another thread loads new rows. Memory is 32 bytes a comparable view plus 4, and 56 bytes a row: about 740 bytes
a still picture. The codes of points lie beside them, see `code_index`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from .code_index import CodeIndex
from .detector import HASH_BYTES, FingerprintStore, StoredFingerprint, check_deadline
from .views import BLOCK_BYTES, SLOTS, Probe
from .whose import ANYBODY, GONE, Whose, forgotten, selection

OVERLAP = 512
"""Ids below the newest that each refresh reads again: a row may be committed after one with a higher id."""
_BATCH = 8192
_LARGEST = 262_144
_NEAREST = 8
"""Stored views taken per probe, slot and segment."""


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    work_id: int
    owner_id: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored view that resembles a view of the query."""

    row: Row
    block: int
    """Frame of the stored picture."""
    slot: int
    probe: int
    """Position in the list of probes."""
    distance: int


@dataclass(frozen=True, slots=True)
class _Segment:
    """Immutable once published, but for which rows are gone. Of each slot,
    `views` has the hashes and `entries` the (row, block) each belongs to."""

    rows: NDArray[np.int64]
    """(n, 3): id, work_id, owner_id."""
    digests: NDArray[np.uint8]
    """(n, 32): SHA-256."""
    views: tuple[faiss.IndexBinaryFlat, ...]
    entries: tuple[NDArray[np.int32], ...]

    def row(self, number: int) -> Row:
        return Row(*self.rows[number].tolist())

    def hashes(self, slot: int) -> NDArray[np.uint8]:
        return faiss.vector_to_array(self.views[slot].xb).reshape(-1, HASH_BYTES)  # type: ignore[attr-defined]

    def after(self, after: int) -> _Segment | None:
        """The part with higher ids: itself, a copy, or None."""
        chosen = self.rows[:, 0] > after
        if chosen.all():
            return self
        if not chosen.any():
            return None
        renumbered = (np.cumsum(chosen) - 1).astype(np.int32)
        hashes, entries = [], []
        for slot in range(SLOTS):
            mask = chosen[self.entries[slot][:, 0]]
            kept = self.entries[slot][mask].copy()
            kept[:, 0] = renumbered[kept[:, 0]]
            hashes.append(self.hashes(slot)[mask])
            entries.append(kept)
        return _segment(self.rows[chosen], self.digests[chosen], hashes, entries)


class HashIndex:
    """All stored hashes, searchable. Thread-safe; one a process and store."""

    def __init__(self, store: FingerprintStore) -> None:
        self._store = store
        self.points = CodeIndex()
        """The points of the same rows."""
        self._loading = threading.Lock()
        self._segments: tuple[_Segment, ...] = ()
        self._recent: set[int] = set()
        self._newest = 0

    def __len__(self) -> int:
        return sum(len(segment.rows) for segment in self._segments)

    def refresh(self, deadline: float | None = None) -> int:
        """Load rows that the store has got since; return the highest id known.

        The first call reads everything. Past the deadline DetectorUnavailable is raised, and what was read so far
        stays.
        """
        with self._loading:
            batch: list[StoredFingerprint] = []
            try:
                for row in self._store.rows(max(0, self._newest - OVERLAP)):
                    if row.id in self._recent:
                        continue
                    batch.append(row)
                    if len(batch) >= _BATCH:
                        self._append(batch)
                        batch = []
                        check_deadline(deadline)
            finally:
                self._append(batch)
                self.points.publish()
            return self._newest

    def same_file(self, sha256: str, after: int) -> list[Row]:
        """Rows above `after` whose file had this digest."""
        digest = np.frombuffer(bytes.fromhex(sha256), dtype=np.uint8)
        found: list[Row] = []
        for segment in self._segments:
            suspects = np.flatnonzero(segment.digests[:, 0] == digest[0])
            equal = suspects[(segment.digests[suspects] == digest).all(axis=1)]
            found.extend(row for row in map(segment.row, equal) if row.id > after and row.owner_id != GONE)
        return found

    def forget(self, ids: Collection[int]) -> None:
        """Rows that the store has no longer: they would take the places of those that it has."""
        for segment in self._segments:
            forgotten(segment.rows, ids)
        self.points.forget(ids)

    def knows(self, owner_id: int, after: int) -> bool:
        """Whether there are rows of somebody above `after`."""
        return any(((part.rows[:, 2] == owner_id) & (part.rows[:, 0] > after)).any() for part in self._segments)

    def count(self, after: int) -> int:
        return sum(int(((part.rows[:, 0] > after) & (part.rows[:, 2] != GONE)).sum()) for part in self._segments)

    def search(
        self,
        probes: Sequence[Probe],
        *,
        after: int,
        farthest: int,
        whose: Whose = ANYBODY,
        deadline: float | None = None,
    ) -> list[Hit]:
        """Return the nearest stored views of every probe, nearest first, none beyond `farthest` bits."""
        by_slot: dict[int, list[int]] = {}
        for number, probe in enumerate(probes):
            for slot in probe.slots:
                by_slot.setdefault(slot, []).append(number)
        segments = [part for segment in self._segments if (part := segment.after(after)) is not None]
        chosen = [whose.chosen(segment.rows) for segment in segments]

        def of(slots: Sequence[int]) -> list[tuple[int, int, int, int, int, int]]:
            faiss.omp_set_num_threads(1)
            found: list[tuple[int, int, int, int, int, int]] = []
            for slot in slots:
                numbers = by_slot[slot]
                queries = np.frombuffer(b"".join(probes[number].hash for number in numbers), dtype=np.uint8)
                for position, segment in enumerate(segments):
                    check_deadline(deadline)
                    which, labels, distances = _near(
                        segment, slot, queries.reshape(-1, HASH_BYTES), chosen[position], farthest
                    )
                    near = (part.tolist() for part in (which, segment.entries[slot][labels], distances))
                    found += [
                        (distance, position, row, block, slot, numbers[query])
                        for query, (row, block), distance in zip(*near, strict=True)
                    ]
            return found

        # Two threads: faiss holds no lock of Python's. The slots with most queries are dealt out first.
        slots = sorted(by_slot, key=lambda slot: -len(by_slot[slot]))
        with ThreadPoolExecutor(1) as other:
            half = other.submit(of, slots[1::2])
            found = sorted(of(slots[::2]) + half.result())
        return [
            Hit(segments[position].row(row), block, slot, probe, distance)
            for distance, position, row, block, slot, probe in found
        ]

    def _append(self, batch: list[StoredFingerprint]) -> None:
        if not batch:
            return
        suspects = {number for segment in self._segments for number in _before(segment, batch)}
        if suspects:
            self.forget(suspects - self._store.details(suspects).keys())
        self.points.add(batch)
        segments = [*self._segments, _built(batch)]
        while len(segments) > 1 and _mergeable(len(segments[-2].rows), len(segments[-1].rows)):
            last = segments.pop()
            segments[-1] = _merged(segments[-1], last)
        self._segments = tuple(segments)
        self._newest = max(self._newest, max(row.id for row in batch))
        floor = self._newest - OVERLAP
        self._recent = {number for number in (*self._recent, *(row.id for row in batch)) if number > floor}


def _near(
    segment: _Segment, slot: int, queries: NDArray[np.uint8], chosen: NDArray[np.bool_], farthest: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """For each query the nearest stored views of chosen rows, none beyond `farthest` bits: positions of both, bits."""
    view, rows = segment.views[slot], segment.entries[slot][:, 0]
    names = np.arange(len(rows))
    if 2 * chosen.sum() < len(chosen):
        names = np.flatnonzero(chosen[rows])
        view = _view(segment.hashes(slot)[names])
    if not view.ntotal:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int32)
    count = min(_NEAREST, view.ntotal)
    distances, places = view.search(queries, count)
    labels = names[places]
    crowded = np.flatnonzero(((distances <= farthest) & ~chosen[rows[labels]]).any(axis=1))
    if len(crowded):  # rows that do not count are among the nearest: only then the slower search is worth its time
        distances[crowded], places[crowded] = view.search(queries[crowded], count, params=selection(chosen[rows]))
        labels = names[places]
    which, rank = np.nonzero((distances <= farthest) & (places >= 0))
    return which, labels[which, rank], distances[which, rank]


def _before(segment: _Segment, batch: list[StoredFingerprint]) -> list[int]:
    """Ids of rows with the work and the file of one of the batch: a picture is entered anew when more is known of it,
    and its row before is deleted."""
    again = {(row.work_id, bytes.fromhex(row.sha256)) for row in batch}
    suspects = np.flatnonzero(np.isin(segment.rows[:, 1], [row.work_id for row in batch]))
    return [
        int(segment.rows[number, 0])
        for number in suspects
        if (int(segment.rows[number, 1]), segment.digests[number].tobytes()) in again
    ]


def _mergeable(before: int, last: int) -> bool:
    return before < 2 * last and before + last <= _LARGEST or before < 64


def _built(batch: list[StoredFingerprint]) -> _Segment:
    rows = np.array([(row.id, row.work_id, row.owner_id) for row in batch], dtype=np.int64)
    digests = np.frombuffer(b"".join(bytes.fromhex(row.sha256) for row in batch), dtype=np.uint8).reshape(-1, 32)
    owners: list[int] = []
    blocks: list[int] = []
    chunks: list[bytes] = []
    for number, row in enumerate(batch):
        usable = len(row.hashes) // BLOCK_BYTES
        owners.extend([number] * usable)
        blocks.extend(range(usable))
        chunks.append(row.hashes[: usable * BLOCK_BYTES])
    everything = np.frombuffer(b"".join(chunks), dtype=np.uint8).reshape(-1, SLOTS, HASH_BYTES)
    whose = np.array([owners, blocks], dtype=np.int32).T.reshape(-1, 2)
    hashes, entries = [], []
    for slot in range(SLOTS):
        comparable = everything[:, slot].any(axis=1)
        hashes.append(everything[comparable, slot])
        entries.append(whose[comparable])
    return _segment(rows, digests, hashes, entries)


def _merged(one: _Segment, other: _Segment) -> _Segment:
    hashes, entries = [], []
    for slot in range(SLOTS):
        moved = other.entries[slot] + np.array([len(one.rows), 0], dtype=np.int32)
        entries.append(np.concatenate([one.entries[slot], moved]))
        hashes.append(np.concatenate([one.hashes(slot), other.hashes(slot)]))
    rows = np.concatenate([one.rows, other.rows])
    return _segment(rows, np.concatenate([one.digests, other.digests]), hashes, entries)


def _segment(
    rows: NDArray[np.int64],
    digests: NDArray[np.uint8],
    hashes: list[NDArray[np.uint8]],
    entries: list[NDArray[np.int32]],
) -> _Segment:
    views = []
    for slot in range(SLOTS):
        views.append(_view(hashes[slot]))
    return _Segment(rows, digests, tuple(views), tuple(entries))


def _view(hashes: NDArray[np.uint8]) -> faiss.IndexBinaryFlat:
    view = faiss.IndexBinaryFlat(HASH_BYTES * 8)
    if len(hashes):
        view.add(np.ascontiguousarray(hashes))
    return view
