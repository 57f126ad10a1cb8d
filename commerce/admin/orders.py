"""Orders, their lines and histories in the admin site: looked at, never edited."""

from django.contrib import admin

from commerce.models import Order, OrderChange, OrderLine
from config.adminsite.amounts import amount
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("id", "buyer", "channel", "order_type", "status", "total", "created_at")
    total = amount("total_amount", "total")
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
