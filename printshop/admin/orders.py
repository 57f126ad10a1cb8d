"""Print shops' orders in Django's admin site: looked at. What happens to them happens in their shops."""

from django.contrib import admin

from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.rows import ReadOnlyAdmin
from printshop.models import Communication, OrderNote, Shipment, ShopOrder, ShopOrderItem


@admin.register(ShopOrder)
class ShopOrderAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "shop",
        "source",
        "etsy_order_id",
        "status",
        "production_status",
        "total_amount",
        "currency",
        "expected_ship_at",
        "promised_ship_at",
    )
    list_filter = (
        *(
            "source",
            "production_status",
            "is_paid",
            "is_shipped",
            ("created_at", DateRange),
            ("total_amount", NumberRange),
        ),
    )
    list_select_related = ("shop",)
    search_fields = ("=etsy_order_id", "shop__etsy_shop_name", "shop__owner__username")
    date_hierarchy = "created_at"
    exclude = ("address", "digest")


@admin.register(ShopOrderItem)
class ShopOrderItemAdmin(ReadOnlyAdmin):
    list_display = ("order", "title", "sku", "quantity", "price", "is_digital")
    list_select_related = ("order",)
    search_fields = ("sku", "title", "=order__etsy_order_id")


@admin.register(OrderNote)
class OrderNoteAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order", "author", "content")
    list_select_related = ("order", "author")
    search_fields = ("=order__etsy_order_id", "author__username")


@admin.register(Communication)
class CommunicationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order", "author", "direction", "channel")
    list_filter = ("direction", "channel")
    list_select_related = ("order", "author")
    search_fields = ("=order__etsy_order_id", "author__username")


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order", "carrier", "tracking_code", "state", "told_at", "error")
    list_filter = ("state",)
    list_select_related = ("order",)
    search_fields = ("tracking_code", "=order__etsy_order_id")
