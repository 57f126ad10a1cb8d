"""The print shop's filament, materials, files and queue: requests, answers, what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import User
from printshop.choices import PrinterStatus, PrintStatus
from printshop.models import Filament, Printer, PrinterSlot, PrintFile, PrintPart, ScheduledPrint, Shop, Spool
from printshop.services.shops.shops import shop_open
from printshop.tests.factories import (
    FilamentFactory,
    PrinterFactory,
    PrinterSlotFactory,
    ScheduledPrintFactory,
)
from printshop.tests.sliced import print_file, sliced_upload
from tests.roles.requests.request import Request, fixed, of

if TYPE_CHECKING:
    from tests.roles.world import World

FILAMENT = of("queue.filament")
SPOOL = of("queue.spool")
MATERIAL = of("queue.slot")
PRINT = of("queue.scheduled")
BLUE = {"material": "PLA", "color": "Blue", "initial_amount": 1000, "cost_per_gram": 0.015, "low_stock_threshold": 100}


class Things:
    """What is alice's; bob, charlie and the others have nothing to do with it. Her printer is not connected."""

    def __init__(self, people: dict[str, User]) -> None:
        self.shop: Shop = shop_open(actor=people["artist"])
        self.filament: Filament = FilamentFactory.create(shop=self.shop)
        self.spool: Spool = self.filament.spools.get()
        self.printer: Printer = PrinterFactory.create(shop=self.shop, status=PrinterStatus.OFFLINE, heard_at=None)
        self.slot: PrinterSlot = PrinterSlotFactory.create(printer=self.printer, remaining_pct=95, weight_grams=950)
        self.file: PrintFile = print_file(self.shop)
        self.unused_file: PrintFile = print_file(self.shop, "unused.gcode.3mf")
        self.part: PrintPart = PrintPart.objects.create(shop=self.shop, sku="BRKT", name="Bracket", file=self.file)
        self.scheduled: ScheduledPrint = ScheduledPrintFactory.create(shop=self.shop, printer=self.printer)
        self.ready: ScheduledPrint = ScheduledPrintFactory.create(
            shop=self.shop, printer=self.printer, status=PrintStatus.SCHEDULED
        )


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""
    things = world.queue
    FilamentFactory.create(shop=things.shop)
    things.spool.changes.create(kind="corrected", grams=number)
    file = print_file(things.shop, f"part{number}.gcode.3mf")
    PrintPart.objects.create(shop=things.shop, sku=f"PART{number}", name="Part", file=file)
    ScheduledPrintFactory.create(shop=things.shop, printer=things.printer)


def scheduling(world: World, _role: str) -> dict[str, object]:
    return {
        "printer_id": world.queue.printer.pk,
        "job_name": "Custom Bracket",
        "file_name": "bracket.3mf",
        "material_type": "PLA",
        "material_slot": 1,
        "estimated_duration_minutes": 240,
        "priority": 1,
    }


REQUESTS: dict[str, Request] = {
    "filaments.list": Request(),
    "filaments.create": Request(body=fixed(**BLUE)),
    "filaments.update": Request(path=FILAMENT, body=fixed(current_amount=700)),
    "filaments.delete": Request(path=FILAMENT),
    "spools.list": Request(path=FILAMENT),
    "spools.create": Request(path=FILAMENT, body=fixed(initial_amount=500, label="Second")),
    "spools.update": Request(path=SPOOL, body=fixed(tare_amount=250)),
    "spools.weigh": Request(path=SPOOL, body=fixed(gross_amount=800)),
    "spools.correct": Request(path=SPOOL, body=fixed(remaining_amount=900, note="By eye")),
    "spools.archive": Request(path=SPOOL),
    "spools.history": Request(path=SPOOL),
    "materials.list": Request(),
    "materials.update": Request(path=MATERIAL, body=fixed(remaining_pct=85, vendor="Prusament", cost_per_kg=25)),
    "materials.spool": Request(path=MATERIAL, body=lambda world, _role: {"spool_id": world.queue.spool.pk}),
    "scheduled_prints.create": Request(body=scheduling),
    "scheduled_prints.list": Request(),
    "scheduled_prints.retrieve": Request(path=PRINT),
    "scheduled_prints.queue": Request(path=of("queue.printer")),
    "scheduled_prints.update": Request(path=PRINT, body=fixed(status="scheduled")),
    "scheduled_prints.update (started)": Request(path=of("queue.ready"), body=fixed(status="started")),
    "scheduled_prints.update (no such change)": Request(path=PRINT, body=fixed(status="completed")),
    "scheduled_prints.delete": Request(path=PRINT),
    "print_files.list": Request(),
    "print_files.create": Request(form=True, body=lambda _world, _role: {"file": sliced_upload("new.gcode.3mf")}),
    "print_files.retrieve": Request(path=of("queue.file")),
    "print_files.delete": Request(path=of("queue.unused_file")),
    "print_files.delete (in use)": Request(path=of("queue.file")),
    "print_parts.list": Request(),
    "print_parts.create": Request(body=lambda world, _role: {"sku": "LID", "file_id": world.queue.file.pk}),
    "print_parts.retrieve": Request(path=of("queue.part")),
    "print_parts.update": Request(path=of("queue.part"), body=fixed(pieces=2)),
    "print_parts.delete": Request(path=of("queue.part")),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "filaments.list":                              "401  200  200  200   200  200  200   200   200",
    "filaments.create":                            "401  201  201  201   201  201  201   201   201",
    "filaments.update":                            "401  403  403  200   403  403  403   403   403",
    "filaments.delete":                            "401  403  403  200   403  403  403   403   403",
    "spools.list":                                 "401  403  403  200   403  403  403   403   403",
    "spools.create":                               "401  403  403  201   403  403  403   403   403",
    "spools.update":                               "401  403  403  200   403  403  403   403   403",
    "spools.weigh":                                "401  403  403  200   403  403  403   403   403",
    "spools.correct":                              "401  403  403  200   403  403  403   403   403",
    "spools.archive":                              "401  403  403  200   403  403  403   403   403",
    "spools.history":                              "401  403  403  200   403  403  403   403   403",
    "materials.list":                              "401  200  200  200   200  200  200   200   200",
    "materials.update":                            "401  403  403  200   403  403  403   403   403",
    "materials.spool":                             "401  403  403  200   403  403  403   403   403",
    "scheduled_prints.create":                     "401  403  403  201   403  403  403   403   403",
    "scheduled_prints.list":                       "401  200  200  200   200  200  200   200   200",
    "scheduled_prints.retrieve":                   "401  403  403  200   403  403  403   403   403",
    "scheduled_prints.queue":                      "401  403  403  200   403  403  403   403   403",
    "scheduled_prints.update":                     "401  403  403  200   403  403  403   403   403",
    "scheduled_prints.update (started)":           "401  403  403  200   403  403  403   403   403",
    "scheduled_prints.update (no such change)":    "401  403  403  409   403  403  403   403   403",
    "scheduled_prints.delete":                     "401  403  403  200   403  403  403   403   403",
    "print_files.list":                            "401  200  200  200   200  200  200   200   200",
    "print_files.create":                          "401  201  201  201   201  201  201   201   201",
    "print_files.retrieve":                        "401  403  403  200   403  403  403   403   403",
    "print_files.delete":                          "401  403  403  200   403  403  403   403   403",
    "print_files.delete (in use)":                 "401  403  403  409   403  403  403   403   403",
    "print_parts.list":                            "401  200  200  200   200  200  200   200   200",
    "print_parts.create":                          "401  403  403  201   403  403  403   403   403",
    "print_parts.retrieve":                        "401  403  403  200   403  403  403   403   403",
    "print_parts.update":                          "401  403  403  200   403  403  403   403   403",
    "print_parts.delete":                          "401  403  403  200   403  403  403   403   403",
}
# fmt: on
