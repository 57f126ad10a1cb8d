"""Values for many rows in one parameter, as something to update from: a list of JSON objects, on both databases."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db import connection


def rows_from_json(columns: Mapping[str, str]) -> str:
    """SQL that takes one parameter, `as_json`, and names its rows `new`: to put after UPDATE's FROM.

    `columns` are names of ours, with PostgreSQL's types.
    """
    if connection.vendor == "postgresql":
        types = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"jsonb_to_recordset(%s::jsonb) AS new({types})"
    names = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {names} FROM json_each(%s)) AS new"  # noqa: S608 (names of ours alone)


def as_json(rows: Iterable[Mapping[str, Any]]) -> str:
    return orjson.dumps(list(rows)).decode()


def moment_text(moment: datetime | None) -> str | None:
    """As both databases read it: UTC."""
    if moment is None:
        return None
    text = moment.strftime("%Y-%m-%d %H:%M:%S.%f")
    return f"{text}+00" if connection.vendor == "postgresql" else text
