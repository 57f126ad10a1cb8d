"""Finds the few stored shapes that may hold a shape, or lie in it: an inverted file of codes, in memory.

Each descriptor of the query votes for the shapes with the nearest codes. What is near to many counts little: its vote
is weighed less that of the farthest of its `_NEAREST`. One vote a descriptor and shape; the component of the query
that a shape got the most votes of counts.

Memory is 24 bytes a descriptor, 3.6 kB a shape of one piece, plus 24 bytes a shape. Loading is a sort: lists
and codes come from the rows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, cast

import faiss
import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats

from .deadlines import check
from .packing import NUMBERS, unpacked
from .quantising import CODE_BYTES, quantisers, rows_of

CANDIDATES = 20
OVERLAP = 512
"""Ids below the newest that each refresh reads again: a row may be committed after one with a higher id."""
_BATCH = 4096
_GONE = -1
"""In the place of the owner: a row that the store has no longer."""
_NEAREST = 30
_MOST_ASKED = 100
"""Descriptors of a query."""
_LISTS_ASKED = 4
_FAR = 0.2


@dataclass(frozen=True, slots=True)
class StoredShape:
    """The part of a stored shape that every search looks at. `id` orders the rows and is never reused; `codes` as in
    `results.Shape`."""

    id: int
    mesh_id: int
    owner_id: int
    codes: bytes


class ShapeStore(Protocol):
    """Where shapes are kept. Called from any thread that calls an index."""

    def rows(self, after: int) -> Iterator[StoredShape]:
        """Yield the rows with `id > after`, ascending by id, streaming."""
        ...

    def details(self, ids: Iterable[int]) -> dict[int, bytes]:
        """Return `Shape.data` by row id. Rows deleted meanwhile are absent, and are then no candidate."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored shape that may be alike. `votes` only orders candidates of one search."""

    id: int
    mesh_id: int
    owner_id: int
    votes: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """compared: rows that were searched. newest: highest row id known at that moment; hand it to a later
    `find(..., after=newest)` to look only at what came since. found: best first, at most `CANDIDATES`."""

    compared: int
    newest: int
    found: list[Candidate]

    @property
    def ids(self) -> list[int]:
        return [candidate.id for candidate in self.found]


class ShapeIndex:
    """All stored shapes, searchable. Thread-safe; one a process and store.

    A search and a refresh exclude each other: a search takes a tenth of a second, a refresh of a few rows less.
    """

    def __init__(self, store: ShapeStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._rows = np.zeros((0, 3), dtype=np.int64)
        self._count = 0
        self._recent: set[int] = set()
        self._newest = 0
        self._index = _empty()

    def __len__(self) -> int:
        return self._count

    def refresh(self, deadline: float | None = None) -> int:
        """Load rows that the store has got since; return the highest id known.

        The first call reads everything. Past the deadline LikenessUnavailable is raised, and what was read so far
        stays.
        """
        with self._lock:
            batch: list[StoredShape] = []
            try:
                for row in self._store.rows(max(0, self._newest - OVERLAP)):
                    if row.id in self._recent:
                        continue
                    batch.append(row)
                    if len(batch) >= _BATCH:
                        self._append(batch)
                        batch = []
                        check(deadline)
            finally:
                self._append(batch)
            return self._newest

    def find(
        self, data: bytes, *, after: int = 0, without_owner: int | None = None, deadline: float | None = None
    ) -> Candidates:
        """Refresh, and search for what `Shape.data` describes among the rows whose id is above `after`, and whose owner
        is another than `without_owner`: somebody's own many variants would leave no room for what others made.

        Raises LikenessUnavailable past the deadline (a `time.monotonic()` value).
        """
        newest = self.refresh(deadline)
        asked, whose = _questions(data)
        with self._lock:
            rows = self._rows[: self._count]
            compared = int((rows[:, 0] > after).sum())
            if not len(asked) or not compared:
                return Candidates(compared, newest, [])
            check(deadline)
            distances, numbers = self._search(asked, rows, after, without_owner)
            votes = _votes(distances, numbers, whose, len(rows))
            best = np.argsort(-votes, kind="stable")[:CANDIDATES]
            found = [
                Candidate(int(rows[number, 0]), int(rows[number, 1]), int(rows[number, 2]), float(votes[number]))
                for number in best
                if votes[number] > 0
            ]
        return Candidates(compared, newest, found)

    def forget(self, ids: Iterable[int]) -> None:
        """Rows that the store has no longer: they would take the places of those that it has."""
        with self._lock:
            rows = self._rows[: self._count]
            rows[np.isin(rows[:, 0], list(ids)), 2] = _GONE

    def _search(
        self, asked: Floats, rows: NDArray[np.int64], after: int, without_owner: int | None
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Numbers of the rows with the nearest codes: (asked, `_NEAREST`), -1 where there are fewer."""
        faiss.omp_set_num_threads(1)
        parameters = faiss.SearchParametersIVF()
        parameters.nprobe = _LISTS_ASKED
        chosen: faiss.IDSelector | None = None
        own = rows[:, 2] == _GONE
        if without_owner is not None:
            own |= rows[:, 2] == without_owner
        if after and (rows[:, 0] <= after).any():
            chosen = faiss.IDSelectorBatch(np.flatnonzero((rows[:, 0] > after) & ~own))
        elif own.any():
            chosen = faiss.IDSelectorNot(faiss.IDSelectorBatch(np.flatnonzero(own)))
        if chosen is not None:
            parameters.sel = chosen  # refers to it only: it has to outlive the search
        distances, numbers = self._index.search(np.ascontiguousarray(asked), _NEAREST, params=parameters)
        return distances, numbers

    def _append(self, batch: list[StoredShape]) -> None:
        if not batch:
            return
        if self._count + len(batch) > len(self._rows):
            room = np.zeros((max(2 * len(self._rows), self._count + len(batch)), 3), dtype=np.int64)
            room[: self._count] = self._rows[: self._count]
            self._rows = room
        parts = [rows_of(row.codes) for row in batch]
        numbers = np.repeat(np.arange(self._count, self._count + len(batch)), [len(part) for part in parts])
        _add(self._index, np.concatenate(parts), numbers)
        self._rows[self._count : self._count + len(batch)] = [(row.id, row.mesh_id, row.owner_id) for row in batch]
        self._count += len(batch)
        self._newest = max(self._newest, max(row.id for row in batch))
        floor = self._newest - OVERLAP
        self._recent = {number for number in (*self._recent, *(row.id for row in batch)) if number > floor}


def _empty() -> faiss.IndexIVFPQ:
    known = quantisers()
    coarse = faiss.IndexFlatL2(NUMBERS)
    coarse.add(np.ascontiguousarray(known.centroids))
    index = faiss.IndexIVFPQ(coarse, NUMBERS, len(known.centroids), CODE_BYTES, 8)
    index.by_residual = False
    faiss.copy_array_to_vector(np.ascontiguousarray(known.codebook).reshape(-1), index.pq.centroids)
    index.is_trained = True
    return index


def _add(index: faiss.IndexIVFPQ, rows: NDArray[np.void], numbers: NDArray[np.int64]) -> None:
    """Sorted into their lists as they come: nothing is computed."""
    if not len(rows):
        return
    order = np.argsort(rows["list"], kind="stable")
    lists, starts = np.unique(rows["list"][order], return_index=True)
    codes, ids = np.ascontiguousarray(rows["code"][order]), np.ascontiguousarray(numbers[order])
    into = cast(faiss.InvertedLists, index.invlists)
    for number, start, end in zip(lists, starts, [*starts[1:], len(order)], strict=True):
        into.add_entries(
            int(number), int(end - start), faiss.swig_ptr(ids[start:end]), faiss.swig_ptr(codes[start:end])
        )
    index.ntotal += len(order)


def _questions(data: bytes) -> tuple[Floats, NDArray[np.int64]]:
    """(n, 32) descriptors of the query, and the component of each: the larger ones ask more."""
    components = unpacked(data)
    if not components:
        return np.zeros((0, NUMBERS), dtype=np.float32), np.zeros(0, dtype=np.int64)
    shares = np.array([max(component.part, 0.1) for component in components])
    room = np.maximum((shares / shares.sum() * _MOST_ASKED).astype(int), 8)
    asked, whose = [], []
    for number, component in enumerate(components):
        count = len(component.descriptors)
        chosen = np.unique(np.linspace(0, count - 1, min(count, room[number])).round().astype(int))
        asked.append(component.descriptors[chosen])
        whose.append(np.full(len(chosen), number))
    return np.concatenate(asked).astype(np.float32), np.concatenate(whose)


def _votes(distances: Floats, numbers: NDArray[np.int64], whose: NDArray[np.int64], count: int) -> Floats:
    """(count,): the votes of each row, of the component that gave it most."""
    weights = np.exp(-np.clip(distances, 0, 100) / _FAR**2)
    weights = np.where(numbers >= 0, weights - weights[:, -1:] * (numbers[:, -1:] >= 0), 0)
    asked = np.repeat(np.arange(len(numbers)), numbers.shape[1])
    flat, values = numbers.reshape(-1), weights.reshape(-1)
    order = np.lexsort((-values, flat, asked))
    asked, flat, values = asked[order], flat[order], values[order]
    first = np.ones(len(flat), dtype=bool)
    first[1:] = (asked[1:] != asked[:-1]) | (flat[1:] != flat[:-1])
    first &= flat >= 0
    asked, flat, values = asked[first], flat[first], values[first]
    best = np.zeros(count)
    for component in np.unique(whose):
        own = whose[asked] == component
        best = np.maximum(best, np.bincount(flat[own], values[own], count))
    return best
