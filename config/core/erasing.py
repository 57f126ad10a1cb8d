"""Taking away what an account's person has left behind, a part at a time.

An app's `person_erase` (settings.ERASERS) does one part in a transaction of its own and says whether nothing is left.
It finds what is left by looking, so that whoever begins again after a crash goes on where it ended.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest

BATCH: Final = 200
GONE: Final = "(deleted)"
"""What stands in place of somebody's words where something has to."""
Step = Callable[[int], int]


class Later(Exception):
    """What is left has to wait for something: come again."""


def name_of(user_id: int) -> str:
    """What an account is called whose person is gone."""
    return f"deleted-{user_id}"


def one_part(steps: Sequence[Step], user_id: int) -> bool:
    """Do the first step that finds something, once. Whether none did. A step says to how many rows it did it."""
    for step in steps:
        with transaction.atomic():
            if step(user_id):
                return False
    return True


def rows_delete(rows: QuerySet[Any]) -> int:
    """Some of them, with what hangs on them."""
    chosen = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return rows.model._default_manager.filter(pk__in=chosen).delete()[0]


def rows_write(rows: QuerySet[Any], **values: Any) -> int:
    """Give some of those that differ these values. Not for columns that others are written with, such as a search's."""
    differs = Q()
    for name, value in values.items():
        differs |= ~Q(**{name: value})
    chosen = list(rows.filter(differs).order_by("pk").values_list("pk", flat=True)[:BATCH])
    return rows.model._default_manager.filter(pk__in=chosen).update(**values)


def rows_uncount(rows: QuerySet[Any], to: str, column: str) -> int:
    """Delete some of them; the counter `column` of what each belongs to, by the foreign key `to`, follows."""
    chosen = list(rows.order_by("pk").values_list("pk", to)[:BATCH])
    counted: Any = rows.model._meta.get_field(to).related_model
    owners = locked(counted, [owner for _pk, owner in chosen])
    gone = list(rows.filter(pk__in=[pk for pk, _owner in chosen], **{f"{to}__in": owners}).values_list("pk", to))
    rows.model._default_manager.filter(pk__in=[pk for pk, _owner in gone]).delete()
    uncount(counted, [owner for _pk, owner in gone], column)
    return len(gone)


def uncount(model: type[models.Model], pks: Sequence[int], *columns: str) -> None:
    """Take one off the columns of each, as often as it is named. The rows are locked. A counter that was too low does
    not keep anybody here."""
    for pk, number in sorted(Counter(pks).items()):
        changes = {column: Greatest(F(column) - number, 0) for column in columns}
        model._default_manager.filter(pk=pk).update(**changes)


def locked(model: type[models.Model], pks: Sequence[int]) -> list[int]:
    """In the order of their ids, as everybody locks them."""
    rows = model._default_manager.select_for_update(no_key=True).filter(pk__in=set(pks)).order_by("pk")
    return list(rows.values_list("pk", flat=True))
