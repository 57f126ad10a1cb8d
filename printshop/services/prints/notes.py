"""What is written about prints that wait: thousands of rows in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from printshop.json_rows import as_json, moment_text, rows_from_json
from printshop.models import ScheduledPrint

COLUMNS: Final = {"id": "bigint", "code": "text", "words": "text", "start": "timestamptz"}


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
    sql = (
        f"UPDATE {table} SET waiting_code = new.code, waiting_reason = new.words, scheduled_start = new.start "  # noqa: S608
        f"FROM {rows_from_json(COLUMNS)} WHERE {table}.id = new.id"
    )
    rows = (
        {"id": note.print_id, "code": note.code, "words": note.words, "start": moment_text(note.start)}
        for note in notes
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [as_json(rows)])
