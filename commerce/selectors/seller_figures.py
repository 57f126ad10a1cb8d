"""What sellers are told about their designs: views, downloads, sales and ratings of a period.

Days that are over come from the roll-up, the last two from the rows themselves, so that what happened a second ago
counts and no run of the roll-up has to be waited for. Money is in one currency: a design's own, and of a seller's
designs those in the currency that is asked for. The number of queries depends neither on the period nor on the designs.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, F, QuerySet, Sum

from accounts.models import User
from accounts.selectors.people import follower_count, profile_view_total
from commerce.models import ListingCountryDay, ListingDay
from commerce.selectors.listing_days import COLUMNS, Figures, countries_of, days_of, today
from config.core.countries import COUNTRIES
from config.core.money import ZERO, quantise
from config.core.references import Reference
from marketplace.choices import Kind, Status
from marketplace.models import Listing, Model3D, View
from marketplace.selectors import models_3d as model_selectors
from marketplace.selectors.comments import comments_received

UNSETTLED: Final = timedelta(days=1)  # yesterday may have been rolled up before it was over
TOP: Final = 10
HUNDREDTH: Final = Decimal("0.01")


class Span(StrEnum):
    """A period up to today: today alone, or the last 7, 30 or 365 days."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


SPANS: Final = {Span.DAY: 1, Span.WEEK: 7, Span.MONTH: 30, Span.YEAR: 365}


@dataclass(frozen=True)
class Period:
    """Days, the first and the last included."""

    first: date
    last: date

    def days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


def last_days(number: int) -> Period:
    return Period(today() - timedelta(days=number - 1), today())


@dataclass(frozen=True)
class Counted:
    """The same figures three times: all together, by day, by listing."""

    total: Figures
    by_day: dict[date, Figures]
    by_listing: dict[int, Figures]

    def within(self, period: Period) -> Figures:
        """All together, of these days alone."""
        found = Figures()
        for day, happened in self.by_day.items():
            if period.first <= day <= period.last:
                found.add(**vars(happened))
        return found


def counted(*, seller_id: int, listings: QuerySet[Listing], period: Period) -> Counted:
    """What happened to these listings of a seller. Seven queries."""
    by_day: dict[date, Figures] = defaultdict(Figures)
    by_listing: dict[int, Figures] = defaultdict(Figures)
    total = Figures()
    fresh = max(period.first, today() - UNSETTLED)
    days = ListingDay.objects.filter(
        seller=seller_id, listing__in=listings.values("pk"), day__gte=period.first, day__lt=min(fresh, _after(period))
    ).order_by()
    sums = [Sum(name) for name in COLUMNS]
    for day, *figures in days.values_list("day").annotate(*sums):
        for figures_of in (total, by_day[day]):
            figures_of.add(**dict(zip(COLUMNS, figures, strict=True)))
    for listing, *figures in days.values_list("listing").annotate(*sums):
        by_listing[listing].add(**dict(zip(COLUMNS, figures, strict=True)))
    if fresh <= period.last:
        for (listing, day), happened in days_of(fresh, period.last, listings=listings).items():
            for figures_of in (total, by_day[day], by_listing[listing]):
                figures_of.add(**vars(happened))
    return Counted(total, dict(by_day), dict(by_listing))


def _after(period: Period) -> date:
    return period.last + timedelta(days=1)


# ---------------------------------------------------------------- one design
@dataclass(frozen=True)
class Country:
    country: str
    views: int
    purchases: int


@dataclass(frozen=True)
class DesignFigures:
    """`countries` holds those that are known, `rating` is None while nobody has rated it."""

    design: Model3D
    counted: Counted
    unique_views: int
    countries: list[Country]
    rating: Decimal | None

    @property
    def conversion_rate(self) -> Decimal:
        return conversion_rate(self.counted.total)


def design_figures(*, actor: User, reference: Reference, period: Period) -> DesignFigures:
    """Of an own design. Raises Missing."""
    design = model_selectors.own_model(actor=actor, reference=reference, thing="Design")
    listing = Listing.objects.filter(pk=design.pk)
    views = View.objects.filter(listing=design.pk, day__range=(period.first, period.last))
    return DesignFigures(
        design=design,
        counted=counted(seller_id=actor.pk, listings=listing, period=period),
        unique_views=views.values("visitor").distinct().count(),  # hashed; COUNT(DISTINCT …) would sort them
        countries=_countries(listing, period),
        rating=rating_of(design),
    )


def _countries(listing: QuerySet[Listing], period: Period) -> list[Country]:
    """By falling views."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    fresh = max(period.first, today() - UNSETTLED)
    days = ListingCountryDay.objects.filter(
        listing__in=listing.values("pk"), day__gte=period.first, day__lt=min(fresh, _after(period))
    )
    sums = days.values("country").annotate(seen=Sum("views"), bought=Sum("purchases")).order_by()
    for code, views, purchases in sums.values_list("country", "seen", "bought"):
        found[code] = [views, purchases]
    if fresh <= period.last:
        for (_listing, _day, code), visits in countries_of(fresh, period.last, listings=listing).items():
            found[code][0] += visits.views
            found[code][1] += visits.purchases
    named = [Country(COUNTRIES[code], *numbers) for code, numbers in found.items() if code in COUNTRIES]
    return sorted(named, key=lambda country: (-country.views, -country.purchases, country.country))


def conversion_rate(figures: Figures) -> Decimal:
    """Purchases in a hundred views, to two decimals; 0 where nobody looked."""
    if not figures.views:
        return ZERO
    return (Decimal(figures.purchases) * 100 / figures.views).quantize(HUNDREDTH)


def rating_of(listing: Listing) -> Decimal | None:
    return listing.rating if listing.rating_count else None


# ---------------------------------------------------------------- all of a seller's
@dataclass(frozen=True)
class DesignRow:
    design_id: int
    title: str
    figures: Figures


@dataclass(frozen=True)
class SellerFigures:
    """`designs` are all that they have, `followers` those of now, `rating` the mean of all reviews of their designs.
    `comments` are others', on any of these designs."""

    counted: Counted
    profile_views: int
    comments: int
    designs: int
    followers: int
    rating: Decimal | None
    top: list[DesignRow]


def seller_figures(*, actor: User, currency: str, period: Period) -> SellerFigures:
    """Of the actor's designs in that currency."""
    designs = designs_of(actor, currency)
    found = counted(seller_id=actor.pk, listings=designs, period=period)
    kept = designs.exclude(status=Status.ARCHIVED).aggregate(
        n=Count("pk"), reviews=Sum("rating_count"), points=Sum(F("rating") * F("rating_count"))
    )
    return SellerFigures(
        counted=found,
        profile_views=profile_view_total(user_id=actor.pk, first=period.first, last=period.last),
        comments=comments_received(listings=designs, first=period.first, last=period.last),
        designs=kept["n"],
        followers=follower_count(user_id=actor.pk),
        rating=(kept["points"] / kept["reviews"]).quantize(HUNDREDTH) if kept["reviews"] else None,
        top=_top(found, lambda figures: (figures.revenue, figures.purchases, figures.views)),
    )


@dataclass(frozen=True)
class CategoryRow:
    """`category` is None for designs under none."""

    category: str | None
    sales: int
    revenue: Decimal


@dataclass(frozen=True)
class SalesFigures:
    counted: Counted
    average_order_value: Decimal
    top: list[DesignRow]
    by_category: list[CategoryRow]


def sales_figures(*, actor: User, currency: str, period: Period) -> SalesFigures:
    """Of the actor's designs in that currency. Designs sold but refunded since stay counted; the money does not."""
    found = counted(seller_id=actor.pk, listings=designs_of(actor, currency), period=period)
    total = found.total
    average = quantise(total.revenue / total.purchases, currency) if total.purchases else ZERO
    return SalesFigures(
        counted=found,
        average_order_value=average,
        top=[row for row in _top(found, lambda f: (f.purchases, f.revenue)) if row.figures.purchases],
        by_category=_by_category(found),
    )


def designs_of(seller: User, currency: str) -> QuerySet[Listing]:
    return Listing.objects.filter(seller=seller.pk, kind=Kind.MODEL, currency=currency)


def _top(found: Counted, best: Any) -> list[DesignRow]:
    """The ten best; the older one of two equals comes first."""
    order = sorted(found.by_listing.items(), key=lambda item: (*(-value for value in best(item[1])), item[0]))[:TOP]
    titles = dict(Listing.objects.filter(pk__in=[pk for pk, _figures in order]).values_list("pk", "title"))
    return [DesignRow(pk, titles[pk], figures) for pk, figures in order if pk in titles]


def _by_category(found: Counted) -> list[CategoryRow]:
    """By falling revenue. What its maker called a category that we do not have is one, too."""
    sold = {pk: figures for pk, figures in found.by_listing.items() if figures.purchases or figures.revenue}
    names = Listing.objects.filter(pk__in=sold).values_list("pk", "category__name", "model3d__subcategory")
    sums: dict[str | None, Figures] = defaultdict(Figures)
    for pk, name, own_word in names:
        sums[name or own_word or None].add(purchases=sold[pk].purchases, revenue=sold[pk].revenue)
    rows = [CategoryRow(name, figures.purchases, figures.revenue) for name, figures in sums.items()]
    return sorted(rows, key=lambda row: (-row.revenue, -row.sales, row.category or ""))


# ---------------------------------------------------------------- against its category
TREND_DAYS: Final = 14
POINTS: Final = {"views": 1, "likes": 5, "purchases": 20}


@dataclass(frozen=True)
class Performance:
    """`rating` is None while nobody has rated it."""

    design: Model3D
    figures: Figures
    rating: Decimal | None
    trending_score: Decimal
    rank_in_category: int

    @property
    def conversion_rate(self) -> Decimal:
        return conversion_rate(self.figures)


def design_performance(*, actor: User, reference: Reference, days: int) -> Performance:
    """How an own design did in the last days, and stands among those of its category that are on sale.

    A design collects points in the last 14 days: 1 a view, 5 a like, 20 a purchase. With p of its own and m of the mean
    of the others that have any, `trending_score` is 10 p / (p + m): 0 without points, 5 for one that does as well as
    the mean, near 10 for one that is far ahead; 10 where it alone has points. `rank_in_category` is one more than how
    many others have more points. The others' points are those of the last roll-up, minutes ago. Raises Missing.
    """
    design = model_selectors.own_model(actor=actor, reference=reference, thing="Design")
    listing = Listing.objects.filter(pk=design.pk)
    found = counted(seller_id=actor.pk, listings=listing, period=last_days(max(days, TREND_DAYS)))
    recent = found.within(last_days(TREND_DAYS))
    own = sum(getattr(recent, name) * weight for name, weight in POINTS.items())
    collected = Sum(sum((F(name) * weight for name, weight in POINTS.items()), start=F("downloads") * 0))
    peers = model_selectors.models_in_category(like=design).exclude(pk=design.pk)
    others = (
        ListingDay.objects.filter(day__gte=last_days(TREND_DAYS).first, listing__in=peers.values("pk"))
        .values("listing")
        .annotate(points=collected)
        .order_by()
    )
    points = [row["points"] for row in others if row["points"]]
    mean = Decimal(sum(points)) / len(points) if points else ZERO
    score = (10 * own / (own + mean)).quantize(HUNDREDTH) if own else ZERO
    rank = 1 + sum(other > own for other in points)
    return Performance(design, found.within(last_days(days)), rating_of(design), score, rank)
