"""Refunds in the admin site: what was asked for, what it took, and what was handed over by hand."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.timeline import mails_about
from commerce import policies
from commerce.admin.parts import SHOWN, entries_panel
from commerce.choices import REFUNDED_BY_HAND, RefundStatus
from commerce.models import LedgerTransaction, Refund
from commerce.services.refunds.refunds import payment_refund
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import in_currency
from config.adminsite.decisions import decision
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.records import RecordAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once


def waits_for_hand(refund: Refund) -> bool:
    return refund.status == RefundStatus.PENDING and refund.payment.payment_method in REFUNDED_BY_HAND


@admin.register(Refund)
class RefundAdmin(RecordAdmin):
    list_display = (
        *("id", "payment", "amount", "status", "actor", "made_at_gateway", "reason", "attempts"),
        *("created_at", "settled_at"),
    )
    list_filter = (
        *("status", "made_at_gateway", "payment__payment_method"),
        *(("created_at", DateRange), ("amount", NumberRange)),
    )
    list_select_related = ("payment__order", "actor")
    search_fields = ("payment__transaction_id", "=gateway_reference")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("payment", "status"), ("amount", "actor"), "reason", ("created_at", "settled_at")),
                    *(("gateway_reference", "made_at_gateway"), ("failure_message", "attempts")),
                )
            },
        ),
    )
    readonly_fields = ("status", "created_at", "settled_at")
    actions = ("handed_over",)
    decisions = ("hand_over",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        rows: QuerySet[Refund] = super().get_queryset(request)
        return rows.select_related(*self.list_select_related)

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Refund) -> Iterator[Panel]:
        payment = row.payment
        taken = row.reversals.select_related("share__line", "share__seller").order_by("pk")
        yield Panel(
            "Taken of",
            ("What", "Seller", "Amount", "Of it in escrow"),
            [
                (
                    str(reversal.share.line or payment.description),
                    link(reversal.share.seller, row_address(request, "accounts.User", reversal.share.seller_id)),
                    in_currency(reversal.gross, payment.currency),
                    in_currency(reversal.held, payment.currency),
                )
                for reversal in taken[:SHOWN]
            ],
            numeric=(2, 3),
            empty="Nothing yet: it is taken when it has succeeded.",
        )
        rows: list[tuple[object, object]] = [
            ("Payment", link(payment, row_address(request, "commerce.Payment", payment.pk)))
        ]
        if payment.order_id is not None:
            rows.append(("Order", link(payment.order, row_address(request, "commerce.Order", payment.order_id))))
        rows += [("By", payment.get_payment_method_display()), ("Paid", in_currency(payment.amount, payment.currency))]
        yield Panel("Payment", ("", ""), rows)
        yield entries_panel(LedgerTransaction.objects.filter(refund=row))

    def happened(self, request: HttpRequest, row: Refund) -> Iterator[Happening]:
        who = row.actor.username if row.actor else row.payment.gateway if row.made_at_gateway else "the platform"
        yield Happening(row.created_at, "Asked for", who, row.reason, "undo")
        if row.settled_at is not None:
            yield Happening(row.settled_at, row.get_status_display(), note=row.failure_message, icon="swap_horiz")
        payment = row.payment
        yield from mails_about({"payment_id": payment.pk}, people=(payment.payer_id,), since=row.created_at)

    # ------------------------------------------------------------ decisions
    def has_money_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_move_money(request.user)

    @decision(
        "Handed over",
        permissions=["money"],
        when=waits_for_hand,
        icon="payments",
        warning="The buyer has the money back, by transfer or in cash. It is booked at once, and they are told.",
    )
    def hand_over(self, request: HttpRequest, row: Refund, sent: dict[str, Any], once: Once) -> str:
        made = payment_refund(actor=request.user, payment_id=row.payment_id, refund=row.pk, once=once)
        return f"Refund of {in_currency(made.amount, row.payment.currency)}: {made.get_status_display().lower()}."

    @admin.action(description="Handed over to the buyer by hand", permissions=["money"])
    @confirmed
    def handed_over(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        for_each(
            self,
            request,
            rows,
            lambda refund: payment_refund(actor=request.user, payment_id=refund.payment_id, refund=refund.pk),
        )
