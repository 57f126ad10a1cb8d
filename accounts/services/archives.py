"""What is in an export: a JSON file of each kind of thing, the files that the person uploaded, and what is left out."""

from collections.abc import Callable, Iterable, Iterator
from itertools import compress
from typing import Any, Final

import orjson
from django.core.files.storage import storages
from django.utils import timezone

from accounts.models import User
from config.core.files import STORAGE_FAULTS
from config.core.own_data import StoredFile, own_data
from config.core.zips import PIECE, Member

ABOUT: Final = (
    "What Atelier has of your account. Each JSON file is a list of one kind of thing; amounts have their currency"
    " beside them, times are in UTC, other people appear by their user names. files.json says which files could be"
    " read."
)
A_FILE: Final = 50
"""What a file counts for in the percentage, in rows."""


def archive_of(user: User, progress: Callable[[int], None]) -> Iterator[Member]:
    """The members of the zip, read while they are written. `progress` is told the percentage again and again."""
    parts = own_data()
    given = [each for part in parts for each in part.given]
    files = [each for part in parts for each in part.files]
    rows = {each.name: each.rows(user.pk).count() for each in given}
    stored = [each.rows(user.pk).count() for each in files]
    work = _Work(sum(rows.values()) + A_FILE * sum(stored), progress)
    about = {
        "about": ABOUT,
        "account": user.username,
        "made_at": timezone.now(),
        "rows": rows,
        "files": sum(stored),
        "left_out": {column: why for part in parts for column, why in part.left_out.items()},
    }
    yield Member("about.json", [orjson.dumps(about, option=orjson.OPT_INDENT_2)], packs_well=True)
    for each in given:
        records = each.records(user.pk) if rows[each.name] else ()  # most people have few kinds of things
        yield Member(f"{each.name}.json", _listed(work.counted(records, 1)), packs_well=True)
    found: list[dict[str, Any]] = []
    for kind in compress(files, stored):
        for file in work.counted(kind.files(user.pk), A_FILE):
            source = _opened(file)
            found.append({"path": file.path, "is_included": source is not None})
            if source is not None:
                with source:
                    yield Member(file.path, work.watched(source.chunks(PIECE)), packs_well=False)
    yield Member("files.json", _listed(found), packs_well=True)


class _Work:
    def __init__(self, whole: int, progress: Callable[[int], None]) -> None:
        self.whole, self.done, self.progress = max(whole, 1), 0, progress

    def counted(self, things: Iterable[Any], weight: int) -> Iterator[Any]:
        for thing in things:
            yield thing
            self.done += weight
            self.progress(self.done * 100 // self.whole)

    def watched(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """A large file takes its time."""
        for chunk in chunks:
            self.progress(self.done * 100 // self.whole)
            yield chunk


def _listed(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """A JSON array, a record a line."""
    before = b"[\n"
    for record in records:
        yield before + orjson.dumps(record, default=str, option=orjson.OPT_UTC_Z)
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _opened(file: StoredFile) -> Any:
    """None for one that is not there, or cannot be read."""
    try:
        return storages[file.storage].open(file.stored)
    except STORAGE_FAULTS:
        return None
