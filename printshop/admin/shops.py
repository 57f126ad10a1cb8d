"""Print shops in Django's admin site: looked at. Their tokens are shown nowhere."""

from django.contrib import admin

from config.adminsite.rows import ReadOnlyAdmin
from printshop.models import EtsyEvent, EtsySignIn, Shop, SyncRun

SECRETS = ("access_token", "refresh_token", "sync_claim", "etsy_place")


@admin.register(Shop)
class ShopAdmin(ReadOnlyAdmin):
    list_display = (
        "owner",
        "etsy_shop_name",
        "etsy_state",
        "currency",
        "etsy_seen_until",
        "next_sync_at",
        "sync_error",
    )
    list_filter = ("etsy_state",)
    list_select_related = ("owner",)
    search_fields = ("owner__username", "etsy_shop_name", "etsy_shop_id")
    exclude = SECRETS


@admin.register(EtsySignIn)
class EtsySignInAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "used_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    exclude = ("state", "challenge")


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "shop",
        "ended_at",
        "calls",
        "receipts_read",
        "orders_new",
        "orders_changed",
        "error",
    )
    list_select_related = ("shop",)
    search_fields = ("shop__etsy_shop_name", "shop__owner__username")
    date_hierarchy = "started_at"


@admin.register(EtsyEvent)
class EtsyEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "event_type", "etsy_shop_id", "receipt_id", "attempts", "done_at")
    list_filter = ("event_type",)
    search_fields = ("event_id", "receipt_id")
    date_hierarchy = "received_at"
