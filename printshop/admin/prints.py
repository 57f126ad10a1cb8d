"""The queue, files and runs in Django's admin site: why a print waits, what was tried, and calling it off."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from config.adminsite.decisions import ReasonForm, decision
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once
from printshop.admin.parts import SHOWN, filament_panel, grams, prints_panel, runs_panel
from printshop.models import (
    PrintChange,
    PrintFilament,
    PrintFile,
    PrintPart,
    PrintRun,
    RunFilament,
    ScheduledPrint,
    SpoolChange,
)
from printshop.policies import may_manage_shops
from printshop.services.by_staff import print_call_off
from printshop.services.prints.states import WAITING


def waits(scheduled: ScheduledPrint) -> bool:
    return scheduled.status in WAITING


@admin.register(ScheduledPrint)
class ScheduledPrintAdmin(RecordAdmin):
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
    ordering = ("-pk",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("job_name", "status"), ("shop", "printer"), ("waiting_reason", "failure_reason")),
                    *(("scheduled_start", "ship_by"), ("started_at", "ended_at"), ("priority", "created_at")),
                )
            },
        ),
        (
            "More",
            {
                "classes": ("collapse",),
                "fields": (
                    *(("file_name", "plate"), ("item", "part"), ("material_type", "color"), "copy_number"),
                    *(("must_match_color", "print_anyway"), ("material_slot", "estimated_minutes"), "not_before"),
                    *(("times_passed_over", "failed_tries"), ("next_try_at", "created_by"), "changed_at"),
                ),
            },
        ),
    )
    readonly_fields = (
        *("status", "waiting_reason", "failure_reason", "started_at", "ended_at", "created_at", "changed_at"),
        *("times_passed_over", "failed_tries", "next_try_at"),
    )
    decisions = ("call_off",)

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: ScheduledPrint) -> Iterator[Panel]:
        order = row.item.order if row.item is not None else None
        if order is not None:
            yield Panel(
                "For",
                ("Order", "State", "Production", "Of it"),
                [
                    (
                        link(order, row_address(request, "printshop.ShopOrder", order.pk)),
                        order.status,
                        order.get_production_status_display(),
                        str(row.item),
                    )
                ],
            )
        yield Panel(
            "Needs",
            ("Filament of its file", "Material", "Colour", "Preset", "Grams", "Reserved of"),
            [
                (
                    need.position,
                    need.material_type,
                    need.color,
                    need.preset,
                    grams(need.grams),
                    link(need.filament, row_address(request, "printshop.Filament", need.filament.pk))
                    if need.filament is not None
                    else "nothing",
                )
                for need in row.needs.select_related("filament").order_by("position")[:SHOWN]
            ],
            numeric=(0, 4),
        )
        yield runs_panel(request, "Tries", row.runs.all())
        yield filament_panel(request, "Filament taken", SpoolChange.objects.filter(run__scheduled_print=row.pk))

    # ------------------------------------------------------------ decisions
    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_manage_shops(request.user)

    @decision(
        "Call off",
        form=ReasonForm,
        permissions=["manage"],
        when=waits,
        danger=True,
        icon="print_disabled",
        warning="It is taken out of the queue and not made anew. The shop's owner is told.",
    )
    def call_off(self, request: HttpRequest, row: ScheduledPrint, sent: dict[str, Any], once: Once) -> str:
        print_call_off(actor=request.user, print_id=row.pk, reason=sent["reason"])
        return "Called off."


@admin.register(PrintRun)
class PrintRunAdmin(RecordAdmin):
    list_display = ("claimed_at", "scheduled_print", "printer", "state", "outcome", "started_at", "ended_at", "reason")
    list_filter = ("state", "outcome", "is_by_hand")
    list_select_related = ("scheduled_print", "printer")
    search_fields = ("scheduled_print__job_name", "printer__name", "=submission")
    ordering = ("-pk",)
    fields = (
        *(("scheduled_print", "printer"), ("state", "outcome"), "reason", ("progress", "is_by_hand")),
        *(("layer", "total_layers"), ("claimed_at", "sent_at"), ("started_at", "ended_at"), "submission"),
    )

    def panels(self, request: HttpRequest, row: PrintRun) -> Iterator[Panel]:
        yield prints_panel(request, "Print", ScheduledPrint.objects.filter(pk=row.scheduled_print_id))
        yield Panel(
            "Filament",
            ("Filament of its file", "Slot", "Spool", "Planned", "% of the spool at the start"),
            [
                (
                    used.position,
                    used.slot_number,
                    link(used.spool, row_address(request, "printshop.Spool", used.spool.pk)) if used.spool else "",
                    grams(used.grams),
                    used.remaining_pct,
                )
                for used in row.filaments.select_related("spool").order_by("position")[:SHOWN]
            ],
            numeric=(0, 1, 3, 4),
        )
        yield filament_panel(request, "Filament taken", SpoolChange.objects.filter(run=row))
        others = PrintRun.objects.filter(scheduled_print=row.scheduled_print_id).exclude(pk=row.pk)
        yield runs_panel(request, "Other tries", others)

    def happened(self, request: HttpRequest, row: PrintRun) -> Iterator[Happening]:
        steps = (
            (row.claimed_at, "The printer was chosen"),
            (row.sent_at, "Sent to the printer"),
            (row.started_at, "Begun"),
        )
        yield from (Happening(at, words, icon="print") for at, words in steps if at is not None)
        if row.ended_at is not None:
            yield Happening(row.ended_at, row.get_outcome_display(), note=row.reason, icon="print")


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
