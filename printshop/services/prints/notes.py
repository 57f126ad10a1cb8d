"""What is written about prints that wait: thousands of rows in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from printshop.models import ScheduledPrint


@dataclass(frozen=True, slots=True)
class Written:
    print_id: int
    code: str
    words: str
    start: datetime | None


def notes_write(notes: Sequence[Written]) -> None:
    """Of locked prints."""
    if not notes:
        return
    table = ScheduledPrint._meta.db_table
    if connection.vendor == "postgresql":
        rows = "jsonb_to_recordset(%s::jsonb) AS new(id bigint, code text, words text, start timestamptz)"
    else:
        names = ("id", "code", "words", "start")
        columns = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in names)
        rows = f"(SELECT {columns} FROM json_each(%s)) AS new"  # noqa: S608 (names of ours alone)
    sql = (
        f"UPDATE {table} SET waiting_code = new.code, waiting_reason = new.words, scheduled_start = new.start "  # noqa: S608
        f"FROM {rows} WHERE {table}.id = new.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [orjson.dumps([_row(note) for note in notes]).decode()])


def _row(note: Written) -> dict[str, Any]:
    return {"id": note.print_id, "code": note.code, "words": note.words, "start": _moment(note.start)}


def _moment(moment: datetime | None) -> str | None:
    """As both databases read it: UTC."""
    if moment is None:
        return None
    text = moment.strftime("%Y-%m-%d %H:%M:%S.%f")
    return f"{text}+00" if connection.vendor == "postgresql" else text
