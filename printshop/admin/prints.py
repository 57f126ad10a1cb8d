"""The queue, files and runs in Django's admin site: looked at."""

from django.contrib import admin

from config.adminsite.inlines import HistoryInline, ReadOnlyInline
from config.adminsite.rows import ReadOnlyAdmin
from printshop.models import (
    PrintChange,
    PrintFilament,
    PrintFile,
    PrintPart,
    PrintRun,
    RunFilament,
    ScheduledPrint,
)


class History(HistoryInline):
    model = PrintChange


class Needs(ReadOnlyInline):
    model = PrintFilament
    fields = ("position", "material_type", "color", "preset", "grams", "filament")
    ordering = ("position",)
    verbose_name_plural = "needs"


class Runs(ReadOnlyInline):
    model = PrintRun
    fields = ("printer", "state", "outcome", "claimed_at", "started_at", "ended_at", "progress", "reason")
    ordering = ("pk",)
    show_change_link = True


class Filaments(ReadOnlyInline):
    model = RunFilament
    fields = ("position", "slot_number", "spool", "grams", "remaining_pct")
    ordering = ("position",)


@admin.register(ScheduledPrint)
class ScheduledPrintAdmin(ReadOnlyAdmin):
    list_display = (
        "job_name",
        "shop",
        "printer",
        "status",
        "priority",
        "ship_by",
        "scheduled_start",
        "waiting_code",
        "waiting_reason",
        "created_at",
    )
    list_filter = ("status", "waiting_code")
    list_select_related = ("shop", "printer")
    search_fields = ("job_name", "file_name", "=item__order__etsy_order_id")
    inlines = (Needs, Runs, History)
    ordering = ("-pk",)


@admin.register(PrintRun)
class PrintRunAdmin(ReadOnlyAdmin):
    list_display = ("claimed_at", "scheduled_print", "printer", "state", "outcome", "started_at", "ended_at", "reason")
    list_filter = ("state", "outcome", "is_by_hand")
    list_select_related = ("scheduled_print", "printer")
    search_fields = ("scheduled_print__job_name", "printer__name", "=submission")
    inlines = (Filaments,)
    ordering = ("-pk",)


@admin.register(PrintFile)
class PrintFileAdmin(ReadOnlyAdmin):
    """The file itself is its owner's."""

    list_display = ("name", "shop", "size", "printer_model", "created_at", "removed_at")
    list_select_related = ("shop",)
    search_fields = ("name",)
    exclude = ("file",)
    ordering = ("-pk",)


@admin.register(PrintPart)
class PrintPartAdmin(ReadOnlyAdmin):
    list_display = ("name", "shop", "sku", "etsy_listing_id", "listing", "file", "plate", "pieces", "per_item")
    list_select_related = ("shop", "listing", "file")
    search_fields = ("name", "sku", "=etsy_listing_id")
    ordering = ("-pk",)


@admin.register(PrintChange)
class PrintChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "scheduled_print", "before", "after", "actor", "reason")
    list_select_related = ("scheduled_print", "actor")
    ordering = ("-pk",)


@admin.register(PrintFilament)
class PrintFilamentAdmin(ReadOnlyAdmin):
    list_display = ("scheduled_print", "position", "material_type", "color", "grams", "filament")
    list_select_related = ("scheduled_print", "filament")
    ordering = ("-pk",)


@admin.register(RunFilament)
class RunFilamentAdmin(ReadOnlyAdmin):
    list_display = ("run", "position", "slot_number", "spool", "grams")
    list_select_related = ("run", "spool")
    ordering = ("-pk",)
