"""What a picture says of itself, read from its bytes before anything is decoded. Runs in the child.

What is counted here costs a decoder far more than it costs in bytes: scans of a JPEG, frames and parts of the others.
Honest files stay far below the numbers.
"""

from __future__ import annotations

import re
import struct
from struct import unpack_from
from typing import NamedTuple

from config.core.images.boxes import TooMany, boxes_of, brands_of
from config.core.images.colours import NOTHING_SAID, Said

MOST_SCANS = 64
"""Scans of one JPEG. Encoders write about ten, the most thorough ones some thirty."""
MOST_SCANNED = 1_000_000_000
"""Scans times pixels: each scan goes over the whole picture again, however few bytes it has."""
MOST_SEGMENTS = 5_000
"""Segments of a JPEG: comments, profiles, tables."""
MOST_CHUNKS = 20_000
"""Chunks of a PNG or WebP file."""
MOST_FRAMES = 5_000
"""Frames of an animation."""
MOST_BLOCKS = 400_000
"""Blocks of a GIF file; a full one holds 255 bytes."""

MOST_DECODED = 2
"""Times the pixels of a picture that the parts may have which it is put together of: tiles stand over its edges."""

DAMAGED = "Upload a valid image: a JPEG, PNG, GIF, WebP, HEIC or AVIF file that is not damaged."
TOO_MANY_PARTS = "The image consists of too many parts. Save it anew."


class Refused(Exception):
    """The picture is not taken. Its text is for whoever sent it."""


class Header(NamedTuple):
    """`format` as Pillow calls it. The size is in pixels, as stored; of an animation all frames fit into it. A JPEG
    that `is_ended` has its end marker."""

    format: str
    width: int
    height: int
    said: Said = NOTHING_SAID
    is_ended: bool = True


def header_of(data: bytes, *, most_pixels: int) -> Header:
    """Raises Refused for what is no JPEG, PNG, GIF, WebP, HEIF or AVIF file, or costs too much to decode."""
    for begins, reader in _READERS:
        if begins.match(data):
            try:
                return reader(data, most_pixels)
            except (struct.error, IndexError):
                break
            except TooMany:
                raise Refused(TOO_MANY_PARTS) from None
    raise Refused(DAMAGED)


def size_check(width: int, height: int, most_pixels: int) -> None:
    """Raises Refused."""
    if width * height > most_pixels:
        words = f"The image has more than {most_pixels // 1_000_000} megapixels"
        raise Refused(f"{words}: it is {width} by {height} pixels.")
    if width < 1 or height < 1:
        raise Refused(DAMAGED)


# ---------------------------------------------------------------- JPEG
# In coded data 0xFF is followed by 0 or by a restart; fill bytes of 0xFF may come before a marker. Below 0xC0 there are
# no segments: decoders step over such a marker and go on looking, and so does this.
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])")
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_ALL = 2**64 - 1
"""The coefficients of a block, a bit each."""


def _jpeg(data: bytes, most_pixels: int) -> Header:
    """Without its end marker it must have begun the last of its scans: what a progressive one has in earlier ones is a
    blurred picture."""
    width = height = scans = segments = 0
    is_ended = False
    missing: dict[int, int] = {}  # of each component, the coefficients that no scan has told in full
    place = 2
    while found := _MARKER.search(data, place):
        marker, place = data[found.start(1)], found.end()
        if marker == _END:  # what comes after it is another picture, or a film: nothing that is decoded
            is_ended = True
            break
        if marker == _START:
            continue
        segments += 1
        if segments > MOST_SEGMENTS:
            raise Refused(f"The image has more than {MOST_SEGMENTS} segments.")
        if marker in _SIZES:
            height, width = unpack_from(">HH", data, place + 3)
            size_check(width, height, most_pixels)
            missing = dict.fromkeys(data[place + 8 : place + 8 + 3 * data[place + 7] : 3], _ALL)
        if marker == _SCAN:
            scans += 1
            _told(data, place, missing)
            if scans > MOST_SCANS or scans * width * height > MOST_SCANNED:
                raise Refused("The image has too many scans. Save it anew with fewer, or as a baseline JPEG.")
        place += max(2, unpack_from(">H", data, place)[0])
    if not scans or not width or (not is_ended and any(missing.values())):
        raise Refused(DAMAGED)
    return Header("JPEG", width, height, is_ended=is_ended)


def _told(data: bytes, place: int, missing: dict[int, int]) -> None:
    """A scan's header: its components, from which to which coefficient, and how many of their bits are left for later
    scans."""
    count = data[place + 2]
    first, last, bits = unpack_from("3B", data, place + 3 + 2 * count)
    if bits & 15 == 0 and first <= last < 64:
        for component in data[place + 3 : place + 3 + 2 * count : 2]:
            missing[component] = missing.get(component, 0) & ~(2 ** (last + 1) - 2**first)


# ---------------------------------------------------------------- PNG
def _png(data: bytes, most_pixels: int) -> Header:
    width, height = unpack_from(">II", data, 16)
    size_check(width, height, most_pixels)
    place, chunks, frames = 8, 0, 0
    colours: dict[bytes, bytes] = {}
    while place + 8 <= len(data):
        length, kind = unpack_from(">I4s", data, place)
        if kind in (b"cICP", b"sRGB", b"gAMA", b"cHRM"):
            colours[kind] = data[place + 8 : place + 8 + min(length, 32)]
        chunks += 1
        frames += kind == b"fcTL"
        _parts_check(chunks, frames)
        if kind == b"IEND":
            break
        place += 12 + length
    _frames_check(frames)
    return Header("PNG", width, height, _said(colours))


def _said(colours: dict[bytes, bytes]) -> Said:
    """PNG, third edition, 4.3 and 11.3.2; numbers are in hundred thousandths."""
    points = colours.get(b"cICP", b"")
    if len(points) == 4 and points[2:] == b"\0\1":
        return Said(points=(points[0], points[1]))
    if b"sRGB" in colours:
        return NOTHING_SAID
    gamma, places = colours.get(b"gAMA", b""), colours.get(b"cHRM", b"")
    return Said(
        gamma=unpack_from(">I", gamma)[0] / 100_000 if len(gamma) == 4 else None,
        chromaticity=tuple(value / 100_000 for value in unpack_from(">8I", places)) if len(places) == 32 else None,
    )


# ---------------------------------------------------------------- GIF
def _gif(data: bytes, most_pixels: int) -> Header:
    width, height, flags = unpack_from("<HHB", data, 6)
    size_check(width, height, most_pixels)
    place, frames, blocks = 13 + _palette(flags), 0, 0
    while place < len(data) and data[place] in b"\x21\x2c\x00":
        kind = data[place]
        place += 1
        if kind == 0x2C and place + 9 <= len(data):
            left, top, wide, high, flags = unpack_from("<4HB", data, place)
            width, height = max(width, left + wide), max(height, top + high)  # readers let the canvas grow
            size_check(width, height, most_pixels)
            frames, blocks = frames + 1, blocks + 1
            place += 10 + _palette(flags)
        elif kind == 0x21:
            place += 1
        else:
            blocks += 1
        while kind and place < len(data) and data[place]:
            place += 1 + data[place]
            blocks += 1
            if blocks > MOST_BLOCKS:
                break
        place += 1 if kind else 0
        if blocks > MOST_BLOCKS:
            raise _too_many(frames)
    _frames_check(frames)
    return Header("GIF", width, height)


def _palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


# ---------------------------------------------------------------- WebP
def _webp(data: bytes, most_pixels: int) -> Header:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    elif kind == b"VP8L":
        bits = unpack_from("<I", data, 21)[0]
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in unpack_from("<HH", data, 26))
    else:
        raise Refused(DAMAGED)
    size_check(width, height, most_pixels)
    place, chunks, frames = 12, 0, 0
    while place + 8 <= len(data):
        kind, length = unpack_from("<4sI", data, place)
        chunks += 1
        frames += kind == b"ANMF"
        _parts_check(chunks, frames)
        place += 8 + length + length % 2
    _frames_check(frames)
    return Header("WEBP", width, height)


# ---------------------------------------------------------------- HEIF and AVIF
def _boxed(data: bytes, most_pixels: int) -> Header:
    if not brands_of(data):
        raise Refused(DAMAGED)
    boxes = boxes_of(data)
    for width, height in boxes.sizes:
        size_check(width, height, most_pixels)
    _frames_check(boxes.frames)
    if boxes.decoded > MOST_DECODED * most_pixels:
        raise Refused(TOO_MANY_PARTS)
    return Header(boxes.format, *boxes.sizes[0], Said(points=boxes.points))


def _parts_check(chunks: int, frames: int) -> None:
    """On the way through a file."""
    if chunks > MOST_CHUNKS:
        raise _too_many(frames)


def _too_many(frames: int) -> Refused:
    """For a file that is not read to its end."""
    if frames > MOST_FRAMES:
        return Refused(f"The image has more than {MOST_FRAMES} frames: it has at least {frames}.")
    return Refused(TOO_MANY_PARTS)


def _frames_check(frames: int) -> None:
    if frames > MOST_FRAMES:
        raise Refused(f"The image has more than {MOST_FRAMES} frames: it has {frames}.")


_READERS = (
    (re.compile(rb"\xff\xd8\xff"), _jpeg),
    (re.compile(rb"\x89PNG\r\n\x1a\n....IHDR", re.DOTALL), _png),
    (re.compile(rb"GIF8[79]a"), _gif),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), _webp),
    (re.compile(rb"....ftyp", re.DOTALL), _boxed),
)
