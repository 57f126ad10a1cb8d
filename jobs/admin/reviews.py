"""Reviews of finished work in the admin site: about whom and what, and removing one that breaks the rules."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import truncatechars

from config.adminsite.actions import confirmed, for_each
from config.adminsite.decisions import TrailForm, decision
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.core.idempotency import Once
from jobs.models import Review
from jobs.policies import may_remove_reviews
from jobs.services.reviews import review_remove


@admin.register(Review)
class ReviewAdmin(RecordAdmin):
    list_display = ("created_at", "rating", "reviewer", "artist", "job", "comment")
    list_filter = ("rating",)
    list_select_related = ("job", "reviewer", "artist")
    search_fields = ("=job__id", "reviewer__username", "artist__username", "comment")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fieldsets = ((None, {"fields": (("job", "rating"), ("reviewer", "artist"), "comment", "created_at")}),)
    readonly_fields = ("created_at",)
    actions = ("remove",)
    decisions = ("take_away",)

    def panels(self, request: HttpRequest, row: Review) -> Iterator[Panel]:
        for title, theirs in (
            (f"Others by {row.reviewer}", Review.objects.filter(reviewer=row.reviewer_id)),
            (f"Others about {row.artist}", Review.objects.filter(artist=row.artist_id)),
        ):
            others = theirs.exclude(pk=row.pk).select_related("job").order_by("-created_at", "-pk")
            yield Panel(
                title,
                ("Stars", "For", "Says", "Written"),
                [
                    (
                        link(other.rating, row_address(request, "jobs.Review", other.pk)),
                        link(other.job, row_address(request, "jobs.Job", other.job_id)),
                        truncatechars(other.comment, 200),
                        other.created_at,
                    )
                    for other in others[:20]
                ],
            )

    def has_remove_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_remove_reviews(request.user)

    @decision(
        "Remove",
        form=TrailForm,
        permissions=["remove"],
        danger=True,
        icon="delete",
        warning="It is deleted and counts in the artist's rating no more. What it said stays in the audit trail.",
    )
    def take_away(self, request: HttpRequest, row: Review, sent: dict[str, Any], once: Once) -> HttpResponse:
        review_remove(actor=request.user, review_id=row.pk, reason=sent["reason"])
        self.message_user(request, "Removed.", messages.SUCCESS)
        return HttpResponseRedirect(list_address(request, "jobs.Review"))

    @admin.action(description="Remove: it breaks the rules", permissions=["remove"])
    @confirmed
    def remove(self, request: HttpRequest, rows: QuerySet[Review]) -> None:
        for_each(self, request, rows, lambda row: review_remove(actor=request.user, review_id=row.pk))
