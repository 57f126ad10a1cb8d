"""A picture read right: whatever it is stored as, upright pixels in RGB. Runs in the child, on bytes of strangers.

Starting the child is a good part of what an ordinary picture costs: import nothing here that can be done without (no
dataclasses, no numpy). Each pixel is decoded once; what is shown, and what copies are looked for with, is made of the
same rendition.
"""

from __future__ import annotations

import importlib
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from PIL import Image, ImageChops, ImageFile, ImageStat

from config.core.images.headers import DAMAGED, Refused, header_of, size_check

MOMENT_SIDE = 320
"""Longest side, in pixels, of the moments of a picture."""
MOST_ANIMATED = 200_000_000
"""Pixels decoded at most while walking through an animation."""
_BAND = 1_000_000
"""Pixels that are converted at once: the whole of a large picture in another mode would be several times as large."""

# All that Pillow's readers raise for files which are not what they seem.
UNREADABLE = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, EOFError, ArithmeticError),
    *(RuntimeError, AssertionError, MemoryError, struct.error, zlib.error, Image.DecompressionBombError),
)
_OPENERS = {
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    "WEBP": ("WebPImagePlugin", "WebPImageFile"),
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Wanted(NamedTuple):
    """`side`: the longest of the rendition, in pixels. `see_through`: keep transparency instead of laying it on white.
    `moments`: how many frames of an animation are looked at, each distinct one reduced to MOMENT_SIDE."""

    most_pixels: int
    side: int
    see_through: bool = False
    moments: int = 0


class Reading(NamedTuple):
    """`format` as Pillow calls it. The size is that of the upright picture. `shown` is its first frame in RGB (RGBA
    where `see_through` was asked for and the picture is); `moments` are in RGB, and none when a later frame is damaged.
    """

    format: str
    width: int
    height: int
    shown: Image.Image
    moments: list[Image.Image]


def read(data: bytes, wanted: Wanted) -> Reading:
    """Decode a picture. Raises Refused, whose text says why; MemoryError where the memory does not suffice."""
    header = header_of(data, most_pixels=wanted.most_pixels)
    Image.MAX_IMAGE_PIXELS = None  # ours is lower, and was checked
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _opened(header.format, data) as image:
                return _reading(image, wanted)
    except (Refused, MemoryError):
        raise
    except UNREADABLE as error:
        raise Refused(DAMAGED) from error


def _opened(kind: str, data: bytes) -> ImageFile.ImageFile:
    """By its own reader, without `Image.open`, which loads those of forty other formats to ask them. The first picture
    of an MPO file, which many telephones write, is a JPEG."""
    module, reader = _OPENERS[kind]
    opened: ImageFile.ImageFile = getattr(importlib.import_module(f"PIL.{module}"), reader)(io.BytesIO(data))
    return opened


def _reading(image: Image.Image, wanted: Wanted) -> Reading:
    width, height = image.size
    size_check(width, height, wanted.most_pixels)
    image.draft("RGB", (wanted.side, wanted.side))  # lets a large JPEG be decoded at a fraction of its size
    image.load()
    see_through = wanted.see_through and image.has_transparency_data
    turn = image.getexif().get(0x0112, 1)
    shown = _rendition(image, wanted.side, turn=turn, see_through=see_through)
    moments = _moments(image, shown, turn, wanted.moments) if wanted.moments else []
    is_turned = turn in (5, 6, 7, 8)
    return Reading(
        format=str(image.format),
        width=height if is_turned else width,
        height=width if is_turned else height,
        shown=shown,
        moments=moments,
    )


def _rendition(image: Image.Image, side: int, *, turn: Any = 1, see_through: bool = False) -> Image.Image:
    """The current frame, loaded, at most `side` pixels long; a new image, which holds pixels alone."""
    frame = _reduced(image, side)
    if turn in _TURNS:
        frame = frame.transpose(_TURNS[turn])
    if frame.mode == "RGBa":
        frame = frame.convert("RGBA")
        if not see_through:
            frame = Image.alpha_composite(Image.new("RGBA", frame.size, "white"), frame)
    bare = Image.new("RGBA" if see_through else "RGB", frame.size)
    bare.paste(frame.convert(bare.mode))
    return bare


def _reduced(image: Image.Image, side: int) -> Image.Image:
    """In L, RGB or RGBa (with its colours multiplied, so that hidden ones do not shine through)."""
    scale = min(1.0, side / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    # By whole factors first, to twice the size: fast, and as good to the eye.
    across, down = (max(1, old // (new * 2)) for old, new in zip(image.size, size, strict=True))
    rows = down * max(1, _BAND // (image.width * down))
    bands = [
        _plain(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce((across, down))
        for top in range(0, image.height, rows)
    ]
    whole = bands[0]
    if len(bands) > 1:
        whole = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
        top = 0
        for band in bands:
            whole.paste(band, (0, top))
            top += band.height
    return whole if whole.size == size else whole.resize(size, Image.Resampling.BICUBIC)


def _plain(band: Image.Image) -> Image.Image:
    if band.mode.startswith("I;16"):  # the higher byte of two
        band = Image.frombytes("L", band.size, band.tobytes()[band.mode != "I;16B" :: 2])
    if band.mode in ("P", "PA", "LA", "La", "RGBA", "RGBa") or "transparency" in band.info:
        return band.convert("RGBA").convert("RGBa")
    return band if band.mode in ("L", "RGB") else band.convert("RGB")


# ---------------------------------------------------------------- animations
def _moments(image: Image.Image, shown: Image.Image, turn: Any, most: int) -> list[Image.Image]:
    """The picture as it is shown, and distinct later frames spread over the animation."""
    first = shown.copy()
    first.thumbnail((MOMENT_SIDE, MOMENT_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    moments = [first]
    if not getattr(image, "is_animated", False):
        return moments
    try:
        for frame in _later_frames(image, most):
            moment = _rendition(frame, MOMENT_SIDE, turn=turn)
            if not any(_alike(moment, other) for other in moments):
                moments.append(moment)
    except MemoryError:
        raise
    except UNREADABLE:
        return []
    return moments


def _later_frames(image: Image.Image, most: int) -> Iterator[Image.Image]:
    reachable = max(1, MOST_ANIMATED // (image.width * image.height))
    count = min(int(getattr(image, "n_frames", 1)), reachable)
    for number in sorted({round(step * (count - 1) / (most - 1)) for step in range(1, most)}):
        for position in range(image.tell() + 1, number + 1):
            try:
                image.seek(position)
            except EOFError:  # it has fewer frames than it says: the last one counts
                image.load()
                yield image
                return
        image.load()
        yield image


def _alike(one: Image.Image, other: Image.Image) -> bool:
    if one.size != other.size:
        return False
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3 < 3.0
