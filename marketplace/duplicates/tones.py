"""How few tones a picture has: text, codes, logos, boards, line and pixel art are made of two or three.

Such pictures share their parts (letters, modules, squares), so likeness says less of them.
"""

from __future__ import annotations

import numpy as np

from .pictures import Pixels
from .views import Planes

_LEVELS, _AROUND = 3, 6


def tones(pixels: Pixels) -> int:
    """Percent of the picture that its three commonest levels of brightness cover, each with six levels around it."""
    levels = np.clip(Planes.of(pixels).luma, 0, 255).astype(np.uint8)
    counts = np.bincount(levels.ravel(), minlength=256)
    covered = 0
    for _ in range(_LEVELS):
        sums = np.convolve(counts, np.ones(2 * _AROUND + 1, np.int64), mode="same")
        middle = int(sums.argmax())
        covered += int(sums[middle])
        counts[max(0, middle - _AROUND) : middle + _AROUND + 1] = 0
    return round(100 * covered / levels.size)
