"""Cardholders' disputes of charges in the admin site: looked at; the gateway says how they stand."""

from django.contrib import admin

from commerce.models import Chargeback, ChargebackChange
from config.adminsite.amounts import amount
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(Chargeback)
class ChargebackAdmin(ReadOnlyAdmin):
    """It is answered in the gateway's own dashboard, with evidence; here it stands as the gateway says."""

    list_display = (
        *("id", "payment", "state", "disputed", "taken", "lost", "dispute_fee", "reason", "evidence_due_at"),
        *("opened_at", "closed_at"),
    )
    list_filter = ("state", "reason")
    list_select_related = ("payment",)
    search_fields = ("payment__transaction_id", "=gateway_reference")
    date_hierarchy = "opened_at"
    fields = (
        *("payment", "gateway_reference", "state", "reason", "disputed", "taken", "lost", "dispute_fee"),
        *("evidence_due_at", "opened_at", "created_at", "closed_at"),
    )
    readonly_fields = ("disputed", "taken", "lost", "dispute_fee")

    disputed, taken = amount("amount", "disputed"), amount("withdrawn")
    lost, dispute_fee = amount("loss", "the platform's loss"), amount("fee")


@admin.register(ChargebackChange)
class ChargebackChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "chargeback", "before", "after")
    list_filter = ("after",)
    list_select_related = ("chargeback",)
    search_fields = ("=chargeback__gateway_reference", "chargeback__payment__transaction_id")
