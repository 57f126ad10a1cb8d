"""Shops with printers and queues, and what happens to their prints, for tests."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from printshop.models import (
    Filament,
    Printer,
    PrinterBridge,
    PrinterSlot,
    PrintFilament,
    PrintRun,
    ScheduledPrint,
    Shop,
    Spool,
)
from printshop.services.prints.dispatch import dispatch_pass
from printshop.services.prints.runs import run_sent, run_started
from printshop.tests.factories import FilamentFactory, PrinterFactory, PrinterSlotFactory, ScheduledPrintFactory


def bridge_runs() -> None:
    PrinterBridge.objects.get_or_create(
        name="printers", defaults={"holder": "test", "held_until": timezone.now() + timedelta(days=30)}
    )


def printer_with(shop: Shop, *colors: str, material: str = "PLA", **columns: Any) -> Printer:
    """A free printer with a spool of each colour in its slots, from the first on; a bridge is connected to it."""
    bridge_runs()
    printer = PrinterFactory.create(shop=shop, **columns)
    for number, color in enumerate(colors, start=1):
        PrinterSlotFactory.create(printer=printer, number=number, material_type=material, color=color)
    return printer


def waiting(shop: Shop, printer: Printer | None = None, *, color: str = "#FF0000", grams: Any = None, **columns: Any):
    """A print that needs one filament; of whichever printer fits unless told which."""
    scheduled = ScheduledPrintFactory.create(shop=shop, printer=printer, **columns)
    need(scheduled, color=color, grams=grams)
    return scheduled


def need(scheduled: ScheduledPrint, *, color: str, grams: Any = None, **columns: Any) -> PrintFilament:
    values = {"position": 1, "material_type": scheduled.material_type, "color": color} | columns
    return PrintFilament.objects.create(
        scheduled_print=scheduled, grams=None if grams is None else Decimal(grams), **values
    )


def dispatched(scheduled: ScheduledPrint) -> PrintRun:
    """The run of a print that the pass over the queue has just claimed a printer for."""
    dispatch_pass(now=timezone.now())
    return PrintRun.objects.get(scheduled_print=scheduled, ended_at=None)


def printing(scheduled: ScheduledPrint) -> PrintRun:
    """Claimed, sent and begun."""
    run = dispatched(scheduled)
    run_sent(run_id=run.pk)
    run_started(run_id=run.pk)
    run.refresh_from_db()
    return run


def stocked(
    shop: Shop, slot: PrinterSlot | None = None, *, grams: int = 1000, **columns: Any
) -> tuple[Filament, Spool]:
    """A filament with one spool, which lies in the slot."""
    filament = FilamentFactory.create(shop=shop, initial_amount=grams, current_amount=grams, **columns)
    spool = filament.spools.get()
    if slot is not None:
        slot.spool = spool
        slot.save()
    return filament, spool
