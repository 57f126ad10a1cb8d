"""The first page of the admin site: the figures of the admin API, and charts from the same reads.

Content moderators see what concerns content. Everything else is for staff and above.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from adminpanel import policies
from adminpanel.selectors.charts import days_of, new_people_by_day, orders_by_status
from adminpanel.selectors.figures import PlatformFigures, RecentActivity, platform_figures
from adminpanel.selectors.jobs import job_figures
from adminpanel.selectors.revenue import Revenue, RevenueReport, revenue_report
from commerce.choices import OrderStatus, PaymentMethod
from config.adminsite.links import list_address, row_address
from config.core.money import ZERO, chargeable, quantise
from jobs.choices import JobStatus
from marketplace.policies import may_moderate
from marketplace.selectors.moderation import artwork_stats, pictures_to_review_count

QUEUE, WAITING = "marketplace.Artwork", "needs_decision=yes"
GREY = "#9ca3af"
CHART_OPTIONS: dict[str, Any] = {
    "animation": False,
    "maintainAspectRatio": False,
    "plugins": {"legend": {"display": False}},
    "scales": {
        "x": {"grid": {"display": False}, "ticks": {"color": GREY, "maxTicksLimit": 8, "maxRotation": 0}},
        "y": {
            "beginAtZero": True,
            "border": {"display": False},
            "grid": {"lineWidth": 0.5},
            "ticks": {"color": GREY, "precision": 0, "maxTicksLimit": 6},
        },
    },
}


@dataclass(frozen=True)
class Figure:
    """`address` leads to the rows behind it, where the caller may see them; `waiting` is something to do."""

    name: str
    value: str
    note: str = ""
    address: str = ""
    waiting: bool = False


@dataclass(frozen=True)
class Part:
    title: str
    figures: list[Figure]


@dataclass(frozen=True)
class Chart:
    """For Unfold's Chart.js: `data` is its JSON. `rows` say the same in words, days without anything left out."""

    title: str
    data: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Bar:
    name: str
    value: str
    percent: float


@dataclass(frozen=True)
class Bars:
    title: str
    bars: list[Bar]


@dataclass(frozen=True)
class Row:
    words: str
    note: str
    address: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the template shows beside Unfold's own context."""
    context["title"] = "Dashboard"
    if policies.may_read_all(request.user):
        context |= _of_the_platform(request)
    elif may_moderate(request.user):
        context |= _of_content(request)
    return context


# ---------------------------------------------------------------- content moderators
def _of_content(request: HttpRequest) -> dict[str, Any]:
    stats = artwork_stats(actor=request.user)
    artworks = list_address(request, QUEUE)
    return {
        "parts": [
            Part("To decide", _to_decide(request, stats["pending_review"])),
            Part(
                "Artworks",
                [
                    Figure("All", number(stats["total_artworks"]), "without the archived", artworks),
                    Figure("On sale", number(stats["available_artworks"])),
                    Figure("Featured", number(stats["featured_artworks"])),
                    Figure("New in 7 days", number(stats["recent_uploads"])),
                    Figure("Views", number(stats["total_views"])),
                    Figure("Likes", number(stats["total_likes"])),
                ],
            ),
        ]
    }


def _to_decide(request: HttpRequest, artworks: int) -> list[Figure]:
    held = pictures_to_review_count(actor=request.user)
    queue = list_address(request, QUEUE, WAITING)
    return [
        Figure("Artworks", number(artworks), "wait for a moderator", queue, artworks > 0),
        Figure("Held duplicates", number(held), "to compare", reverse("admin:marketplace_picture_held"), held > 0),
    ]


# ---------------------------------------------------------------- staff and above
def _of_the_platform(request: HttpRequest) -> dict[str, Any]:
    figures = platform_figures(actor=request.user)
    report = revenue_report(actor=request.user)
    people = new_people_by_day(actor=request.user, period=report.period)
    jobs = job_figures(actor=request.user)
    by_status = {
        JobStatus.OPEN: jobs.open_jobs,
        JobStatus.IN_PROGRESS: jobs.in_progress_jobs,
        JobStatus.COMPLETED: jobs.completed_jobs,
        JobStatus.CANCELLED: jobs.cancelled_jobs,
    }
    orders = orders_by_status(actor=request.user)
    return {
        "parts": [
            Part("To decide", _waiting(request, figures)),
            Part("Revenue", _revenue(request, figures)),
            Part("People", _people(request, figures)),
            Part("Content and jobs", _content(request, figures)),
        ],
        "charts": [
            _revenue_chart(report),
            chart("New accounts, 30 days", {day: Decimal(count) for day, count in people.items()}, number),
        ],
        "chart_options": json.dumps(CHART_OPTIONS),
        "bars": [
            Bars("Orders by status", bars((OrderStatus(name).label, count) for name, count in orders.items())),
            Bars("Jobs by status", bars((name.label, count) for name, count in by_status.items())),
            Bars(
                f"Revenue by method, 30 days, {report.currency}",
                bars(((PaymentMethod(taken.key).label, taken.total) for taken in report.by_method), number),
            ),
        ],
        "recent": _recent(request, figures.recent),
        "generated_at": figures.generated_at,
    }


def _waiting(request: HttpRequest, figures: PlatformFigures) -> list[Figure]:
    payments = list_address(request, "commerce.Payment", "status__exact=pending")
    orders = list_address(request, "commerce.Order", "status__exact=pending")
    found = figures.money
    return [
        *_to_decide(request, figures.content.pending_artworks),
        Figure("Payments", number(found.pending_payments), "not paid yet", payments),
        Figure("Orders", number(found.pending_orders), "not confirmed yet", orders),
        Figure(
            "Bids", number(figures.activity.pending_bids), f"of {number(figures.activity.total_bids)}, not answered"
        ),
        Figure("Messages", number(figures.activity.unread_messages), "not read yet"),
    ]


def _revenue(request: HttpRequest, figures: PlatformFigures) -> list[Figure]:
    found = figures.money.revenues
    payments = list_address(request, "commerce.Payment", "status__exact=completed")
    shown = [
        Figure(f"Today, {found.currency}", number(found.revenue.today), "since midnight UTC"),
        Figure(f"7 days, {found.currency}", number(found.revenue.week)),
        Figure(f"30 days, {found.currency}", number(found.revenue.month)),
        Figure(f"In all, {found.currency}", number(found.revenue.total), "before fees, less refunds", payments),
    ]
    return shown + [_other(currency, revenue) for currency, revenue in found.other_currencies.items()]


def _other(currency: str, revenue: Revenue) -> Figure:
    return Figure(f"In all, {currency}", number(revenue.total), f"{number(revenue.month)} in 30 days")


def _people(request: HttpRequest, figures: PlatformFigures) -> list[Figure]:
    found = figures.people
    return [
        Figure("Accounts", number(found.total_users), f"{number(found.active_users)} active", people_list(request)),
        Figure("New today", number(found.new_users_today)),
        Figure("New in 7 days", number(found.new_users_week)),
        Figure("New in 30 days", number(found.new_users_month)),
        Figure("Artists", number(found.artists), f"{number(found.verified_users)} accounts verified"),
        Figure("Buyers", number(found.buyers)),
    ]


def people_list(request: HttpRequest) -> str:
    return list_address(request, "accounts.User")


def _content(request: HttpRequest, figures: PlatformFigures) -> list[Figure]:
    content, activity = figures.content, figures.activity
    featured = f"{number(content.featured_artworks)} featured"
    categories = f"of {number(content.total_categories)} in all"
    return [
        Figure("Artworks", number(content.total_artworks), featured, list_address(request, QUEUE)),
        Figure("Categories", number(content.active_categories), categories),
        Figure(
            "Jobs", number(content.total_jobs), f"{number(content.open_jobs)} open", list_address(request, "jobs.Job")
        ),
        Figure("Contracts", number(activity.total_contracts), f"{number(activity.active_contracts)} active"),
        Figure("Reviews", number(activity.total_reviews), f"{activity.average_rating} of 5 on average"),
        Figure("Orders", number(figures.money.total_orders), "", list_address(request, "commerce.Order")),
    ]


def _recent(request: HttpRequest, found: RecentActivity) -> list[tuple[str, list[Row]]]:
    return [
        (
            "Newest artworks",
            [
                Row(
                    row.title,
                    f"{row.seller.username}, {number(chargeable(row.price, row.currency))} {row.currency}",
                    row_address(request, QUEUE, row.pk),
                )
                for row in found.artworks
            ],
        ),
        (
            "Newest payments",
            [
                Row(
                    f"{number(quantise(row.amount, row.currency))} {row.currency}, {row.get_status_display()}",
                    f"{row.payer.username} to {row.payee.username}",
                    row_address(request, "commerce.Payment", row.pk),
                )
                for row in found.payments
            ],
        ),
        (
            "Newest jobs",
            [
                Row(
                    row.title,
                    f"{row.buyer.username}, {row.get_status_display()}",
                    row_address(request, "jobs.Job", row.pk),
                )
                for row in found.jobs
            ],
        ),
        (
            "Newest accounts",
            [
                Row(row.username, row.get_user_type_display(), row_address(request, "accounts.User", row.pk))
                for row in found.users
            ],
        ),
    ]


# ---------------------------------------------------------------- charts
def _revenue_chart(report: RevenueReport) -> Chart:
    taken = {each.key: each.total for each in report.by_day}
    by_day = {day: taken.get(day, ZERO) for day in days_of(report.period)}
    return chart(f"Revenue by day, 30 days, {report.currency}", by_day, number)


def chart(title: str, by_day: Mapping[date, Decimal], words: Any) -> Chart:
    data = {
        "labels": [f"{day.day} {day:%b}" for day in by_day],
        "datasets": [
            {
                "label": title.partition(",")[0],
                "data": [float(value) for value in by_day.values()],  # to be drawn, not to be added up
                "backgroundColor": "var(--color-primary-600)",
                "maxBarThickness": 14,
                "borderRadius": 3,
            }
        ],
    }
    rows = [(f"{day:%Y-%m-%d}", words(value)) for day, value in by_day.items() if value]
    return Chart(title, json.dumps(data), rows)


def bars(values: Iterable[tuple[str, Any]], words: Any = None) -> list[Bar]:
    """The longest bar is full."""
    found = list(values)
    most = max((value for _name, value in found), default=0)
    return [
        Bar(name, (words or number)(value), round(float(value / most * 100), 1) if most > 0 else 0.0)
        for name, value in found
    ]


def number(value: Any) -> str:
    """Amounts that come here are rounded to their currency."""
    return f"{value:,}"
