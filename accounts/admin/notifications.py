"""What people were told, and how it reached them."""

from django.contrib import admin

from accounts.models import Delivery, Notification
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "notification_type", "title", "is_read")
    list_filter = ("notification_type", "is_read")
    list_select_related = ("user",)
    search_fields = ("user__username", "title")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "channel", "user", "template", "state", "attempts", "next_try_at", "error", "sent_at")
    list_filter = ("channel", "state", "template")
    list_select_related = ("user", "notification")
    search_fields = ("user__username", "user__email")
