"""What happened to listings on a (UTC) day, counted from the rows that tell it: views, downloads, sales, likes.

The roll-up keeps what this says of a day that is over. Figures of the days that are not take it as it is now. So a
figure has one definition, whichever of the two it comes from.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.services.visitors import visitor_of_account
from commerce.choices import OrderStatus, TransactionKind
from commerce.models import DownloadEvent, OrderLine, ShareMovement
from config.core.days import begin_of, end_of
from config.core.money import ZERO
from marketplace.models import Like, Listing, View
from marketplace.services.views import PURPOSE

# How long before a purchase its buyer's visit may lie that tells where they are.
VISIT_BEFORE_PURCHASE: Final = timedelta(days=30)
GIVEN: Final = (OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED)


@dataclass
class Figures:
    """Of one listing, or of several, on one day, or on several.

    `purchases` are lines paid for, or given away, whatever was refunded later; `pieces` how many pieces these are.
    `revenue` is what was paid, before any fee, less what was refunded then; `earnings` what moved on the seller's
    balance.
    """

    views: int = 0
    downloads: int = 0
    purchases: int = 0
    pieces: int = 0
    revenue: Decimal = ZERO
    earnings: Decimal = ZERO
    likes: int = 0

    def add(self, **changes: Any) -> None:
        for name, change in changes.items():
            setattr(self, name, getattr(self, name) + (change or 0))


COLUMNS: Final = tuple(field.name for field in fields(Figures))
Days = dict[tuple[int, date], Figures]
"""By listing and day; those on which nothing happened are left out."""


def today() -> date:
    """The UTC day."""
    return timezone.now().astimezone(UTC).date()


def days_of(first: date, last: date, *, listings: QuerySet[Listing] | None = None) -> Days:
    """Of these listings, or of all, on these days, both included. Five queries."""
    found: Days = defaultdict(Figures)
    lasted = _between("created_at", first, last)
    day = TruncDate("created_at", tzinfo=UTC)

    views = View.objects.filter(_of(listings, "listing"), day__range=(first, last)).order_by()
    for listing, on, number in views.values_list("listing", "day").annotate(Count("pk")):
        found[listing, on].add(views=number)

    downloads = DownloadEvent.objects.filter(_of(listings, "listing"), lasted).order_by()
    for listing, on, number in downloads.values_list("listing", day).annotate(Count("pk")):
        found[listing, on].add(downloads=number)

    sold = Q(kind=TransactionKind.PAYMENT)
    movements = ShareMovement.objects.filter(_of(listings, "share__line__listing"), lasted).order_by()
    for listing, on, *sums in movements.values_list("share__line__listing", day).annotate(
        purchases=Count("pk", filter=sold),
        pieces=Sum("share__line__quantity", filter=sold),
        revenue=Sum("gross"),
        earnings=Sum("earning"),
    ):
        found[listing, on].add(**dict(zip(("purchases", "pieces", "revenue", "earnings"), sums, strict=True)))

    given = _given_away(first, last, listings).values_list("listing", TruncDate("order__created_at", tzinfo=UTC))
    for listing, on, purchases, pieces in given.annotate(Count("pk"), Sum("quantity")):
        found[listing, on].add(purchases=purchases, pieces=pieces)

    likes = Like.objects.filter(_of(listings, "listing"), lasted).order_by()
    for listing, on, number in likes.values_list("listing", day).annotate(Count("pk")):
        found[listing, on].add(likes=number)
    return dict(found)


@dataclass
class Visits:
    views: int = 0
    purchases: int = 0


Countries = dict[tuple[int, date, str], Visits]


def countries_of(first: date, last: date, *, listings: QuerySet[Listing] | None = None) -> Countries:
    """Where the visitors and buyers of these days were, as far as that is known. Four queries.

    A buyer is where their last visit to the listing, up to the day they bought it, came from.
    """
    found: Countries = defaultdict(Visits)
    views = View.objects.filter(_of(listings, "listing"), day__range=(first, last)).exclude(country="").order_by()
    for *place, number in views.values_list("listing", "day", "country").annotate(Count("pk")):
        found[tuple(place)].views += number

    paid = ShareMovement.objects.filter(
        _of(listings, "share__line__listing"), _between("created_at", first, last), kind=TransactionKind.PAYMENT
    ).values_list("share__line__listing", "share__payment__payer", TruncDate("created_at", tzinfo=UTC))
    given = _given_away(first, last, listings).values_list(
        "listing", "order__buyer", TruncDate("order__created_at", tzinfo=UTC)
    )
    purchases = [(listing, visitor_of_account(buyer, purpose=PURPOSE), on) for listing, buyer, on in (*paid, *given)]
    visits = _visits_of(purchases, first - VISIT_BEFORE_PURCHASE, last)
    for listing, visitor, on in purchases:
        came = visits[listing, visitor]
        until = bisect_right(came, (on, "~"))  # no code of a country comes after a tilde
        if until:
            found[listing, on, came[until - 1][1]].purchases += 1
    return dict(found)


def _visits_of(
    purchases: Iterable[tuple[int, str, date]], first: date, last: date
) -> dict[tuple[int, str], list[tuple[date, str]]]:
    """By listing and visitor the days and countries of their visits, in order."""
    listings = {listing for listing, _visitor, _on in purchases}
    visitors = {visitor for _listing, visitor, _on in purchases}
    views = View.objects.filter(listing__in=listings, visitor__in=visitors, day__range=(first, last))
    found: dict[tuple[int, str], list[tuple[date, str]]] = defaultdict(list)
    for row in views.exclude(country="").order_by("day").values_list("listing", "visitor", "day", "country"):
        found[row[0], row[1]].append((row[2], row[3]))
    return found


def _given_away(first: date, last: date, listings: QuerySet[Listing] | None) -> QuerySet[OrderLine]:
    """Lines of orders for which nothing had to be paid, so that no payment tells of them."""
    return OrderLine.objects.filter(
        _of(listings, "listing"),
        _between("order__created_at", first, last),
        order__total_amount=ZERO,
        order__status__in=GIVEN,
    ).order_by()


def _of(listings: QuerySet[Listing] | None, column: str) -> Q:
    return Q() if listings is None else Q(**{f"{column}__in": listings.values("pk")})


def _between(column: str, first: date, last: date) -> Q:
    """From the first moment of the first day to the last one of the last."""
    return Q(**{f"{column}__gte": begin_of(first), f"{column}__lte": end_of(last)})
