"""Payments in the admin site: what they are for, how they are shared, all that happened, and what can be decided."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.forms import ActionForm

from accounts.admin.timeline import mails_about
from commerce import policies
from commerce.admin.parts import SHOWN, ledger_panel, money_happened, refunds_panel
from commerce.choices import PAID, PAID_BY_HAND, PaymentStatus
from commerce.models import Payment
from commerce.services.escrow.holds import payment_release
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.refunds.refunds import payment_refund, refundable
from commerce.services.states.disputes import has_open_dispute
from config.adminsite.actions import confirmed, for_each, once_for
from config.adminsite.amounts import amount, in_currency
from config.adminsite.decisions import ReasonForm, decision
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.records import RecordAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once
from jobs.choices import BountyStatus, JobStatus

SHARE_AMOUNTS = ("gross", "fee", "earning", "refunded_gross", "held_gross")


class ActionReasonForm(ActionForm):  # type: ignore[misc]
    """Beside the choice of an action: the words for whom it concerns, and for the trail."""

    reason = forms.CharField(required=False, max_length=200, label="Reason")


class ActionRefundForm(ActionReasonForm):
    amount = forms.DecimalField(required=False, max_digits=14, decimal_places=3, min_value=0, label="Refund of")


class RefundForm(ReasonForm):
    """All that is left, unless an amount is given."""

    field_order = ("amount", "reason")
    amount = forms.DecimalField(required=False, max_digits=14, decimal_places=3, min_value=0)

    def __init__(self, *args: Any, row: Payment, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        left = in_currency(refundable(row), row.currency)
        self.fields["amount"].label = f"Amount in {row.currency}"
        self.fields["amount"].help_text = f"Empty: all that is left, {left}."


def has_come_in(payment: Payment) -> bool:
    return payment.status in PAID


def may_go_back(payment: Payment) -> bool:
    return has_come_in(payment) and refundable(payment) > 0 and not has_open_dispute(payment)


def holds_money(payment: Payment) -> bool:
    """For work, and nobody disputes it: a dispute is decided on its own page."""
    if not (has_come_in(payment) and payment.is_for_work and payment.held_amount > 0):
        return False
    return not has_open_dispute(payment)


def holds_money_of_done_work(payment: Payment) -> bool:
    return holds_money(payment) and is_done(payment)


def holds_money_of_work_under_way(payment: Payment) -> bool:
    return holds_money(payment) and not is_done(payment)


def is_done(payment: Payment) -> bool:
    if payment.job is not None:
        return payment.job.status == JobStatus.COMPLETED
    return payment.bounty is not None and payment.bounty.status == BountyStatus.COMPLETED


def waits_for_hand(payment: Payment) -> bool:
    return payment.status == PaymentStatus.PENDING and payment.payment_method in PAID_BY_HAND


@admin.register(Payment)
class PaymentAdmin(RecordAdmin):
    list_display = (
        *("transaction_id", "payer", "payee", "order", "payment_method", "status", "hire_status"),
        *("paid", "fee", "earning", "refunded", "created_at"),
    )
    list_filter = (
        *("status", "hire_status", "payment_method", "gateway", "currency"),
        *(("created_at", DateRange), ("amount", NumberRange)),
    )
    list_select_related = ("payer", "payee", "order")
    search_fields = ("transaction_id", "=gateway_reference", "payer__username", "payee__username")
    date_hierarchy = "created_at"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("transaction_id", "status"), ("payer", "payee"), ("order", "job"), ("paid", "hire_status")),
                    *(("fee", "earning"), ("refunded", "held")),
                )
            },
        ),
        (
            "At the gateway",
            {
                "classes": ("collapse",),
                "fields": (
                    *(("payment_method", "gateway"), "gateway_reference", ("failure_code", "failure_message")),
                    *(("created_at", "completed_at"), ("checked_at", "attempt"), ("bounty", "promotion")),
                ),
            },
        ),
    )
    paid, fee, earning = amount("amount"), amount("platform_fee"), amount("artist_earning")
    refunded, held = amount("refunded_amount", "refunded"), amount("held_amount", "held")
    readonly_fields = ("paid", "fee", "earning", "refunded", "held")
    actions = ("release", "release_by_force", "refund")
    action_form = ActionRefundForm
    decisions = ("give_back", "money_arrived", "let_go", "let_go_early")

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Payment) -> Iterator[Panel]:
        shares = row.shares.select_related("line__order", "seller").order_by("pk")
        yield Panel(
            "Shares",
            ("Of", "Seller", "Gross", "Fee", "Earning", "Given back", "Held"),
            [
                (
                    str(share.line or row.description),
                    link(share.seller, row_address(request, "accounts.User", share.seller_id)),
                    *(in_currency(getattr(share, name), row.currency) for name in SHARE_AMOUNTS),
                )
                for share in shares[:SHOWN]
            ],
            numeric=(2, 3, 4, 5, 6),
            empty="It is shared once it is paid.",
        )
        yield refunds_panel(request, row)
        yield ledger_panel(row.pk)

    def happened(self, request: HttpRequest, row: Payment) -> Iterator[Happening]:
        yield from money_happened(request, row)
        yield from mails_about({"payment_id": row.pk}, people=(row.payer_id, row.payee_id), since=row.created_at)

    # ------------------------------------------------------------ decisions
    def has_money_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_move_money(request.user)

    @decision(
        "Refund",
        form=RefundForm,
        permissions=["money"],
        when=may_go_back,
        danger=True,
        icon="undo",
        warning="Fee and earning go back in proportion; the buyer and the sellers are told.",
    )
    def give_back(self, request: HttpRequest, row: Payment, sent: dict[str, Any], once: Once) -> str:
        made = payment_refund(
            actor=request.user, payment_id=row.pk, amount=sent["amount"], reason=sent["reason"], once=once
        )
        return f"Refund of {in_currency(made.amount, row.currency)}: {made.get_status_display().lower()}."

    @decision(
        "Money has arrived",
        permissions=["money"],
        when=waits_for_hand,
        icon="payments",
        warning="The transfer is on the account, or the cash was handed over. The sellers are credited at once.",
    )
    def money_arrived(self, request: HttpRequest, row: Payment, sent: dict[str, Any], once: Once) -> str:
        payment_complete_by_hand(actor=request.user, payment_id=row.pk, once=once)
        return "Completed."

    @decision(
        "Release",
        permissions=["money"],
        when=holds_money_of_done_work,
        icon="lock_open",
        warning="What is held becomes the artist's.",
    )
    def let_go(self, request: HttpRequest, row: Payment, sent: dict[str, Any], once: Once) -> str:
        payment_release(actor=request.user, payment_id=row.pk, once=once)
        return "Released to the artist."

    @decision(
        "Release before completion",
        form=ReasonForm,
        permissions=["money"],
        when=holds_money_of_work_under_way,
        danger=True,
        icon="lock_open",
        warning="What is held becomes the artist's although the job is not completed.",
    )
    def let_go_early(self, request: HttpRequest, row: Payment, sent: dict[str, Any], once: Once) -> str:
        payment_release(actor=request.user, payment_id=row.pk, force=True, reason=sent["reason"], once=once)
        return "Released to the artist."

    # ------------------------------------------------------------ over the rows of the list
    def _release(self, request: HttpRequest, rows: QuerySet[Payment], *, force: bool) -> None:
        reason = request.POST.get("reason", "").strip()
        for_each(
            self,
            request,
            rows,
            lambda payment: payment_release(actor=request.user, payment_id=payment.pk, force=force, reason=reason),
        )

    @admin.action(description="Release to the artist", permissions=["money"])
    @confirmed
    def release(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        self._release(request, rows, force=False)

    @admin.action(description="Release before the job is completed (needs a reason)", permissions=["money"])
    @confirmed
    def release_by_force(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        self._release(request, rows, force=True)

    @admin.action(description="Refund: all that is left, or the amount beside (needs a reason)", permissions=["money"])
    @confirmed
    def refund(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        reason = request.POST.get("reason", "").strip()
        part = ActionRefundForm.base_fields["amount"].clean(request.POST.get("amount"))
        if not reason:
            self.message_user(request, "A refund needs a reason.", messages.WARNING)
            return
        if part is not None and rows.count() > 1:
            self.message_user(request, "An amount is refunded of one payment at a time.", messages.WARNING)
            return
        for_each(
            self,
            request,
            rows,
            lambda payment: payment_refund(
                actor=request.user,
                payment_id=payment.pk,
                amount=part,
                reason=reason,
                once=once_for(request, payment),
            ),
        )
