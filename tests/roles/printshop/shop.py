"""The print shop's sign-in with Etsy, orders and analytics: requests, answers, what the world has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import User
from printshop.choices import ShipmentState
from printshop.models import Communication, OrderNote, Shipment, ShopOrder
from printshop.services.orders.orders import communication_log, note_add
from printshop.services.orders.shipping import order_ship
from printshop.tests.factories import ShopOrderFactory
from tests.roles.requests.request import Request, fixed, of

if TYPE_CHECKING:
    from tests.roles.world import World

VERIFIER = "v" * 43


class Things:
    """What is alice's; bob, charlie and the others have nothing to do with it. Etsy is not configured."""

    def __init__(self, people: dict[str, User]) -> None:
        self.owner = people["artist"]
        self.order: ShopOrder = ShopOrderFactory.create(shop__owner=self.owner)
        note_add(actor=self.owner, order_id=self.order.pk, content="In red.")
        communication_log(actor=self.owner, order_id=self.order.pk, message="When does it come?")
        order_ship(actor=self.owner, order_id=self.order.pk)


def crowd(world: World, number: int) -> None:
    """One more of everything that is listed."""
    things = world.shop
    ShopOrderFactory.create(shop=things.order.shop)
    OrderNote.objects.create(order=things.order, author=things.owner, content=f"Note {number}")
    Communication.objects.create(order=things.order, author=things.owner, message=f"Question {number}")
    Shipment.objects.create(
        order=things.order, carrier="usps", tracking_code=f"9400{number}", state=ShipmentState.UNCLEAR
    )


REQUESTS: dict[str, Request] = {
    "auth.login": Request(),
    "auth.callback": Request(body=fixed(code="a code", code_verifier=VERIFIER)),
    "auth.logout": Request(),
    "auth.user": Request(),
    "shop.get": Request(),
    "shop.update": Request(body=fixed(time_zone="Europe/Berlin", working_days=[0, 1, 2])),
    "shop.disconnect": Request(),
    "orders.list": Request(),
    "orders.get": Request(of("shop.order")),
    "orders.update": Request(of("shop.order"), fixed(production_status="in_progress", notes="Nearly done")),
    "orders.sync": Request(),
    "orders.notes.create": Request(of("shop.order"), fixed(content="Printed successfully")),
    "orders.notes.list": Request(of("shop.order")),
    "orders.communications.create": Request(of("shop.order"), fixed(message="On Friday.", direction="outbound")),
    "orders.communications.list": Request(of("shop.order")),
    "orders.shipments.create": Request(of("shop.order"), fixed(carrier="usps", tracking_code="9400111")),
    "orders.shipments.list": Request(of("shop.order")),
    "orders.profit": Request(of("shop.order")),
    "analytics.dashboard": Request(),
    "analytics.revenue": Request(),
}

# fmt: off
TABLE: dict[str, str] = {
    #                                              anon bob  char alice dora mod  staff admin super
    "auth.login":                                  "400  400  400  400   400  400  400   400   400",
    "auth.callback":                               "400  400  400  400   400  400  400   400   400",
    "auth.logout":                                 "401  200  200  200   200  200  200   200   200",
    "auth.user":                                   "401  200  200  200   200  200  200   200   200",
    "shop.get":                                    "401  200  200  200   200  200  200   200   200",
    "shop.update":                                 "401  200  200  200   200  200  200   200   200",
    "shop.disconnect":                             "401  200  200  200   200  200  200   200   200",
    "orders.list":                                 "401  200  200  200   200  200  200   200   200",
    "orders.get":                                  "401  403  403  200   403  403  403   403   403",
    "orders.update":                               "401  403  403  200   403  403  403   403   403",
    "orders.sync":                                 "401  409  409  400   409  409  409   409   409",
    "orders.notes.create":                         "401  403  403  201   403  403  403   403   403",
    "orders.notes.list":                           "401  403  403  200   403  403  403   403   403",
    "orders.communications.create":                "401  403  403  201   403  403  403   403   403",
    "orders.communications.list":                  "401  403  403  200   403  403  403   403   403",
    "orders.shipments.create":                     "401  403  403  201   403  403  403   403   403",
    "orders.shipments.list":                       "401  403  403  200   403  403  403   403   403",
    "orders.profit":                               "401  403  403  200   403  403  403   403   403",
    "analytics.dashboard":                         "401  200  200  200   200  200  200   200   200",
    "analytics.revenue":                           "401  200  200  200   200  200  200   200   200",
}
# fmt: on
