"""Which frames of an animation are looked at: the one that it is shown by, and those that copies are looked for with.
Runs in the child."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from PIL import Image, ImageChops, ImageStat

from config.core.images.pixels import Look, on_white, rendition

MOMENT_SIDE = 320
"""Longest side, in pixels, of the moments of a picture."""
MOST_ANIMATED = 200_000_000
"""Pixels decoded at most while walking through an animation."""
MOST_EMPTY = 100
"""Frames at the beginning of an animation that may be empty; one that shows nothing for longer is shown empty."""
_EMPTY = 2
"""Levels between the darkest and the lightest of what is one colour: those that are coded with losses waver."""

# All that Pillow's readers raise for files which are not what they seem.
UNREADABLE = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, EOFError, ArithmeticError),
    *(RuntimeError, AssertionError, MemoryError, struct.error, zlib.error, Image.DecompressionBombError),
)


def is_animated(image: Image.Image) -> bool:
    """The further pictures of a HEIF file (of a series, of two eyes) are no later frames."""
    return bool(getattr(image, "is_animated", False)) and image.format != "HEIF"


def shown_frame(image: Image.Image, side: int, look: Look) -> Image.Image:
    """The frame at hand, loaded; when that is empty, the first one that is not. An animation is then left there.

    Empty is what would be shown in one colour: transparent places are as white as what they lie on, unless they are
    kept.
    """
    first = rendition(image, side, look)
    if not is_animated(image) or not _is_empty(first):
        return first
    try:
        for _number in range(1, min(MOST_EMPTY + 1, _reachable(image))):
            image.seek(image.tell() + 1)
            image.load()
            if not _is_empty(rendition(image, MOMENT_SIDE, look)):
                return rendition(image, side, look)
    except MemoryError:
        raise
    except UNREADABLE:  # the end, or a damaged frame
        pass
    return first


def moments_of(image: Image.Image, shown: Image.Image, look: Look, most: int) -> list[Image.Image]:
    """The picture as it is shown, and distinct later frames spread over the animation. None when one is damaged."""
    look = look._replace(see_through=False)
    first = on_white(shown) if shown.mode == "RGBA" else shown.copy()
    first.thumbnail((MOMENT_SIDE, MOMENT_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    moments = [first]
    if not is_animated(image):
        return moments
    try:
        for frame in _later_frames(image, most):
            moment = rendition(frame, MOMENT_SIDE, look)
            if not any(_alike(moment, other) for other in moments):
                moments.append(moment)
    except MemoryError:
        raise
    except UNREADABLE:
        return []
    return moments


def _later_frames(image: Image.Image, most: int) -> Iterator[Image.Image]:
    count, now = _reachable(image), image.tell()
    for number in sorted({now + round(step * (count - 1 - now) / (most - 1)) for step in range(1, most)}):
        for position in range(image.tell() + 1, number + 1):
            try:
                image.seek(position)
            except EOFError:  # it has fewer frames than it says: the last one counts
                image.load()
                yield image
                return
        image.load()
        yield image


def _reachable(image: Image.Image) -> int:
    """Frames that are looked at at all."""
    return min(int(getattr(image, "n_frames", 1)), max(1, MOST_ANIMATED // (image.width * image.height)))


def _is_empty(image: Image.Image) -> bool:
    seen = image.convert("RGBa") if image.mode == "RGBA" else image
    return all(high - low <= _EMPTY for low, high in seen.getextrema())  # type: ignore[misc]  # several channels


def _alike(one: Image.Image, other: Image.Image) -> bool:
    if one.size != other.size:
        return False
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3 < 3.0
