"""Hiring in Django's admin site: looked at, never edited. Closing a job and removing a review are services."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import amount
from config.adminsite.inlines import HistoryInline, ReadOnlyInline
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.rows import ReadOnlyAdmin
from jobs.models import Bid, Contract, ContractChange, Job, JobChange, Review
from jobs.policies import may_manage_jobs, may_remove_reviews
from jobs.services.hiring import job_close
from jobs.services.reviews import review_remove


class JobHistory(HistoryInline):
    model = JobChange


class BidsOnJob(ReadOnlyInline):
    model = Bid
    fields = ("artist", "offered", "delivery_time", "status", "created_at")
    readonly_fields = ("offered", "status", "created_at")
    offered = amount("bid_amount")
    ordering = ("bid_amount", "created_at", "pk")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bid]:
        rows: QuerySet[Bid] = super().get_queryset(request)
        return rows.select_related("job", "artist")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
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
    inlines = (JobHistory, BidsOnJob)
    actions = ("close",)

    def has_close_permission(self, request: HttpRequest) -> bool:
        return may_manage_jobs(request.user)

    @admin.action(description="Close: call off, refund what is held", permissions=["close"])
    @confirmed
    def close(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        for_each(self, request, rows, lambda job: job_close(actor=request.user, job_id=job.pk))


@admin.register(Bid)
class BidAdmin(ReadOnlyAdmin):
    list_display = ("id", "job", "artist", "bid_amount", "delivery_time", "status", "created_at")
    list_filter = ("status",)
    list_select_related = ("job", "artist")
    search_fields = ("=id", "=job__id", "job__title", "artist__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")


@admin.register(JobChange)
class JobChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "job", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("job", "actor")
    search_fields = ("=job__id",)


class ContractHistory(HistoryInline):
    model = ContractChange


@admin.register(Contract)
class ContractAdmin(ReadOnlyAdmin):
    list_display = (
        *("id", "job", "buyer", "artist", "rights_type", "amount", "status"),
        *("artist_signed_at", "buyer_signed_at", "deadline", "created_at"),
    )
    list_filter = ("status", "rights_type", "currency")
    list_select_related = ("job", "buyer", "artist")
    search_fields = ("=id", "=job__id", "job__title", "buyer__username", "artist__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    inlines = (ContractHistory,)


@admin.register(ContractChange)
class ContractChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "contract", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("contract", "actor")
    search_fields = ("=contract__id",)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "rating", "reviewer", "artist", "job", "comment")
    list_filter = ("rating",)
    list_select_related = ("job", "reviewer", "artist")
    search_fields = ("=job__id", "reviewer__username", "artist__username", "comment")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    actions = ("remove",)

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return may_remove_reviews(request.user)

    @admin.action(description="Remove: it breaks the rules", permissions=["remove"])
    @confirmed
    def remove(self, request: HttpRequest, rows: QuerySet[Review]) -> None:
        for_each(self, request, rows, lambda row: review_remove(actor=request.user, review_id=row.pk))
