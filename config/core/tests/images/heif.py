"""HEIF and AVIF files put together by hand, from coded pictures that another program has made.

No encoder of HEVC is among what the platform is built with; see files/README.md for how the coded ones were made.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

from config.core.images.boxes import walk

FILES = Path(__file__).parent / "files"


class Coded(NamedTuple):
    """One coded picture: its bytes, and the box that says how to decode it (hvcC or av1C)."""

    data: bytes
    settings: bytes


class Item(NamedTuple):
    """`properties` are boxes. `made_of`: the numbers, from 1, of the items that it is put together of."""

    kind: bytes
    data: bytes
    properties: tuple[bytes, ...] = ()
    made_of: tuple[int, ...] = ()


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]), *parts)


def size(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def turned(quarters: int) -> bytes:
    """Anticlockwise."""
    return box(b"irot", bytes([quarters]))


def points(primaries: int, transfer: int) -> bytes:
    return box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, 6, 0x80))


def profile(data: bytes) -> bytes:
    return box(b"colr", b"prof", data)


def grid(rows: int, columns: int, width: int, height: int) -> bytes:
    """What says how tiles lie, in 32 bits."""
    return struct.pack(">4B2I", 0, 1, (rows - 1) & 255, (columns - 1) & 255, width, height)


def coded_of(data: bytes) -> Coded:
    """The first coded picture of a file that an encoder made: one item, all of its data at the end."""
    boxes = list(walk(data))
    (settings,) = (data[one.start - 8 : one.end] for one in boxes if one.kind in (b"hvcC", b"av1C"))
    (coded,) = (data[one.start : one.end] for one in boxes if one.kind == b"mdat")
    return Coded(coded, settings)


def patches() -> Coded:
    """64 by 64 pixels: (200, 100, 50) and green above, blue and grey below."""
    return coded_of((FILES / "patches.heic").read_bytes())


def heif(*items: Item, brand: bytes = b"heic", count: int | None = None) -> bytes:
    """A file whose first item is shown. `count`: how many items it says it has."""
    shared = sorted({one for item in items for one in item.properties})
    associations = b"".join(
        struct.pack(">HB", number, len(item.properties))
        + bytes(0x80 | shared.index(one) + 1 for one in item.properties)
        for number, item in enumerate(items, 1)
    )
    infos = [
        full(b"infe", struct.pack(">HH4sB", number, 0, item.kind, 0), version=2) for number, item in enumerate(items, 1)
    ]
    references = [
        box(b"dimg", struct.pack(f">HH{len(item.made_of)}H", number, len(item.made_of), *item.made_of))
        for number, item in enumerate(items, 1)
        if item.made_of
    ]
    head = box(b"ftyp", brand, b"\0\0\0\0", b"mif1", brand)

    def meta(begin: int) -> bytes:
        places = []
        for number, item in enumerate(items, 1):
            places.append(struct.pack(">HHHII", number, 0, 1, begin, len(item.data)))
            begin += len(item.data)
        return full(
            b"meta",
            full(b"hdlr", b"\0\0\0\0pict", b"\0" * 13),
            full(b"pitm", struct.pack(">H", 1)),
            full(b"iloc", b"\x44\0", struct.pack(">H", len(items)), *places),
            full(b"iinf", struct.pack(">H", len(items) if count is None else count), *infos),
            *([full(b"iref", *references)] if references else []),
            box(b"iprp", box(b"ipco", *shared), full(b"ipma", struct.pack(">I", len(items)), associations)),
        )

    begin = len(head) + len(meta(0)) + 8
    return head + meta(begin) + box(b"mdat", *(item.data for item in items))


def tiled(rows: int, columns: int, width: int, height: int, *properties: bytes, coded: Coded | None = None) -> bytes:
    """A picture as telephones store it: tiles of 64 by 64 pixels, each the same, cut off at its edges."""
    coded = coded or patches()
    kind = b"hvc1" if coded.settings[4:8] == b"hvcC" else b"av01"
    tile = Item(kind, coded.data, (coded.settings, size(64, 64)))
    tiles = tuple(range(2, 2 + rows * columns))
    whole = Item(b"grid", grid(rows, columns, width, height), (size(width, height), *properties), tiles)
    return heif(whole, *([tile] * len(tiles)), brand=b"heic" if kind == b"hvc1" else b"avif")
