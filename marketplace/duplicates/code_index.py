"""An in-process index of the codes of stored points.

As in `index`, the codes lie in segments that never change once published. Each is sorted by list, so loading is a sort.
Memory is 20 bytes a point: 960 bytes a still picture, and 24 a row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import lists
from .detector import StoredFingerprint, check_deadline
from .points import Codes, Points
from .stored_points import indexed
from .whose import ANYBODY, Whose, forgotten

FARTHEST = 30
"""Bits of 128 by which the code of a point may differ from that of the same point elsewhere."""
_PROBED = 4
"""Lists looked at for a code."""
_NEIGHBOURS = 6
"""The nearest codes of a point that count."""
_BLOCKS = 4
"""Frames told apart within a row."""
_LARGEST = 262_144
_SPARSE = 262_144
"""Codes below which a segment is searched in one go, not list by list."""
_COMMON = 16
"""Lists so many times longer than the mean are passed over: what so many pictures have says nothing of one."""


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
class _Segment:
    """`high`, `low`: (n,) halves of the codes, sorted by list; list i is from offsets[i] to offsets[i + 1]. `entries`:
    (n,) row x _BLOCKS + block of each. `rows`: (m, 3) id, work_id, owner_id."""

    rows: NDArray[np.int64]
    offsets: NDArray[np.int64]
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    entries: NDArray[np.uint32]

    def numbers(self) -> NDArray[np.uint16]:
        """The list of each code."""
        return np.repeat(np.arange(lists.COUNT, dtype=np.uint16), np.diff(self.offsets))


class CodeIndex:
    """The codes of all stored points. Filled by one thread at a time, searched by any."""

    def __init__(self) -> None:
        self._segments: tuple[_Segment, ...] = ()
        self._waiting: list[_Segment] = []

    def add(self, batch: Sequence[StoredFingerprint]) -> None:
        """Take rows in; they are found once published."""
        rows: list[tuple[int, int, int]] = []
        numbers: list[NDArray[np.uint16]] = []
        codes: list[Codes] = []
        entries: list[NDArray[np.uint32]] = []
        for row in batch:
            frames = indexed(row.codes)[:_BLOCKS]
            if not frames:
                continue
            for block, frame in enumerate(frames):
                numbers.append(frame.lists)
                codes.append(frame.codes)
                entries.append(np.full(len(frame.codes), len(rows) * _BLOCKS + block, np.uint32))
            rows.append((row.id, row.work_id, row.owner_id))
        if rows:
            everything = np.concatenate(codes)
            self._waiting.append(
                _sorted(
                    np.array(rows, np.int64),
                    np.concatenate(numbers),
                    everything[:, 0],
                    everything[:, 1],
                    np.concatenate(entries),
                )
            )

    def publish(self) -> None:
        waiting, self._waiting = self._waiting, []
        segments = list(self._segments)
        bulk: list[_Segment] = []
        for segment in waiting:
            bulk.append(segment)
            if sum(len(part.rows) for part in bulk) >= _LARGEST:
                segments.append(_merged(bulk))
                bulk = []
        if bulk:
            segments.append(_merged(bulk))
        while len(segments) > 1 and _mergeable(len(segments[-2].rows), len(segments[-1].rows)):
            last = segments.pop()
            segments[-1] = _merged([segments[-1], last])
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
        wanted = lists.nearest(points.codes, _PROBED)
        found = []
        for segment in self._segments:
            check_deadline(deadline)
            queries, places, distances = _near(segment, points.codes, wanted)
            chosen = whose.chosen(segment.rows) & (segment.rows[:, 0] > after)
            if len(places) and not chosen.all():
                kept = chosen[segment.entries[places] // _BLOCKS]
                queries, places, distances = queries[kept], places[kept], distances[kept]
            if len(queries):
                found.extend(_counted(segment, queries, places, distances, best))
        found.sort(key=lambda one: (-one.votes, one.id))
        return found[:best]


def _near(
    segment: _Segment, codes: Codes, wanted: NDArray[np.uint16]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Pairs of a query's point and a stored code within FARTHEST bits: positions of both, and the bits."""
    queries = np.repeat(np.arange(len(codes)), _PROBED)
    probed = wanted.ravel().astype(np.int64)
    order = np.argsort(probed, kind="stable")
    queries, probed = queries[order], probed[order]
    starts, ends = segment.offsets[probed], segment.offsets[probed + 1]
    if len(segment.entries) < _SPARSE:
        lengths = ends - starts
        firsts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        places = np.repeat(starts, lengths) + np.arange(len(firsts)) - firsts
        numbers = np.repeat(queries, lengths)
        bits = np.bitwise_count(segment.high[places] ^ codes[numbers, 0])
        bits += np.bitwise_count(segment.low[places] ^ codes[numbers, 1])
        near = np.flatnonzero(bits <= FARTHEST)
        return numbers[near], places[near], bits[near]
    longest = _COMMON * len(segment.entries) // lists.COUNT
    found_queries, found_places, found_bits = [], [], []
    groups = np.flatnonzero(np.diff(probed, prepend=-1))
    for first, last in zip(groups, [*groups[1:], len(probed)], strict=True):
        start, end = int(starts[first]), int(ends[first])
        if start == end or end - start > longest:
            continue
        numbers = queries[first:last]
        bits = np.bitwise_count(codes[numbers, 0][:, None] ^ segment.high[None, start:end])
        bits += np.bitwise_count(codes[numbers, 1][:, None] ^ segment.low[None, start:end])
        near = np.flatnonzero(bits.ravel() <= FARTHEST)  # many times as fast as in two dimensions
        if len(near):
            whose, where = np.divmod(near, end - start)
            found_queries.append(numbers[whose])
            found_places.append(where + start)
            found_bits.append(bits[whose, where])
    if not found_queries:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8)
    return np.concatenate(found_queries), np.concatenate(found_places), np.concatenate(found_bits)


def _counted(
    segment: _Segment,
    queries: NDArray[np.int64],
    places: NDArray[np.int64],
    distances: NDArray[np.uint8],
    best: int,
) -> list[Found]:
    """The votes of each picture, most first."""
    order = np.lexsort((distances, queries))
    queries, places, distances = queries[order], places[order], distances[order]
    rank = np.arange(len(queries)) - np.searchsorted(queries, queries)
    kept = rank < _NEIGHBOURS
    queries, places, distances = queries[kept], places[kept], distances[kept]
    neighbours = np.bincount(queries)[queries]
    votes = np.exp(-((distances / 16.0) ** 2)) / np.sqrt(neighbours)
    strongest = np.argsort(-votes, kind="stable")
    entries = segment.entries[places].astype(np.int64)
    _, once = np.unique(queries[strongest] * (int(entries.max()) + 1) + entries[strongest], return_index=True)
    strongest = strongest[np.sort(once)]
    _, once = np.unique(places[strongest], return_index=True)
    strongest = strongest[np.sort(once)]
    voted, which = np.unique(entries[strongest], return_inverse=True)
    totals = np.bincount(which, weights=votes[strongest])
    found = []
    for number in np.argsort(-totals, kind="stable")[:best]:
        row, block = divmod(int(voted[number]), _BLOCKS)
        found.append(Found(*(int(value) for value in segment.rows[row]), block, float(totals[number])))
    return found


def _mergeable(before: int, last: int) -> bool:
    # Few segments matter more than few merges: each costs a search its own way through the lists.
    return before < 8 * last and before + last <= _LARGEST or before < 64


def _merged(segments: Sequence[_Segment]) -> _Segment:
    if len(segments) == 1:
        return segments[0]
    firsts = np.cumsum([0, *(len(segment.rows) for segment in segments[:-1])])
    moved = [segment.entries + np.uint32(first * _BLOCKS) for segment, first in zip(segments, firsts, strict=True)]
    return _sorted(
        np.concatenate([segment.rows for segment in segments]),
        np.concatenate([segment.numbers() for segment in segments]),
        np.concatenate([segment.high for segment in segments]),
        np.concatenate([segment.low for segment in segments]),
        np.concatenate(moved),
    )


def _sorted(
    rows: NDArray[np.int64],
    numbers: NDArray[np.uint16],
    high: NDArray[np.uint64],
    low: NDArray[np.uint64],
    entries: NDArray[np.uint32],
) -> _Segment:
    order = np.argsort(numbers, kind="stable")
    offsets = np.searchsorted(numbers[order], np.arange(lists.COUNT + 1))
    return _Segment(rows, offsets, high[order], low[order], entries[order])
