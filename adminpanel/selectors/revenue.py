"""What came in: completed payments, before the platform's fee and less what went back of them.

A payment belongs to the UTC day on which it was completed. Amounts are in the art market's currency; what was paid in
others stands beside them and is never added up.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.actors import Actor
from adminpanel import policies
from commerce.choices import PAID, AccountKind
from commerce.models import LedgerEntry, Payment
from config.core.days import begin_of, end_of
from config.core.errors import Denied, Invalid
from config.core.money import ZERO, quantise

DEFAULT_DAYS: Final = 30
TOP: Final = 10
TAKEN: Final = Sum(F("amount") - F("refunded_amount"), default=ZERO)


@dataclass(frozen=True)
class Period:
    """Whole UTC days, the first and the last included."""

    start: date
    end: date

    @classmethod
    def of(cls, start: date | None, end: date | None) -> "Period":
        """Without an end up to today, without a start the 30 days up to the end. Raises Invalid when reversed."""
        today = timezone.now().astimezone(UTC).date()
        last = end or today
        first = start or date.fromordinal(max(1, last.toordinal() - DEFAULT_DAYS + 1))
        if first > last:
            if end is None:
                raise Invalid("start_date lies in the future.", field="start_date")
            raise Invalid("end_date lies before start_date.", field="end_date")
        return cls(first, last)

    def holds(self, column: str) -> Q:
        """That a moment lies in the period."""
        return Q(**{f"{column}__gte": begin_of(self.start), f"{column}__lte": end_of(self.end)})


@dataclass(frozen=True)
class Taken:
    """Money that came in, and by how many payments."""

    total: Decimal
    count: int


@dataclass(frozen=True)
class TakenBy:
    """Money by method of payment, by day, or by person; `key` is the method, the day or the user name."""

    key: Any
    total: Decimal
    count: int


@dataclass(frozen=True)
class RevenueReport:
    period: Period
    currency: str
    total: Taken
    by_method: list[TakenBy]
    by_day: list[TakenBy]
    """Days on which nothing came in are left out."""
    top_artists: list[TakenBy]
    """What they were credited, net of fees: money still held for a job is nobody's yet."""
    top_buyers: list[TakenBy]
    other_currencies: dict[str, Taken] = field(default_factory=dict)


@dataclass(frozen=True)
class Revenue:
    """Of all time, since midnight UTC, and of the last 7 and 30 days."""

    total: Decimal
    today: Decimal
    week: Decimal
    month: Decimal


@dataclass(frozen=True)
class Revenues:
    currency: str
    revenue: Revenue
    other_currencies: dict[str, Revenue]


def revenue_report(*, actor: Actor, start: date | None = None, end: date | None = None) -> RevenueReport:
    """For staff, in five queries however long the period. Raises Denied, Invalid (`start_date`, `end_date`)."""
    if not policies.may_read_all(actor):
        raise Denied
    period = Period.of(start, end)
    currency = settings.CURRENCIES["cultureup"]
    everything = Payment.objects.filter(period.holds("completed_at"), status__in=PAID).order_by()
    totals = {
        row["currency"]: Taken(quantise(row["total"], row["currency"]), row["count"])
        for row in everything.values("currency").annotate(total=TAKEN, count=Count("pk"))
    }
    payments = everything.filter(currency=currency)
    return RevenueReport(
        period=period,
        currency=currency,
        total=totals.pop(currency, Taken(quantise(ZERO, currency), 0)),
        by_method=_by(payments, F("payment_method"), currency, "-total", "key"),
        by_day=_by(payments, TruncDate("completed_at", tzinfo=UTC), currency, "key"),
        top_artists=_top_artists(payments, currency),
        top_buyers=_by(payments, F("payer__username"), currency, "-total", "key")[:TOP],
        other_currencies=dict(sorted(totals.items())),
    )


def revenues(*, actor: Actor) -> Revenues:
    """For staff, in one query. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    now = timezone.now()
    midnight = begin_of(now.astimezone(UTC).date())
    taken = F("amount") - F("refunded_amount")

    def since(moment: datetime) -> Sum:
        return Sum(taken, filter=Q(completed_at__gte=moment), default=ZERO)

    rows = Payment.objects.filter(status__in=PAID).order_by().values("currency")
    found = {
        row["currency"]: Revenue(*(quantise(row[name], row["currency"]) for name in ("all", "today", "week", "month")))
        for row in rows.annotate(
            all=TAKEN,
            today=since(midnight),
            week=since(now - timedelta(days=7)),
            month=since(now - timedelta(days=30)),
        )
    }
    currency = settings.CURRENCIES["cultureup"]
    nothing = quantise(ZERO, currency)
    return Revenues(
        currency=currency,
        revenue=found.pop(currency, Revenue(nothing, nothing, nothing, nothing)),
        other_currencies=dict(sorted(found.items())),
    )


def _by(payments: QuerySet[Payment], key: Any, currency: str, *order: str) -> list[TakenBy]:
    rows = payments.annotate(key=key).values("key").annotate(total=TAKEN, count=Count("pk")).order_by(*order)
    return [TakenBy(row["key"], quantise(row["total"], currency), row["count"]) for row in rows]


def _top_artists(payments: QuerySet[Payment], currency: str) -> list[TakenBy]:
    """By what the ledger says that these payments brought them."""
    credited = LedgerEntry.objects.filter(
        account__kind=AccountKind.SELLER, account__currency=currency, transaction__payment__in=payments
    )
    rows = (
        credited.values(key=F("account__owner__username"))
        .annotate(total=Sum("amount"), count=Count("transaction__payment", distinct=True))
        .order_by("-total", "key")
    )
    return [TakenBy(row["key"], quantise(row["total"], currency), row["count"]) for row in rows[:TOP]]
