"""The print shop's notifications and webhooks: requests, answers, what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import User
from accounts.services.webhook_endpoints import endpoint_create, endpoint_test
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
        self.webhook = endpoint_create(actor=people["artist"], url="https://example.com/hook", events=["*"])
        self.delivery = endpoint_test(actor=people["artist"], endpoint_id=self.webhook.pk)


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""
    PrinterEvent.objects.create(
        printer=world.board.printer, kind=EventKind.MAINTENANCE, key=f"crowd {number}", words="Look at it."
    )
    endpoint_test(actor=world.people["artist"], endpoint_id=world.board.webhook.pk)


def delivery(world: World) -> dict[str, int]:
    return {"id": world.board.webhook.pk, "delivery_id": world.board.delivery.pk}


REQUESTS: dict[str, Request] = {
    "notifications.get": Request(query=lambda world: {"printer_id": world.board.printer.pk}),
    "notifications.update": Request(of("board.settings"), fixed(notify_maintenance=True)),
    "events.list": Request(),
    "webhooks.list": Request(),
    "webhooks.create": Request(body=fixed(url="https://example.com/hook", events=["order.paid"])),
    "webhooks.retrieve": Request(path=of("board.webhook")),
    "webhooks.update": Request(path=of("board.webhook"), body=fixed(events=["*"], state="paused")),
    "webhooks.delete": Request(path=of("board.webhook")),
    "webhooks.rotate_secret": Request(path=of("board.webhook")),
    "webhooks.test": Request(path=of("board.webhook")),
    "webhooks.deliveries": Request(path=of("board.webhook")),
    "webhooks.replay": Request(path=delivery),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "notifications.get":                           "401  403  403  200   403  403  403   403   403",
    "notifications.update":                        "401  403  403  200   403  403  403   403   403",
    "events.list":                                 "401  200  200  200   200  200  200   200   200",
    "webhooks.list":                               "401  200  200  200   200  200  200   200   200",
    "webhooks.create":                             "401  201  201  201   201  201  201   201   201",
    "webhooks.retrieve":                           "401  404  404  200   404  404  404   404   404",
    "webhooks.update":                             "401  404  404  200   404  404  404   404   404",
    "webhooks.delete":                             "401  404  404  200   404  404  404   404   404",
    "webhooks.rotate_secret":                      "401  404  404  200   404  404  404   404   404",
    "webhooks.test":                               "401  404  404  201   404  404  404   404   404",
    "webhooks.deliveries":                         "401  404  404  200   404  404  404   404   404",
    "webhooks.replay":                             "401  404  404  200   404  404  404   404   404",
}
# fmt: on
