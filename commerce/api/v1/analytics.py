"""v1's analytics: what a seller is told about their designs."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.selectors import seller_figures as figures
from commerce.selectors.listing_days import Figures, today
from commerce.selectors.seller_figures import SPANS, Period, Span, last_days
from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.v1 import ReferenceField, V1View, amount, number

LONGEST_DAYS = 1100  # a little more than three years
OWN_DATES = "custom"


# ---------------------------------------------------------------- queries
class SpanQuery(serializers.Serializer[Any]):
    """`day` is today, `week`, `month` and `year` the last 7, 30 and 365 days, today included."""

    period = serializers.ChoiceField([span.value for span in Span], default=Span.MONTH.value)


class DesignQuery(SpanQuery):
    design_id = ReferenceField()


class SalesQuery(serializers.Serializer[Any]):
    """Dates win over the period; both days are included. With one of them the other is today, or as far before the last
    day as the period is long."""

    period = serializers.ChoiceField([span.value for span in Span], required=False)
    start_date = serializers.DateField(input_formats=["%Y-%m-%d"], required=False)
    end_date = serializers.DateField(input_formats=["%Y-%m-%d"], required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        period = period_of(attrs)
        if period.last < period.first:
            raise serializers.ValidationError({"end_date": ["Must not be before start_date."]})
        if (period.last - period.first).days >= LONGEST_DAYS:
            raise serializers.ValidationError({"start_date": [f"At most {LONGEST_DAYS} days can be asked for."]})
        return attrs


class DaysQuery(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=365, default=30)


def period_of(asked: dict[str, Any]) -> Period:
    length = SPANS[Span(asked.get("period", Span.MONTH))]
    first, last = asked.get("start_date"), asked.get("end_date")
    if first is None and last is None:
        return last_days(length)
    last = last or max(today(), first or date.min)
    if first is None:
        first = date.fromordinal(max(last.toordinal() - length + 1, 1))
    return Period(first, min(last, date.max - timedelta(days=1)))


# ---------------------------------------------------------------- answers
class CountryOut(serializers.Serializer[Any]):
    country = serializers.CharField()
    views = serializers.IntegerField()
    purchases = serializers.IntegerField()


class DesignDayOut(serializers.Serializer[Any]):
    date = serializers.DateField()
    views = serializers.IntegerField()
    downloads = serializers.IntegerField()
    purchases = serializers.IntegerField()


class DesignAnalyticsOut(serializers.Serializer[Any]):
    """`total_views` counts a visitor once a day, `unique_views` once. `revenue_generated` is what was paid less what
    was refunded in the period. `conversion_rate` is purchases in a hundred views. `geographic_data` holds the countries
    that are known, empty when none is; `average_rating` is of all reviews, null without one."""

    design_id = serializers.IntegerField()
    period = serializers.CharField()
    total_views = serializers.IntegerField()
    unique_views = serializers.IntegerField()
    total_downloads = serializers.IntegerField()
    total_purchases = serializers.IntegerField()
    revenue_generated = serializers.FloatField()
    currency = serializers.CharField()
    average_rating = serializers.FloatField(allow_null=True)
    conversion_rate = serializers.FloatField()
    geographic_data = CountryOut(many=True)
    daily_stats = DesignDayOut(many=True)


class TopDesignOut(serializers.Serializer[Any]):
    design_id = serializers.IntegerField()
    title = serializers.CharField()
    views = serializers.IntegerField()
    purchases = serializers.IntegerField()
    revenue = serializers.FloatField()


class EngagementOut(serializers.Serializer[Any]):
    """`comments_received` are others', answers included. Shares are not counted: null."""

    likes_received = serializers.IntegerField()
    comments_received = serializers.IntegerField()
    shares = serializers.IntegerField(allow_null=True)


class UserAnalyticsOut(serializers.Serializer[Any]):
    """`total_designs`, `follower_count` and `average_design_rating` are those of now, the rest of the period."""

    period = serializers.CharField()
    profile_views = serializers.IntegerField()
    total_designs = serializers.IntegerField()
    total_sales = serializers.IntegerField()
    total_revenue = serializers.FloatField()
    currency = serializers.CharField()
    follower_count = serializers.IntegerField()
    average_design_rating = serializers.FloatField(allow_null=True)
    top_performing_designs = TopDesignOut(many=True)
    engagement_metrics = EngagementOut()


class TopSellerOut(serializers.Serializer[Any]):
    design_id = serializers.IntegerField()
    title = serializers.CharField()
    sales_count = serializers.IntegerField()
    revenue = serializers.FloatField()


class CategorySalesOut(serializers.Serializer[Any]):
    category = serializers.CharField(allow_null=True)
    sales = serializers.IntegerField()
    revenue = serializers.FloatField()


class DaySalesOut(serializers.Serializer[Any]):
    date = serializers.DateField()
    sales = serializers.IntegerField()
    revenue = serializers.FloatField()


class SalesAnalyticsOut(serializers.Serializer[Any]):
    """`period` is `custom` where dates were sent without one. Refunds lower the revenue of the day they were made."""

    period = serializers.CharField()
    total_sales = serializers.IntegerField()
    total_revenue = serializers.FloatField()
    average_order_value = serializers.FloatField()
    currency = serializers.CharField()
    top_selling_designs = TopSellerOut(many=True)
    sales_by_category = CategorySalesOut(many=True)
    daily_sales = DaySalesOut(many=True)


class PerformanceOut(serializers.Serializer[Any]):
    """`trending_score` is 0 to 10 by the views, likes and purchases of the last 14 days: 5 is as good as the mean of
    the category's other designs. `rank_in_category` follows the same points."""

    design_id = serializers.IntegerField()
    period_days = serializers.IntegerField()
    views = serializers.IntegerField()
    downloads = serializers.IntegerField()
    purchases = serializers.IntegerField()
    revenue = serializers.FloatField()
    currency = serializers.CharField()
    rating = serializers.FloatField(allow_null=True)
    reviews_count = serializers.IntegerField()
    conversion_rate = serializers.FloatField()
    trending_score = serializers.FloatField(min_value=0, max_value=10)
    rank_in_category = serializers.IntegerField(min_value=1)


# ---------------------------------------------------------------- operations
class Analytics(V1View):
    limits: ClassVar = {"user": 100}
    limit_group = "analytics:"

    @operation(query=DesignQuery, answer=DesignAnalyticsOut)
    def design(self, request: Request) -> Response:
        """Of an own design. What happened a moment ago is counted."""
        asked = self.query()
        period = last_days(SPANS[Span(asked["period"])])
        found = figures.design_figures(actor=self.caller, reference=asked["design_id"], period=period)
        total, by_day = found.counted.total, found.counted.by_day
        return self.answer(
            {
                "design_id": found.design.pk,
                "period": asked["period"],
                "total_views": total.views,
                "unique_views": found.unique_views,
                "total_downloads": total.downloads,
                "total_purchases": total.purchases,
                "revenue_generated": amount(total.revenue, found.design.currency),
                "currency": found.design.currency,
                "average_rating": None if found.rating is None else number(found.rating),
                "conversion_rate": number(found.conversion_rate),
                "geographic_data": [vars(country) for country in found.countries],
                "daily_stats": [_design_day(day, by_day.get(day, Figures())) for day in period.days()],
            }
        )

    @operation(query=SpanQuery, answer=UserAnalyticsOut)
    def user(self, request: Request) -> Response:
        """Of one's own designs in v1's currency."""
        asked, currency = self.query(), settings.CURRENCIES[self.dialect]
        found = figures.seller_figures(
            actor=self.caller,
            currency=currency,
            period=last_days(SPANS[Span(asked["period"])]),
        )
        total = found.counted.total
        return self.answer(
            {
                "period": asked["period"],
                "profile_views": found.profile_views,
                "total_designs": found.designs,
                "total_sales": total.purchases,
                "total_revenue": amount(total.revenue, currency),
                "currency": currency,
                "follower_count": found.followers,
                "average_design_rating": None if found.rating is None else number(found.rating),
                "top_performing_designs": [
                    {
                        "design_id": row.design_id,
                        "title": row.title,
                        "views": row.figures.views,
                        "purchases": row.figures.purchases,
                        "revenue": amount(row.figures.revenue, currency),
                    }
                    for row in found.top
                ],
                "engagement_metrics": {
                    "likes_received": total.likes,
                    "comments_received": found.comments,
                    "shares": None,
                },
            }
        )

    @operation(query=SalesQuery, answer=SalesAnalyticsOut)
    def sales(self, request: Request) -> Response:
        """Of one's own designs in v1's currency."""
        asked, currency = self.query(), settings.CURRENCIES[self.dialect]
        period = period_of(asked)
        found = figures.sales_figures(actor=self.caller, currency=currency, period=period)
        total, by_day = found.counted.total, found.counted.by_day
        has_dates = "start_date" in asked or "end_date" in asked
        return self.answer(
            {
                "period": asked.get("period", OWN_DATES if has_dates else Span.MONTH.value),
                "total_sales": total.purchases,
                "total_revenue": amount(total.revenue, currency),
                "average_order_value": amount(found.average_order_value, currency),
                "currency": currency,
                "top_selling_designs": [
                    {
                        "design_id": row.design_id,
                        "title": row.title,
                        "sales_count": row.figures.purchases,
                        "revenue": amount(row.figures.revenue, currency),
                    }
                    for row in found.top
                ],
                "sales_by_category": [
                    {"category": row.category, "sales": row.sales, "revenue": amount(row.revenue, currency)}
                    for row in found.by_category
                ],
                "daily_sales": [_sales_day(day, by_day.get(day, Figures()), currency) for day in period.days()],
            }
        )


class DesignPerformance(V1View):
    limits: ClassVar = {"user": 100}
    limit_group = "analytics:"

    @operation(query=DaysQuery, answer=PerformanceOut)
    def performance(self, request: Request, design_id: Reference) -> Response:
        """How an own design did in the last days, and stands in its category."""
        days = self.query()["days"]
        found = figures.design_performance(actor=self.caller, reference=design_id, days=days)
        total = found.figures
        return self.answer(
            {
                "design_id": found.design.pk,
                "period_days": days,
                "views": total.views,
                "downloads": total.downloads,
                "purchases": total.purchases,
                "revenue": amount(total.revenue, found.design.currency),
                "currency": found.design.currency,
                "rating": None if found.rating is None else number(found.rating),
                "reviews_count": found.design.rating_count,
                "conversion_rate": number(found.conversion_rate),
                "trending_score": number(found.trending_score),
                "rank_in_category": found.rank_in_category,
            }
        )


def _design_day(day: date, happened: Figures) -> dict[str, Any]:
    return {
        "date": day,
        "views": happened.views,
        "downloads": happened.downloads,
        "purchases": happened.purchases,
    }


def _sales_day(day: date, happened: Figures, currency: str) -> dict[str, Any]:
    return {"date": day, "sales": happened.purchases, "revenue": amount(happened.revenue, currency)}
