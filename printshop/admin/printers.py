"""Printers in Django's admin site: what they do, print and report. Access codes, tokens and raw reports are not shown;
what they are told to do is their owner's."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from config.adminsite.decisions import ReasonForm, decision
from config.adminsite.links import list_address, row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once
from printshop.admin.parts import SHOWN, grams, prints_panel, runs_panel
from printshop.models import Printer, PrinterBridge, PrinterCommand, PrinterReading, PrinterSlot
from printshop.policies import may_manage_shops
from printshop.selectors.materials import grams_shown
from printshop.services.by_staff import printer_set_aside
from printshop.services.prints.states import UNFINISHED


def takes_prints(printer: Printer) -> bool:
    return printer.is_taking_prints and printer.removed_at is None


@admin.register(Printer)
class PrinterAdmin(RecordAdmin):
    list_display = ("name", "shop", "connection_type", "serial_number", "status", "status_detail", "heard_at")
    list_filter = ("status", "connection_type", "is_monitored_only")
    list_select_related = ("shop",)
    search_fields = ("name", "serial_number", "host")
    ordering = ("-pk",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(
                        ("name", "status"),
                        ("shop", "model"),
                        ("status_detail", "heard_at"),
                        ("current_job", "progress"),
                    ),
                    *(("nozzle_temp", "bed_temp"), ("remaining_seconds", "utilization_pct")),
                    *(("is_taking_prints", "is_plate_clear"), ("is_monitored_only", "needs_clear_plate")),
                )
            },
        ),
        (
            "How it is reached",
            {
                "classes": ("collapse",),
                "fields": (
                    *(("connection_type", "serial_number"), ("host", "port"), ("files_port", "firmware")),
                    *("certificate", "offered_certificate", ("created_at", "changed_at"), "removed_at"),
                ),
            },
        ),
    )
    readonly_fields = (
        *("status", "status_detail", "heard_at", "current_job", "progress", "nozzle_temp", "bed_temp"),
        *("remaining_seconds", "utilization_pct", "is_monitored_only", "offered_certificate", "created_at"),
        *("changed_at", "removed_at"),
    )
    decisions = ("set_aside",)

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Printer) -> Iterator[Panel]:
        yield Panel(
            "What it reports",
            ("Code", "Says", "How bad"),
            [(each.get("code", ""), each.get("words", ""), each.get("severity", "")) for each in row.errors[:SHOWN]],
            empty="No faults.",
        )
        slots = row.slots.select_related("spool__filament").order_by("number")
        yield Panel(
            "Slots",
            ("Slot", "Holds", "Colour", "Left", "Grams", "Spool", "Of", "Seen"),
            [
                (
                    slot.number,
                    slot.material_type if slot.is_loaded else "empty",
                    slot.color,
                    "" if slot.remaining_pct is None else f"{slot.remaining_pct} %",
                    grams(grams_shown(slot)),
                    link(slot.spool, row_address(request, "printshop.Spool", slot.spool.pk)) if slot.spool else "",
                    str(slot.spool.filament) if slot.spool else "",
                    slot.synced_at,
                )
                for slot in slots[:SHOWN]
            ],
            numeric=(0, 3, 4),
        )
        about = f"printer__id__exact={row.pk}"
        queue = row.prints.filter(status__in=UNFINISHED).order_by("priority", "pk")
        yield prints_panel(
            request, "Its queue", queue, address=list_address(request, "printshop.ScheduledPrint", about)
        )
        yield runs_panel(
            request, "What it printed", row.runs.all(), address=list_address(request, "printshop.PrintRun", about)
        )
        commands = row.commands.select_related("actor").order_by("-pk")
        yield Panel(
            "What it was told",
            ("When", "What", "By", "State", "Answer", "Ended"),
            [
                (
                    command.created_at,
                    command.get_kind_display(),
                    str(command.actor or "the queue"),
                    command.get_state_display(),
                    command.detail,
                    command.ended_at,
                )
                for command in commands[:SHOWN]
            ],
            address=list_address(request, "printshop.PrinterCommand", about),
        )

    def happened(self, request: HttpRequest, row: Printer) -> Iterator[Happening]:
        for event in row.events.order_by("-pk")[:SHOWN]:
            yield Happening(event.at, event.words, row.name, event.get_kind_display(), "print")

    # ------------------------------------------------------------ decisions
    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_manage_shops(request.user)

    @decision(
        "Set aside",
        form=ReasonForm,
        permissions=["manage"],
        when=takes_prints,
        danger=True,
        icon="block",
        warning="The queue starts nothing more on it until its owner lets it. What it prints now goes on.",
    )
    def set_aside(self, request: HttpRequest, row: Printer, sent: dict[str, Any], once: Once) -> str:
        printer_set_aside(actor=request.user, printer_id=row.pk, reason=sent["reason"])
        return "Set aside."


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
