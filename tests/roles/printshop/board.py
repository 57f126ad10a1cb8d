"""The print shop's notifications: requests, answers, what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import User
from printshop.choices import EventKind
from printshop.models import PrinterEvent
from printshop.tests.factories import PrinterFactory
from tests.roles.requests.request import Request, fixed, of

if TYPE_CHECKING:
    from tests.roles.world import World


class Things:
    """What is alice's; bob, charlie and the others have nothing to do with it."""

    def __init__(self, people: dict[str, User]) -> None:
        self.printer = PrinterFactory.create(shop__owner=people["artist"], name="Watched")
        self.settings = self.printer.notification_settings
        PrinterEvent.objects.create(printer=self.printer, kind=EventKind.PRINT_STARTED, key="0", words="It prints.")


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""
    PrinterEvent.objects.create(
        printer=world.board.printer, kind=EventKind.MAINTENANCE, key=f"crowd {number}", words="Look at it."
    )


REQUESTS: dict[str, Request] = {
    "notifications.get": Request(query=lambda world: {"printer_id": world.board.printer.pk}),
    "notifications.update": Request(of("board.settings"), fixed(notify_maintenance=True)),
    "events.list": Request(),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "notifications.get":                           "401  403  403  200   403  403  403   403   403",
    "notifications.update":                        "401  403  403  200   403  403  403   403   403",
    "events.list":                                 "401  200  200  200   200  200  200   200   200",
}
# fmt: on
