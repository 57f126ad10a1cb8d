"""Stored files, public and private, on disk or in a bucket: copied one after the other, each with its digest."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from adminpanel.errors import BackupRefused
from adminpanel.services.backups.contents import DIGESTS, FILES, pieces_of, within

STORAGES: Final = ("default", "private")


def files_dump(folder: Path, tell: Callable[[str], None]) -> tuple[int, int]:
    """How many files were copied, and their bytes. What is removed meanwhile is left out: it was on its way out."""
    names = folder / "names.part"
    with names.open("w") as output:  # so that there is a percentage, and no list in memory
        total = sum(output.write(json.dumps(line) + "\n") > 0 for line in _all_names())
    copied = size = 0
    with names.open() as lines, (folder / DIGESTS).open("w") as digests:
        for number, line in enumerate(lines, 1):
            storage, name = json.loads(line)
            if "\n" in name or "\\" in name:
                raise BackupRefused(f"The stored file {name!r} has a name that cannot be listed.")
            target = within(folder, f"{FILES}/{storage}/{name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            try:
                with storages[storage].open(name) as source, target.open("wb") as copy:
                    for piece in pieces_of(source):
                        digest.update(piece)
                        copy.write(piece)
            except FileNotFoundError:
                target.unlink(missing_ok=True)
                continue
            copied, size = copied + 1, size + target.stat().st_size
            digests.write(f"{digest.hexdigest()}  {FILES}/{storage}/{name}\n")
            if number % 500 == 0 or number == total:
                tell(f"files: {100 * number // total} %, {number} of {total}")
    names.unlink()
    return copied, size


def files_listed(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Digest, storage and name of each file in the backup."""
    with (folder / DIGESTS).open() as lines:
        for line in lines:
            digest, _, path = line.rstrip("\n").partition("  ")
            storage, _, name = path.removeprefix(f"{FILES}/").partition("/")
            if storage not in STORAGES or not name or len(digest) != 64:
                raise BackupRefused(f"{DIGESTS} has a line that is none: {line[:200]!r}.")
            yield digest, storage, name


def are_there_any() -> bool:
    return next(_all_names(), None) is not None


def files_load(folder: Path, total: int, tell: Callable[[str], None]) -> None:
    """Write all files of the backup, in the place of those of the same name. Each is read with its digest as it is
    written, and must then have its size. Raises BackupRefused."""
    for number, (digest, storage, name) in enumerate(files_listed(folder), 1):
        source = within(folder, f"{FILES}/{storage}/{name}")
        with source.open("rb") as content:
            written = _Watched(content, name=source.name)
            try:
                _put(storages[storage], name, written)
            except SuspiciousOperation:
                raise BackupRefused(f"The backup names a file outside of the storage: {name!r}.") from None
        if written.digest.hexdigest() != digest or storages[storage].size(name) != source.stat().st_size:
            raise BackupRefused(f"The file {name} is not what was backed up.")
        if number % 500 == 0 or number == total:
            tell(f"files: {100 * number // max(total, 1)} %, {number} of {total}")


class _Watched(File):  # type: ignore[type-arg]
    """A file that is read from its beginning to its end, and its digest."""

    def __init__(self, content: object, name: str) -> None:
        super().__init__(content, name)  # type: ignore[arg-type]
        self.digest = hashlib.sha256()
        self._place = self._seen = 0

    def read(self, size: int = -1) -> bytes:
        opened: Any = self.file
        piece: bytes = opened.read(size)
        if self._place + len(piece) > self._seen:  # a part may be sent twice, and is digested once
            self.digest.update(piece[self._seen - self._place :] if self._place < self._seen else piece)
            self._seen = self._place + len(piece)
        self._place += len(piece)
        return piece

    def seek(self, place: int, whence: int = 0) -> int:
        opened: Any = self.file
        self._place = opened.seek(place, whence)
        return self._place


def _put(storage: Storage, name: str, content: _Watched) -> None:
    if not isinstance(storage, FileSystemStorage):
        with suppress(FileNotFoundError):
            storage.delete(name)
        if storage.save(name, content) != name:
            raise BackupRefused(f"The file {name} could not be stored under its name.")
        return
    target = Path(storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    coming = target.with_name(f".{target.name}.restoring")
    try:
        with coming.open("wb") as output:
            for piece in pieces_of(content):  # type: ignore[arg-type]
                output.write(piece)
        coming.replace(target)
    finally:
        coming.unlink(missing_ok=True)


def _all_names() -> Iterator[tuple[str, str]]:
    return ((name, stored) for name in STORAGES for stored in _names(storages[name]))


def _names(storage: Storage) -> Iterator[str]:
    """Of all files in a storage."""
    if isinstance(storage, FileSystemStorage):
        root = Path(storage.location)
        for folder, _folders, files in os.walk(root):
            for file in sorted(files):
                yield (Path(folder) / file).relative_to(root).as_posix()
        return
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        folders, files = storage.listdir(folder)
        prefix = f"{folder}/" if folder else ""
        waiting += [f"{prefix}{name}" for name in folders]
        yield from (f"{prefix}{name}" for name in files if name)
