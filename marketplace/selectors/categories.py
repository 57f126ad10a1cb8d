"""Categories of the catalogue."""

import time
from typing import Final

from django.core.cache import cache
from django.db.models import Count, QuerySet

from accounts.actors import Actor
from config.core.errors import Missing
from marketplace import policies
from marketplace.models import LISTED_MODEL, Category, Listing

EXACT_UP_TO: Final = 2000
COUNT_SECONDS: Final = 30
COUNTS: Final = "models-of-categories"
NAME_SECONDS: Final = 30
_found: dict[str, tuple[float, int]] = {}
"""By name: until when a category counts as that one's, and which. As many as there are categories, and were."""


def categories_visible(*, actor: Actor) -> QuerySet[Category]:
    """Active categories, by name; moderators see all."""
    rows = Category.objects.order_by("name")
    return rows if policies.may_moderate(actor) else rows.filter(is_active=True)


def category_visible(*, actor: Actor, category_id: int) -> Category:
    category = categories_visible(actor=actor).filter(pk=category_id).first()
    if category is None:
        raise Missing("Category")
    return category


def categories_with_models(*, actor: Actor, closed_too: bool = False) -> list[Category]:
    """By position, then name, each with `model_count`: its 3-D models on sale. Closed ones for administrators only."""
    rows = Category.objects.order_by("position", "name")
    if not (closed_too and policies.may_see_closed_categories(actor)):
        rows = rows.filter(is_active=True)
    return _counted(list(rows))


def category_with_models(*, actor: Actor, category_id: int) -> Category:
    """Raises Missing."""
    return _counted([category_visible(actor=actor, category_id=category_id)])[0]


def category_id_of(name: str) -> int | None:
    """The category of that name, exactly as it is written. One that was found is not looked up again by this process
    for NAME_SECONDS: so long it may be found by a name that it had."""
    now = time.time()
    until, number = _found.get(name, (0.0, 0))
    if until > now:
        return number
    _found.pop(name, None)
    found = Category.objects.filter(name=name).values_list("pk", flat=True).first()
    if found is not None:
        _found[name] = now + NAME_SECONDS, found
    return found


def _counted(categories: list[Category]) -> list[Category]:
    """Many models are not counted for every page: such counts may be half a minute old."""
    counts: dict[int, int] | None = cache.get(COUNTS)
    if counts is None:
        rows = Listing.objects.filter(LISTED_MODEL, category__isnull=False).order_by()
        counts = dict(rows.values_list("category").annotate(Count("pk")))
        if sum(counts.values()) > EXACT_UP_TO:
            cache.set(COUNTS, counts, timeout=COUNT_SECONDS)
    for category in categories:
        vars(category)["model_count"] = counts.get(category.pk, 0)
    return categories
