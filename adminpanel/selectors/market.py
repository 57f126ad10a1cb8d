"""The market for 3-D models as its administrators see it: money, models, people, and how busy the machine is."""

import os
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import User
from adminpanel import policies
from commerce.selectors.creator_figures import currency
from commerce.selectors.market_figures import market_sold
from config.core.errors import Denied
from config.core.money import quantise
from marketplace.choices import Kind, Status
from marketplace.models import Listing

TOP: Final = 10


@dataclass(frozen=True)
class MarketStats:
    """`revenue` is what buyers paid less what went back, `fees` the platform's part; `load` a percentage."""

    revenue: Decimal
    fees: Decimal
    users: int
    pending_models: int
    models: int
    load: int


def market_stats(*, actor: Actor) -> MarketStats:
    """Models that were deleted are left out. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    sold = market_sold()
    models = Listing.objects.filter(kind=Kind.MODEL).order_by()
    return MarketStats(
        revenue=quantise(sold.gross, currency()),
        fees=quantise(sold.fees, currency()),
        users=User.objects.count(),
        pending_models=models.filter(status=Status.PENDING).count(),
        models=models.exclude(status=Status.ARCHIVED).count(),
        load=server_load(),
    )


def server_load() -> int:
    """How many processes wanted to run in the last minute, in percent of the processors; 100 is all busy, or worse."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(100, round(os.getloadavg()[0] / processors * 100))


def models_by_downloads(*, actor: Actor, columns: tuple[str, ...]) -> QuerySet[Listing, Any]:
    """Rows of those downloaded most, whatever their status, but what was deleted. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    rows = Listing.objects.filter(kind=Kind.MODEL).exclude(status=Status.ARCHIVED)
    return rows.order_by("-downloads_count", "-pk").values(*columns)[:TOP]


def creators_by_revenue(*, actor: Actor, columns: tuple[str, ...]) -> QuerySet[User, Any]:
    """Rows of those who earned most. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    return User.objects.order_by("-revenue_total", "-pk").values(*columns)[:TOP]
