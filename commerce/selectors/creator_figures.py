"""What creators sold of 3-D models, in their market's currency: sums, by day, by month, by model.

A sale belongs to the UTC day on which it was paid, also what is given back of it later; what was given back whole is no
sale any more. `gross` is what buyers paid and kept paid, `fees` the platform's part of it, `net` the rest: also what is
still held for a file to come. So gross = fees + net, whichever way it is cut.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate, TruncMonth

from accounts.actors import Actor
from accounts.models import User
from commerce.choices import CAME_IN, PAID, OrderStatus, PaymentStatus, PayoutStatus
from commerce.models import OrderLine, PaymentShare, Payout
from commerce.selectors.balances import seller_balance
from commerce.selectors.listing_days import today
from commerce.selectors.orders import KEPT
from config.core.days import begin_of
from config.core.money import ZERO, quantise
from marketplace.choices import Kind, Status
from marketplace.models import Listing

MOST_MODELS: Final = 100
MONTHS: Final = 12
WAITING: Final = (PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION)


@dataclass
class Sold:
    sales: int = 0
    gross: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        return self.gross - self.fees

    def add(self, sales: int, gross: Decimal | None, fees: Decimal | None) -> None:
        self.sales += sales
        self.gross += gross or ZERO
        self.fees += fees or ZERO


def currency() -> str:
    return settings.CURRENCIES["nexus"]


# ---------------------------------------------------------------- what all sums are made of
def _paid(seller_id: int | None) -> QuerySet[PaymentShare]:
    mine = PaymentShare.objects.filter(seller=seller_id, line__kind=Kind.MODEL, payment__status__in=CAME_IN)
    return mine.filter(payment__currency=currency()).order_by()


def _free(seller_id: int | None) -> QuerySet[OrderLine]:
    mine = OrderLine.objects.filter(seller=seller_id, kind=Kind.MODEL, order__total_amount=ZERO)
    return mine.filter(order__currency=currency()).exclude(order__status=OrderStatus.CANCELLED).order_by()


SUMS: Final[dict[str, Any]] = {
    "n": Count("pk", filter=KEPT & Q(payment__status__in=PAID)),
    "g": Sum(F("gross") - F("refunded_gross")),
    "f": Sum(F("fee") - F("refunded_fee")),
}


def sold(*, seller_id: int) -> Sold:
    """All that ever was. Two queries."""
    found = Sold()
    row = _paid(seller_id).aggregate(**SUMS)
    found.add(row["n"], row["g"], row["f"])
    found.add(_free(seller_id).count(), ZERO, ZERO)
    return found


def _since(seller_id: int, first: date, cut: Callable[[str], Any]) -> dict[date, Sold]:
    """By day or month, as `cut` does it. Two queries."""
    begin = begin_of(first)
    found: dict[date, Sold] = {}
    paid = _paid(seller_id).filter(payment__completed_at__gte=begin)
    sums = paid.annotate(when=cut("payment__completed_at")).values("when").annotate(**SUMS)
    for when, n, gross, fee in sums.values_list("when", *SUMS):
        found.setdefault(_day(when), Sold()).add(n, gross, fee)
    free = _free(seller_id).filter(order__created_at__gte=begin)
    for row in free.annotate(when=cut("order__created_at")).values("when").annotate(n=Count("pk")):
        found.setdefault(_day(row["when"]), Sold()).add(row["n"], ZERO, ZERO)
    return found


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _by_day(column: str) -> TruncDate:
    return TruncDate(column, tzinfo=UTC)


def _by_month(column: str) -> TruncMonth:
    return TruncMonth(column, tzinfo=UTC)


def sold_by_day(*, actor: Actor, days: int) -> dict[date, Sold]:
    """Of the last days, today included, oldest first; days without sales too."""
    first = today() - timedelta(days=days - 1)
    found = _since(actor.pk or 0, first, _by_day)
    return {first + timedelta(days=n): found.get(first + timedelta(days=n), Sold()) for n in range(days)}


def sold_by_month(*, actor: Actor) -> dict[date, Sold]:
    """Of the last twelve months, this one included, each by its first day, oldest first; months without sales too."""
    this = today().replace(day=1)
    number = this.year * 12 + this.month - 1
    months = [date(n // 12, n % 12 + 1, 1) for n in range(number - MONTHS + 1, number + 1)]
    found = _since(actor.pk or 0, months[0], _by_month)
    return {month: found.get(month, Sold()) for month in months}


@dataclass(frozen=True)
class ModelSales:
    model_id: int
    title: str
    sold: Sold


def sold_by_model(*, actor: Actor) -> list[ModelSales]:
    """The best hundred, by what they brought. Three queries."""
    found: dict[int, Sold] = {}
    paid = _paid(actor.pk).values("line__listing").annotate(**SUMS)
    for listing_id, n, gross, fee in paid.values_list("line__listing", *SUMS):
        found.setdefault(listing_id, Sold()).add(n, gross, fee)
    for listing_id, n in _free(actor.pk).values("listing").annotate(n=Count("pk")).values_list("listing", "n"):
        found.setdefault(listing_id, Sold()).add(n, ZERO, ZERO)
    best = sorted(found.items(), key=lambda item: (-item[1].gross, -item[1].sales, item[0]))[:MOST_MODELS]
    titles = dict(Listing.objects.filter(pk__in=[pk for pk, _sold in best]).values_list("pk", "title"))
    return [ModelSales(pk, titles[pk], figures) for pk, figures in best]


# ---------------------------------------------------------------- one page each
@dataclass(frozen=True)
class Revenue:
    """`pending` is the net of what waits to be paid, `paid_out` what was paid out and not returned."""

    sold: Sold
    months: dict[date, Sold]
    models: list[ModelSales]
    pending: Decimal
    paid_out: Decimal
    available: Decimal


def revenue(*, actor: User) -> Revenue:
    pending = PaymentShare.objects.filter(
        seller=actor.pk, line__kind=Kind.MODEL, payment__status__in=WAITING, payment__currency=currency()
    ).aggregate(total=Sum("earning"))
    paid = Payout.objects.filter(seller=actor.pk, status=PayoutStatus.COMPLETED, currency=currency())
    return Revenue(
        sold=sold(seller_id=actor.pk),
        months=sold_by_month(actor=actor),
        models=sold_by_model(actor=actor),
        pending=quantise(pending["total"] or ZERO, currency()),
        paid_out=quantise(paid.aggregate(total=Sum("amount"))["total"] or ZERO, currency()),
        available=seller_balance(seller_id=actor.pk, currency=currency()),
    )


@dataclass(frozen=True)
class Stats:
    sold: Sold
    by_status: dict[str, int]
    views: int
    likes: int
    downloads: int
    available: Decimal
    purchases: int


def stats(*, actor: User) -> Stats:
    """Of the actor's models, less those that were taken away, and of what they bought."""
    mine = Listing.objects.filter(seller=actor.pk, kind=Kind.MODEL).exclude(status=Status.ARCHIVED).order_by()
    rows = mine.values("status").annotate(
        n=Count("pk"), views=Sum("views_count"), likes=Sum("likes_count"), downloads=Sum("downloads_count")
    )
    found = list(rows)
    bought = PaymentShare.objects.filter(
        KEPT, line__order__buyer=actor.pk, line__kind=Kind.MODEL, payment__status__in=PAID
    ).count()
    free = OrderLine.objects.filter(order__buyer=actor.pk, kind=Kind.MODEL, order__total_amount=ZERO)
    return Stats(
        sold=sold(seller_id=actor.pk),
        by_status={row["status"]: row["n"] for row in found},
        views=sum(row["views"] for row in found),
        likes=sum(row["likes"] for row in found),
        downloads=sum(row["downloads"] for row in found),
        available=seller_balance(seller_id=actor.pk, currency=currency()),
        purchases=bought + free.exclude(order__status=OrderStatus.CANCELLED).count(),
    )
