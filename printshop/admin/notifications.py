"""What happened at printers, and what is told of it, in Django's admin site: looked at."""

from django.contrib import admin

from config.adminsite.rows import ReadOnlyAdmin
from printshop.models import NotificationSettings, PrinterEvent


@admin.register(PrinterEvent)
class PrinterEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "printer", "kind", "words")
    list_filter = ("kind",)
    list_select_related = ("printer",)
    search_fields = ("printer__name", "words")
    ordering = ("-pk",)


@admin.register(NotificationSettings)
class NotificationSettingsAdmin(ReadOnlyAdmin):
    list_display = (
        "printer",
        "notify_print_start",
        "notify_print_complete",
        "notify_print_failed",
        "notify_material_change",
        "notify_maintenance",
        "email_enabled",
        "webhook",
    )
    list_select_related = ("printer", "webhook")
    list_filter = ("email_enabled",)
    search_fields = ("printer__name",)
