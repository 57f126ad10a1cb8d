"""What tells an STL file from others, and what its header says."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

HEADER, TRIANGLE = 84, 50
_STREAMED = (0, 0xFFFFFFFF)
"""Numbers that stand in the header of a file that was written before its triangles were counted."""
LOOKED_INTO = 64 * 1024, 4 * 1024 * 1024
"""Bytes of a text from its beginning: so many, and when these say nothing so many."""
_LOOKED_AT = 200
FACET_BEGINS = re.compile(
    rb"facet(?:\s{1,20}normal(?:\s{1,20}[-+.,\w]{1,40}){0,3})?\s{1,20}outer\s{1,20}loop\s", re.IGNORECASE
)
# Blanks of its own line alone: taken over line ends as well, sixty thousand empty lines cost seconds of backtracking.
_FACET_LINE = re.compile(rb"^[ \t\r\f\v]*(?:facet|endsolid)\b", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class BinaryStl:
    """`count` triangles are to be read. `is_exact`: the file has the size that its header says. `beyond` bytes follow
    the triangles. `fault`: why it cannot be read, for people; "" when it can."""

    count: int
    is_exact: bool
    beyond: int = 0
    fault: str = ""


def binary_stl(head: bytes, size: int) -> BinaryStl | None:
    """None for what is no binary STL. `head`: the first KB of the file.

    Taken for one: what has the size that its header says; and what begins with triangles that can be, whatever the
    header says.
    """
    if len(head) < HEADER:
        return None
    (claimed,) = struct.unpack_from("<I", head, 80)
    held, rest = divmod(size - HEADER, TRIANGLE)
    if claimed == held and not rest:
        return BinaryStl(claimed, is_exact=True)
    if not _has_triangles(head):
        return None
    if claimed in _STREAMED:
        fault = (
            "The STL file does not say how many triangles it has, and the last one is not whole: it was cut off. "
            "Export it again."
        )
        return BinaryStl(held, is_exact=False, fault=fault if rest else "")
    if held < claimed:
        fault = f"The STL file was cut off: {held:,} of {claimed:,} triangles are there. Export it again."
        return BinaryStl(claimed, is_exact=False, fault=fault)
    return BinaryStl(claimed, is_exact=False, beyond=size - HEADER - TRIANGLE * claimed)


def is_text_stl(head: bytes) -> bool:
    """Whether it begins as the text form does. `head`: some of the file from its beginning."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().rstrip(b"\0\x1a")
    if b"\0" in text:
        return False
    if FACET_BEGINS.match(text):
        return True
    return text[:5].lower() == b"solid" and bool(_FACET_LINE.search(text) or FACET_BEGINS.search(text))


def _has_triangles(head: bytes) -> bool:
    """Whether the first of them are numbers that a model has. Other files' bytes are hardly ever such numbers: small
    whole numbers are floats below 1e-38, letters ones above 1e9, and digits, which are neither, stand in files without
    a 0."""
    if b"\0" not in head[HEADER:]:
        return False
    looked_at = min((len(head) - HEADER) // TRIANGLE, _LOOKED_AT)
    different = 0
    for number in range(looked_at):
        values = struct.unpack_from("<12f", head, HEADER + TRIANGLE * number)
        if not all(value == 0 or 1e-30 < abs(value) < 1e9 for value in values[3:]):
            return False
        different += any(values[3:])
    return different > 0
