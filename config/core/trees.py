"""Comments with the answers to them, and the answers to those: a tree for JSON, made without recursion.

A table of comments keeps with each answer its `root`, the comment at the top, so that all answers to a page of comments
are one query. A tree that somebody wrote 10,000 deep is shown flat from DEEPEST on: what is nested deeper stands beside
what it answers. Readers of JSON give up long before.
"""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

DEEPEST: Final = 20
MOST_ANSWERS: Final = 200
"""Of one comment at the top, the oldest first; the others are counted, and not shown in its tree."""


def answers_to(rows: QuerySet[Any, Any], roots: Iterable[int]) -> QuerySet[Any, Any]:
    """The oldest MOST_ANSWERS of each of these comments, in the order in which they were written.

    `rows` are comments with the columns `root` and `id`; an answer has a greater id than what it answers.
    """
    place = Window(RowNumber(), partition_by="root", order_by="pk")
    oldest = rows.filter(root__in=list(roots)).alias(place=place).filter(place__lte=MOST_ANSWERS)
    # By their ids: Django mixes up the columns of what is filtered by a window where one is asked for twice.
    return rows.filter(pk__in=oldest.order_by().values("pk")).order_by("pk")


def nested(tops: list[dict[str, Any]], answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """`tops`, each with its answers in `replies`. Every row has `id`, `parent_id` and a list `replies` of its own.

    `answers` come after what they answer. One whose comment is not there is left out, with all that answers it.
    """
    found: dict[int, tuple[dict[str, Any], int]] = {top["id"]: (top, 0) for top in tops}
    above: dict[int, dict[str, Any]] = {}
    for answer in answers:
        answered = found.get(answer["parent_id"])
        if answered is None:
            continue
        row, depth = answered
        if depth >= DEEPEST:
            row, depth = above[row["id"]], depth - 1
        row["replies"].append(answer)
        above[answer["id"]], found[answer["id"]] = row, (answer, depth + 1)
    return tops


def root_of(parent: Any) -> int:
    """What to keep as `root` of an answer to `parent`, a comment with `root_id`."""
    return int(parent.root_id or parent.pk)
