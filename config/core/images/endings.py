"""A JPEG that ends without its end marker: whether all of it is there. Runs in the child.

Programs that are stopped while they write, and those that copy a byte too few, leave such files. A decoder that is
given the marker goes through with them, and fills what is missing. So each is decoded twice, with something else behind
its last byte: rows that come out differently are not in the file.
"""

from __future__ import annotations

from PIL import Image, ImageChops

_END = b"\xff\xd9"
_CODED = bytes(number * number % 251 for number in range(512))
_FILLING = _CODED + b"".join(bytes((0xFF, 0xD0 + number % 8)) + _CODED for number in range(16))
"""Coded data of any kind, and again behind each of the marks at which decoders begin anew: one that misses such a mark
passes over what comes before it."""
_BLOCKS = 16
"""Rows of pixels that are coded together at most."""
_SHARE = 50


def completed(data: bytes) -> bytes:
    return data.rstrip(b"\xff") + _END


def filled(data: bytes) -> bytes:
    """Longer by some coded data."""
    return data.rstrip(b"\xff") + _FILLING + _END


def is_all_there(one: Image.Image, other: Image.Image, height: int) -> bool:
    """Whether no more than the last row of blocks (16 rows of pixels) is missing, or one row of pixels in fifty. The
    pictures are loaded: of the completed and of the filled file, both perhaps at a fraction of its `height`."""
    differs = ImageChops.difference(one, other).getbbox()
    if differs is None:
        return True
    # One row more: where colours are stored coarser than lightness, the row above takes part of theirs.
    return one.height - differs[1] <= max(_BLOCKS * one.height / height + 1, one.height / _SHARE)
