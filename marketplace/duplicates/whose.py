"""Which rows of an index are searched, by whose they are and whether they are still there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

GONE: Final = -1
"""In the place of the owner: a row that the store has no longer."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Of `owner_id` only what is theirs (`is_own`), or only what is others'; None: everybody's.

    Somebody's own many variants would leave no room among the nearest for what others made.
    """

    owner_id: int | None = None
    is_own: bool = False

    def chosen(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(n,) of the rows (n, 3): id, work_id, owner_id. What is gone never."""
        owners = rows[:, 2]
        known: NDArray[np.bool_] = owners != GONE
        return known if self.owner_id is None else known & ((owners == self.owner_id) == self.is_own)


ANYBODY: Final = Whose()


def forgotten(rows: NDArray[np.int64], ids: Collection[int]) -> None:
    """Mark rows as gone, in place: the owner is all that changes."""
    rows[np.isin(rows[:, 0], list(ids)), 2] = GONE


def selection(wanted: NDArray[np.bool_]) -> Any:
    """faiss's parameters of a search among some of the vectors."""
    left_out = faiss.IDSelectorBatch(np.flatnonzero(~wanted))
    return faiss.SearchParameters(sel=faiss.IDSelectorNot(left_out))  # type: ignore[call-arg]
