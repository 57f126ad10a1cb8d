"""From the bytes of an upload to small RGB arrays, safely.

The upload was validated before, yet this is the first place that really decodes it, so nothing is trusted: sizes are
read from the header before a pixel is decoded, JPEG is decoded at reduced scale, animations are sampled within a
budget, and every failure is a ValueError.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .detector import check_deadline

WORK_SIDE = 320
"""Longest side, in pixels, of what the detector works on."""
MAX_PIXELS = 120_000_000
"""Pictures with more pixels are refused before decoding."""
MAX_FRAMES = 4
"""Frames sampled from an animation."""
MAX_ANIMATION_PIXELS = 200_000_000
"""Pixels decoded at most while walking through an animation."""

Pixels = NDArray[np.uint8]


def open_frames(data: bytes, *, deadline: float | None = None) -> list[Pixels]:
    """Decode to one RGB array (height, width, 3), longest side <= WORK_SIDE, per distinct sampled frame.

    EXIF orientation is applied, transparency lies on white. Raises ValueError for anything that cannot be decoded,
    DetectorUnavailable past the deadline.
    """
    frames: list[Pixels] = []
    with _opened(data) as image:
        for frame in _sampled(image, deadline):
            pixels = _shrunk(frame, WORK_SIDE)
            if not any(_alike(pixels, other) for other in frames):
                frames.append(pixels)
    return frames


def jpeg_rendition(data: bytes, *, side: int = 1280) -> bytes:
    """Return the first frame as an upright RGB JPEG, longest side <= `side`: what a remote service may be sent.

    Raises ValueError for anything that cannot be decoded.
    """
    buffer = io.BytesIO()
    with _opened(data) as image:
        image.draft("RGB", (side * 2, side * 2))
        Image.fromarray(_shrunk(image, side)).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Open a picture of acceptable size; inside, every failure of decoding becomes a ValueError."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            if width < 1 or height < 1 or width * height > MAX_PIXELS:
                raise ValueError(f"The picture has {width} x {height} pixels, more than can be checked.")
            yield image
    except _BROKEN as error:
        raise ValueError("The picture cannot be decoded.") from error


_BROKEN = (
    OSError, SyntaxError, TypeError, LookupError, AttributeError, EOFError, ArithmeticError, MemoryError, RuntimeError,
    AssertionError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow's decoders were seen to raise on damaged data."""


def _sampled(image: Image.Image, deadline: float | None) -> Iterator[Image.Image]:
    """Yield the still picture, or up to MAX_FRAMES frames spread over an animation."""
    if not getattr(image, "is_animated", False) or image.format == "MPO":
        image.draft("RGB", (WORK_SIDE * 2, WORK_SIDE * 2))
        yield image
        return
    reachable = max(1, MAX_ANIMATION_PIXELS // (image.size[0] * image.size[1]))
    count = min(int(getattr(image, "n_frames", 1)), reachable)
    wanted = sorted({round(step * (count - 1) / (MAX_FRAMES - 1)) for step in range(MAX_FRAMES)})
    for number in wanted:
        for position in range(image.tell(), number + 1):
            check_deadline(deadline)
            try:
                image.seek(position)
            except EOFError:
                return
        yield image.copy()


def _shrunk(image: Image.Image, side: int) -> Pixels:
    """Return `image` upright, in RGB, its longest side at most `side`."""
    width, height = image.size
    scale = side / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    orientation = image.getexif().get(0x0112, 1)
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bits(image)
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("LA", "La", "RGBa"):
        image = image.convert("RGBA")
    if image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGB")
    if scale < 1:
        image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    if image.mode == "RGBA":
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    image = image.convert("RGB")
    if orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    return np.ascontiguousarray(np.asarray(image, dtype=np.uint8))


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring 16-bit, 32-bit and float grey to 8 bits: by 256 where the values need it, else as they are."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0, posinf=65535.0, neginf=0.0)
    top = float(values.max(initial=0.0))
    if image.mode == "F" and top <= 1.0:
        values = values * 255.0
    elif top > 255.0 or image.mode.startswith("I;16"):
        values = values / max(256.0, top / 255.0)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _alike(one: Pixels, other: Pixels) -> bool:
    if one.shape != other.shape:
        return False
    return float(np.abs(one.astype(np.int16) - other.astype(np.int16)).mean()) < 3.0
