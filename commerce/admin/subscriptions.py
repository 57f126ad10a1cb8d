"""Plans and subscriptions in Django's admin site: what was paid and given back, and what can be decided."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format

from commerce import policies
from commerce.admin.parts import SHOWN
from commerce.choices import LIVE_SUBSCRIPTIONS, BillingCycle
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
from commerce.services.subscriptions.refunds import subscription_refund
from commerce.services.subscriptions.subscriptions import subscription_end
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import amount, in_currency
from config.adminsite.decisions import ReasonForm, choose, decision
from config.adminsite.inlines import ReadOnlyInline
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import MOST, Happening
from config.core.idempotency import Once


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


# ---------------------------------------------------------------- subscriptions
class InvoiceRefundForm(ReasonForm):
    """All that is left of an invoice, unless an amount is given."""

    field_order = ("invoice", "amount", "reason")
    invoice = forms.TypedChoiceField(coerce=int)
    amount = forms.DecimalField(required=False, max_digits=14, decimal_places=3, min_value=0)

    def __init__(self, *args: Any, row: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        paid = row.invoices.filter(paid_at__isnull=False).order_by("-pk")[:SHOWN]
        choices = [
            (
                invoice.pk,
                f"{date_format(invoice.period_start)} to {date_format(invoice.period_end)}, "
                f"{in_currency(invoice.amount, invoice.currency)} paid, "
                f"{in_currency(invoice.refunded_amount, invoice.currency)} given back",
            )
            for invoice in paid
        ]
        choose(self.fields["invoice"], choices)
        self.fields["amount"].label = f"Amount in {row.currency}"
        self.fields["amount"].help_text = "Empty: all that is left of it."


def is_live(subscription: Subscription) -> bool:
    return subscription.status in LIVE_SUBSCRIPTIONS


def goes_on(subscription: Subscription) -> bool:
    return is_live(subscription) and not subscription.cancel_at_period_end


def has_brought_money(subscription: Subscription) -> bool:
    return subscription.invoices.filter(paid_at__isnull=False, amount__gt=0).exists()


@admin.register(Subscription)
class SubscriptionAdmin(RecordAdmin):
    list_display = (
        *("id", "user", "plan", "billing_cycle", "amount", "status", "current_period_end", "cancel_at_period_end"),
        *("gateway", "created_at"),
    )
    list_filter = ("status", "billing_cycle", "gateway", "plan")
    list_select_related = ("user", "plan")
    search_fields = ("user__username", "=gateway_reference")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("user", "status"), ("plan", "billing_cycle"), ("amount", "payment_method")),
                    *(("current_period_start", "current_period_end"), ("cancel_at_period_end", "cancelled_at")),
                    "cancel_reason",
                )
            },
        ),
        (
            "At the gateway",
            {
                "classes": ("collapse",),
                "fields": (
                    *(("gateway", "gateway_reference"), ("failure_code", "failure_message")),
                    *(("wanted", "checked_at"), ("created_at", "updated_at")),
                ),
            },
        ),
    )
    readonly_fields = ("status", "created_at", "updated_at")
    decisions = ("end_with_period", "end_now", "give_back")

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Subscription) -> Iterator[Panel]:
        plan = row.plan
        price = plan.price_monthly if row.billing_cycle == BillingCycle.MONTHLY else plan.price_yearly
        offered = "no longer offered" if plan.removed_at or not plan.is_active else "offered"
        yield Panel(
            "Plan",
            ("", ""),
            [
                ("Plan", link(plan, row_address(request, "commerce.Plan", plan.pk))),
                ("They pay", f"{in_currency(row.amount, row.currency)}, {row.get_billing_cycle_display().lower()}"),
                ("New subscribers pay", f"{in_currency(price, plan.currency)}, {offered}"),
            ],
        )
        invoices = row.invoices.order_by("-pk")
        yield Panel(
            "Invoices",
            ("Invoice", "Period from", "To", "Amount", "Given back", "Disputed", "Paid"),
            [
                (
                    link(invoice, row_address(request, "commerce.SubscriptionInvoice", invoice.pk)),
                    invoice.period_start,
                    invoice.period_end,
                    *(
                        in_currency(value, invoice.currency)
                        for value in (invoice.amount, invoice.refunded_amount, invoice.disputed_amount)
                    ),
                    invoice.paid_at or "not paid",
                )
                for invoice in invoices[:SHOWN]
            ],
            numeric=(3, 4, 5),
        )
        yield Panel(
            "Money that went back",
            ("How", "Of", "Amount", "State", "By", "Why", "When"),
            [
                (
                    link(back.get_kind_display(), row_address(request, "commerce.InvoiceReversal", back.pk)),
                    str(back.invoice),
                    in_currency(back.amount, back.invoice.currency),
                    back.state,
                    str(back.actor or row.gateway),
                    back.failure_message or back.words or back.reason,
                    back.created_at,
                )
                for back in _reversals(row)[:SHOWN]
            ],
            numeric=(2,),
        )
        others = Subscription.objects.filter(user=row.user_id).exclude(pk=row.pk).select_related("plan")
        yield Panel(
            "Their other subscriptions",
            ("Subscription", "Plan", "State", "Begun", "Period to"),
            [
                (
                    link(f"#{other.pk}", row_address(request, "commerce.Subscription", other.pk)),
                    str(other.plan),
                    other.get_status_display(),
                    other.created_at,
                    other.current_period_end,
                )
                for other in others.order_by("-pk")[:SHOWN]
            ],
        )

    def happened(self, request: HttpRequest, row: Subscription) -> Iterator[Happening]:
        for invoice in row.invoices.filter(paid_at__isnull=False).order_by("-pk")[:MOST]:
            assert invoice.paid_at is not None  # noqa: S101 (asked for)
            words = f"Paid: {in_currency(invoice.amount, invoice.currency)} for {invoice}"
            yield Happening(invoice.paid_at, words, row.gateway, icon="payments")
        for back in _reversals(row)[:MOST]:
            words = f"{back.get_kind_display()} of {in_currency(back.amount, back.invoice.currency)}: {back.state}"
            who = back.actor.username if back.actor else row.gateway
            yield Happening(
                back.created_at, words.capitalize(), who, back.failure_message or back.words or back.reason, "undo"
            )

    # ------------------------------------------------------------ decisions
    def has_money_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_move_money(request.user)

    @decision(
        "End with its period",
        form=ReasonForm,
        permissions=["money"],
        when=goes_on,
        icon="event_busy",
        warning="They keep what they have paid for. Nothing more is charged; they may take it up again until then.",
    )
    def end_with_period(self, request: HttpRequest, row: Subscription, sent: dict[str, Any], once: Once) -> str:
        subscription_end(actor=request.user, subscription_id=row.pk, at_period_end=True, reason=sent["reason"])
        return "It ends with its period; they are told."

    @decision(
        "End now",
        form=ReasonForm,
        permissions=["money"],
        when=is_live,
        danger=True,
        icon="cancel",
        warning="They have it no longer. What was paid stays paid: give it back beside.",
    )
    def end_now(self, request: HttpRequest, row: Subscription, sent: dict[str, Any], once: Once) -> str:
        subscription_end(actor=request.user, subscription_id=row.pk, at_period_end=False, reason=sent["reason"])
        return "Ended; they are told."

    @decision(
        "Refund an invoice",
        form=InvoiceRefundForm,
        permissions=["money"],
        when=has_brought_money,
        danger=True,
        icon="undo",
        warning="Who gets all of the running period back has it no longer: the subscription ends with that, at once.",
    )
    def give_back(self, request: HttpRequest, row: Subscription, sent: dict[str, Any], once: Once) -> str:
        made = subscription_refund(
            actor=request.user,
            invoice_id=sent["invoice"],
            amount=sent["amount"],
            reason=sent["reason"],
            once=once,
        )
        return f"Refund of {in_currency(made.amount, row.currency)}: {made.state}."


def _reversals(row: Subscription) -> QuerySet[InvoiceReversal]:
    """The newest first."""
    return InvoiceReversal.objects.filter(invoice__subscription=row).select_related("invoice", "actor").order_by("-pk")


@admin.register(SubscriptionChange)
class SubscriptionChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "subscription", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("subscription", "actor")
    search_fields = ("=subscription__id",)


class ReversalsInline(ReadOnlyInline):
    model = InvoiceReversal
    fields = ("created_at", "kind", "state", "whole", "gone", "reason", "words", "reference")
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
