"""Zip archives made while they are written away: neither in memory nor on this machine's disk."""

import contextlib
import io
import os
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.files.base import File
from django.core.files.storage import storages
from django.utils import timezone

from config.core.errors import Upstream
from config.core.files import STORAGE_FAULTS, files_drop
from config.core.models import DiscardedFile

PIECE: Final = 256 * 1024


class Member(NamedTuple):
    name: str
    chunks: Iterable[bytes]
    packs_well: bool


class _Sink(io.RawIOBase):
    """What was written since it was last asked."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.held = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self.held += len(data)
        return len(data)

    def taken(self) -> bytes:
        whole, self._parts, self.held = b"".join(self._parts), [], 0
        return whole


def zipped(members: Iterable[Member]) -> Iterator[bytes]:
    """The archive, in pieces. Members and their chunks are asked for one after the other."""
    sink, now = _Sink(), timezone.now().timetuple()[:6]
    with ZipFile(sink, "w") as archive:
        for member in members:
            info = ZipInfo(member.name, date_time=now)
            info.compress_type = ZIP_DEFLATED if member.packs_well else ZIP_STORED
            info.external_attr = 0o600 << 16
            with archive.open(info, "w", force_zip64=True) as written:
                for chunk in member.chunks:
                    written.write(chunk)
                    if sink.held >= PIECE:
                        yield sink.taken()
    yield sink.taken()


def stream_write(storage: str, name: str, pieces: Iterable[bytes]) -> tuple[DiscardedFile, int]:
    """Write what is being made to a storage; its reservation, as `file_write` gives it, and how many bytes it has.

    `pieces` are asked for in this thread, with its database connection; the storage reads them from a pipe in another.
    What they raise leaves, and nothing of the file stays. Raises Upstream. It must end within `files.SWEPT_AFTER`.
    """
    reserved = DiscardedFile.objects.create(storage=storage, name=name)
    reading, writing = os.pipe()
    faults: list[BaseException] = []

    def take() -> None:
        try:
            with os.fdopen(reading, "rb") as source:  # closed by a fault, so that who writes stops
                if storages[storage].save(name, File(source, name)) != name:
                    raise OSError("the name was taken")
        except BaseException as fault:  # raised in the other thread
            faults.append(fault)

    thread = threading.Thread(target=take, name="stream_write")
    thread.start()
    size, is_whole = 0, False
    try:
        with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb") as sink:
            for piece in pieces:
                size += sink.write(piece)
            is_whole = True
    finally:
        thread.join()
        if faults or not is_whole:
            files_drop([reserved])
    if faults and isinstance(faults[0], STORAGE_FAULTS):
        raise Upstream("The file could not be stored. Please try again later.") from faults[0]
    if faults:
        raise faults[0]
    return reserved, size
