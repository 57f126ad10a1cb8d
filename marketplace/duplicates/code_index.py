"""An in-process index of the codes of stored points.

As in `index`, the codes lie in segments that never change once published. A code lies in the list of its nearest
centre, which is stored with it, so loading is a sort. Memory is 24 bytes a point: 1,152 bytes a still picture, and 24 a
row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from . import lists
from .detector import StoredFingerprint, check_deadline
from .points import CODE_BYTES, Codes, Points
from .stored_points import indexed
from .whose import ANYBODY, Whose, forgotten

FARTHEST = 30
"""Bits of 128 by which the code of a point may differ from that of the same point elsewhere."""
_PROBED = 4
"""Lists looked at for a code."""
_NEIGHBOURS = 6
"""The nearest codes of a point that count."""
_BLOCKS, _POINTS = 4, 64
"""Frames told apart within a row, and points within a frame: a code's number is made of all three."""
_LARGEST = 262_144


@dataclass(frozen=True, slots=True)
class Found:
    """A stored picture that shares points with the query."""

    id: int
    work_id: int
    owner_id: int
    block: int
    """Frame of the stored picture."""
    votes: float


@dataclass(frozen=True, slots=True)
class _Codes:
    """`lists`: (n,) the list of each code. `numbers`: (n,) (row x _BLOCKS + block) x _POINTS + point of each."""

    lists: NDArray[np.uint16]
    codes: NDArray[np.uint8]
    numbers: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Segment:
    """`rows`: (m, 3) id, work_id, owner_id. `codes`: the codes by list, with their numbers. Immutable once published,
    but for which rows are gone."""

    rows: NDArray[np.int64]
    codes: faiss.IndexBinaryIVF


class CodeIndex:
    """The codes of all stored points. Filled by one thread at a time, searched by any."""

    def __init__(self) -> None:
        self._segments: tuple[_Segment, ...] = ()
        self._waiting: list[tuple[NDArray[np.int64], _Codes]] = []

    def add(self, batch: Sequence[StoredFingerprint]) -> None:
        """Take rows in; they are found once published."""
        rows: list[tuple[int, int, int]] = []
        numbers: list[NDArray[np.int64]] = []
        listed: list[NDArray[np.uint16]] = []
        codes: list[Codes] = []
        for row in batch:
            frames = indexed(row.codes)[:_BLOCKS]
            if not any(len(frame.codes) for frame in frames):
                continue
            for block, frame in enumerate(frames):
                count = min(len(frame.codes), _POINTS)
                listed.append(frame.lists[:count])
                codes.append(frame.codes[:count])
                numbers.append((len(rows) * _BLOCKS + block) * _POINTS + np.arange(count))
            rows.append((row.id, row.work_id, row.owner_id))
        if rows:
            together = _Codes(np.concatenate(listed), _bytes(np.concatenate(codes)), np.concatenate(numbers))
            self._waiting.append((np.array(rows, np.int64), together))

    def publish(self) -> None:
        waiting, self._waiting = self._waiting, []
        segments = list(self._segments)
        bulk: list[tuple[NDArray[np.int64], _Codes]] = []
        for part in waiting:
            bulk.append(part)
            if sum(len(rows) for rows, _ in bulk) >= _LARGEST:
                segments.append(_segment(bulk))
                bulk = []
        if bulk:
            segments.append(_segment(bulk))
        while len(segments) > 1 and _mergeable(len(segments[-2].rows), len(segments[-1].rows)):
            last, before = segments.pop(), segments.pop()
            segments.append(_segment([(part.rows, _read(part.codes)) for part in (before, last)]))
        self._segments = tuple(segments)

    def forget(self, ids: Collection[int]) -> None:
        for segment in self._segments:
            forgotten(segment.rows, ids)

    def search(
        self, points: Points, *, after: int, best: int, whose: Whose = ANYBODY, deadline: float | None = None
    ) -> list[Found]:
        """The stored pictures that share most points with these, the most votes first; at most `best`.

        A point votes for the pictures of the nearest codes, the nearer the more, and the less the more pictures it
        resembles; once a picture, and once a stored point.
        """
        if not len(points):
            return []
        wanted, far = lists.nearest(points.codes, _PROBED)
        found = []
        for segment in self._segments:
            check_deadline(deadline)
            chosen = whose.chosen(segment.rows) & (segment.rows[:, 0] > after)
            if chosen.any():
                found.extend(_counted(segment.rows, *_near(segment.codes, points.codes, wanted, far, chosen), best))
        found.sort(key=lambda one: (-one.votes, one.id))
        return found[:best]


def _near(
    index: faiss.IndexBinaryIVF,
    codes: Codes,
    wanted: NDArray[np.int64],
    far: NDArray[np.int32],
    chosen: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Pairs of a query's code and one of the nearest _NEIGHBOURS codes of chosen rows, none beyond FARTHEST: the
    position of the one, the bits between both, the number of the other."""
    count = _NEIGHBOURS
    while True:
        distances, numbers = index.search_preassigned(_bytes(codes), count, wanted, far)
        near = (numbers >= 0) & (distances <= FARTHEST)
        kept = near & chosen[numbers // (_BLOCKS * _POINTS)]
        # Codes of rows that do not count, however many, must not stand in the places of others.
        if not (near[:, -1] & (kept.sum(axis=1) < _NEIGHBOURS)).any():
            break
        count *= 4
    queries, rank = np.nonzero(kept & (np.cumsum(kept, axis=1) <= _NEIGHBOURS))
    return queries, distances[queries, rank], numbers[queries, rank]


def _counted(
    rows: NDArray[np.int64],
    queries: NDArray[np.int64],
    distances: NDArray[np.int32],
    codes: NDArray[np.int64],
    best: int,
) -> list[Found]:
    """The votes of each picture, most first."""
    if not len(codes):
        return []
    votes = np.exp(-((distances / 16.0) ** 2)) / np.sqrt(np.bincount(queries)[queries])
    strongest = np.argsort(-votes, kind="stable")
    entries = codes // _POINTS
    _, once = np.unique(queries[strongest] * (int(entries.max()) + 1) + entries[strongest], return_index=True)
    strongest = strongest[np.sort(once)]
    _, once = np.unique(codes[strongest], return_index=True)
    strongest = strongest[np.sort(once)]
    voted, which = np.unique(entries[strongest], return_inverse=True)
    totals = np.bincount(which, weights=votes[strongest])
    found = []
    for number in np.argsort(-totals, kind="stable")[:best]:
        row, block = divmod(int(voted[number]), _BLOCKS)
        row_id, work_id, owner_id = (int(value) for value in rows[row])
        found.append(Found(row_id, work_id, owner_id, block, float(totals[number])))
    return found


def _mergeable(before: int, last: int) -> bool:
    # Few segments matter more than few merges: each costs a search its own way through the lists.
    return before < 8 * last and before + last <= _LARGEST or before < 64


def _segment(parts: Sequence[tuple[NDArray[np.int64], _Codes]]) -> _Segment:
    """One of all parts."""
    firsts = np.cumsum([0, *(len(rows) for rows, _ in parts[:-1])]) * _BLOCKS * _POINTS
    listed = np.concatenate([part.lists for _, part in parts])
    order = np.argsort(listed, kind="stable")
    codes = np.concatenate([part.codes for _, part in parts])[order]
    numbers = np.concatenate([part.numbers + first for (_, part), first in zip(parts, firsts, strict=True)])[order]
    inverted = faiss.ArrayInvertedLists(lists.COUNT, CODE_BYTES)
    used, starts = np.unique(listed[order], return_index=True)
    for number, start, end in zip(used, starts, [*starts[1:], len(order)], strict=True):
        inverted.add_entries(
            int(number), int(end - start), faiss.swig_ptr(numbers[start:end]), faiss.swig_ptr(codes[start:end])
        )
    index = faiss.IndexBinaryIVF(lists.centres(), CODE_BYTES * 8, lists.COUNT)
    index.nprobe = _PROBED
    index.replace_invlists(inverted, True)
    inverted.this.disown()  # type: ignore[attr-defined]  # the index frees them
    index.ntotal = len(order)
    return _Segment(np.concatenate([rows for rows, _ in parts]), index)


def _read(index: faiss.IndexBinaryIVF) -> _Codes:
    """What lies in the lists."""
    inverted = index.invlists
    sizes = [inverted.list_size(number) for number in range(lists.COUNT)]
    full = [number for number in range(lists.COUNT) if sizes[number]]
    codes = [faiss.rev_swig_ptr(inverted.get_codes(number), sizes[number] * CODE_BYTES) for number in full]
    numbers = [faiss.rev_swig_ptr(inverted.get_ids(number), sizes[number]) for number in full]
    return _Codes(
        np.repeat(np.arange(lists.COUNT, dtype=np.uint16), sizes),
        np.concatenate(codes).reshape(-1, CODE_BYTES),
        np.concatenate(numbers),
    )


def _bytes(codes: Codes) -> NDArray[np.uint8]:
    return np.ascontiguousarray(codes).view(np.uint8).reshape(-1, CODE_BYTES)
