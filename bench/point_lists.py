"""Make the centres of the lists that the codes of points are sorted into.

    python -m bench.point_lists FILE

The codes are of generated pictures, sampled evenly, no two nearer than a few bits. marketplace/duplicates/lists.bin was
made so. A platform that has stored pictures cannot take other centres: the number of a code's list is stored with it.
"""

import sys
from pathlib import Path

import numpy as np

from bench import pictures
from marketplace.duplicates.lists import COUNT
from marketplace.duplicates.points import CODE_BYTES, fitted, points_of
from marketplace.duplicates.views import Planes

PICTURES = 800
FIRST_SEED = 90_000_000
_APART = 16
"""Bits by which two centres differ at least."""


def centres() -> bytes:
    chosen = np.empty((0, 2), np.uint64)
    for number in range(PICTURES):
        seed = FIRST_SEED + number
        image = pictures.quote_card(seed, seed) if number % 12 == 11 else pictures.artwork(seed)
        points, _ = points_of(Planes.of(fitted(np.asarray(image))).luma)
        for code in points.codes[np.random.default_rng(seed).permutation(len(points))[:12]]:
            if len(chosen) < COUNT and (np.bitwise_count(chosen ^ code).sum(axis=1) >= _APART).all():
                chosen = np.vstack([chosen, code])
    if len(chosen) < COUNT:
        raise SystemExit(f"only {len(chosen)} codes differ enough")
    return chosen.view(np.uint8).reshape(COUNT, CODE_BYTES).tobytes()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    Path(sys.argv[1]).write_bytes(centres())
