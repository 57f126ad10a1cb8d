"""How payments are shared between sellers, and what went back of it, in the admin site."""

from django.contrib import admin

from commerce.models import PaymentChange, PaymentShare, ShareReversal
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(PaymentShare)
class PaymentShareAdmin(ReadOnlyAdmin):
    list_display = (
        *("id", "payment", "seller", "gross", "fee", "earning"),
        *("refunded_gross", "refunded_fee", "held_gross"),
    )
    list_select_related = ("payment", "seller")
    search_fields = ("payment__transaction_id", "seller__username")


@admin.register(PaymentChange)
class PaymentChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "payment", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("payment", "actor")
    search_fields = ("payment__transaction_id",)


@admin.register(ShareReversal)
class ShareReversalAdmin(ReadOnlyAdmin):
    list_display = ("id", "share", "refund", "chargeback", "gross", "held")
    list_select_related = ("share__payment", "refund", "chargeback")
    search_fields = ("share__payment__transaction_id", "=chargeback__gateway_reference")
