"""SQLite's own file, as it was at one moment, whatever is written meanwhile."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from django.db import connection, connections

from adminpanel.errors import BackupRefused
from adminpanel.services.backups.contents import Table

FILE: Final = "db.sqlite3"


def rows_dump(folder: Path, tell: Callable[[str], None]) -> tuple[dict[str, Table], dict[str, int]]:
    connection.ensure_connection()
    with closing(sqlite3.connect(folder / FILE)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        tables = _tables(copy)
    tell(f"database: 100 %, {sum(table.rows for table in tables.values())} rows")
    return tables, {}


def rows_load(folder: Path, tables: dict[str, Table], tell: Callable[[str], None]) -> None:
    """Put the file in the place of the one that is there, once it is proven to hold the rows that were backed up. No
    process of the platform may have that open. Raises BackupRefused."""
    target = Path(connection.settings_dict["NAME"])
    target.parent.mkdir(parents=True, exist_ok=True)
    coming = target.with_name(f"{target.name}.restoring")
    try:
        shutil.copyfile(folder / FILE, coming)
        coming.chmod(0o600)
        with closing(sqlite3.connect(coming)) as database:
            [(words,)] = database.execute("PRAGMA integrity_check").fetchall()
            found = _tables(database)
        if words != "ok" or found != tables:
            raise BackupRefused("The database in the backup is not what was backed up.")
        with coming.open("rb") as written:
            os.fsync(written.fileno())
        connections.close_all()
        for rest in ("-wal", "-shm"):  # of the file before: they must not be taken for the new one's
            target.with_name(f"{target.name}{rest}").unlink(missing_ok=True)
        coming.replace(target)
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"The database in the backup cannot be read: {error}.") from None
    finally:
        coming.unlink(missing_ok=True)
    tell(f"database: 100 %, {sum(table.rows for table in tables.values())} rows")


def numbers_skip(fewest: int) -> None:
    """Let the numbers of all tables go on twice as far, and at least `fewest` further."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sqlite_sequence SET seq = max(2 * seq, seq + %s)", [fewest])
        cursor.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT name, %s FROM sqlite_master WHERE type = 'table' "
            "AND sql LIKE '%%AUTOINCREMENT%%' AND name NOT IN (SELECT name FROM sqlite_sequence)",
            [fewest],
        )


def _tables(database: sqlite3.Connection) -> dict[str, Table]:
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found = {}
    for name in names:
        rows, digest = 0, hashlib.sha256()
        for row in database.execute(f'SELECT * FROM "{name}" ORDER BY rowid'):  # noqa: S608 (a name of the database's)
            rows += 1
            digest.update(repr(row).encode())
        found[name] = Table(rows, digest.hexdigest())
    return found
