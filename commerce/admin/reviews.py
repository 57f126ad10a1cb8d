"""Reviews of listings, and who found them helpful, in Django's admin site."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import policies
from commerce.models import HelpfulVote, ListingReview
from commerce.services.reviews import review_remove
from config.adminsite.actions import confirmed, for_each
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(ListingReview)
class ListingReviewAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "rating", "author", "listing", "comment", "answer", "is_reported", "helpful_count")
    list_filter = ("is_reported", "rating")
    list_select_related = ("author", "listing")
    search_fields = ("author__username", "listing__title", "comment")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    actions = ("remove",)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return policies.may_moderate_reviews(request.user)

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
