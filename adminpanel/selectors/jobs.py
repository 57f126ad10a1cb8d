"""Reads of jobs, for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, Q, QuerySet
from django.utils import timezone

from accounts.actors import Actor
from adminpanel import policies
from config.core.errors import Denied
from config.core.money import ZERO, quantise
from config.core.text_search import each_word_in
from jobs.choices import JobStatus
from jobs.models import Bid, Job


@dataclass(frozen=True)
class BidFigures:
    """Of the bids on one job; those that were withdrawn are gone. Without bids there is no average."""

    total_bids: int = 0
    average_bid: Decimal | None = None


@dataclass(frozen=True)
class AverageBudget:
    avg_min: Decimal
    avg_max: Decimal


@dataclass(frozen=True)
class JobFigures:
    """Counts of all jobs; budgets are in the art market's currency, those in others stand beside them."""

    total_jobs: int
    open_jobs: int
    in_progress_jobs: int
    completed_jobs: int
    cancelled_jobs: int
    average_budget: AverageBudget
    currency: str
    total_bids: int
    recent_jobs: int
    other_currencies: dict[str, AverageBudget]


def jobs_for_staff(*, actor: Actor, search: str = "") -> QuerySet[Job]:
    """Every job with its buyer, artist and category, newest first.

    Each word of `search` stands in title, description or the buyer's names. Raises Denied.
    """
    if not policies.may_read_all(actor):
        raise Denied
    rows = Job.objects.select_related("buyer", "hired_artist", "category").order_by("-created_at", "-pk")
    return rows.filter(each_word_in(search, "title_key", "description_key", "buyer__search_key"))


def bids_of(jobs: Sequence[Job]) -> dict[int, BidFigures]:
    """By job id, in one query for all of them."""
    currencies = {job.pk: job.currency for job in jobs}
    rows = Bid.objects.filter(job__in=currencies).order_by().values("job_id")
    found = {
        row["job_id"]: BidFigures(row["n"], quantise(row["average"], currencies[row["job_id"]]))
        for row in rows.annotate(n=Count("pk"), average=Avg("bid_amount"))
    }
    return {job_id: found.get(job_id, BidFigures()) for job_id in currencies}


def job_figures(*, actor: Actor) -> JobFigures:
    """Two queries. Raises Denied."""
    if not policies.may_read_all(actor):
        raise Denied
    week_ago = timezone.now() - timedelta(days=7)
    counted = (
        Job.objects.order_by()
        .values("currency")
        .annotate(
            total=Count("pk"),
            **{status.value: Count("pk", filter=Q(status=status)) for status in JobStatus},
            recent=Count("pk", filter=Q(created_at__gte=week_ago)),
            avg_min=Avg("budget_min"),
            avg_max=Avg("budget_max"),
        )
    )
    rows: list[dict[str, Any]] = [dict(row) for row in counted]
    budgets = {
        row["currency"]: AverageBudget(
            quantise(row["avg_min"], row["currency"]), quantise(row["avg_max"], row["currency"])
        )
        for row in rows
    }
    currency = settings.CURRENCIES["cultureup"]
    nothing = quantise(ZERO, currency)

    def total(name: str) -> int:
        return sum(row[name] for row in rows)

    return JobFigures(
        total_jobs=total("total"),
        open_jobs=total(JobStatus.OPEN),
        in_progress_jobs=total(JobStatus.IN_PROGRESS),
        completed_jobs=total(JobStatus.COMPLETED),
        cancelled_jobs=total(JobStatus.CANCELLED),
        average_budget=budgets.pop(currency, AverageBudget(nothing, nothing)),
        currency=currency,
        total_bids=Bid.objects.count(),
        recent_jobs=total("recent"),
        other_currencies=dict(sorted(budgets.items())),
    )
