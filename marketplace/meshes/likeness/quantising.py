"""Descriptors in fewer bytes, by quantisers made once (`bench/quantisers.py`) and kept in `quantisers.npz`.

A descriptor's 112 numbers become 32 by principal components. For the index, each is one of `LISTS` lists, the one with
the nearest centroid, and a product-quantised code of 16 bytes. Both are kept with the shape: loading the index is a
sort, and trains nothing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.geometry import Floats

from .packing import NUMBERS

FILE = Path(__file__).with_name("quantisers.npz")
CODE_BYTES = 16
ROW = np.dtype([("list", "<u2"), ("code", "u1", CODE_BYTES)])
_VERSION = b"c1"


class Quantisers(NamedTuple):
    """mean (112,), components (112, 32), centroids (lists, 32), codebook (16, 256, 2)."""

    mean: Floats
    components: Floats
    centroids: Floats
    codebook: Floats


@cache
def quantisers() -> Quantisers:
    with np.load(FILE, allow_pickle=False) as stored:
        return Quantisers(*(stored[name].astype(np.float32) for name in Quantisers._fields))


def numbers_of(descriptors: Floats) -> Floats:
    """(n, 112) -> (n, 32)"""
    known = quantisers()
    return (descriptors - known.mean) @ known.components


def codes_of(numbers: Floats) -> bytes:
    """(n, 32) -> what the index keeps of them."""
    known = quantisers()
    rows = np.zeros(len(numbers), dtype=ROW)
    rows["list"] = _nearest(numbers, known.centroids)
    width = NUMBERS // CODE_BYTES
    for part in range(CODE_BYTES):
        rows["code"][:, part] = _nearest(numbers[:, part * width : (part + 1) * width], known.codebook[part])
    return _VERSION + rows.tobytes()


def rows_of(codes: bytes) -> NDArray[np.void]:
    """The rows of `codes_of`; none of what another version wrote."""
    if not codes.startswith(_VERSION) or (len(codes) - len(_VERSION)) % ROW.itemsize:
        return np.zeros(0, dtype=ROW)
    return np.frombuffer(codes, dtype=ROW, offset=len(_VERSION))


def _nearest(numbers: Floats, centroids: Floats) -> NDArray[np.int64]:
    apart = (centroids**2).sum(axis=1) - 2 * (numbers @ centroids.T)
    return apart.argmin(axis=1)
