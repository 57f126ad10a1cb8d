"""STL, binary and text: millimetres, since it carries no unit. Normals and colours are not read: the order of a
triangle's corners says what is outside.

Text is read by its words: a line of `solid` or `endsolid` is a name up to its end, whatever stands in it, and may be
missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from config.core.stl_headers import (
    FACET_BEGINS,
    HEADER,
    LOOKED_INTO,
    TRIANGLE,
    BinaryStl,
    binary_stl,
    is_text_stl,
)
from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats
from marketplace.meshes.results import Note

from .numbers import decimals
from .read import MAX_TRIANGLES, Read, too_many, trailing

_SPLIT_WORDS = re.compile(rb"end[ \t]+(?=loop|facet|solid)")
_TOGETHER = 4 * 1024 * 1024
"""Bytes of text that are read at once: its words take ten times as much memory."""
_LONGEST_NAME = 2_000
_LONGEST_FACET = 1024 * 1024
_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("colour", "<u2")])
_LINE_END = re.compile(rb"[\r\n]")
_ODD_FACET = re.compile(
    rb"facet(?: normal(?: (?!outer )\S+){0,3})? outer loop"
    rb"((?: vertex(?: (?!vertex |endloop )\S+){3})+) endloop endfacet ?"
)
_FACET = (
    b"facet",
    b"normal",
    None,
    None,
    None,
    b"outer",
    b"loop",
    *((b"vertex", None, None, None) * 3),
    b"endloop",
    b"endfacet",
)
_WORDS = [(place, word) for place, word in enumerate(_FACET) if word is not None]
_CORNERS = [place + step for place, word in enumerate(_FACET) if word == b"vertex" for step in (1, 2, 3)]


def read(file: BinaryIO) -> Read:
    data = file.read()
    binary = binary_stl(data[: LOOKED_INTO[0]], len(data))
    if binary is None or not binary.is_exact:
        if any(is_text_stl(data[:length]) for length in LOOKED_INTO):
            return _of_corners(*_text(data))
        if binary is None:
            raise BrokenMesh("The STL file is damaged and cannot be read. Export it again.")
    return _of_corners(*_binary(data, binary))


def _of_corners(corners: Floats, notes: list[Note]) -> Read:
    return Read(corners, np.arange(len(corners), dtype=np.int64).reshape(-1, 3), notes=notes)


def _binary(data: bytes, binary: BinaryStl) -> tuple[Floats, list[Note]]:
    if binary.fault:
        raise BrokenMesh(binary.fault)
    _check(binary.count)
    if binary.beyond and _is_interrupted(data, binary.count):
        raise BrokenMesh(
            "The STL file holds other data between its triangles, which cannot be read. Export it plainly."
        )
    rows = np.frombuffer(data, _RECORD, binary.count, HEADER)
    return rows["corners"].reshape(-1, 3).astype(np.float64), trailing(binary.beyond)


def _is_interrupted(data: bytes, count: int) -> bool:
    """Whether each triangle is followed by as many bytes as its last two say, which hold a colour in other files."""
    at = HEADER
    for _ in range(count):
        if at + TRIANGLE > len(data):
            return False
        at += TRIANGLE + data[at + 48] + 256 * data[at + 49]
    return at == len(data)


def _text(data: bytes) -> tuple[Floats, list[Note]]:
    text = data.removeprefix(b"\xef\xbb\xbf").rstrip(b"\0\x1a \t\r\n").lower()
    if _SPLIT_WORDS.search(text):
        text = _SPLIT_WORDS.sub(b"end", text)
    blocks: list[Floats] = [np.empty((0, 3))]
    triangles, beyond = 0, 0
    for start, end, may_be_junk in _segments(text):
        if may_be_junk and text[start : start + 100].lstrip()[:5] != b"facet":
            beyond += len(text[start:end].strip())
            continue
        for chunk in _chunks(text, start, end):
            blocks.append(_facets(chunk.split(), triangles))
            triangles += len(blocks[-1]) // 3
            _check(triangles)
    return np.concatenate(blocks), trailing(beyond)


def _segments(text: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where what stands between the names begins and ends, and whether a solid ended before it."""
    at, line_end, ended = 0, -1, False
    while (found := text.find(b"solid", at)) >= 0:
        ends = text[max(at, found - 3) : found] == b"end"
        yield at, found - 3 if ends else found, ended
        ended = ends
        if line_end < found:
            mark = _LINE_END.search(text, found)
            line_end = mark.start() if mark else len(text)
        # Without line ends, the name ends where a triangle begins.
        begins = FACET_BEGINS.search(text, found, min(line_end, found + _LONGEST_NAME))
        at = begins.start() if begins else line_end
    yield at, len(text), ended


def _chunks(text: bytes, start: int, end: int) -> Iterator[bytes]:
    """Of whole triangles each, but for the last when it was cut off."""
    while start < end:
        last = text.find(b"endfacet", min(start + _TOGETHER, end), end)
        stop = last + len(b"endfacet") if last >= 0 else end
        if stop - start > _TOGETHER + _LONGEST_FACET:
            raise BrokenMesh("The STL file is damaged: it has a triangle without an end. Export it again.")
        yield text[start:stop]
        start = stop


def _facets(words: list[bytes], before: int) -> Floats:
    """The corners, three a triangle. `before`: how many triangles came before."""
    count, rest = divmod(len(words), len(_FACET))
    if rest or any(words[place :: len(_FACET)].count(word) != count for place, word in _WORDS):
        return _odd_facets(b" ".join(words), before)
    columns = [decimals(b" ".join(words[place :: len(_FACET)]), count) for place in _CORNERS]
    return np.stack(columns, axis=1).reshape(-1, 3)


def _odd_facets(text: bytes, before: int) -> Floats:
    """One after the other: without normals, or damaged."""
    corners: list[bytes] = []
    at = 0
    while at < len(text):
        found = _ODD_FACET.match(text, at)
        number = before + len(corners) + 1
        if found is None and b"endfacet" not in text[at : at + _LONGEST_NAME]:
            raise BrokenMesh(f"The STL file was cut off in triangle {number:,}. Export it again.")
        if found is None:
            raise BrokenMesh(f"The STL file is damaged: triangle {number:,} cannot be read. Export it again.")
        if found[1].count(b"vertex") != 3:
            raise BrokenMesh(f"Facet {number:,} of the STL file is no triangle. Export the model in triangles.")
        corners.append(found[1])
        at = found.end()
    return decimals(b" ".join(corners).replace(b"vertex", b" "), 9 * len(corners)).reshape(-1, 3)


def _check(triangles: int) -> None:
    if triangles > MAX_TRIANGLES:
        raise too_many(triangles)
