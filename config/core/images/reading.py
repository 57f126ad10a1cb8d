"""A picture read right: whatever it is stored as, upright pixels in RGB. Runs in the child, on bytes of strangers.

A process that has imported this stands ready beside each that takes pictures in: import nothing here that can be done
without (no numpy). Each pixel is decoded once; what is shown, and what copies are looked for with, is made of the
same rendition.
"""

from __future__ import annotations

import importlib
import io
import warnings
from typing import Any, NamedTuple

from PIL import Image, ImageFile

from config.core.images import endings
from config.core.images.colours import NOTHING_SAID
from config.core.images.frames import UNREADABLE, moments_of, shown_frame
from config.core.images.headers import DAMAGED, Header, Refused, header_of, size_check
from config.core.images.pixels import Look

MOST_PROFILE = 8 * 1024 * 1024
"""Bytes of a text or profile in a PNG file when it is unpacked."""
_OPENERS = {
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "HEIF": ("pi_heif.as_plugin", "HeifImageFile"),
}


class Wanted(NamedTuple):
    """`side`: the longest of the rendition, in pixels. `see_through`: keep transparency instead of laying it on white.
    `moments`: how many frames of an animation are looked at, each distinct one reduced to MOMENT_SIDE."""

    most_pixels: int
    side: int
    see_through: bool = False
    moments: int = 0


class Reading(NamedTuple):
    """`format` as Pillow calls it. The size is that of the upright picture. `shown` is its first frame that is not
    empty, in RGB (RGBA where `see_through` was asked for and the picture is); `moments` are in RGB, and none when a
    later frame is damaged. All are in sRGB.
    """

    format: str
    width: int
    height: int
    shown: Image.Image
    moments: list[Image.Image]


def read(data: bytes, wanted: Wanted) -> Reading:
    """Decode a picture. Raises Refused, whose text says why; MemoryError where the memory does not suffice.

    A JPEG without its end marker and a PNG without its end chunk are read when all of their pixels are there; of such a
    JPEG the last row of blocks may be missing, or one row of pixels in fifty.
    """
    header = header_of(data, most_pixels=wanted.most_pixels)
    Image.MAX_IMAGE_PIXELS = None  # ours is lower, and was checked
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if header.is_ended:
                with _opened(header, data) as image:
                    return _reading(image, wanted, header)
            with _opened(header, endings.completed(data)) as image, _opened(header, endings.filled(data)) as other:
                if not endings.is_all_there(_loaded(image, wanted), _loaded(other, wanted), header.height):
                    raise Refused(DAMAGED)
                return _reading(image, wanted, header)
    except (Refused, MemoryError):
        raise
    except UNREADABLE as error:
        raise Refused(DAMAGED) from error


def readers_load() -> None:
    """Those that most pictures need. HEIF and AVIF have larger ones, which are loaded for such a file alone."""
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        importlib.import_module(_OPENERS[kind][0])


def _opened(header: Header, data: bytes) -> ImageFile.ImageFile:
    """By its own reader, without `Image.open`, which loads those of forty other formats to ask them. The first picture
    of an MPO file, which many telephones write, is a JPEG."""
    module, reader = _OPENERS[header.format]
    _set_up(header.format)
    opened: ImageFile.ImageFile = getattr(importlib.import_module(module), reader)(io.BytesIO(data))
    if header.format == "PNG" and "transparency" in opened.info:
        opened.info["transparency"] = _as_decoded(opened.info["transparency"], opened.mode, bits=data[24])
    return opened


def _set_up(kind: str) -> None:
    """One thread decodes, since each more would take its share of the address space; of a HEIF file nothing is opened
    but its pictures; and a PNG's profile may be as large as those of printers are."""
    if kind == "PNG":
        from PIL import PngImagePlugin

        PngImagePlugin.MAX_TEXT_CHUNK = MOST_PROFILE
    if kind == "AVIF":
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    if kind == "HEIF":
        from pi_heif import options

        options.DECODE_THREADS = 1
        options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False


def _as_decoded(transparent: Any, mode: str, *, bits: int) -> Any:
    """PNG names its transparent colour as it is stored; pixels are of 8 bits once they are decoded, but for grey ones
    of 16."""
    if isinstance(transparent, tuple) and bits == 16:
        return tuple(value >> 8 for value in transparent)
    if isinstance(transparent, int) and mode == "L" and bits < 8:
        return transparent * 255 // (2**bits - 1)
    return transparent


def _loaded(image: Image.Image, wanted: Wanted) -> Image.Image:
    size_check(*image.size, wanted.most_pixels)
    image.draft("RGB", (wanted.side, wanted.side))  # lets a large JPEG be decoded at a fraction of its size
    image.load()
    return image


def _reading(image: Image.Image, wanted: Wanted, header: Header) -> Reading:
    width, height = (header.width, header.height) if header.format == "JPEG" else image.size
    _loaded(image, wanted)
    turn = _turn(image)
    see_through = wanted.see_through and image.has_transparency_data
    profile = image.info.get("icc_profile")
    # In HEIF and AVIF a profile goes before code points, in PNG these before a profile.
    said = NOTHING_SAID if profile and header.format in ("AVIF", "HEIF") else header.said
    look = Look(turn, see_through, profile, said)
    shown = shown_frame(image, wanted.side, look)
    moments = moments_of(image, shown, look, wanted.moments) if wanted.moments else []
    is_turned = turn in (5, 6, 7, 8)
    return Reading(
        format=header.format,
        width=height if is_turned else width,
        height=width if is_turned else height,
        shown=shown,
        moments=moments,
    )


def _turn(image: Image.Image) -> Any:
    """As EXIF numbers it. HEIF and AVIF say in their boxes how a picture is turned, and what EXIF says of it does not
    count: libheif has turned it already, and Pillow puts it here."""
    if image.format == "HEIF":
        return 1
    if image.format == "AVIF":  # without what XMP says
        image.info.pop("xmp", None)
    return image.getexif().get(0x0112, 1)
