"""Sellers' figures in Django's admin site: what they are made of, so that staff can explain one. Nothing is edited."""

from django.contrib import admin

from commerce.models import DownloadEvent, ListingDay, ShareMovement
from config.adminsite.amounts import amount
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(ListingDay)
class ListingDayAdmin(ReadOnlyAdmin):
    """`manage.py roll_up_figures` writes them again."""

    paid = amount("revenue")
    earned = amount("earnings")
    list_display = fields = (
        *("day", "listing", "seller", "views", "downloads", "purchases", "pieces", "paid", "earned", "likes"),
    )
    readonly_fields = ("paid", "earned")
    list_select_related = ("listing", "seller")
    search_fields = ("listing__title", "seller__username")
    date_hierarchy = "day"
    ordering = ("-day", "-pk")


@admin.register(DownloadEvent)
class DownloadEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "listing", "line")
    list_select_related = ("user", "listing", "line")
    search_fields = ("user__username", "listing__title")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")


@admin.register(ShareMovement)
class ShareMovementAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "line", "seller", "gross", "earning")
    list_filter = ("kind",)
    list_select_related = ("share__line", "share__seller", "share__payment")
    search_fields = ("share__seller__username", "=share__payment__transaction_id")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")

    @admin.display(description="line", ordering="share__line")
    def line(self, movement: ShareMovement) -> str:
        return str(movement.share.line)

    @admin.display(description="seller", ordering="share__seller__username")
    def seller(self, movement: ShareMovement) -> str:
        return movement.share.seller.username
