"""What is in the folder of a backup.

manifest.json        what the backup is of, and the digest of everything in it; written last
database/…           the rows: a file a table of PostgreSQL's, or SQLite's own file
files.sha256         a line a stored file, as `sha256sum --check` reads them
files/default/…      public files, by their names
files/private/…      private ones
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from gzip import GzipFile
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.utils.crypto import salted_hmac

from adminpanel.errors import BackupRefused

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
FILES: Final = "files"
DIGESTS: Final = "files.sha256"
PIECE: Final = 1024 * 1024


@dataclass(frozen=True)
class Table:
    """`digest` is of its rows in the order of their keys, as they are written; `columns` are those that have values of
    their own."""

    rows: int
    digest: str
    columns: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Manifest:
    """`migrations` are those that the database had, as "app.name". `parts` has the digest of each file of `database`,
    and of the list of stored files."""

    made_at: str
    database: str
    migrations: list[str]
    tables: dict[str, Table]
    sequences: dict[str, int]
    parts: dict[str, str]
    files: int | None
    file_bytes: int
    ledger_faults: int
    field_key: str
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def write(self, folder: Path) -> None:
        partial = folder / f"{MANIFEST}.part"
        partial.write_text(json.dumps(asdict(self), indent=1) + "\n")
        partial.replace(folder / MANIFEST)


def manifest_read(folder: Path) -> Manifest:
    """Raises BackupRefused for what is no backup, or none that this version can read."""
    try:
        said: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except FileNotFoundError:
        raise BackupRefused(f"{folder} is no backup, or one that was not finished: it has no {MANIFEST}.") from None
    except (OSError, ValueError) as error:
        raise BackupRefused(f"{folder / MANIFEST} cannot be read: {error}.") from None
    try:
        if said["format"] != FORMAT:
            raise BackupRefused(f"{folder} is a backup of another form ({said['format']}) than this version reads.")
        datetime.fromisoformat(said["made_at"])
        tables = {name: Table(**table) for name, table in said.pop("tables").items()}
        return Manifest(tables=tables, **said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BackupRefused(f"{folder / MANIFEST} is damaged: {error}.") from None


def key_check() -> str:
    """Tells whether a key is the one that secrets in the database were encrypted with, and nothing about it."""
    check = salted_hmac("atelier.backup", "field key", secret=settings.FIELD_ENCRYPTION_KEY, algorithm="sha256")
    return check.hexdigest()[:16]


def digest_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def pieces_of(file: IO[bytes] | GzipFile) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def within(folder: Path, name: str) -> Path:
    """A file of the backup. A list that was tampered with must not lead out of its folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BackupRefused(f"The backup names a file outside of itself: {name!r}.")
    return path
