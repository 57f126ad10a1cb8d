"""Printers: what their owner sees of them."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.actors import Actor
from printshop.models import Printer, PrinterBridge, PrinterCommand
from printshop.selectors.shops import own, shop_of


def printers(*, actor: Actor) -> QuerySet[Printer]:
    """Those of the actor's shop, in the order they were added in; none without a shop."""
    return Printer.objects.filter(shop=shop_of(actor=actor), removed_at=None).defer("report").order_by("pk")


def printer_own(*, actor: Actor, printer_id: int) -> Printer:
    """Raises Missing and Denied."""
    return own(Printer.objects.filter(removed_at=None), actor=actor, pk=printer_id, thing="Printer")


def command_own(*, actor: Actor, command_id: int) -> PrinterCommand:
    """Raises Missing and Denied."""
    command = PrinterCommand.objects.select_related("printer").filter(pk=command_id).first()
    own(Printer.objects.all(), actor=actor, pk=command.printer_id if command else 0, thing="Command")
    assert command is not None  # noqa: S101 (`own` has found its printer)
    return command


def bridge_is_running(*, now: datetime | None = None) -> bool:
    """Whether a process is connected to the printers."""
    return PrinterBridge.objects.filter(held_until__gt=now or timezone.now()).exclude(holder="").exists()


def status_row(printer: Printer) -> dict[str, Any]:
    """A printer's state, as it is shown everywhere: in the API, on sockets, on the board.

    Temperatures are °C, `progress` and `utilization` percent, `estimated_time_remaining` seconds; what is not known,
    or not now, is None. `last_updated` is when the printer was last heard, in UTC.
    """
    return {
        "id": printer.pk,
        "name": printer.name,
        "status": printer.status,
        "status_detail": printer.status_detail,
        "current_job": printer.current_job or None,
        "progress": printer.progress,
        "layer": printer.layer,
        "total_layers": printer.total_layers,
        "nozzle_temp": printer.nozzle_temp,
        "nozzle_target": printer.nozzle_target,
        "bed_temp": printer.bed_temp,
        "bed_target": printer.bed_target,
        "chamber_temp": printer.chamber_temp,
        "nozzles": printer.nozzles,
        "utilization": printer.utilization_pct or 0,
        "estimated_time_remaining": printer.remaining_seconds,
        "errors": printer.errors,
        "is_monitored_only": printer.is_monitored_only,
        "needs_clear_plate": printer.needs_clear_plate,
        "is_plate_clear": printer.is_plate_clear,
        "is_taking_prints": printer.is_taking_prints,
        "last_updated": printer.heard_at.strftime("%Y-%m-%dT%H:%M:%S") if printer.heard_at else None,
    }
