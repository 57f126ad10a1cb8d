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


def nearest(codes: Codes, count: int) -> NDArray[np.uint16]:
    """(n, count): the lists of each code, the nearest first."""
    if not len(codes):
        return np.empty((0, count), np.uint16)
    faiss.omp_set_num_threads(1)
    _, numbers = _centres().search(np.ascontiguousarray(codes).view(np.uint8).reshape(-1, CODE_BYTES), count)
    return numbers.astype(np.uint16)


@cache
def _centres() -> faiss.IndexBinaryFlat:
    centres = faiss.IndexBinaryFlat(CODE_BYTES * 8)
    centres.add(np.fromfile(FILE, np.uint8).reshape(COUNT, CODE_BYTES))
    return centres
