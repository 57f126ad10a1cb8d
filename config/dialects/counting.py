"""How many rows a list has, without counting a big table for every page."""

import hashlib
import time
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

# Up to here a count is exact every time. A longer list's count may be as old as COUNT_SECONDS.
EXACT_UP_TO = 2000
COUNT_SECONDS = 30
# While one caller counts anew, the others go on with the last count, for as long as a count may take.
RECOUNT_SECONDS = 15
# The largest page or offset that is read: past the end of any list, and still a number to databases and JSON.
FURTHEST = 2**31 - 1

# What this process knows: by key, until when a count holds, and the count. That of a short list holds for no time; it
# says that there is no use in asking the cache.
_known: dict[str, tuple[float, int]] = {}
_MOST_KNOWN = 1000


def count_of(rows: Any) -> int:
    """The number of rows. A queryset whose `counted_as` is not None is known by that, others by their statement."""
    if not isinstance(rows, QuerySet):
        return len(rows)
    try:
        key = f"count:{_digest(rows)}"
    except EmptyResultSet:
        return 0
    now = time.time()
    known = _known.get(key)
    if known is not None and known[0] > now:
        return known[1]
    was_short = known is not None and known[1] <= EXACT_UP_TO
    known = None if was_short else _shared(key, now)
    return known[1] if known is not None else _counted(rows, key, now)


def _digest(rows: QuerySet[Any]) -> str:
    named = getattr(rows, "counted_as", None)
    # Making the statement costs more than most lists' own query: the hot lists say how they are known; for the others
    # it is enough which rows they are.
    identity: Any = _which(rows).query.sql_with_params() if named is None else (rows.db, named)
    return hashlib.blake2b(repr(identity).encode(), digest_size=16).hexdigest()


def _which(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With their keys alone, unless how many they are hangs on what is read of them."""
    asked = rows.order_by()
    query = asked.query
    by_columns = query.distinct or query.group_by is not None or query.has_select_fields
    return asked if by_columns or query.combinator or query.is_sliced else asked.values("pk")


def _shared(key: str, now: float) -> tuple[float, int] | None:
    """What all processes know. The first to find it too old is the one to count anew."""
    known: tuple[float, int] | None = cache.get(key)
    if known is None:
        return None
    _remember(key, known)
    if known[0] <= now and cache.add(f"{key}:anew", 1, timeout=RECOUNT_SECONDS):
        return None
    return known


def _counted(rows: QuerySet[Any], key: str, now: float) -> int:
    count = rows.order_by().count()
    if count > EXACT_UP_TO:
        known = (now + COUNT_SECONDS, count)
        cache.set(key, known, timeout=COUNT_SECONDS + RECOUNT_SECONDS)
        cache.delete(f"{key}:anew")
    else:
        before, known = _known.get(key), (0.0, count)
        if before is not None and before[1] > EXACT_UP_TO:
            cache.delete(key)
    _remember(key, known)
    return count


def _remember(key: str, known: tuple[float, int]) -> None:
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[key] = known
