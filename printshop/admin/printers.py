"""Printers in Django's admin site: looked at. Access codes, tokens and reports are not shown."""

from django.contrib import admin

from config.adminsite.rows import ReadOnlyAdmin
from printshop.models import Printer, PrinterBridge, PrinterCommand, PrinterReading, PrinterSlot


@admin.register(Printer)
class PrinterAdmin(ReadOnlyAdmin):
    list_display = ("name", "shop", "connection_type", "serial_number", "status", "status_detail", "heard_at")
    list_filter = ("status", "connection_type", "is_monitored_only")
    list_select_related = ("shop",)
    search_fields = ("name", "serial_number", "host")
    exclude = ("access_code", "report")
    ordering = ("-pk",)


@admin.register(PrinterSlot)
class PrinterSlotAdmin(ReadOnlyAdmin):
    list_display = ("printer", "number", "is_loaded", "material_type", "color", "remaining_pct", "spool", "synced_at")
    list_select_related = ("printer", "spool")
    list_filter = ("is_loaded",)
    search_fields = ("printer__name", "material_type")


@admin.register(PrinterCommand)
class PrinterCommandAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "printer", "kind", "state", "detail", "actor", "sent_at", "ended_at")
    list_select_related = ("printer", "actor")
    list_filter = ("kind", "state")
    ordering = ("-pk",)


@admin.register(PrinterReading)
class PrinterReadingAdmin(ReadOnlyAdmin):
    list_display = ("at", "printer", "status", "progress", "nozzle_temp", "bed_temp")
    list_select_related = ("printer",)
    ordering = ("-pk",)


@admin.register(PrinterBridge)
class PrinterBridgeAdmin(ReadOnlyAdmin):
    list_display = ("name", "holder", "since", "held_until")
