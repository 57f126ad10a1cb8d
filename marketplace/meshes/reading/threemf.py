"""3MF: an archive that declares its unit."""

from __future__ import annotations

import re
import struct
import zipfile
from typing import BinaryIO

from marketplace.meshes.formats import BrokenMesh

from .read import Read
from .scenes import gathered, scene_of

MAX_UNPACKED = 400 * 1024 * 1024
"""Bytes of all the entries of a 3MF archive together, as its list of contents declares them."""
MAX_ENTRIES = 2_000
MAX_PLACED = 20_000
"""How often the parts of a 3MF file may be placed in all. Each object may hold others, which hold others: thirty lines
can place one part a thousand million times."""

_MILLIMETRES = {
    "micron": 0.001,
    "millimeter": 1.0,
    "millimeters": 1.0,
    "centimeter": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "meter": 1000.0,
}
_PLACING = re.compile(rb"<(?!vertex|triangle)(?:[\w.-]{1,40}:)?(object|component|item)\b([^<>]{0,2000})>")
_ID = re.compile(rb"""\s(?:object)?id\s{0,9}=\s{0,9}["'](\d{1,10})["']""")
_ENCODING = re.compile(rb"""\bencoding\s{0,9}=\s{0,9}["']([^"']{0,40})""")
_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"utf-16", b"utf-16le", b"utf-16be")


def read(file: BinaryIO) -> Read:
    _archive_check(file)
    file.seek(0)
    scene = scene_of(file, "3mf")
    units = {str(geometry.metadata.get("units", "millimeter")) for geometry in scene.geometry.values()}
    vertices, faces = gathered(scene)
    return Read(vertices * (_MILLIMETRES.get(units.pop(), 1.0) if units else 1.0), faces)


def _archive_check(file: BinaryIO) -> None:
    """Refuse archives that unpack to more than can be handled, and models that define entities."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise BrokenMesh("The 3MF file unpacks to more than can be handled.")
            if any(entry.flag_bits & 1 for entry in entries):
                raise BrokenMesh("The 3MF file is encrypted.")
            for entry in entries:
                if entry.filename.lower().endswith(".model"):
                    content = archive.read(entry)  # no more than was declared
                    _entities_check(content)
                    _placed_check(content.replace(b"\0", b""))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, struct.error) as error:
        raise BrokenMesh("The 3MF file is damaged and cannot be unpacked.") from error
    except Exception as error:
        if isinstance(error, (BrokenMesh, MemoryError)):
            raise
        raise BrokenMesh("The 3MF file is damaged and cannot be unpacked.") from error


def _entities_check(content: bytes) -> None:
    """Looked for in the bytes, and so in encodings alone in which they can be seen; 3MF allows two of them."""
    plain = content.replace(b"\0", b"")
    encoding = _ENCODING.search(plain[:200])
    begins = plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
    if not begins or (encoding is not None and encoding[1].lower() not in _ENCODINGS):
        raise BrokenMesh("The 3MF file is not written in UTF-8 or UTF-16, as it must be.")
    if b"<!DOCTYPE" in plain:
        raise BrokenMesh("The 3MF file defines entities, which a model has no use for.")


def _placed_check(plain: bytes) -> None:
    """Count how often parts are placed before any is. An object names others that came before it; of one in another
    part of the archive nothing is known here, and it counts once."""
    placed: dict[bytes, int] = {}
    within = b""
    for found in _PLACING.finditer(plain):
        kind, number = found[1], _ID.search(found[2])
        if number is None:
            continue
        if kind == b"object":
            within, placed[number[1]] = number[1], 1
        elif kind == b"component":
            placed[within] = placed.get(within, 0) + placed.get(number[1], 1)
            if placed[within] > MAX_PLACED:
                raise BrokenMesh(f"The 3MF file places its parts more than {MAX_PLACED} times.")
