"""What a detector is given of a picture: pixels, never the bytes that a stranger sent."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
"""RGB: height, width, 3."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An upload that was decoded.

    sha256: hexadecimal digest of the file as uploaded.
    display: the first frame, upright, in RGB.
    moments: distinct frames, the first one included, longest side at most 320 pixels. Empty for a file that can only
        be read in part.
    """

    sha256: str
    display: Image.Image
    moments: list[Image.Image]

    def frames(self) -> list[Pixels]:
        """The moments as arrays. Raises ValueError when there are none."""
        if not self.moments:
            raise ValueError("The picture cannot be read as a whole.")
        return [np.ascontiguousarray(np.asarray(moment, dtype=np.uint8)) for moment in self.moments]


def jpeg_rendition(picture: Image.Image, *, side: int = 1280) -> bytes:
    """A JPEG of at most `side` pixels: what a remote service is sent of an RGB picture."""
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
