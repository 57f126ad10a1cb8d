"""Payouts, payout settings and saved payment methods in Django's admin site: looked at, never edited.

What happens to payouts happens through services. Tokens, codes and whole account numbers are not
shown, but for the account that an open payout goes to, to those who carry it out.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.forms import ActionForm

from commerce import policies
from commerce.choices import OPEN_PAYOUTS
from commerce.models import Payout, PayoutChange, PayoutSettings, SavedMethod
from commerce.services.payouts.payouts import payout_complete, payout_fail, payout_let_go, payout_process
from commerce.services.payouts.settings import payout_account_shown, payout_settings_verify
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import amount
from config.adminsite.rows import ReadOnlyAdmin


class WordsForm(ActionForm):  # type: ignore[misc]
    """Beside the action: the bank's reference of what was paid, or why it failed or is let go."""

    words = forms.CharField(
        label="",
        required=False,
        max_length=100,
        widget=forms.TextInput({"placeholder": "Reference, or why", "aria-label": "Reference, or why"}),
    )


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = (
        *("id", "seller", "asked", "to_pay", "method", "account_hint", "status", "waits_until", "request_date"),
        "period",
    )
    list_filter = ("status", "method", "currency")
    list_select_related = ("seller",)
    search_fields = ("seller__username", "=reference", "=uuid")
    date_hierarchy = "request_date"
    asked, fee, to_pay = amount("amount"), amount("fees"), amount("net_amount", "to be paid")
    available = amount("balance_before", "balance when it was asked for")
    fields = (
        *("uuid", "seller", "asked", "fee", "to_pay", "available", "method", "goes_to", "status", "waits_until"),
        *("reference", "failure_message", "period", "request_date", "processed_date"),
    )
    readonly_fields = ("uuid", "asked", "fee", "to_pay", "available", "goes_to", "status", "request_date")
    actions = ("process", "complete", "fail", "let_go")
    action_form = WordsForm

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.is_read_to_be_paid = found.status in OPEN_PAYOUTS and policies.may_move_money(request.user)
        return found

    @admin.display(description="account")
    def goes_to(self, payout: Payout) -> str:
        whole = getattr(payout, "is_read_to_be_paid", False)
        return (payout.account if whole else payout.account_hint) or "not given"

    def has_money_permission(self, request: HttpRequest) -> bool:
        return policies.may_move_money(request.user)

    def _each(
        self, request: HttpRequest, rows: QuerySet[Payout], decide: Callable[..., Payout], words: str = ""
    ) -> None:
        """`words` is what the service calls the words beside the action."""
        sent = {words: request.POST.get("words", "").strip()} if words else {}
        for_each(
            self,
            request,
            rows,
            lambda payout: decide(actor=request.user, payout_id=payout.pk, **sent),
        )

    @admin.action(description="Being processed", permissions=["money"])
    def process(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        self._each(request, rows, payout_process)

    @admin.action(description="Paid (with the bank's reference)", permissions=["money"])
    @confirmed
    def complete(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        self._each(request, rows, payout_complete, words="reference")

    @admin.action(description="Failed or returned: give it back (say why)", permissions=["money"])
    @confirmed
    def fail(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        self._each(request, rows, payout_fail, words="reason")

    @admin.action(description="Let it go before its wait is over (say why)", permissions=["money"])
    @confirmed
    def let_go(self, request: HttpRequest, rows: QuerySet[Payout]) -> None:
        self._each(request, rows, payout_let_go, words="reason")


@admin.register(PayoutChange)
class PayoutChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "payout", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("payout", "actor")
    search_fields = ("payout__seller__username",)


@admin.register(PayoutSettings)
class PayoutSettingsAdmin(ReadOnlyAdmin):
    list_display = ("user", "method", "account_number", "payout_schedule", "minimum_payout", "is_verified")
    list_filter = ("is_verified", "method", "payout_schedule")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    readonly_fields = ("account", "created_at", "updated_at")
    fields = ("user", "method", "account", "minimum_payout", "payout_schedule", "is_verified", *readonly_fields[1:])
    actions = ("verify",)

    @admin.display(description="account number")
    def account_number(self, chosen: PayoutSettings) -> str | None:
        return payout_account_shown(chosen)["account_number"]

    @admin.display(description="account")
    def account(self, chosen: PayoutSettings) -> str:
        facts = payout_account_shown(chosen)
        return ", ".join(f"{name.replace('_', ' ')} {fact}" for name, fact in facts.items() if fact) or "not given"

    def has_money_permission(self, request: HttpRequest) -> bool:
        return policies.may_move_money(request.user)

    @admin.action(description="Verify: the account was checked", permissions=["money"])
    def verify(self, request: HttpRequest, rows: QuerySet[PayoutSettings]) -> None:
        for_each(
            self,
            request,
            rows,
            lambda chosen: payout_settings_verify(actor=request.user, settings_id=chosen.pk),
        )


@admin.register(SavedMethod)
class SavedMethodAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "type", "provider", "gateway", "brand", "last_four", "is_default", "verified_at")
    list_filter = ("type", "provider", "gateway")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    fields = (
        *("user", "type", "provider", "gateway", "brand", "last_four", "expiry_month", "expiry_year"),
        *("is_default", "verified_at", "created_at"),
    )
    readonly_fields = ("created_at",)
