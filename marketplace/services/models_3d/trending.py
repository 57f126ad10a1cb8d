"""Which 3-D models are trending: a score of what happens with them, that halves with every three days."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from config.core.days import begin_of
from marketplace.choices import Kind
from marketplace.models import LISTED_MODEL, Like, Listing, ListingComment, Model3D, View

DAYS: Final = 14
HALF_LIFE: Final = 3.0
WEIGHTS: Final = {"views": 1.0, "likes": 5.0, "comments": 8.0, "orders": 20.0}
MOST: Final = 20
LEAST: Final = 20.0
"""Of the score: a single order of today, or twenty visitors."""
AT_ONCE: Final = 500


def trending_keep() -> None:
    """Compute the scores anew, and which are trending: the best MOST on sale with at least LEAST. What staff have said
    of one stays so. It may run twice, and changes only rows that differ."""
    scores = scores_now()
    best = list(Listing.objects.filter(LISTED_MODEL, pk__in=_best(scores)).values_list("pk", flat=True))
    best.sort(key=lambda number: (-scores[number], -number))
    trending = set(best[:MOST])
    fixed = dict(Model3D.objects.exclude(trending_fixed=None).values_list("pk", "trending_fixed"))
    models = Listing.objects.filter(kind=Kind.MODEL)
    changed: dict[int, tuple[float, bool]] = {}
    known = models.filter(trending_score__gt=0) | models.filter(is_trending=True)
    before = {row[0]: row[1:] for row in known.values_list("pk", "trending_score", "is_trending").iterator()}
    for number in {*scores, *before}:
        wanted = scores.get(number, 0.0), fixed.get(number, number in trending)
        if before.get(number, (0.0, False)) != wanted:
            changed[number] = wanted
    _write(changed)


def scores_now() -> dict[int, float]:
    """By listing."""
    today = timezone.now().date()
    first = today - timedelta(days=DAYS - 1)
    scores: dict[int, float] = defaultdict(float)
    for name, rows in _happened(first):
        for listing, day, number in rows:
            age = max((today - day).days, 0)
            scores[listing] += WEIGHTS[name] * number * 0.5 ** (age / HALF_LIFE)
    return {listing: round(score, 3) for listing, score in scores.items()}


def _happened(first: date) -> Iterable[tuple[str, Iterable[Any]]]:
    """Counts by listing and day. The catalogue knows orders by their reverse name alone."""
    model = {"listing__kind": Kind.MODEL}
    views = View.objects.filter(day__gte=first, **model).order_by()
    yield "views", views.values_list("listing", "day").annotate(Count("pk")).iterator()
    yield "likes", _by_day(Like.objects.filter(created_at__gte=begin_of(first), **model), "listing", "created_at")
    comments = ListingComment.objects.filter(created_at__gte=begin_of(first), removed_at=None, **model)
    yield "comments", _by_day(comments, "listing", "created_at")
    ordered = Listing.objects.filter(kind=Kind.MODEL, order_lines__order__created_at__gte=begin_of(first))
    ordered = ordered.exclude(order_lines__order__status="cancelled")
    yield "orders", _by_day(ordered, "pk", "order_lines__order__created_at")


def _by_day(rows: QuerySet[Any], listing: str, moment: str) -> Iterable[Any]:
    return (
        rows.order_by()
        .annotate(on=TruncDate(moment, tzinfo=UTC))
        .values_list(listing, "on")
        .annotate(Count("pk"))
        .iterator()
    )


def _best(scores: dict[int, float]) -> list[int]:
    """Some more than are wanted: not all of them are on sale."""
    enough = [number for number, score in scores.items() if score >= LEAST]
    return sorted(enough, key=lambda number: (-scores[number], -number))[: MOST * 10]


def _write(changed: dict[int, tuple[float, bool]]) -> None:
    numbers = sorted(changed)
    for start in range(0, len(numbers), AT_ONCE):
        with transaction.atomic():
            locked = Listing.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
            rows = list(locked.filter(pk__in=numbers[start : start + AT_ONCE]).only("pk"))
            for row in rows:
                row.trending_score, row.is_trending = changed[row.pk]
            # Not saved whole: this is no edit of the listing.
            Listing.objects.bulk_update(rows, ["trending_score", "is_trending"])
