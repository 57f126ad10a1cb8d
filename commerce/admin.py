"""Orders, payments and the ledger in Django's admin site: looked at, never edited."""

from django.contrib import admin

from commerce.models import (
    GatewayEvent,
    IdempotentCall,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Order,
    OrderChange,
    OrderLine,
    Payment,
    PaymentChange,
    PaymentShare,
    Refund,
    SandboxIntent,
    SandboxRefund,
)
from config.adminsite import ReadOnlyAdmin


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("id", "buyer", "channel", "order_type", "status", "total_amount", "currency", "created_at")
    list_filter = ("status", "order_type", "channel", "currency")
    list_select_related = ("buyer",)
    search_fields = ("=id", "buyer__username", "buyer__email")
    date_hierarchy = "created_at"


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    list_display = ("id", "order", "title", "seller_name", "quantity", "unit_price", "total_price", "download_count")
    list_filter = ("kind", "is_digital")
    list_select_related = ("order",)
    search_fields = ("=order__id", "title", "seller_name")


@admin.register(OrderChange)
class OrderChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("order", "actor")
    search_fields = ("=order__id",)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        *("transaction_id", "payer", "payee", "order", "payment_method", "status", "hire_status"),
        *("amount", "platform_fee", "artist_earning", "refunded_amount", "currency", "created_at"),
    )
    list_filter = ("status", "hire_status", "payment_method", "gateway", "currency")
    list_select_related = ("payer", "payee", "order")
    search_fields = ("transaction_id", "=gateway_reference", "payer__username", "payee__username")
    date_hierarchy = "created_at"


@admin.register(PaymentShare)
class PaymentShareAdmin(ReadOnlyAdmin):
    list_display = ("id", "payment", "seller", "gross", "fee", "earning", "refunded_gross", "refunded_fee")
    list_select_related = ("payment", "seller")
    search_fields = ("payment__transaction_id", "seller__username")


@admin.register(PaymentChange)
class PaymentChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "payment", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("payment", "actor")
    search_fields = ("payment__transaction_id",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("id", "payment", "amount", "status", "actor", "reason", "attempts", "created_at", "settled_at")
    list_filter = ("status",)
    list_select_related = ("payment", "actor")
    search_fields = ("payment__transaction_id", "=gateway_reference")


@admin.register(GatewayEvent)
class GatewayEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "gateway", "event_type", "reference", "applied_at", "attempts", "error")
    list_filter = ("gateway", "event_type")
    search_fields = ("=event_id", "=reference")


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "owner", "name", "currency")
    list_filter = ("kind", "currency")
    list_select_related = ("owner",)
    search_fields = ("owner__username",)


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "key", "payment", "refund", "note")
    list_filter = ("kind",)
    list_select_related = ("payment", "refund")
    search_fields = ("=key", "payment__transaction_id")
    date_hierarchy = "created_at"


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "transaction", "account", "amount")
    list_filter = ("account__kind", "account__currency")
    list_select_related = ("transaction", "account")
    search_fields = ("=transaction__key", "account__owner__username")


@admin.register(IdempotentCall)
class IdempotentCallAdmin(ReadOnlyAdmin):
    """Without the answers, which are their callers' alone."""

    list_display = fields = ("user", "key", "status", "claimed_until", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "=key")


@admin.register(SandboxIntent)
class SandboxIntentAdmin(ReadOnlyAdmin):
    """Without the client secret and the address of the 3-D Secure page, which are the payer's."""

    list_display = fields = ("reference", "amount", "currency", "status", "failure_code", "refunded", "created_at")
    list_filter = ("status", "currency")
    search_fields = ("=reference",)


@admin.register(SandboxRefund)
class SandboxRefundAdmin(ReadOnlyAdmin):
    list_display = ("reference", "intent", "amount", "created_at")
    list_select_related = ("intent",)
    search_fields = ("=reference",)
