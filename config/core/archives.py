"""Entries out of a zip that may be hostile. No Django.

Of the archive only its directory is read, after its size is known, and the entries asked for, each up to a limit of
what comes out of it, whatever the directory says.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

END: Final = b"PK\x05\x06"
END_BYTES: Final = 22
END_LOCATOR: Final = b"PK\x06\x07"
END_64: Final = b"PK\x06\x06"
LONGEST_COMMENT: Final = 65_535
MOST_ENTRIES: Final = 5_000
MOST_DIRECTORY: Final = 2 * 1024 * 1024
PIECE: Final = 256 * 1024
_FAULTS: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    zlib.error,
    EOFError,
    ValueError,
    struct.error,
)


class BrokenArchive(Exception):
    """No sound 3MF archive; the words say why."""


@contextmanager
def opened(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Raises BrokenArchive: no zip, or one whose directory is larger than that of any 3MF file."""
    _check_directory(file)
    try:
        archive = zipfile.ZipFile(file)
    except _FAULTS as error:
        raise BrokenArchive("The file is no sound 3MF archive.") from error
    with archive:
        yield archive


def entry(archive: zipfile.ZipFile, name: str, *, most: int) -> bytes | None:
    """Its bytes; None when there is none. Raises BrokenArchive as `pieces` does."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    return b"".join(pieces(archive, info, most=most))


def pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, most: int) -> Iterator[bytes]:
    """What is in an entry, a piece after the other. Raises BrokenArchive for more than `most` bytes, for one that is
    damaged or encrypted, and for one that is packed otherwise than a 3MF's."""
    if info.flag_bits & 1:
        raise BrokenArchive("The file is encrypted: it must have no password.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # 3MF knows no other
        raise BrokenArchive("The file is packed in a way that no 3MF is.")
    if info.file_size > most:  # `zipfile` gives no more than this
        raise BrokenArchive(f"{info.filename} is too large.")
    try:
        with archive.open(info) as opened_entry:
            while piece := opened_entry.read(PIECE):
                yield piece
    except _FAULTS as error:
        raise BrokenArchive("The file is no sound 3MF archive.") from error


def _check_directory(file: IO[bytes]) -> None:
    """Before `zipfile` reads a directory of any length into memory."""
    size = file.seek(0, 2)
    tail_at = max(0, size - END_BYTES - LONGEST_COMMENT)
    file.seek(tail_at)
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_BYTES:
        raise BrokenArchive("The file is no 3MF archive.")
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    locator = tail[max(0, at - 20) : at]
    if locator.startswith(END_LOCATOR) and len(locator) == 20:
        where = int.from_bytes(locator[8:16], "little")
        for place in (where, max(0, tail_at + at - 20 - 56)):  # as `zipfile` finds it, and as it says itself
            if place >= size:
                continue
            file.seek(place)
            record = file.read(56)
            if record.startswith(END_64) and len(record) == 56:
                entries = max(entries if entries < 0xFFFF else 0, int.from_bytes(record[32:40], "little"))
                directory = max(directory if directory < 0xFFFFFFFF else 0, int.from_bytes(record[40:48], "little"))
    if entries > MOST_ENTRIES or directory > MOST_DIRECTORY:
        raise BrokenArchive("The archive has too many entries.")
    file.seek(0)
