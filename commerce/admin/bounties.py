"""Bounties in Django's admin site: looked at, closed and taken away. They stand here, above their own app, because
closing one gives its money back."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.policies import ADMINISTRATOR, level
from commerce.services.bounties.bounties import bounty_delete, bounty_update
from config.adminsite.actions import confirmed, for_each
from config.adminsite.inlines import HistoryInline
from config.adminsite.rows import ReadOnlyAdmin
from jobs.choices import BountyStatus
from jobs.models import Bounty, BountyApplication, BountyChange


class BountyHistory(HistoryInline):
    model = BountyChange


@admin.register(Bounty)
class BountyAdmin(ReadOnlyAdmin):
    """Accepting the work is its creator's alone; disputes are decided on their own page."""

    list_display = (
        *("title", "creator", "budget", "status", "winner", "applicants_count", "deadline", "delivered_at"),
        *("created_at", "removed_at"),
    )
    list_filter = ("status", "currency")
    list_select_related = ("creator", "winner")
    search_fields = ("=id", "title", "creator__username", "winner__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    inlines = (BountyHistory,)
    actions = ("close", "remove")

    def has_close_permission(self, request: HttpRequest) -> bool:
        return level(request.user) >= ADMINISTRATOR

    @admin.action(description="Close: give back what is held", permissions=["close"])
    @confirmed
    def close(self, request: HttpRequest, rows: QuerySet[Bounty]) -> None:
        for_each(
            self,
            request,
            rows,
            lambda row: bounty_update(actor=cast(User, request.user), bounty_id=row.pk, status=BountyStatus.CLOSED),
        )

    @admin.action(description="Remove: it breaks the rules", permissions=["close"])
    @confirmed
    def remove(self, request: HttpRequest, rows: QuerySet[Bounty]) -> None:
        for_each(self, request, rows, lambda row: bounty_delete(actor=cast(User, request.user), bounty_id=row.pk))


@admin.register(BountyChange)
class BountyChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bounty", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("bounty", "actor")
    search_fields = ("=bounty__id",)


@admin.register(BountyApplication)
class BountyApplicationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "bounty", "user", "message")
    list_select_related = ("bounty", "user")
    search_fields = ("=bounty__id", "user__username")
    date_hierarchy = "created_at"
