"""Plans and subscriptions in Django's admin site: looked at; plans are taken out of sight by the service."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import policies
from commerce.models import (
    InvoiceReversal,
    Plan,
    PlanPrice,
    SandboxInvoice,
    SandboxSubscription,
    Subscription,
    SubscriptionChange,
    SubscriptionInvoice,
)
from commerce.services.subscriptions.plans import plan_change, plan_remove
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import amount
from config.adminsite.inlines import HistoryInline, ReadOnlyInline
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "price_monthly", "price_yearly", "is_popular", "is_active", "position")
    list_filter = ("is_active", "currency")
    search_fields = ("name", "slug")
    ordering = ("position", "pk")
    actions = ("offer", "withdraw", "remove")

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return policies.may_manage_plans(request.user)

    @admin.action(description="Offer", permissions=["manage"])
    def offer(self, request: HttpRequest, rows: QuerySet[Plan]) -> None:
        for_each(self, request, rows, lambda row: plan_change(actor=request.user, plan_id=row.pk, is_active=True))

    @admin.action(description="Offer no longer; who is subscribed stays so", permissions=["manage"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[Plan]) -> None:
        for_each(self, request, rows, lambda row: plan_change(actor=request.user, plan_id=row.pk, is_active=False))

    @admin.action(description="Remove, if nobody is subscribed", permissions=["manage"])
    @confirmed
    def remove(self, request: HttpRequest, rows: QuerySet[Plan]) -> None:
        for_each(self, request, rows, lambda row: plan_remove(actor=request.user, plan_id=row.pk))


@admin.register(PlanPrice)
class PlanPriceAdmin(ReadOnlyAdmin):
    list_display = ("plan", "gateway", "cycle", "amount", "reference", "created_at")
    list_select_related = ("plan",)
    search_fields = ("=reference", "plan__name")


class SubscriptionHistory(HistoryInline):
    model = SubscriptionChange


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = (
        *("id", "user", "plan", "billing_cycle", "amount", "status", "current_period_end", "cancel_at_period_end"),
        *("gateway", "created_at"),
    )
    list_filter = ("status", "billing_cycle", "gateway", "plan")
    list_select_related = ("user", "plan")
    search_fields = ("user__username", "=gateway_reference")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    exclude = ("token", "customer", "key")
    inlines = (SubscriptionHistory,)


@admin.register(SubscriptionChange)
class SubscriptionChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "subscription", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("subscription", "actor")
    search_fields = ("=subscription__id",)


class ReversalsInline(ReadOnlyInline):
    model = InvoiceReversal
    fields = ("created_at", "kind", "state", "whole", "gone", "reason", "reference")
    readonly_fields = ("created_at", "state", "whole", "gone")
    whole, gone = amount("amount"), amount("taken")
    ordering = ("pk",)


@admin.register(SubscriptionInvoice)
class SubscriptionInvoiceAdmin(ReadOnlyAdmin):
    list_display = (
        *("reference", "subscription", "amount", "refunded_amount", "disputed_amount"),
        *("period_start", "period_end", "paid_at", "gateway"),
    )
    list_select_related = ("subscription",)
    search_fields = ("=reference", "=subscription__id")
    date_hierarchy = "created_at"
    inlines = (ReversalsInline,)


@admin.register(InvoiceReversal)
class InvoiceReversalAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "invoice", "kind", "state", "amount", "taken", "reason", "fee", "reference")
    list_filter = ("kind", "state")
    list_select_related = ("invoice",)
    search_fields = ("=reference", "=invoice__reference", "=invoice__subscription__id")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")


@admin.register(SandboxSubscription)
class SandboxSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("reference", "status", "cycle", "periods", "attempts", "next_attempt_at", "cancel_at_period_end")
    search_fields = ("=reference",)


@admin.register(SandboxInvoice)
class SandboxInvoiceAdmin(ReadOnlyAdmin):
    list_display = ("reference", "subscription", "number", "intent")
    list_select_related = ("subscription", "intent")
    search_fields = ("=reference", "=subscription__reference")
