"""What a HEIF or AVIF file says of itself, read from its boxes before anything is decoded. Runs in the child.

ISO/IEC 14496-12 (boxes, tracks of a film) and 23008-12 (items, their properties, pictures put together of others). A
decoder makes room for every size that a file claims; here that costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import error, unpack_from
from typing import NamedTuple

MOST_ITEMS = 1_000
"""Items of one file: pictures, tiles, descriptions. A telephone's picture of 48 megapixels has some 250."""
MOST_BOXES = 20_000
BRANDS = frozenset(
    (
        b"avif",
        b"avis",
        b"heic",
        b"heix",
        b"heim",
        b"heis",
        b"hevc",
        b"hevx",
        b"hevm",
        b"hevs",
        b"mif1",
        b"mif2",
        b"msf1",
    )
)
# Boxes that are looked into, and how far from their beginning others begin in them.
_INSIDE = dict.fromkeys((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"iprp", b"ipco"), 8)
_INSIDE |= {b"meta": 12, b"iref": 12, b"stsd": 16, b"av01": 86, b"hvc1": 86, b"hev1": 86}
_CODED = (b"av01", b"hvc1", b"hev1")


class Boxes(NamedTuple):
    """`format` as Pillow calls it. `sizes`: every width and height that pictures or tracks say they have, that of the
    shown one first. `decoded`: pixels of what the shown one is put together of. `points`: its code points of H.273."""

    format: str
    sizes: list[tuple[int, int]]
    decoded: int
    frames: int
    points: tuple[int, int] | None


class TooMany(Exception):
    """More boxes or items than are looked at."""


class _Box(NamedTuple):
    kind: bytes
    within: bytes
    start: int
    end: int


class _Found:
    """What is gathered on the way through a file."""

    def __init__(self) -> None:
        self.counted: dict[bytes, int] = {}
        self.frames = 0
        self.shown = 0
        self.properties: list[_Box] = []
        self.of_item: dict[int, list[int]] = {}
        """The numbers of its properties, from 1."""
        self.made_of: dict[int, list[int]] = {}
        self.has_wide_names = False
        self.tracks: list[tuple[int, int]] = []
        self.track_points: tuple[int, int] | None = None

    def count(self, kind: bytes, number: int) -> None:
        self.counted[kind] = self.counted.get(kind, 0) + number
        if self.counted[kind] > MOST_ITEMS:
            raise TooMany


def brands_of(data: bytes) -> frozenset[bytes]:
    """What it says it is, as its first box names it: of BRANDS those that are there."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(data[:4], "big"), 400)
    return BRANDS.intersection((data[8:12], *(data[place : place + 4] for place in range(16, end - 3, 4))))


def boxes_of(data: bytes) -> Boxes:
    """Raises TooMany; struct.error and IndexError where something is cut off, and where no picture has a size."""
    found = _Found()
    for box in walk(data):
        if box.within == b"ipco":
            found.properties.append(box)
        elif reader := _READERS.get(box.kind):
            reader(data, box, found)
    shown = _size(data, found, found.shown)
    sizes = [_pair(data, box.start + 4) for box in found.properties if box.kind == b"ispe"]
    sizes = [*([shown] if shown else []), *found.tracks, *sizes]
    parts = [_size(data, found, item) for item in found.made_of.get(found.shown, [])]
    return Boxes(
        format="AVIF" if {b"avif", b"avis"} & brands_of(data) else "HEIF",
        sizes=sizes,
        decoded=max(sizes[0][0] * sizes[0][1], sum(width * height for width, height in filter(None, parts))),
        frames=found.frames,
        points=_points(data, found),
    )


def walk(data: bytes) -> Iterator[_Box]:
    """Every box, outer ones first. One that says it is longer than what it lies in ends there."""
    count = 0
    left = [(0, len(data), b"")]
    while left:
        place, end, within = left.pop()
        while place + 8 <= end:
            count += 1
            if count > MOST_BOXES:
                raise TooMany
            size, kind = unpack_from(">I4s", data, place)
            head = 8
            if size == 1:
                size, head = unpack_from(">Q", data, place + 8)[0], 16
            size = size or end - place
            if size < head:
                raise error("a box is shorter than its own head")
            box = _Box(kind, within, place + head, min(place + size, end))
            yield box
            if kind in _INSIDE:
                left.append((box.start + _INSIDE[kind] - 8, box.end, kind))
            place += size


# ---------------------------------------------------------------- items
def _items(data: bytes, box: _Box, found: _Found) -> None:
    found.count(box.kind, _number(data, box.start + 4, is_wide=data[box.start] > 0))


def _primary(data: bytes, box: _Box, found: _Found) -> None:
    found.shown = _number(data, box.start + 4, is_wide=data[box.start] > 0)


def _associations(data: bytes, box: _Box, found: _Found) -> None:
    is_wide, bits = data[box.start] > 0, "H" if data[box.start + 3] & 1 else "B"
    count = unpack_from(">I", data, box.start + 4)[0]
    found.count(box.kind, count)
    place = box.start + 8
    for _ in range(count):
        item = _number(data, place, is_wide=is_wide)
        place += 4 if is_wide else 2
        length, mask = data[place], 0x7FFF if bits == "H" else 0x7F
        numbers = unpack_from(f">{length}{bits}", data, place + 1)
        found.of_item.setdefault(item, []).extend(number & mask for number in numbers)
        place += 1 + length * (2 if bits == "H" else 1)


def _references(data: bytes, box: _Box, found: _Found) -> None:
    found.has_wide_names = data[box.start] > 0


def _parts(data: bytes, box: _Box, found: _Found) -> None:
    """What a picture is put together of, each as often as it is used."""
    wide = found.has_wide_names
    item, count = _number(data, box.start, is_wide=wide), unpack_from(">H", data, box.start + (4 if wide else 2))[0]
    found.count(box.kind, count)
    parts = unpack_from(f">{count}{'I' if wide else 'H'}", data, box.start + (6 if wide else 4))
    found.made_of.setdefault(item, []).extend(parts)


def _number(data: bytes, place: int, *, is_wide: bool) -> int:
    number: int = unpack_from(">I" if is_wide else ">H", data, place)[0]
    return number


def _pair(data: bytes, place: int) -> tuple[int, int]:
    width, height = unpack_from(">II", data, place)
    return width, height


def _property(found: _Found, item: int, kind: bytes) -> list[_Box]:
    numbers = (number - 1 for number in found.of_item.get(item, []) if 0 < number <= len(found.properties))
    return [found.properties[number] for number in numbers if found.properties[number].kind == kind]


def _size(data: bytes, found: _Found, item: int) -> tuple[int, int] | None:
    boxes = _property(found, item, b"ispe")
    return _pair(data, boxes[0].start + 4) if boxes else None


def _points(data: bytes, found: _Found) -> tuple[int, int] | None:
    for item in (found.shown, *found.made_of.get(found.shown, [])[:1]):
        for box in _property(found, item, b"colr"):
            if points := _nclx(data, box):
                return points
    return found.track_points


def _nclx(data: bytes, box: _Box) -> tuple[int, int] | None:
    if data[box.start : box.start + 4] != b"nclx":
        return None
    primaries, transfer = unpack_from(">HH", data, box.start + 4)
    return primaries, transfer


# ---------------------------------------------------------------- tracks
def _track(data: bytes, box: _Box, found: _Found) -> None:
    width, height = _pair(data, box.start + (88 if data[box.start] else 76))
    if width and height:
        found.tracks.append((width >> 16, height >> 16))


def _coded(data: bytes, box: _Box, found: _Found) -> None:
    if box.within == b"stsd":
        width, height = unpack_from(">HH", data, box.start + 24)
        found.tracks.append((width, height))


def _samples(data: bytes, box: _Box, found: _Found) -> None:
    found.frames = max(found.frames, unpack_from(">I", data, box.start + 8)[0])


def _track_colours(data: bytes, box: _Box, found: _Found) -> None:
    if box.within in _CODED:
        found.track_points = found.track_points or _nclx(data, box)


_READERS: dict[bytes, Callable[[bytes, _Box, _Found], None]] = {
    b"iinf": _items,
    b"pitm": _primary,
    b"ipma": _associations,
    b"iref": _references,
    b"dimg": _parts,
    b"tkhd": _track,
    b"stsz": _samples,
    b"colr": _track_colours,
    **dict.fromkeys(_CODED, _coded),
}
