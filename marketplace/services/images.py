"""Uploaded images: judged by their content, and turned into what the public sees.

A rendition is drawn anew from the decoded pixels, so nothing else that a file carries (EXIF, GPS, comments, whatever
is appended to it) gets into it.
"""

import hashlib
import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.conf import settings
from django.core.files.base import File
from PIL import Image, ImageDraw, ImageFont, ImageOps

from config.core.errors import Invalid

# Pillow's format → extension and type. MPO is what many telephones and cameras write: a JPEG with further pictures.
FORMATS = {
    "JPEG": ("jpg", "image/jpeg"),
    "MPO": ("jpg", "image/jpeg"),
    "PNG": ("png", "image/png"),
    "GIF": ("gif", "image/gif"),
    "WEBP": ("webp", "image/webp"),
}
READERS = ("JPEG", "PNG", "GIF", "WEBP")  # JPEG's recognises MPO
DISPLAY_SIDE = 1600
DISPLAY_QUALITY = 85
WATERMARK = "Atelier"

# All that Pillow's readers raise for files which are not what they seem.
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    MemoryError,
    struct.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True)
class ReadImage:
    """An upload that was decoded. `width` and `height` are those of the upright picture; `display` at most 1600 px."""

    data: bytes
    sha256: str
    extension: str
    content_type: str
    width: int
    height: int
    display: Image.Image


def image_read(file: File, *, field: str = "image") -> ReadImage:
    """Read and decode an uploaded image. Raises Invalid on `field`: too large, too many pixels, or no such image."""
    limit = settings.IMAGE_MAX_BYTES
    if (file.size or 0) > limit:
        raise Invalid(f"The image is larger than {limit // (1024 * 1024)} MB.", field=field)
    file.seek(0)
    return image_decode(file.read(limit + 1), field=field)


def image_decode(data: bytes, *, field: str = "image") -> ReadImage:
    """See `image_read`."""
    try:
        with Image.open(io.BytesIO(data), formats=READERS) as image:
            width, height = image.size
            if width * height > settings.IMAGE_MAX_PIXELS:
                most = settings.IMAGE_MAX_PIXELS // 1_000_000
                raise Invalid(f"The image has more than {most} megapixels.", field=field)
            extension, content_type = FORMATS[str(image.format)]
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            display = _display_of(image)
    except Invalid:
        raise
    except UNREADABLE:
        message = "Upload a valid image: a JPEG, PNG, GIF or WebP file that is not damaged."
        raise Invalid(message, field=field) from None
    return ReadImage(
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        extension=extension,
        content_type=content_type,
        width=height if turned else width,
        height=width if turned else height,
        display=display,
    )


def watermarked(display: Image.Image) -> bytes:
    """The public rendition: a JPEG under a visible, tiled mark."""
    canvas = display.copy()
    tile = _tile(max(14, round(max(display.size) / 28)))
    for row, top in enumerate(range(0, canvas.height, tile.height)):
        for left in range(-(row % 2) * tile.width // 2, canvas.width, tile.width):
            canvas.paste(tile, (left, top), tile)
    return _encoded(canvas)


def unmarked(display: Image.Image) -> bytes:
    """A picture as a JPEG without the mark: for the public only where there is nothing to protect."""
    return _encoded(display)


def display_rendition(data: bytes) -> bytes:
    """A stored original as a JPEG of at most 1600 px, without the mark: for detectors, never for the public."""
    return unmarked(image_decode(data).display)


def _display_of(image: Image.Image) -> Image.Image:
    """The first frame, upright, in RGB on white, at most 1600 px. Decodes the whole of it, so damage shows."""
    image.draft("RGB", (DISPLAY_SIDE, DISPLAY_SIDE))  # lets a large JPEG be decoded at a fraction of its size
    image.load()
    frame: Image.Image = image
    if frame.mode == "F" or frame.mode.startswith("I"):
        frame = _eight_bits(frame)
    if frame.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in frame.info:
        frame = frame.convert("RGBA")
    if frame.mode not in ("RGB", "RGBA", "L"):
        frame = frame.convert("RGB")
    frame.thumbnail((DISPLAY_SIDE, DISPLAY_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    frame = ImageOps.exif_transpose(frame)
    if frame.mode == "RGBA":
        paper = Image.new("RGBA", frame.size, "white")
        frame = Image.alpha_composite(paper, frame)
    bare = Image.new("RGB", frame.size)
    bare.paste(frame.convert("RGB"))
    return bare


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits and more."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=65535.0, neginf=0.0)
    if image.mode.startswith("I;16") or values.max(initial=0.0) > 255:
        values /= 257
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _encoded(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=DISPLAY_QUALITY, optimize=True)
    return file.getvalue()


@lru_cache(maxsize=32)
def _tile(size: int) -> Image.Image:
    """One slanted mark with the room around it; light with a dark edge, so that it shows on any ground."""
    font: Any = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(WATERMARK)
    mark = Image.new("RGBA", (int(right - left) + size, int(bottom - top) + size), (0, 0, 0, 0))
    ImageDraw.Draw(mark).text(
        (size / 2 - left, size / 2 - top),
        WATERMARK,
        font=font,
        fill=(255, 255, 255, 110),
        stroke_width=max(1, size // 16),
        stroke_fill=(0, 0, 0, 80),
    )
    return mark.rotate(25, Image.Resampling.BICUBIC, expand=True)
