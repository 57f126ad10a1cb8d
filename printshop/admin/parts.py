"""What several pages of the print shop show alike: prints, tries to print, and filament that came or went."""

from collections.abc import Iterable, Iterator
from typing import Final

from django.db.models import QuerySet
from django.http import HttpRequest

from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.timeline import MOST, Happening, status_change
from printshop.models import PrintChange, PrintRun, ScheduledPrint, SpoolChange

SHOWN: Final = 50


def grams(value: object) -> str:
    return "" if value is None else f"{value:f} g"


def prints_panel(request: HttpRequest, title: str, prints: QuerySet[ScheduledPrint], *, address: str = "") -> Panel:
    """In the order they are given. One query."""
    return Panel(
        title,
        ("Print", "State", "Why", "Printer", "Priority", "Begins", "Ended", "Ships by"),
        [
            (
                link(each, row_address(request, "printshop.ScheduledPrint", each.pk)),
                each.get_status_display(),
                each.failure_reason or each.waiting_reason,
                str(each.printer or "any"),
                each.priority,
                each.started_at or each.scheduled_start,
                each.ended_at,
                each.ship_by,
            )
            for each in prints.select_related("printer")[:SHOWN]
        ],
        address=address,
        numeric=(4,),
    )


def runs_panel(request: HttpRequest, title: str, runs: QuerySet[PrintRun], *, address: str = "") -> Panel:
    """The newest first. One query."""
    return Panel(
        title,
        ("Try", "Of", "On", "State", "Outcome", "Why", "%", "Claimed", "Begun", "Ended"),
        [
            (
                link(f"#{run.pk}", row_address(request, "printshop.PrintRun", run.pk)),
                link(run.scheduled_print, row_address(request, "printshop.ScheduledPrint", run.scheduled_print_id)),
                link(run.printer, row_address(request, "printshop.Printer", run.printer_id)),
                run.get_state_display() + (", by hand" if run.is_by_hand else ""),
                run.get_outcome_display() if run.outcome else "",
                run.reason,
                run.progress,
                run.claimed_at,
                run.started_at,
                run.ended_at,
            )
            for run in runs.select_related("scheduled_print", "printer").order_by("-pk")[:SHOWN]
        ],
        address=address,
        numeric=(6,),
    )


def filament_panel(request: HttpRequest, title: str, changes: QuerySet[SpoolChange], *, address: str = "") -> Panel:
    """Grams that came to spools or left them, the newest first. One query."""
    found = changes.select_related("spool__filament", "run__scheduled_print", "actor").order_by("-pk")
    return Panel(
        title,
        ("When", "Filament", "Spool", "What", "Grams", "Cost", "Print", "By", "Note"),
        [
            (
                change.created_at,
                link(change.spool.filament, row_address(request, "printshop.Filament", change.spool.filament_id)),
                link(change.spool, row_address(request, "printshop.Spool", change.spool_id)),
                change.get_kind_display(),
                f"{change.grams:f}",
                "" if change.cost is None else f"{change.cost:f} {change.currency}",
                str(change.run.scheduled_print) if change.run is not None else "",
                str(change.actor or ""),
                change.note,
            )
            for change in found[:SHOWN]
        ],
        address=address,
        numeric=(4, 5),
        note="What was taken stands below nothing.",
    )


def prints_happened(prints: Iterable[ScheduledPrint] | QuerySet[ScheduledPrint]) -> Iterator[Happening]:
    """How they moved through the queue, for another thing's timeline. One query."""
    changes = PrintChange.objects.filter(scheduled_print__in=prints).select_related("scheduled_print", "actor")
    for change in changes.order_by("-pk")[:MOST]:
        yield status_change(change, of=str(change.scheduled_print))
