"""Bounties in Django's admin site: who applied, what is held, what happened, closing and taking away. They stand here,
above their own app, because closing one gives its money back."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars

from accounts.admin.timeline import mails_about
from accounts.models import User
from accounts.policies import ADMINISTRATOR, level
from commerce.admin.parts import SHOWN, payments_happened
from commerce.admin.work import money_of
from commerce.models import Payment
from commerce.services.bounties.bounties import bounty_delete, bounty_update
from config.adminsite.actions import confirmed, for_each
from config.adminsite.decisions import ReasonForm, decision
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once
from jobs.choices import BountyStatus
from jobs.models import Bounty, BountyApplication, BountyChange


def may_be_closed(bounty: Bounty) -> bool:
    return bounty.removed_at is None and bounty.status in (BountyStatus.OPEN, BountyStatus.IN_PROGRESS)


def may_be_removed(bounty: Bounty) -> bool:
    return bounty.removed_at is None and bounty.status != BountyStatus.IN_PROGRESS


@admin.register(Bounty)
class BountyAdmin(RecordAdmin):
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
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("title", ("creator", "status"), ("winner", "budget"), ("deadline", "created_at")),
                    *(("awarded_at", "delivered_at"), ("ended_at", "removed_at"), ("paid_at", "disputed_at")),
                    *("description", "requirements"),
                )
            },
        ),
    )
    readonly_fields = (
        *("status", "created_at", "awarded_at", "delivered_at", "ended_at", "removed_at", "paid_at", "disputed_at"),
    )
    actions = ("close", "remove")
    decisions = ("call_off", "take_away")

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Bounty) -> Iterator[Panel]:
        applications = row.applications.select_related("user").order_by("-created_at", "-pk")
        yield Panel(
            "Applications",
            ("From", "Says", "When"),
            [
                (
                    link(each.user, row_address(request, "accounts.User", each.user_id)),
                    truncatechars(each.message, 200),
                    each.created_at,
                )
                for each in applications[:SHOWN]
            ],
            address=list_address(request, "jobs.BountyApplication", f"bounty__id__exact={row.pk}"),
        )
        yield from money_of(request, payments_of(row))

    def happened(self, request: HttpRequest, row: Bounty) -> Iterator[Happening]:
        yield from payments_happened(request, *payments_of(row))
        people = [pk for pk in (row.creator_id, row.winner_id) if pk is not None]
        yield from mails_about({"bounty_id": row.pk}, people=people, since=row.created_at)

    # ------------------------------------------------------------ decisions
    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return level(request.user) >= ADMINISTRATOR

    @decision(
        "Close",
        form=ReasonForm,
        permissions=["close"],
        when=may_be_closed,
        danger=True,
        icon="cancel",
        warning="What is held goes back to its creator. They and the winner, or those who applied, are told.",
    )
    def call_off(self, request: HttpRequest, row: Bounty, sent: dict[str, Any], once: Once) -> str:
        actor = cast(User, request.user)
        bounty_update(actor=actor, bounty_id=row.pk, status=BountyStatus.CLOSED, reason=sent["reason"])
        return "Closed."

    @decision(
        "Remove",
        form=ReasonForm,
        permissions=["close"],
        when=may_be_removed,
        danger=True,
        icon="delete",
        warning="It is out of everybody's sight for good. One that is open is closed with that.",
    )
    def take_away(self, request: HttpRequest, row: Bounty, sent: dict[str, Any], once: Once) -> str:
        bounty_delete(actor=cast(User, request.user), bounty_id=row.pk, reason=sent["reason"])
        return "Removed."

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


def payments_of(bounty: Bounty) -> list[Payment]:
    """The newest first; read once a request."""
    prefetch_related_objects([bounty], Prefetch("payments", Payment.objects.order_by("-pk")))
    return list(bounty.payments.all())


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
