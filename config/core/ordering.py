"""Orders that are the same each time: what is equal in the asked column follows by its key, in the same direction."""

from typing import Any

from django.db.models import QuerySet


def ordered(rows: QuerySet[Any], ordering: str, *, key: str = "pk") -> QuerySet[Any]:
    """`ordering` is a column, with a leading minus for descending."""
    return rows.order_by(ordering, f"-{key}" if ordering.startswith("-") else key)
