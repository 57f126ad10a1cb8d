"""What the public sees of an uploaded image.

A rendition is drawn anew from the decoded pixels, so nothing else that a file carries (EXIF, GPS, comments, whatever
is appended to it) gets into it. `config.core.images` reads the file.
"""

import io
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont

DISPLAY_QUALITY = 85
WATERMARK = "Atelier"


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
