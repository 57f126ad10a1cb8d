"""Make the centres of the lists that the codes of points are sorted into.

    python -m bench.point_lists [--pictures 800] [--smallest] FILE

The codes are of generated pictures, sampled evenly, no two nearer than a few bits. marketplace/duplicates/lists.bin was
made so. A platform that has stored pictures cannot take other centres: the number of a code's list is stored with it.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from bench import pictures
from bench.runs import ended, parsed
from marketplace.duplicates.lists import COUNT
from marketplace.duplicates.points import CODE_BYTES, fitted, points_of
from marketplace.duplicates.views import Planes

FIRST_SEED = 90_000_000
_APART = 16
"""Bits by which two centres differ at least."""


def centres(count: int) -> bytes:
    """At most COUNT of them, from so many pictures."""
    chosen = np.empty((0, 2), np.uint64)
    for number in range(count):
        seed = FIRST_SEED + number
        image = pictures.quote_card(seed, seed) if number % 12 == 11 else pictures.artwork(seed)
        points, _ = points_of(Planes.of(fitted(np.asarray(image))).luma)
        for code in points.codes[np.random.default_rng(seed).permutation(len(points))[:12]]:
            if len(chosen) < COUNT and (np.bitwise_count(chosen ^ code).sum(axis=1) >= _APART).all():
                chosen = np.vstack([chosen, code])
    return chosen.tobytes()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.point_lists", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=int, default=800)
    parser.add_argument("file", type=Path, nargs="?", help="where to write them; nowhere without it")
    options = parsed(parser, None, pictures=2)
    made = centres(options.pictures)
    found = len(made) // CODE_BYTES
    print(f"{found} of {COUNT} centres")
    if options.file and found == COUNT:
        options.file.write_bytes(made)
    return ended(options, missed=[] if found == COUNT else [f"only {found} codes differ enough"])


if __name__ == "__main__":
    sys.exit(main())
