"""What a shop takes in, prints and uses.

An order counts when it was paid and not called off; its revenue is what was paid less what was refunded. Months and
days are those of the shop's time zone. Currencies are never added up: the totals are in the shop's, others stand beside
them.

Etsy tells what it kept of a receipt's payments. Its transaction and listing fees stand in the ledger of the shop's
account alone, whose entries Etsy does not say how to tie to receipts: they are estimated here.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.utils import timezone

from accounts.actors import Actor
from config.core.errors import Invalid
from config.core.money import ZERO, quantise
from printshop.choices import CALLED_OFF, OrderSource, PrintStatus, RunOutcome, SpoolChangeKind
from printshop.models import Filament, PrintRun, ScheduledPrint, Shop, ShopOrder, SpoolChange
from printshop.models.filaments import grams_sum
from printshop.selectors.orders import order_of
from printshop.selectors.shops import shop_of

PERIODS: Final = {"daily": TruncDay, "weekly": TruncWeek, "monthly": TruncMonth}
BY_DEFAULT: Final = timedelta(days=365)
LONGEST: Final = timedelta(days=366 * 10)
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Later moments have no name in some time zones."""
LISTING_FEE_CURRENCY: Final = "USD"
REVENUE: Final = Sum(F("total_amount") - F("refunded_amount"), output_field=DecimalField())
PRINTED: Final = (SpoolChangeKind.PRINT, SpoolChangeKind.FAILED_PRINT)


@dataclass(frozen=True)
class Takings:
    """Of one currency."""

    currency: str
    revenue: Decimal
    orders: int

    @property
    def average(self) -> Decimal:
        return quantise(self.revenue / self.orders, self.currency) if self.orders else ZERO


@dataclass(frozen=True)
class Dashboard:
    """`print_success_rate` is 0 before anything was printed; grams are kilograms here."""

    total_orders: int
    orders_this_month: int
    this_month: Takings
    other_currencies: list[Takings]
    total_prints: int
    prints_completed: int
    prints_failed: int
    filament_used_kg: Decimal
    materials_in_stock: int
    low_stock_alerts: int

    @property
    def print_success_rate(self) -> float:
        return round(100 * self.prints_completed / self.total_prints, 1) if self.total_prints else 0.0


@dataclass(frozen=True)
class Revenue:
    """`rows` are the periods with orders in the shop's currency; `others` the totals of other currencies."""

    currency: str
    rows: list[tuple[date, Takings]]
    total: Takings
    others: list[Takings]


@dataclass(frozen=True)
class Profit:
    """Of an order, in its currency. What is not known is None, and `missing` says what that is. `estimated_fees` are
    those that its source charges beside `fees` and does not tell of an order."""

    currency: str
    income: Decimal
    fees: Decimal | None
    estimated_fees: Decimal
    filament: Decimal | None
    failed_prints: Decimal | None
    is_final: bool
    missing: list[str] = field(default_factory=list)

    @property
    def profit(self) -> Decimal | None:
        costs = (self.fees, self.estimated_fees, self.filament, self.failed_prints)
        if any(cost is None for cost in costs):
            return None
        return self.income - sum((cost for cost in costs if cost is not None), ZERO)


def dashboard(*, actor: Actor, now: datetime | None = None) -> Dashboard:
    """The actor's shop at a glance; of who has none, nothing."""
    shop = shop_of(actor=actor) or Shop(time_zone="UTC", currency="")
    here = (now or timezone.now()).astimezone(_zone(shop))
    month = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    takings = _takings(_counting(shop).filter(created_at__gte=month))
    runs = PrintRun.objects.filter(scheduled_print__shop=shop.pk, is_extra=False).aggregate(
        completed=Count("pk", filter=Q(outcome=RunOutcome.COMPLETED)),
        failed=Count("pk", filter=Q(outcome=RunOutcome.FAILED)),
    )
    used = SpoolChange.objects.filter(spool__filament__shop=shop.pk, kind__in=PRINTED).aggregate(
        grams=grams_sum("grams")
    )
    stock = Filament.objects.filter(shop=shop.pk, removed_at=None).aggregate(
        there=Count("pk", filter=Q(current_amount__gt=0)), low=Count("pk", filter=Q(is_low=True))
    )
    return Dashboard(
        total_orders=ShopOrder.objects.filter(shop=shop.pk).count(),
        orders_this_month=sum(one.orders for one in takings.values()),
        this_month=takings.pop(shop.currency, Takings(shop.currency, ZERO, 0)),
        other_currencies=list(takings.values()),
        total_prints=runs["completed"] + runs["failed"],
        prints_completed=runs["completed"],
        prints_failed=runs["failed"],
        filament_used_kg=-(used["grams"] or ZERO) / 1000 + ZERO,
        materials_in_stock=stock["there"],
        low_stock_alerts=stock["low"],
    )


def revenue(*, actor: Actor, period: str, start: date | None = None, end: date | None = None) -> Revenue:
    """By day, week (its Monday) or month, both ends included. A date without a time is a whole day of the shop's; where
    no beginning is said, it is that of the period a year before the end. Raises Invalid."""
    shop = shop_of(actor=actor) or Shop(time_zone="UTC", currency="")
    zone = _zone(shop)
    end = min(_moment(end, time.max, zone), LATEST) if end is not None else timezone.now()
    start = _moment(_begin(period, end.astimezone(zone).date()) if start is None else start, time.min, zone)
    if start > end:
        raise Invalid("Must not be after end_date.", field="start_date")
    if end - start > LONGEST:
        raise Invalid("A report covers ten years at most.", field="start_date")
    rows = _counting(shop).filter(created_at__range=(start, end))
    begins = PERIODS[period]("created_at", tzinfo=zone)
    grouped = (
        rows.filter(currency=shop.currency)
        .annotate(begins=begins)
        .values("begins")
        .annotate(revenue=REVENUE, orders=Count("pk"))
        .order_by("begins")
    )
    totals = _takings(rows)
    return Revenue(
        shop.currency,
        [(row["begins"].date(), _of_row(shop.currency, row)) for row in grouped],
        totals.pop(shop.currency, Takings(shop.currency, ZERO, 0)),
        list(totals.values()),
    )


def order_profit(*, actor: Actor, order_id: int) -> Profit:
    """As `profit_of`, for its shop's owner. Raises Missing and Denied."""
    return profit_of(order_of(actor=actor, order_id=order_id))


def profit_of(order: ShopOrder) -> Profit:
    """Income less fees, filament and failed prints, for an actor who may look at the order.

    Income is what the buyer paid less refunds and the taxes in it, which are not the seller's. Fees are those of Etsy's
    payment, or the platform's; Etsy's others are estimated. Filament counts in the shop's currency, at the price of the
    day it was used.
    """
    prints = ScheduledPrint.objects.filter(item__order=order)
    used = SpoolChange.objects.filter(run__scheduled_print__in=prints, kind__in=PRINTED)
    completed = prints.filter(runs__outcome=RunOutcome.COMPLETED).count()
    waiting = prints.filter(status__in=[PrintStatus.QUEUED, PrintStatus.SCHEDULED, PrintStatus.STARTED]).exists()
    income = _income(order)
    is_same_currency = order.currency == order.shop.currency
    missing = []
    if order.fees is None:
        missing.append("fees")
    good, failed = _costs(used, order.shop)
    if completed and not _all_measured(prints):
        good = None
    if not is_same_currency and (used.exists() or completed):
        good = failed = None
        missing.append(f"filament in {order.currency}")
    elif good is None or failed is None:
        missing.append("filament")
    estimated = ZERO
    if order.source == OrderSource.ETSY and order.is_paid:
        estimated, unknown = _estimated_fees(order, income)
        missing += unknown
    return Profit(
        currency=order.currency,
        income=income,
        fees=order.fees,
        estimated_fees=estimated,
        filament=good,
        failed_prints=failed,
        is_final=not waiting and not missing,
        missing=missing,
    )


def _income(order: ShopOrder) -> Decimal:
    """With what is given back its part of the taxes is given back too. One that was called off brings nothing, as in
    the revenue."""
    kept = order.total_amount - order.refunded_amount
    if kept <= 0 or not order.is_paid or {order.status, order.source_status} & CALLED_OFF:
        return ZERO
    return quantise(kept - order.tax_amount * kept / order.total_amount, order.currency)


def _estimated_fees(order: ShopOrder, income: Decimal) -> tuple[Decimal, list[str]]:
    """Etsy's transaction fee, a part of what is paid for things and their shipping, which a refund gives back; and its
    listing fee for each piece that was sold, which none does. And what is not known of them for certain."""
    fees, unknown = income * settings.ETSY_TRANSACTION_FEE_PERCENT / 100, ["transaction and listing fees: estimated"]
    if order.currency == LISTING_FEE_CURRENCY:
        fees += settings.ETSY_LISTING_FEE * sum(item.quantity for item in order.items.all())
    else:
        unknown.append(f"listing fees in {order.currency}")
    return quantise(fees, order.currency), unknown


def _costs(used: QuerySet[SpoolChange], shop: Shop) -> tuple[Decimal | None, Decimal | None]:
    """Of what good prints and what failed ones used; None where a spool has no price, or had one in another
    currency than the shop counts in now."""
    found: dict[str, Decimal | None] = dict.fromkeys(PRINTED, ZERO)
    for kind, grams, cost, currency in used.values_list("kind", "grams", "cost", "currency"):
        so_far = found[kind]
        if grams and (cost is None or currency != shop.currency):
            found[kind] = None
        elif so_far is not None:
            found[kind] = so_far + abs(cost or ZERO)
    good, failed = (None if (cost := found[kind]) is None else quantise(cost, shop.currency) for kind in PRINTED)
    return good, failed


def _all_measured(prints: QuerySet[ScheduledPrint]) -> bool:
    """Whether it is known of each completed print what it used."""
    completed = PrintRun.objects.filter(scheduled_print__in=prints, outcome=RunOutcome.COMPLETED)
    return not completed.filter(spool_changes=None).exists()


def _counting(shop: Shop) -> QuerySet[ShopOrder]:
    rows = ShopOrder.objects.filter(shop=shop.pk, is_paid=True)
    return rows.exclude(Q(status__in=CALLED_OFF) | Q(source_status__in=CALLED_OFF))


def _takings(rows: QuerySet[ShopOrder]) -> dict[str, Takings]:
    grouped = rows.order_by("currency").values("currency").annotate(revenue=REVENUE, orders=Count("pk"))
    return {row["currency"]: _of_row(row["currency"], row) for row in grouped}


def _of_row(currency: str, row: Any) -> Takings:
    return Takings(currency, quantise(Decimal(row["revenue"] or 0), currency), row["orders"])


def _begin(period: str, end: date) -> date:
    """Of the first whole period of a report that says only when it ends."""
    day = end - BY_DEFAULT
    if period == "monthly":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if period == "weekly" else day


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return day if isinstance(day, datetime) else datetime.combine(day, at, tzinfo=zone)


def _zone(shop: Shop) -> ZoneInfo:
    return ZoneInfo(shop.time_zone)
