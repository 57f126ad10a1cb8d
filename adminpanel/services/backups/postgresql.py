"""PostgreSQL's rows, table by table, by COPY: no program of PostgreSQL's is needed, nor the same version of it.

They are read at one moment, whatever is written meanwhile. They are put back in one transaction, which compares what
then stands in each table with what was read, and is only committed when it is the same.
"""

import gzip
import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from django.db import connection
from psycopg.sql import SQL, Composed, Identifier

from adminpanel.errors import BackupRefused
from adminpanel.services.backups.contents import Table, pieces_of, within

# So that the same rows are always written alike.
WRITTEN_ALIKE: Final = (
    *("TIME ZONE 'UTC'", "DateStyle TO 'ISO, MDY'", "IntervalStyle TO 'postgres'", "extra_float_digits TO 1"),
    *("bytea_output TO 'hex'", "statement_timeout TO 0", "idle_in_transaction_session_timeout TO 0"),
)

SEQUENCES_OF_TABLES: Final = (
    "FROM pg_sequences, pg_depend, pg_class "
    "WHERE schemaname = current_schema() AND objid = to_regclass(quote_ident(sequencename)) "
    "AND classid = 'pg_class'::regclass AND refclassid = classid AND refobjid = pg_class.oid "
    "AND deptype IN ('a', 'i') AND relname = ANY (%s)"
)


def rows_dump(folder: Path, tell: Callable[[str], None]) -> tuple[dict[str, Table], dict[str, int]]:
    """Write all tables into the folder. Their rows and digests, and where the sequences stand."""
    tables: dict[str, Table] = {}
    with _transaction("ISOLATION LEVEL REPEATABLE READ, READ ONLY") as cursor:
        names = _tables(cursor)
        for number, name in enumerate(names, 1):
            columns = _columns(cursor, name)
            with gzip.open(folder / f"{name}.copy.gz", "wb", compresslevel=5) as output:
                tables[name] = _read(cursor, name, columns, output.write)
            tell(f"database: {100 * number // len(names)} %, {name}, {tables[name].rows} rows")
        sequences = _sequences(cursor, names)
    return tables, sequences


def rows_load(folder: Path, tables: dict[str, Table], sequences: dict[str, int], tell: Callable[[str], None]) -> None:
    """Put the rows in the place of those that are there. All of it, exactly, or nothing: raises BackupRefused."""
    try:
        _load(folder, tables, sequences, tell)
    except (psycopg.Error, OSError, EOFError) as error:
        raise BackupRefused(f"The backup cannot be put back: {str(error).splitlines()[0]}.") from None


def _load(folder: Path, tables: dict[str, Table], sequences: dict[str, int], tell: Callable[[str], None]) -> None:
    with _transaction("ISOLATION LEVEL READ COMMITTED") as cursor:
        here = set(_tables(cursor))
        if different := here ^ set(tables):
            raise BackupRefused(f"The tables are not those of the backup: {', '.join(sorted(different))}.")
        every = SQL(", ").join(map(Identifier, sorted(tables)))
        cursor.execute(SQL("TRUNCATE {} RESTART IDENTITY").format(every))
        for name in tables:  # what triggers watch over was watched over when it was written
            cursor.execute(SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(Identifier(name)))
        for number, (name, table) in enumerate(tables.items(), 1):
            copy = SQL("COPY {} ({}) FROM STDIN").format(Identifier(name), _named(table.columns))
            with gzip.open(within(folder, f"{name}.copy.gz")) as rows, cursor.copy(copy) as output:
                for piece in pieces_of(rows):
                    output.write(piece)
            tell(f"database: {50 * number // len(tables)} %, {name}, {table.rows} rows")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in tables:
            cursor.execute(SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(Identifier(name)))
        for name, last in sequences.items():
            cursor.execute("SELECT setval(to_regclass(quote_ident(%s)), %s)", [name, last])
        for number, (name, table) in enumerate(tables.items(), 1):
            found = _read(cursor, name, table.columns, lambda _piece: None)
            if (found.rows, found.digest) != (table.rows, table.digest):
                raise BackupRefused(f"{name} is not what was backed up: {found.rows} rows instead of {table.rows}.")
            tell(f"database: {50 + 50 * number // len(tables)} %, {name} proven")


def numbers_skip(fewest: int) -> None:
    """Let the sequences of all tables go on twice as far, and at least `fewest` further."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(objid::regclass, greatest(2 * coalesce(last_value, 0), coalesce(last_value, 0) + %s)) "
            f"{SEQUENCES_OF_TABLES}",
            [fewest, _tables(cursor)],
        )


def others_connected() -> int:
    """How many connections other processes have to the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


# ---------------------------------------------------------------- parts
@contextmanager
def _transaction(kind: str) -> Iterator[Any]:
    """On a connection of its own: Django's keeps its settings."""
    own = connection.copy()
    own.ensure_connection()
    with closing(own), own.connection.transaction(), own.connection.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION {kind}")
        for setting in WRITTEN_ALIKE:
            cursor.execute(f"SET LOCAL {setting}")
        yield cursor


def _tables(cursor: Any) -> list[str]:
    """Those of the platform; others may share the database."""
    cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'")
    there = {name for (name,) in cursor.fetchall()}
    return sorted(there & set(connection.introspection.django_table_names(include_views=False)))


def _sequences(cursor: Any, tables: list[str]) -> dict[str, int]:
    """Where those of these tables stand. Others, such as that of migrations, count what is not put back."""
    cursor.execute(f"SELECT sequencename, last_value {SEQUENCES_OF_TABLES} AND last_value > 0", [tables])
    return dict(cursor.fetchall())


def _columns(cursor: Any, table: str) -> list[str]:
    """Without those that the database works out."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(quote_ident(%s)) AND attnum > 0 "
        "AND NOT attisdropped AND attgenerated = '' ORDER BY attname",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def _named(columns: list[str]) -> Composed:
    return SQL(", ").join(map(Identifier, columns))


def _read(cursor: Any, table: str, columns: list[str], take: Callable[[bytes], Any]) -> Table:
    """In the order of its key: the same rows have the same digest, however they lie on the disk."""
    cursor.execute(
        "SELECT attname FROM pg_index, pg_attribute WHERE indrelid = to_regclass(quote_ident(%s)) AND indisprimary "
        "AND attrelid = indrelid AND attnum = ANY (indkey) ORDER BY attname",
        [table],
    )
    key = [name for (name,) in cursor.fetchall()]
    rows, digest = 0, hashlib.sha256()
    query = SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        _named(columns), Identifier(table), _named(key or columns)
    )
    with cursor.copy(query) as copy:
        for block in copy:
            piece = bytes(block)
            rows += piece.count(b"\n")  # one within a value is written otherwise
            digest.update(piece)
            take(piece)
    return Table(rows, digest.hexdigest(), columns)
