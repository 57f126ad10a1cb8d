"""Refunds in the admin site: what was asked for, and what was handed over by hand."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import policies
from commerce.models import Refund
from commerce.services.refunds.refunds import payment_refund
from config.adminsite.actions import confirmed, for_each
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = (
        *("id", "payment", "amount", "status", "actor", "made_at_gateway", "reason", "attempts"),
        *("created_at", "settled_at"),
    )
    list_filter = ("status", "made_at_gateway", "payment__payment_method")
    list_select_related = ("payment", "actor")
    search_fields = ("payment__transaction_id", "=gateway_reference")
    actions = ("handed_over",)

    def has_money_permission(self, request: HttpRequest) -> bool:
        return policies.may_move_money(request.user)

    @admin.action(description="Handed over to the buyer by hand", permissions=["money"])
    @confirmed
    def handed_over(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        for_each(
            self,
            request,
            rows,
            lambda refund: payment_refund(actor=request.user, payment_id=refund.payment_id, refund=refund.pk),
        )
