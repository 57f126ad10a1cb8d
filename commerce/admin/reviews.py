"""Reviews of listings, and who found them helpful, in Django's admin site."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import truncatechars

from commerce import policies
from commerce.models import HelpfulVote, ListingReview, OrderLine
from commerce.services.reviews import review_keep, review_remove
from config.adminsite.actions import confirmed, for_each
from config.adminsite.decisions import TrailForm, decision
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.core.idempotency import Once

SHOWN = 20


def is_reported(review: ListingReview) -> bool:
    return review.is_reported


@admin.register(ListingReview)
class ListingReviewAdmin(RecordAdmin):
    list_display = ("created_at", "rating", "author", "listing", "comment", "answer", "is_reported", "helpful_count")
    list_filter = ("is_reported", "rating")
    list_select_related = ("author", "listing")
    search_fields = ("author__username", "listing__title", "comment")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("listing", "rating"), ("author", "created_at"), "comment"),
                    *("answer", ("answered_at", "is_reported"), "helpful_count"),
                )
            },
        ),
    )
    readonly_fields = ("created_at", "helpful_count")
    actions = ("remove",)
    decisions = ("keep", "take_away")

    def panels(self, request: HttpRequest, row: ListingReview) -> Iterator[Panel]:
        if policies.may_manage_orders(request.user):
            lines = OrderLine.objects.filter(order__buyer=row.author_id, listing=row.listing_id)
            yield Panel(
                "Bought by them",
                ("Order", "State", "Pieces", "When"),
                [
                    (
                        link(line.order, row_address(request, "commerce.Order", line.order_id)),
                        line.order.get_status_display(),
                        line.quantity,
                        line.order.created_at,
                    )
                    for line in lines.select_related("order").order_by("-pk")[:SHOWN]
                ],
                numeric=(2,),
            )
        for title, theirs in (
            (f"Others by {row.author}", ListingReview.objects.filter(author=row.author_id)),
            (f"Others of {row.listing}", ListingReview.objects.filter(listing=row.listing_id)),
        ):
            others = theirs.exclude(pk=row.pk).select_related("listing", "author").order_by("-created_at", "-pk")
            yield Panel(
                title,
                ("Stars", "Of", "By", "Says", "Written"),
                [
                    (
                        link(other.rating, row_address(request, "commerce.ListingReview", other.pk)),
                        str(other.listing),
                        str(other.author),
                        truncatechars(other.comment, 200),
                        other.created_at,
                    )
                    for other in others[:SHOWN]
                ],
            )

    def has_moderate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_moderate_reviews(request.user)

    @decision(
        "Leave it",
        form=TrailForm,
        permissions=["moderate"],
        when=is_reported,
        icon="check",
        warning="It breaks no rule: it stays, and is no longer marked as reported by the seller.",
    )
    def keep(self, request: HttpRequest, row: ListingReview, sent: dict[str, Any], once: Once) -> str:
        review_keep(actor=request.user, review_id=row.pk, reason=sent["reason"])
        return "Left as it is."

    @decision(
        "Remove",
        form=TrailForm,
        permissions=["moderate"],
        danger=True,
        icon="delete",
        warning="It is deleted and counts in the rating no more. What it said stays in the audit trail.",
    )
    def take_away(self, request: HttpRequest, row: ListingReview, sent: dict[str, Any], once: Once) -> HttpResponse:
        review_remove(actor=request.user, review_id=row.pk, reason=sent["reason"])
        self.message_user(request, "Removed.", messages.SUCCESS)
        return HttpResponseRedirect(list_address(request, "commerce.ListingReview"))

    @admin.action(description="Remove: it breaks the rules", permissions=["moderate"])
    @confirmed
    def remove(self, request: HttpRequest, rows: QuerySet[ListingReview]) -> None:
        for_each(
            self,
            request,
            rows,
            lambda row: review_remove(actor=request.user, review_id=row.pk),
        )


@admin.register(HelpfulVote)
class HelpfulVoteAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "review")
    list_select_related = ("user", "review")
    search_fields = ("user__username",)
    ordering = ("-created_at", "-pk")
