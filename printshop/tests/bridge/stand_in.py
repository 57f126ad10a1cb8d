"""A link without a network, and without a database: what it has others do is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from django.utils import timezone

from printshop.bridge.link import Link
from printshop.bridge.orders import Order, Run
from printshop.choices import CommandKind, RunState
from printshop.gateways.printer_tls import Shown
from printshop.models import Printer

SERIAL = "01P00A000000001"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeConnection:
    def __init__(self, serial: str = SERIAL, digest: str = "a" * 64) -> None:
        self.serial, self.shown = serial, Shown(digest, serial)
        self.published: list[dict[str, Any]] = []
        self.subscribed = self.closed = 0
        self.takes = True

    def begin(self, listener: Link) -> None:
        listener.connection_up(self)  # type: ignore[arg-type]

    def subscribe(self) -> None:
        self.subscribed += 1

    def publish(self, message: dict[str, Any]) -> bool:
        self.published.append(message)
        return self.takes

    def keep_alive(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1

    def commands(self) -> list[str]:
        return [part["command"] for message in self.published for part in message.values()]


class Stage:
    """The desk of one link, and the link."""

    def __init__(self, **columns: Any) -> None:
        self.clock = Clock()
        self.decisions: list[tuple[str, dict[str, Any]]] = []
        self.connects = 0
        self.sends: list[Order] = []
        self.starts: list[Order] = []
        printer = Printer(
            pk=1, shop_id=1, name="Left", **{"serial_number": SERIAL, "access_code": "12345678", "host": "h"} | columns
        )
        self.link = Link(printer, self, clock=self.clock)
        self.connection = FakeConnection()

    # ---------------------------------------------------------------- the desk
    def decide(self, link: Link, decision: Callable[..., Any], **about: Any) -> None:
        self.decisions.append((decision.__name__, about))

    def connect(self, link: Link) -> None:
        self.connects += 1

    def send(self, link: Link, order: Order) -> None:
        self.sends.append(order)

    def start(self, link: Link, order: Order) -> None:
        self.starts.append(order)

    def shown(self, link: Link) -> None:
        pass

    # ---------------------------------------------------------------- what happens
    def up(self, **connection: Any) -> Stage:
        self.connection = FakeConnection(**connection)
        self.link.opened(self.connection)  # type: ignore[arg-type]
        return self

    def down(self) -> None:
        self.link.connection_down(self.connection)  # type: ignore[arg-type]

    def hear(self, **values: Any) -> None:
        """A report of what is different."""
        self.say({"print": {"command": "push_status", "msg": 1, **values}})

    def full(self, state: str = "IDLE", **values: Any) -> None:
        told = {"gcode_state": state, "hms": [], "print_error": 0, "subtask_name": "", "subtask_id": "0", **values}
        self.say({"print": {"command": "push_status", "msg": 0, "task_id": told["subtask_id"], **told}})

    def say(self, message: Any) -> None:
        payload = message if isinstance(message, bytes) else orjson.dumps(message)
        self.link.connection_message(self.connection, payload)  # type: ignore[arg-type]

    def wait(self, seconds: float) -> None:
        """Second after second; the printer says nothing."""
        for _ in range(round(seconds)):
            self.clock.now += 1
            self.link.tick(self.clock.now)

    def told(self, *names: str) -> list[str]:
        return [name for name, _about in self.decisions if not names or name in names]

    def about(self, name: str) -> dict[str, Any]:
        """Of the one decision of that name."""
        (found,) = [about for each, about in self.decisions if each == name]
        return found

    # ---------------------------------------------------------------- prints
    def run(self, state: str = RunState.UPLOADED, **columns: Any) -> Run:
        self.link.run = Run(7, 123456, state, "Gear", **columns)
        return self.link.run

    def order(self, kind: CommandKind = CommandKind.START, pk: int = 55) -> Order:
        run_id = 7 if kind == CommandKind.START else None
        return Order(pk, kind, run_id, timezone.now() + timedelta(minutes=5))

    def published(self, order: Order | None = None) -> Order:
        """A start went out."""
        order = order or self.order()
        if self.link.run is not None and order.kind == CommandKind.START:
            self.link.run.state, self.link.run.sent_at = RunState.SENT, timezone.now()
        self.link.published(order, {"print": {"command": str(order.kind), "sequence_id": str(order.sequence)}})
        return order
