"""Rows that nobody needs for ever, removed when they are old enough (settings.KEEP)."""

import time
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

BATCH: Final = 1000
SECONDS: Final = 60.0
"""Then the rest is the next run's, so that nothing else waits long for a worker."""


def old_remove(rows: QuerySet[Any], kept_as: str, column: str) -> int:
    """Remove what is older than settings.KEEP[kept_as], a batch at a time. How many rows.

    For rows that are written in the order of `column` and never change it: they are found at the beginning of their
    ids, whether or not the column has an index.
    """
    before = timezone.now() - settings.KEEP[kept_as]
    until, removed = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        oldest = list(rows.order_by("pk").values_list("pk", column)[:BATCH])
        over = [pk for pk, moment in oldest if moment < (before if hasattr(moment, "hour") else before.date())]
        removed += rows.filter(pk__in=over).delete()[0]
        if len(over) < BATCH:
            break
    return removed
