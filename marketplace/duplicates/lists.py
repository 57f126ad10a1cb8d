"""The lists that the codes of points are sorted into, so that a search looks at few of them.

A code belongs to the list whose centre, a code itself, is nearest. The centres are fixed, in `lists.bin` beside this
file (4,096 x 16 bytes, codes of generated pictures, made by `python -m bench.point_lists`): the number of a code's list
is stored with it, so other centres would make what is stored worthless.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from .points import CODE_BYTES, Codes

COUNT = 4096
FILE = Path(__file__).with_name("lists.bin")


def nearest(codes: Codes, count: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(n, count): the lists of each code, the nearest first, and the bits by which it differs from their centres."""
    if not len(codes):
        return np.empty((0, count), np.int64), np.empty((0, count), np.int32)
    faiss.omp_set_num_threads(1)
    distances, numbers = centres().search(np.ascontiguousarray(codes).view(np.uint8).reshape(-1, CODE_BYTES), count)
    return numbers, distances


@cache
def centres() -> faiss.IndexBinaryFlat:
    found = faiss.IndexBinaryFlat(CODE_BYTES * 8)
    found.add(np.fromfile(FILE, np.uint8).reshape(COUNT, CODE_BYTES))
    return found
