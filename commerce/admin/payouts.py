"""Payouts, payout settings and saved payment methods in Django's admin site: looked at, never edited.

What happens to payouts happens through services. Tokens, codes and whole account numbers are not
shown, but for the account that an open payout goes to, to those who carry it out.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from unfold.forms import ActionForm

from accounts.admin.timeline import mails_about
from commerce import policies
from commerce.admin.parts import SHOWN
from commerce.choices import OPEN_PAYOUTS, PAYOUT_CHANGES, PayoutStatus
from commerce.documents.statements import statement_csv, statement_pdf
from commerce.models import LedgerTransaction, Payout, PayoutChange, PayoutSettings, SavedMethod
from commerce.selectors.balances import seller_balance
from commerce.selectors.payouts import payout_lines
from commerce.services.payouts.payouts import payout_complete, payout_fail, payout_let_go, payout_process
from commerce.services.payouts.settings import payout_account_shown, payout_settings_verify
from commerce.services.states.chargebacks import earnings_at_stake
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import amount, in_currency
from config.adminsite.decisions import DecisionForm, ReasonForm, decision
from config.adminsite.documents import document
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once
from config.dialects.papers import csv, pdf

OTHERS_SHOWN = 20


class WordsForm(ActionForm):  # type: ignore[misc]
    """Beside the action: the bank's reference of what was paid, or why it failed or is let go."""

    words = forms.CharField(
        label="",
        required=False,
        max_length=100,
        widget=forms.TextInput({"placeholder": "Reference, or why", "aria-label": "Reference, or why"}),
    )


class ReferenceForm(DecisionForm):
    reference = forms.CharField(max_length=100, help_text="Of the bank or the payment service.")


def may_be_carried_out(payout: Payout) -> bool:
    return payout.status in OPEN_PAYOUTS and not payout.is_waiting


def may_begin(payout: Payout) -> bool:
    return payout.status == PayoutStatus.PENDING and not payout.is_waiting


def may_fail(payout: Payout) -> bool:
    return PayoutStatus.FAILED in PAYOUT_CHANGES[payout.status]


def waits(payout: Payout) -> bool:
    return payout.is_waiting


@admin.register(Payout)
class PayoutAdmin(RecordAdmin):
    list_display = (
        *("id", "seller", "asked", "to_pay", "method", "account_hint", "status", "waits_until", "request_date"),
        "period",
    )
    list_filter = ("status", "method", "currency", ("request_date", DateRange), ("amount", NumberRange))
    list_select_related = ("seller",)
    search_fields = ("seller__username", "=reference", "=uuid")
    date_hierarchy = "request_date"
    asked, fee, to_pay = amount("amount"), amount("fees"), amount("net_amount", "to be paid")
    available = amount("balance_before", "balance when it was asked for")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("seller", "status"), ("to_pay", "waits_until"), ("method", "goes_to"), ("asked", "fee")),
                    *(("available", "period"), ("request_date", "processed_date"), ("reference", "failure_message")),
                    "uuid",
                )
            },
        ),
    )
    readonly_fields = (
        *("uuid", "asked", "fee", "to_pay", "available", "goes_to", "status", "waits_until", "request_date"),
    )
    actions = ("process", "complete", "fail", "let_go")
    action_form = WordsForm
    decisions = ("begin", "paid", "sooner", "failed", "statement", "statement_table")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.is_read_to_be_paid = found.status in OPEN_PAYOUTS and policies.may_move_money(request.user)
        return found

    @admin.display(description="account")
    def goes_to(self, payout: Payout) -> str:
        whole = getattr(payout, "is_read_to_be_paid", False)
        return (payout.account if whole else payout.account_hint) or "not given"

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Payout) -> Iterator[Panel]:
        yield self._balance(request, row)
        yield self._lines(request, row)
        others = Payout.objects.filter(seller=row.seller_id).exclude(pk=row.pk).order_by("-request_date", "-pk")
        yield Panel(
            "Their other payouts",
            ("Asked for", "Amount", "By", "To", "State", "Reference"),
            [
                (
                    link(str(other), row_address(request, "commerce.Payout", other.pk)),
                    in_currency(other.amount, other.currency),
                    other.get_method_display(),
                    other.account_hint,
                    other.get_status_display(),
                    other.reference or other.failure_message,
                )
                for other in others[:OTHERS_SHOWN]
            ],
            numeric=(1,),
        )

    def _balance(self, request: HttpRequest, row: Payout) -> Panel:
        currency = row.currency
        at_stake = earnings_at_stake(seller_id=row.seller_id, currency=currency)
        chosen = PayoutSettings.objects.filter(user=row.seller_id).first()
        rows: list[tuple[object, object]] = [
            ("Owed to them now", in_currency(seller_balance(seller_id=row.seller_id, currency=currency), currency)),
            ("Of it disputed by buyers' banks", in_currency(at_stake, currency)),
        ]
        if chosen is not None:
            checked = "checked by staff" if chosen.is_verified else "not checked"
            words = f"{chosen.get_method_display()}, {payout_account_shown(chosen)['account_number'] or 'no account'}"
            address = row_address(request, "commerce.PayoutSettings", chosen.pk)
            rows += [
                ("Their payout account", link(f"{words}, {checked}", address)),
                ("Changed", chosen.account_changed_at),
                ("Minimum", in_currency(chosen.minimum_payout, chosen.currency)),
            ]
        return Panel("Balance", ("", ""), rows)

    def _lines(self, request: HttpRequest, row: Payout) -> Panel:
        found = payout_lines(actor=request.user, payout=row, most=SHOWN)
        before = in_currency(found.before, row.currency)
        return Panel(
            "What it pays",
            ("When", "What", "About", "Amount", "Balance"),
            [
                (
                    line.entry.transaction.created_at,
                    line.entry.transaction.get_kind_display(),
                    about_line(request, line.entry.transaction),
                    in_currency(line.entry.amount, row.currency),
                    in_currency(line.balance, row.currency),
                )
                for line in found.lines
            ],
            numeric=(3, 4),
            note=f"All {found.count} lines of the balance since the payout before; {before} were owed before them."
            if found.count <= SHOWN
            else f"The newest {SHOWN} of {found.count} lines since the payout before; {before} were owed before them.",
        )

    def happened(self, request: HttpRequest, row: Payout) -> Iterator[Happening]:
        yield from mails_about({"payout_id": str(row.uuid)}, people=(row.seller_id,), since=row.request_date)

    # ------------------------------------------------------------ decisions
    def has_money_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_move_money(request.user)

    def has_look_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_manage_orders(request.user)

    @decision("Being processed", permissions=["money"], when=may_begin, icon="hourglass_top")
    def begin(self, request: HttpRequest, row: Payout, sent: dict[str, Any], once: Once) -> str:
        payout_process(actor=request.user, payout_id=row.pk)
        return "It is being processed; its seller is told."

    @decision(
        "Paid",
        form=ReferenceForm,
        permissions=["money"],
        when=may_be_carried_out,
        icon="task_alt",
        warning="The money has left for their account.",
    )
    def paid(self, request: HttpRequest, row: Payout, sent: dict[str, Any], once: Once) -> str:
        payout_complete(actor=request.user, payout_id=row.pk, reference=sent["reference"])
        return "Paid; its seller is told."

    @decision(
        "Let it go sooner",
        form=ReasonForm,
        permissions=["money"],
        when=waits,
        danger=True,
        icon="schedule",
        warning="Its account is new, and its seller could still stop it. Be sure that it is theirs.",
    )
    def sooner(self, request: HttpRequest, row: Payout, sent: dict[str, Any], once: Once) -> str:
        payout_let_go(actor=request.user, payout_id=row.pk, reason=sent["reason"])
        return "It waits no longer; its seller is told."

    @decision(
        "Failed or returned",
        form=ReasonForm,
        permissions=["money"],
        when=may_fail,
        danger=True,
        icon="undo",
        warning="The whole amount, fees included, is the seller's again.",
    )
    def failed(self, request: HttpRequest, row: Payout, sent: dict[str, Any], once: Once) -> str:
        payout_fail(actor=request.user, payout_id=row.pk, reason=sent["reason"])
        return "Back in the seller's balance; they are told."

    @document("Statement", permissions=["look"])
    def statement(self, request: HttpRequest, row: Payout) -> HttpResponseBase:
        return pdf(statement_pdf(actor=request.user, **self._period(request, row)), f"payout-{row.pk}")

    @document("Statement as CSV", permissions=["look"], icon="table")
    def statement_table(self, request: HttpRequest, row: Payout) -> HttpResponseBase:
        return csv(statement_csv(actor=request.user, **self._period(request, row)), f"payout-{row.pk}")

    def _period(self, request: HttpRequest, row: Payout) -> dict[str, Any]:
        """From the payout before to this one."""
        found = payout_lines(actor=request.user, payout=row, most=0)
        return {"seller_id": row.seller_id, "currency": row.currency, "start": found.start, "end": found.end}

    # ------------------------------------------------------------ over the rows of the list
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


def about_line(request: HttpRequest, moved: LedgerTransaction) -> object:
    """What a line of a balance is of, with a way to it."""
    if moved.payment is not None:
        return link(
            f"{moved.payment.description}, {moved.payment}",
            row_address(request, "commerce.Payment", moved.payment.pk),
        )
    if moved.promotion is not None:
        return link(moved.promotion, row_address(request, "commerce.Promotion", moved.promotion.pk))
    return moved.note


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
