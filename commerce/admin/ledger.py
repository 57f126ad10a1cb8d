"""The ledger in the admin site: nothing in it is ever changed."""

from django.contrib import admin

from commerce.models import LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "owner", "name", "currency")
    list_filter = ("kind", "currency")
    list_select_related = ("owner",)
    search_fields = ("owner__username",)


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "key", "payment", "refund", "chargeback", "note")
    list_filter = ("kind", ("created_at", DateRange))
    list_select_related = ("payment", "refund", "chargeback")
    search_fields = ("=key", "payment__transaction_id")
    date_hierarchy = "created_at"


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "transaction", "account", "amount")
    list_filter = (
        "account__kind",
        "account__currency",
        ("transaction__created_at", DateRange),
        ("amount", NumberRange),
    )
    list_select_related = ("transaction", "account")
    search_fields = ("=transaction__key", "account__owner__username")


@admin.register(LedgerProof)
class LedgerProofAdmin(ReadOnlyAdmin):
    list_display = ("made_at", "faults", "took")
    date_hierarchy = "made_at"
    fields = ("made_at", "faults", "took", "first_faults")
    readonly_fields = ("made_at", "faults", "took", "first_faults")
