"""The print shop's printers and what they are asked to do: requests, answers, what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import User
from printshop.choices import CommandKind, PrinterStatus
from printshop.models import Printer
from printshop.services.printers.commands import command_ask
from printshop.tests.factories import PrinterFactory
from tests.roles.requests.request import Request, fixed, of

if TYPE_CHECKING:
    from tests.roles.world import World


class Things:
    """What is alice's; bob, charlie and the others have nothing to do with it."""

    def __init__(self, people: dict[str, User]) -> None:
        self.owner = people["artist"]
        self.free = self._printer("Free")
        self.printing = self._printer("Printing", status=PrinterStatus.PRINTING, current_job="Gear")
        self.paused = self._printer("Paused", status=PrinterStatus.PAUSED, current_job="Gear")
        self.changed = self._printer("Changed", certificate="a" * 64, offered_certificate="b" * 64)
        self.removed = self._printer("To be removed")
        self.command = command_ask(actor=self.owner, printer_id=self.free.pk, kind=CommandKind.REFRESH)

    def _printer(self, name: str, **columns: object) -> Printer:
        return PrinterFactory.create(shop__owner=self.owner, name=name, **columns)


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""
    PrinterFactory.create(shop=world.printers.free.shop, name=f"Crowd {number}")


REQUESTS: dict[str, Request] = {
    "printers.list": Request(),
    "printers.create": Request(
        body=lambda _world, role: {
            "name": f"Printer of {role}",
            "connection_type": "bambu_cloud",
            "serial_number": "00M00A000000001",
            "access_code": "access_code_from_bambu",
        }
    ),
    "printers.status": Request(of("printers.printing")),
    "printers.update": Request(of("printers.free"), fixed(name="Renamed", needs_clear_plate=False)),
    "printers.delete": Request(of("printers.removed")),
    "printers.plate_clear": Request(of("printers.free")),
    "printers.accept_certificate": Request(of("printers.changed")),
    "printers.pause": Request(of("printers.printing")),
    "printers.resume": Request(of("printers.paused")),
    "printers.stop": Request(of("printers.printing")),
    "printers.refresh": Request(of("printers.free")),
    "commands.get": Request(of("printers.command")),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "printers.list":                               "401  200  200  200   200  200  200   200   200",
    "printers.create":                             "401  201  201  201   201  201  201   201   201",
    "printers.status":                             "401  403  403  200   403  403  403   403   403",
    "printers.update":                             "401  403  403  200   403  403  403   403   403",
    "printers.delete":                             "401  403  403  200   403  403  403   403   403",
    "printers.plate_clear":                        "401  403  403  200   403  403  403   403   403",
    "printers.accept_certificate":                 "401  403  403  200   403  403  403   403   403",
    "printers.pause":                              "401  403  403  202   403  403  403   403   403",
    "printers.resume":                             "401  403  403  202   403  403  403   403   403",
    "printers.stop":                               "401  403  403  202   403  403  403   403   403",
    "printers.refresh":                            "401  403  403  202   403  403  403   403   403",
    "commands.get":                                "401  403  403  200   403  403  403   403   403",
}
# fmt: on
