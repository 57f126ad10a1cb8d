"""Filament in Django's admin site: looked at, with its spools, what is reserved of it, and where it went."""

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from printshop.admin.parts import SHOWN, filament_panel, grams, runs_panel
from printshop.models import Filament, PrintRun, RunFilament, Spool, SpoolChange
from printshop.selectors.filaments import RESERVING, with_reserved
from printshop.services.filaments.stock import remaining_of


@admin.register(Filament)
class FilamentAdmin(RecordAdmin):
    list_display = ("material", "color", "shop", "current_amount", "low_stock_threshold", "is_low", "removed_at")
    list_filter = ("is_low",)
    list_select_related = ("shop",)
    search_fields = ("material", "color", "vendor")
    ordering = ("-pk",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("material", "color"), ("shop", "vendor"), ("current_amount", "reserved"), "initial_amount"),
                    *(("cost_per_gram", "tare_amount"), ("low_stock_threshold", "is_low"), "color_hex"),
                    ("created_at", "removed_at"),
                )
            },
        ),
    )
    readonly_fields = ("reserved", "is_low", "created_at", "removed_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Filament]:
        rows: QuerySet[Filament] = super().get_queryset(request)
        return with_reserved(rows)

    @admin.display(description="reserved")
    def reserved(self, filament: Filament) -> str:
        return grams(filament.reserved_amount)  # type: ignore[attr-defined]

    def panels(self, request: HttpRequest, row: Filament) -> Iterator[Panel]:
        spools = row.spools.prefetch_related("slots__printer").order_by("-pk")
        yield Panel(
            "Spools",
            ("Spool", "Left", "Of", "RFID", "Lies in", "Last used", "Put away"),
            [
                (
                    link(spool, row_address(request, "printshop.Spool", spool.pk)),
                    grams(remaining_of(spool)),
                    grams(spool.initial_amount),
                    spool.tray_uuid,
                    ", ".join(f"slot {slot.number} of {slot.printer}" for slot in spool.slots.all()),
                    spool.last_used_at,
                    spool.archived_at,
                )
                for spool in spools[:SHOWN]
            ],
            numeric=(1, 2),
        )
        needs = row.needs.filter(scheduled_print__status__in=RESERVING).select_related("scheduled_print")
        yield Panel(
            "Reserved for",
            ("Print", "State", "Grams"),
            [
                (
                    link(
                        need.scheduled_print,
                        row_address(request, "printshop.ScheduledPrint", need.scheduled_print_id),
                    ),
                    need.scheduled_print.get_status_display(),
                    grams(need.grams),
                )
                for need in needs.order_by("-pk")[:SHOWN]
            ],
            numeric=(2,),
        )
        yield filament_panel(request, "Where it went", SpoolChange.objects.filter(spool__filament=row.pk))


@admin.register(Spool)
class SpoolAdmin(RecordAdmin):
    list_display = ("__str__", "filament", "initial_amount", "used_amount", "tray_uuid", "last_used_at", "archived_at")
    list_select_related = ("filament",)
    search_fields = ("label", "=tray_uuid")
    ordering = ("-pk",)
    fields = (
        *(("label", "filament"), ("left", "initial_amount"), ("used_amount", "tare_amount"), "tray_uuid"),
        *(("created_at", "last_used_at"), "archived_at"),
    )
    readonly_fields = ("left", "created_at")

    @admin.display(description="left")
    def left(self, spool: Spool) -> str:
        return grams(remaining_of(spool))

    def panels(self, request: HttpRequest, row: Spool) -> Iterator[Panel]:
        yield Panel(
            "Lies in",
            ("Printer", "Slot", "Material", "Colour"),
            [
                (
                    link(slot.printer, row_address(request, "printshop.Printer", slot.printer_id)),
                    slot.number,
                    slot.material_type,
                    slot.color,
                )
                for slot in row.slots.select_related("printer").order_by("printer", "number")[:SHOWN]
            ],
            numeric=(1,),
            empty="In no printer.",
        )
        runs = PrintRun.objects.filter(pk__in=RunFilament.objects.filter(spool=row).values("run"))
        yield runs_panel(request, "Tries with it", runs)
        yield filament_panel(request, "What came to it and left it", SpoolChange.objects.filter(spool=row))


@admin.register(SpoolChange)
class SpoolChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "spool", "kind", "grams", "cost", "run", "actor", "note")
    list_select_related = ("spool", "run", "actor")
    list_filter = ("kind",)
    search_fields = ("=spool__id", "=run__id")
    ordering = ("-pk",)
