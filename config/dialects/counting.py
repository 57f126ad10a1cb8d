"""How many rows a list has, without counting a big table for every page."""

import hashlib
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

# Up to here a count is exact every time. A longer list's count may be as old as COUNT_SECONDS.
EXACT_UP_TO = 2000
COUNT_SECONDS = 30
# The largest page or offset that is read: past the end of any list, and still a number to databases and JSON.
FURTHEST = 2**31 - 1


def count_of(rows: Any) -> int:
    if not isinstance(rows, QuerySet):
        return len(rows)
    # Some lists know a simpler query of the same rows, without the joins that only bring columns.
    simpler = getattr(rows, "counted", None)
    bare = (rows if simpler is None else simpler).order_by()
    try:
        statement, parameters = bare.query.sql_with_params()
    except EmptyResultSet:
        return 0
    digest = hashlib.blake2b(f"{statement}{parameters!r}".encode(), digest_size=16).hexdigest()
    key = f"count:{digest}"
    known: int | None = cache.get(key)
    if known is None:
        known = bare.count()
        if known > EXACT_UP_TO:
            cache.set(key, known, timeout=COUNT_SECONDS)
    return known
