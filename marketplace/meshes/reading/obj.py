"""OBJ: millimetres, since it carries no unit, unless a remark at its beginning names one, as SketchUp, Onshape and
Materialise write it.

Read in blocks of lines by numpy: where each word begins, the first letters of each line, and then all points and all
faces of a block at once. Names, and whatever else a line may begin with, need no understanding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from marketplace.meshes.formats import BrokenMesh
from marketplace.meshes.geometry import Floats, Ints
from marketplace.meshes.results import Looks, Note

from .numbers import first_that_is_none, numbers_of
from .polygons import triangles_of
from .read import MAX_TRIANGLES, Read, point_cloud, too_many

_BLOCK = 8 * 1024 * 1024
_BLANKS = bytes(10 if code in b"\r\n" else 32 if code in b" \t\v\f" else max(code, 33) for code in range(256))
"""Every line end is one, every blank a space, and nothing else is either."""
_COMMENT = re.compile(rb"#[^\r\n]*")
_CONTINUED = re.compile(rb"\\[ \t]*(?:\r\n|\r|\n)")
_NAMES = re.compile(rb"[ \t]{0,99}(?:o|g|usemtl|usemap|mtllib|maplib)\b")
_UNIT = re.compile(
    rb"(?:^|[\r\n])#[ \t#]{0,9}(?:file[ \t]{1,9})?units?[ \t]{0,9}[:=][ \t]{0,9}([a-z]{1,12})[ \t]{0,9}(?=[\r\n])"
    rb"|(?:^|[\r\n])#[^\r\n]{0,200}\b1 unit = (\d{1,9}(?:\.\d{1,9})?) mm\b",
    re.IGNORECASE,
)
_UNITS = {
    "micro": 0.001,
    "micron": 0.001,
    "mm": 1.0,
    "milli": 1.0,
    "cm": 10.0,
    "centi": 10.0,
    "in": 25.4,
    "inch": 25.4,
    "inche": 25.4,
    "ft": 304.8,
    "foot": 304.8,
    "feet": 304.8,
    "m": 1000.0,
    "": 1000.0,
}
"""Millimetres, by how programs write the word, without its s and without "meter"."""
_REMARKS = 64 * 1024
"""Bytes at the beginning in which the unit is looked for."""
_MOST_DIGITS = 11
_LONGEST = 16
"""More than any of the words looked for has letters."""
Codes = NDArray[np.uint8]

_FREE_FORM, _LINES = frozenset({b"curv", b"curv2", b"surf"}), frozenset({b"l", b"p"})
_SOUGHT = _FREE_FORM | _LINES | {b"usemtl", b"call"}


def read(file: BinaryIO) -> Read:
    data = file.read()
    unit = _unit(data[:_REMARKS])
    text = _joined(data).translate(_BLANKS)
    found = _Found()
    for start, end in _blocks(text):
        try:
            _block(np.frombuffer(text, dtype=np.uint8, count=end - start, offset=start), start, found)
        except _BadLine as bad:
            _refuse(file, bad)
    last = text[text.rfind(b"\n") + 1 :].split()
    if last[:1] == [b"f"] and len(last) < 4:
        raise BrokenMesh("The OBJ file was cut off: it ends within a face. Export the model again.")
    vertices = np.concatenate(found.vertices) if found.vertices else np.empty((0, 3))
    for place, highest in found.highest:
        if highest >= len(vertices):
            _refuse(file, _BadLine(place, f"a face names point {highest + 1} of {len(vertices)}, which is not there"))
    if b"call" in found.words:
        raise BrokenMesh("The OBJ file takes parts of the model from other files. Export it as one file.")
    if not found.corners:
        raise BrokenMesh(_without_faces(found))
    faces = triangles_of(vertices, np.concatenate(found.corners), np.concatenate(found.counts))
    notes = _notes(found)
    if unit != 1:
        said = f"The file says that it counts in units of {unit:g} mm, and it was read so."
        notes.append(Note("units", "info", said))
        vertices *= unit
    return Read(vertices, faces, Looks(has_materials=b"usemtl" in found.words), notes)


def _unit(head: bytes) -> float:
    """Millimetres. What names none that is known is one of the other remarks."""
    found = _UNIT.search(head)
    if found is None:
        return 1.0
    if found[2] is not None:
        return float(found[2]) or 1.0
    word = found[1].decode().lower().removesuffix("s").replace("metre", "meter").removesuffix("meter")
    return _UNITS.get(word, 1.0)


@dataclass
class _Found:
    """`corners` are points counted from 0, `counts` how many of them each face has. `highest`: where in the text, and
    which, is the highest point that a block's faces name. `words`: which of those looked for some line begins with."""

    vertices: list[Floats] = field(default_factory=list)
    corners: list[Ints] = field(default_factory=list)
    counts: list[Ints] = field(default_factory=list)
    highest: list[tuple[int, int]] = field(default_factory=list)
    words: set[bytes] = field(default_factory=set)
    is_weighted: bool = False
    points: int = 0
    triangles: int = 0


class _BadLine(Exception):
    """`place`: a byte of the line."""

    def __init__(self, place: int, what: str) -> None:
        super().__init__(what)
        self.place = place


def _refuse(file: BinaryIO, bad: _BadLine) -> NoReturn:
    file.seek(0)
    before = file.read(bad.place)
    line = 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
    raise BrokenMesh(f"Line {line:,} of the OBJ file is damaged: {bad}. Export the model again.") from None


def _without_faces(found: _Found) -> str:
    if found.words & _FREE_FORM:
        return "The OBJ file describes its shape by free-form curves or surfaces. Export it as triangles or polygons."
    if found.words & _LINES:
        return "The OBJ file holds no triangles, only lines or single points. Export the surface of the model."
    if found.points:
        return str(point_cloud("OBJ", found.points))
    return "The OBJ file holds no triangles. Export the surface of the model."


def _notes(found: _Found) -> list[Note]:
    notes = []
    if found.words & _FREE_FORM:
        text = "The file holds free-form curves or surfaces too, which are left out."
        notes.append(Note("curves", "warning", text))
    if found.words & _LINES:
        notes.append(Note("lines", "info", "Points and lines in the file are left out: they are no surface."))
    if found.is_weighted:
        notes.append(Note("weights", "info", "Weights of points are left out: they are for curves and surfaces alone."))
    return notes


def _joined(data: bytes) -> bytes:
    """Without comments, and with continued lines made one, each byte where it was."""
    text = bytearray(data)
    if data.startswith(b"\xef\xbb\xbf"):
        text[:3] = b"   "
    for comment in _COMMENT.finditer(data):
        start, end = comment.span()
        if start == 0 or text[start - 1] <= 32:
            text[start:end] = b" " * (end - start)
    line = seen = 0
    for continued in _CONTINUED.finditer(bytes(text)):
        before = max(text.rfind(b"\n", seen, continued.start()), text.rfind(b"\r", seen, continued.start()))
        line = before + 1 if before >= 0 else line
        seen = continued.end()
        if _NAMES.match(text, line):  # a name may end in a backslash
            line = seen
        else:
            text[continued.start() : seen] = b" " * (seen - continued.start())
    return bytes(text)


def _blocks(text: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = text.find(b"\n", start + _BLOCK) + 1 or len(text)
        yield start, end
        start = end


def _block(block: Codes, place: int, found: _Found) -> None:
    """Take from some lines, which begin at `place` of the text, what they hold. Raises _BadLine."""
    codes = np.append(block, np.full(_LONGEST, 10, dtype=np.uint8))
    written = codes > 32
    begins = np.flatnonzero(written & ~np.append(False, written[:-1]))
    ends = np.flatnonzero(codes == 10)
    lines = np.searchsorted(ends, begins)
    firsts = np.flatnonzero(np.append(True, lines[1:] != lines[:-1])[: len(lines)])
    heads, counts = begins[firsts], np.diff(np.append(firsts, len(begins))) - 1
    after = codes[heads + 1]
    points = (codes[heads] == ord("v")) & (after <= 32)
    faces = (codes[heads] == ord("f")) & ((after <= 32) | ((after == ord("o")) & (codes[heads + 2] <= 32)))
    _look_for_words(codes, heads[~(points | faces)], found.words)
    try:
        if faces.any():
            before = (found.points + np.cumsum(points))[faces]
            _faces(codes, begins, firsts[faces], counts[faces], before, place, found)
        if points.any():
            _points(codes, heads[points], ends[lines[firsts[points]]], counts[points], found)
    except _BadLine as bad:
        bad.place += place
        raise


def _look_for_words(codes: Codes, heads: Ints, words: set[bytes]) -> None:
    for word in _SOUGHT - words:
        places = heads
        for number, letter in enumerate(word):
            places = places[codes[places + number] == letter]
        if (codes[places + len(word)] <= 32).any():
            words.add(word)


def _points(codes: Codes, heads: Ints, ends: Ints, counts: Ints, found: _Found) -> None:
    """Three coordinates, and behind them a weight for curves, or colours, or both."""
    if (counts < 3).any():
        raise _BadLine(int(heads[counts < 3][0]), "a point has three coordinates")
    edges = np.zeros(len(codes), dtype=np.int8)
    edges[heads + 1] = 1
    edges[ends] = -1
    inside = np.cumsum(edges, dtype=np.int8).astype(bool)
    values = numbers_of(codes[inside].tobytes(), int(counts.sum()))
    if values is None:
        raise _BadLine(*first_that_is_none(np.where(inside, codes, 32).tobytes()))
    starts = np.cumsum(counts) - counts
    found.is_weighted |= bool((values[starts[counts == 4] + 3] != 1).any())
    found.vertices.append(values[starts[:, None] + np.arange(3)])
    found.points += len(heads)


def _faces(codes: Codes, begins: Ints, firsts: Ints, counts: Ints, before: Ints, place: int, found: _Found) -> None:
    """Corners are 7, 7/1, 7//1 or 7/1/1; those below zero count back from the last point `before` them."""
    found.triangles += int(np.maximum(counts - 2, 0).sum())
    if found.triangles > MAX_TRIANGLES:
        raise too_many()
    starts = np.cumsum(counts) - counts
    words = begins[np.repeat(firsts + 1 - starts, counts) + np.arange(counts.sum())]
    before = np.repeat(before, counts)
    numbers, wrong = _integers(codes, words)
    corners = np.where(numbers < 0, before + numbers, numbers - 1)
    wrong |= (corners < 0) | (numbers == 0)
    if wrong.any():
        raise _bad_corner(codes, int(words[wrong][0]), int(before[wrong][0]))
    if len(corners):
        found.highest.append((place + int(words[corners.argmax()]), int(corners.max())))
    found.corners.append(corners)
    found.counts.append(counts)


def _integers(codes: Codes, places: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The whole numbers that begin at the places and end at a blank or a slash, and which of them do not."""
    below = codes[places] == ord("-")
    at = places + (below | (codes[places] == ord("+")))
    values, first = np.zeros(len(at), dtype=np.int64), at
    for _ in range(_MOST_DIGITS):
        digits = codes[at] - np.uint8(48)
        more = digits < 10
        if not more.any():
            break
        values = np.where(more, values * 10 + digits, values)
        at = at + more
    end = codes[at]
    return np.where(below, -values, values), (at == first) | ((end > 32) & (end != ord("/")))


def _bad_corner(codes: Codes, place: int, before: int) -> _BadLine:
    word = codes[place : place + 40].tobytes().split()[0].decode("ascii", "replace")
    try:
        number = int(word.partition("/")[0])
    except ValueError:
        return _BadLine(place, f'"{word}" is no corner of a face')
    if number == 0:
        return _BadLine(place, "a face names point 0, and points are counted from 1")
    if number > 0:
        return _BadLine(place, f"a face names point {number}, which is not there")
    return _BadLine(place, f"a face names point {number}, counted back from here, where only {before:,} have come")
