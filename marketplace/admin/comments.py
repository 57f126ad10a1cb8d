"""Comments under listings in the admin site: in their thread, with their author's others, and taken off."""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars

from config.adminsite.actions import for_each
from config.adminsite.decisions import TrailForm, decision
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.core.idempotency import Once
from marketplace import policies
from marketplace.admin.works import LISTING_PAGES
from marketplace.choices import Kind
from marketplace.models import ListingComment
from marketplace.services.comments import comment_remove

SHOWN: Final = 20


def is_shown(comment: ListingComment) -> bool:
    return comment.removed_at is None


@admin.register(ListingComment)
class ListingCommentAdmin(RecordAdmin):
    list_display = ("created_at", "listing", "author", "content", "likes_count", "removed_at")
    list_filter = (("removed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("listing", "author")
    search_fields = ("author__username", "listing__title")
    fieldsets = ((None, {"fields": (("listing", "author"), "content", ("created_at", "removed_at"), "likes_count")}),)
    readonly_fields = ("created_at", "removed_at", "likes_count")
    actions = ("remove",)
    decisions = ("take_off",)

    def panels(self, request: HttpRequest, row: ListingComment) -> Iterator[Panel]:
        root = row.root_id or row.pk
        thread = ListingComment.objects.filter(Q(pk=root) | Q(root=root)).exclude(pk=row.pk)
        by_them = ListingComment.objects.filter(author=row.author_id).exclude(pk=row.pk)
        for title, found in (
            ("Its thread", thread.order_by("created_at", "pk")),
            (f"Others by {row.author}", by_them.order_by("-created_at", "-pk")),
        ):
            yield Panel(
                title,
                ("Comment", "By", "Under", "Says", "When", "Taken off"),
                [
                    (
                        link(f"#{each.pk}", row_address(request, "marketplace.ListingComment", each.pk)),
                        str(each.author),
                        link(
                            each.listing, row_address(request, LISTING_PAGES[Kind(each.listing.kind)], each.listing_id)
                        ),
                        truncatechars(each.content, 300),
                        each.created_at,
                        each.removed_at,
                    )
                    for each in found.select_related("author", "listing")[:SHOWN]
                ],
            )

    def has_moderate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_moderate(request.user)

    @decision(
        "Take off",
        form=TrailForm,
        permissions=["moderate"],
        when=is_shown,
        danger=True,
        icon="comments_disabled",
        warning="What it says is shown no longer; answers to it stay.",
    )
    def take_off(self, request: HttpRequest, row: ListingComment, sent: dict[str, Any], once: Once) -> str:
        comment_remove(actor=request.user, comment_id=row.pk, reason=sent["reason"])
        return "Taken off."

    @admin.action(description="Take off what it says", permissions=["moderate"])
    def remove(self, request: HttpRequest, rows: QuerySet[ListingComment]) -> None:
        for_each(self, request, rows, lambda comment: comment_remove(actor=request.user, comment_id=comment.pk))
