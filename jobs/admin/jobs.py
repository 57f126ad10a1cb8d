"""Jobs in the admin site: who bid, what was agreed, what happened, and calling one off."""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars

from accounts.admin.timeline import mails_about
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import in_currency
from config.adminsite.decisions import ReasonForm, decision
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import MOST, Happening, status_change
from config.core.idempotency import Once
from jobs.choices import ACTIVE_JOBS
from jobs.models import Bid, Job, JobChange, Review
from jobs.policies import may_manage_jobs
from jobs.services.hiring import job_close

SHOWN: Final = 50


def may_be_closed(job: Job) -> bool:
    return job.status in ACTIVE_JOBS


def bids_panel(
    request: HttpRequest, title: str, bids: QuerySet[Bid], *, address: str = "", of_one_job: bool = True
) -> Panel:
    """The newest first. One query."""
    return Panel(
        title,
        ("Bid", "Artist", "Asks", "Days", "State", "Says", "Made"),
        [
            (
                link(
                    f"Bid {bid.pk}" if of_one_job else f"Bid {bid.pk} on {bid.job}",
                    row_address(request, "jobs.Bid", bid.pk),
                ),
                link(bid.artist, row_address(request, "accounts.User", bid.artist_id)),
                in_currency(bid.bid_amount, bid.job.currency),
                bid.delivery_time,
                bid.get_status_display(),
                truncatechars(bid.cover_letter, 200),
                bid.created_at,
            )
            for bid in bids.select_related("job", "artist").order_by("-created_at", "-pk")[:SHOWN]
        ],
        address=address,
        numeric=(2, 3),
    )


@admin.register(Job)
class JobAdmin(RecordAdmin):
    list_display = (
        *("title", "buyer", "category", "budget_min", "budget_max", "status"),
        *("hired_artist", "final_amount", "deadline", "created_at"),
    )
    list_filter = (
        "status",
        "experience_level",
        "category",
        "currency",
        ("created_at", DateRange),
        ("budget_min", NumberRange),
    )
    list_select_related = ("buyer", "category", "hired_artist")
    search_fields = ("=id", "title", "buyer__username", "hired_artist__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("title", ("buyer", "status"), ("hired_artist", "final_amount"), ("budget_min", "budget_max")),
                    *(("deadline", "created_at"), ("delivered_at", "completed_at"), ("paid_at", "disputed_at")),
                    "description",
                )
            },
        ),
        (
            "More",
            {
                "classes": ("collapse",),
                "fields": (
                    *(("category", "experience_level"), "required_skills", ("duration_days", "hired_at")),
                    *(("cancelled_at", "reminded_at"), "updated_at"),
                ),
            },
        ),
    )
    readonly_fields = (
        *("status", "created_at", "delivered_at", "completed_at", "paid_at", "disputed_at", "hired_at"),
        *("cancelled_at", "reminded_at", "updated_at"),
    )
    actions = ("close",)
    decisions = ("call_off",)

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Job) -> Iterator[Panel]:
        address = list_address(request, "jobs.Bid", f"job__id__exact={row.pk}")
        yield bids_panel(request, "Bids", row.bids.all(), address=address)
        contracts = row.contracts.order_by("-pk")
        yield Panel(
            "Contracts",
            ("Contract", "State", "Rights", "Amount", "Buyer signed", "Artist signed", "Deadline"),
            [
                (
                    link(f"Contract {contract.pk}", row_address(request, "jobs.Contract", contract.pk)),
                    contract.get_status_display(),
                    contract.get_rights_type_display(),
                    in_currency(contract.amount, contract.currency),
                    contract.buyer_signed_at,
                    contract.artist_signed_at,
                    contract.deadline,
                )
                for contract in contracts[:SHOWN]
            ],
            numeric=(3,),
        )
        yield Panel(
            "Review",
            ("Stars", "Says", "Written"),
            [
                (link(review.rating, row_address(request, "jobs.Review", review.pk)), review.comment, review.created_at)
                for review in Review.objects.filter(job=row)
            ],
            empty="Its buyer has written none.",
        )

    def happened(self, request: HttpRequest, row: Job) -> Iterator[Happening]:
        people = [each for each in (row.buyer_id, row.hired_artist_id) if each is not None]
        yield from mails_about({"job_id": row.pk}, people=people, since=row.created_at)

    # ------------------------------------------------------------ decisions
    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_manage_jobs(request.user)

    @decision(
        "Call off",
        form=ReasonForm,
        permissions=["close"],
        when=may_be_closed,
        danger=True,
        icon="cancel",
        warning="What is held for it goes back to its buyer; buyer, artist and whoever bid are told.",
    )
    def call_off(self, request: HttpRequest, row: Job, sent: dict[str, Any], once: Once) -> str:
        job_close(actor=request.user, job_id=row.pk, reason=sent["reason"])
        return "Called off."

    @admin.action(description="Close: call off, refund what is held", permissions=["close"])
    @confirmed
    def close(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        for_each(self, request, rows, lambda job: job_close(actor=request.user, job_id=job.pk))


@admin.register(Bid)
class BidAdmin(RecordAdmin):
    list_display = ("id", "job", "artist", "bid_amount", "delivery_time", "status", "created_at")
    list_filter = ("status",)
    list_select_related = ("job", "artist")
    search_fields = ("=id", "=job__id", "job__title", "artist__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fields = (
        ("job", "artist"),
        ("bid_amount", "delivery_time"),
        "status",
        "cover_letter",
        ("created_at", "updated_at"),
    )
    readonly_fields = ("status", "created_at", "updated_at")

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Bid) -> Iterator[Panel]:
        job = row.job
        yield Panel(
            "Job",
            ("Job", "Buyer", "State", "Budget", "Hired", "For", "Deadline"),
            [
                (
                    link(job, row_address(request, "jobs.Job", job.pk)),
                    link(job.buyer, row_address(request, "accounts.User", job.buyer_id)),
                    job.get_status_display(),
                    f"{in_currency(job.budget_min, job.currency)} to {in_currency(job.budget_max, job.currency)}",
                    str(job.hired_artist or ""),
                    in_currency(job.final_amount, job.currency),
                    job.deadline,
                )
            ],
            numeric=(5,),
        )
        yield bids_panel(request, "Other bids on it", job.bids.exclude(pk=row.pk))
        theirs = row.artist.bids.exclude(pk=row.pk)
        yield bids_panel(request, f"Other bids by {row.artist.username}", theirs, of_one_job=False)

    def happened(self, request: HttpRequest, row: Bid) -> Iterator[Happening]:
        changes = JobChange.objects.filter(job=row.job_id).select_related("actor").order_by("-pk")
        yield from (status_change(change, of="Job") for change in changes[:MOST])
        yield from mails_about({"job_id": row.job_id}, people=(row.artist_id,), since=row.created_at)


@admin.register(JobChange)
class JobChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "job", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("job", "actor")
    search_fields = ("=job__id",)
