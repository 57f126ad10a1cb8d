"""One printer, as the bridge keeps it: its connection, and its state by its messages. Beside it stand what it was
asked to do, its print, what is told of it, and what is stored.

Everything here runs on the event loop, and nothing waits: what takes time is handed to the desk. A message comes in,
becomes state and view, and what changed is decided about. What the printer says alone moves a print.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from printshop.bambu import commands
from printshop.bambu.answers import answer_of
from printshop.bambu.changes import ChangeKind, changes_between
from printshop.bambu.reports import after_connect, after_restart, decoded, merge, refusals_forgotten
from printshop.bambu.views import PrinterView, view_of
from printshop.bridge.asked import Asked
from printshop.bridge.connection import Connection, Place
from printshop.bridge.desk import Desk
from printshop.bridge.news import News
from printshop.bridge.orders import Order, Run, Sent
from printshop.bridge.prints import PrintWatch
from printshop.bridge.rules import (
    BETWEEN_FORCED,
    BETWEEN_FULL,
    FLOOD_SECONDS,
    LEAST_DELAY,
    MOST_DELAY,
    MOST_MESSAGE_BYTES,
    MOST_MESSAGES,
    NEVER_HEARD,
    NOTHING_HEARD,
    PATIENCE,
    SILENCE,
    SILENT,
    WRONG_CODE,
    WRONG_TOKEN,
)
from printshop.bridge.stored import Stored
from printshop.choices import CommandState, ConnectionType, EventKind
from printshop.gateways.bambu_cloud import cloud_host
from printshop.models import Printer
from printshop.services.printers.reports import certificate_offered, printer_identified

logger = logging.getLogger(__name__)

OF_PRINTS: Final = frozenset({ChangeKind.STARTED, ChangeKind.COMPLETED, ChangeKind.FAILED, ChangeKind.STOPPED})


@dataclass(eq=False)
class Link:
    printer: Printer
    desk: Desk
    ca_file: str = ""
    clock: Callable[[], float] = time.monotonic

    state: dict[str, Any] = field(default_factory=dict)
    view: PrinterView | None = None
    connection: Connection | None = None
    is_up: bool = False
    is_connecting: bool = False
    is_given_up: bool = False
    is_silent: bool = False
    trouble: str = ""
    up_since: float = 0.0
    heard: float | None = None
    """Of this connection."""
    heard_at: datetime | None = None
    asked_full_at: float = -BETWEEN_FULL
    woken_at: float | None = None
    forced_at: float = -BETWEEN_FORCED
    retry_at: float = 0.0
    delay: float = LEAST_DELAY

    pending: int = 0
    """Decisions that are not in the database yet."""
    decided_at: float = 0.0
    run_read_at: float = 0.0
    """What was read of its run before then is out of date."""
    shown: dict[str, Any] | None = None
    """To screens, when it was last different."""
    messages: tuple[float, int, int] = (0.0, 0, 0)
    """Since when, how many, and their bytes."""
    received_at: float = 0.0
    """Wall clock, of the last message."""

    def __post_init__(self) -> None:
        self.prints, self.asked = PrintWatch(self), Asked(self)
        self.news, self.stored = News(self), Stored(self)
        self.state = after_restart(self.printer.report or {})
        self.heard_at = self.printer.heard_at

    def __repr__(self) -> str:
        return f"Link({self.printer.pk})"

    @property
    def run(self) -> Run | None:
        return self.prints.run

    @run.setter
    def run(self, run: Run | None) -> None:
        self.prints.run = run

    @property
    def orders(self) -> dict[int, Order]:
        return self.asked.orders

    @property
    def sent(self) -> dict[int, Sent]:
        return self.asked.sent

    # ---------------------------------------------------------------- where it is
    @property
    def is_cloud(self) -> bool:
        return self.printer.connection_type == ConnectionType.BAMBU_CLOUD

    def place(self) -> Place:
        printer = self.printer
        if self.is_cloud:
            host, port = cloud_host()
            user = f"u_{printer.cloud_user_id}"
            return Place(
                host, port, user, printer.access_code, printer.serial_number, ca_file=self.ca_file, is_cloud=True
            )
        return Place(
            printer.host,
            printer.port,
            "bblp",
            printer.access_code,
            printer.serial_number,
            certificate=printer.certificate,
            ca_file=self.ca_file,
        )

    # ---------------------------------------------------------------- the connection
    def opened(self, connection: Connection) -> None:
        """Under TLS; the printer has not been spoken to."""
        self.is_connecting = False
        if not connection.serial:
            connection.close()
            self.not_opened("Its certificate has no serial number. Enter the printer's.", for_good=True)
            return
        self.connection = connection
        connection.begin(self)

    def not_opened(self, words: str, *, for_good: bool = False, delay: float | None = None) -> None:
        """Why, in words. `for_good`: it is not tried again before the printer's row changes."""
        self.is_connecting, self.connection, self.is_up = False, None, False
        self.trouble, self.is_given_up = words, for_good
        self._later(delay)
        self.desk.shown(self)

    def certificate_changed(self, digest: str) -> None:
        words = "It shows another certificate than before. If that is right, accept it."
        self.not_opened(words, delay=MOST_DELAY)
        if digest != self.printer.offered_certificate:
            self.news.certificate_changed(digest)
            self._offered(digest)

    def _offered(self, digest: str) -> None:
        self.printer.offered_certificate = digest
        self.desk.decide(self, certificate_offered, printer_id=self.printer.pk, digest=digest)

    def connection_up(self, connection: Connection) -> None:
        now = self.clock()
        self.is_up, self.up_since, self.heard, self.woken_at, self.is_silent = True, now, None, None, False
        self.state, self.view = after_connect(self.state), None
        self.prints.connected()
        self.is_given_up = False
        self._identified(connection)
        if self.printer.offered_certificate:
            self._offered("")  # the one that is kept is there again
        connection.subscribe()
        self.publish(commands.get_version())
        self._ask_full(now)
        self.desk.shown(self)

    def connection_refused(self, connection: Connection) -> None:
        connection.close()
        self.not_opened(WRONG_TOKEN if self.is_cloud else WRONG_CODE, for_good=True)

    def connection_down(self, connection: Connection) -> None:
        if connection is self.connection:
            self._drop("The connection broke.")

    def close(self) -> None:
        """On purpose: the bridge ends, or the printer is gone."""
        if self.connection is not None:
            self.connection.close()
        self.connection, self.is_up, self.view = None, False, None
        self.prints.forget()  # a file that is being brought is not brought any further

    def reconnect(self, words: str) -> None:
        """With a new client: whatever the old one has not been acknowledged is not sent again."""
        self._drop(words)
        self.retry_at, self.delay = self.clock(), LEAST_DELAY

    def row_changed(self, printer: Printer) -> None:
        """How it is reached was changed."""
        if printer.serial_number != self.printer.serial_number:
            self.state = {}
        self.printer, self.is_given_up = printer, False
        self.state = refusals_forgotten(self.state)
        self.reconnect("")

    def _drop(self, words: str) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection, self.is_up, self.view, self.is_silent = None, False, None, False
        self.prints.foreign_since = None
        if words:
            self.trouble = words
        self.asked.connection_lost()
        self._later()
        self.desk.shown(self)

    def _later(self, delay: float | None = None) -> None:
        self.retry_at = self.clock() + (delay or self.delay * random.uniform(0.8, 1.2))  # noqa: S311 (no secret)
        self.delay = min(self.delay * 2, MOST_DELAY)

    def _identified(self, connection: Connection) -> None:
        """The serial number out of the certificate, and the certificate to hold on to."""
        printer = self.printer
        certificate = connection.shown.digest if not (self.ca_file or printer.certificate) else ""
        serial = "" if printer.serial_number else connection.serial
        if not serial and not certificate:
            return
        printer.certificate = printer.certificate or certificate
        printer.serial_number = printer.serial_number or serial
        self.desk.decide(
            self,
            printer_identified,
            printer_id=printer.pk,
            serial_number=serial,
            certificate=certificate,
            changed_at=printer.changed_at,
        )

    def publish(self, message: dict[str, Any]) -> bool:
        if self.connection is None or not self.is_up:
            return False
        return self.connection.publish(message)

    def _ask_full(self, now: float) -> None:
        self.asked_full_at = now
        self.publish(commands.push_all())

    # ---------------------------------------------------------------- every second
    def tick(self, now: float) -> None:
        self.prints.settle(now)
        if self.connection is None:
            if not self.is_connecting and not self.is_given_up and now >= self.retry_at:
                self.is_connecting = True
                self.desk.connect(self)
            return
        if not self.is_up:
            self.connection.keep_alive()
            return
        self.connection.keep_alive()
        if self.connection is not None:
            self._watch_silence(now)
        if self.connection is not None:
            self.asked.watch(now)
            self.prints.watch_start(now)
            self.prints.watch_end(now)

    def _watch_silence(self, now: float) -> None:
        quiet = now - (self.up_since if self.heard is None else self.heard)
        if self.heard is None and quiet > NEVER_HEARD and self.trouble != self._nothing_heard():
            self.trouble = self._nothing_heard()
            self.desk.shown(self)
        if quiet <= SILENCE:
            if self.heard is not None and not self._is_known() and now - self.asked_full_at >= BETWEEN_FULL:
                self._ask_full(now)
            return
        if self.woken_at is None:
            self.is_silent, self.woken_at = True, now
            if self.heard is not None:
                self.trouble = SILENT
            self.publish(commands.push_start())
            self.desk.shown(self)
        elif now - self.woken_at > PATIENCE and now - self.forced_at >= BETWEEN_FORCED:
            self.forced_at = now
            self.reconnect("")

    def _nothing_heard(self) -> str:
        shown = self.connection.shown.serial if self.connection is not None else ""
        told = f": its certificate says {shown}." if shown and shown != self.printer.serial_number else "."
        return NOTHING_HEARD + told

    def _is_known(self) -> bool:
        return self.view is not None and bool(self.view.gcode_state)

    # ---------------------------------------------------------------- a message
    def connection_message(self, connection: Connection, payload: bytes) -> None:
        """Whatever a printer sends, it breaks nothing."""
        if connection is not self.connection:
            return
        try:
            self.hear(payload)
        except Exception:
            logger.exception("a message of printer %s could not be taken", self.printer.pk)

    def hear(self, payload: bytes) -> None:
        now = self.clock()
        if self._is_flood(now, len(payload)):
            self._drop("It sends more messages than a printer does.")
            self.retry_at = now + MOST_DELAY
            return
        message = decoded(payload)
        if message is None:
            return
        self.heard, self.received_at, self.heard_at = now, time.time(), timezone.now()
        self.delay, self.trouble = LEAST_DELAY, ""
        self.woken_at, self.is_silent = None, False
        answer = answer_of(message)
        before, self.state = self.view, merge(self.state, message)
        self.view = view = view_of(self.state)
        changes = changes_between(before, view)
        if answer is not None:
            self.asked.answered(answer)
        if view.is_signature_required and before is not None and not before.is_signature_required:
            self.asked.signature_wanted(view)
        for change in changes:
            if change.kind in OF_PRINTS:
                self.prints.changed(change, now)
            else:
                self.news.changed(change)
        if view.gcode_state:
            self.prints.watch(view, now)
            self.asked.confirm(view)
        self.desk.shown(self)

    def _is_flood(self, now: float, size: int) -> bool:
        """One that never stops would take the time of all others."""
        since, count, total = self.messages
        self.messages = (since, count + 1, total + size) if now - since < FLOOD_SECONDS else (now, 1, size)
        return self.messages[1] > MOST_MESSAGES or self.messages[2] > MOST_MESSAGE_BYTES

    # ---------------------------------------------------------------- what it is asked to do
    def take(self, order: Order) -> None:
        """A command that waits; it may come again and again."""
        self.asked.take(order)

    def take_run(self, run: Run | None) -> None:
        """As its row says: another one than before, or none, when somebody else has ended it."""
        self.asked.run_taken(run)
        self.prints.replaced(run)

    def published(self, order: Order, message: dict[str, Any] | None) -> None:
        """It is marked sent: now it goes out, once. None: it is not to go out any more."""
        self.asked.published(order, message)

    def refreshed(self, order: Order) -> None:
        self.orders.pop(order.pk, None)
        self.asked.end(order, CommandState.CONFIRMED)
        now = self.clock()
        if now - self.forced_at >= BETWEEN_FORCED:
            self.forced_at, self.is_given_up = now, False
            self.state = refusals_forgotten(self.state)
            self.reconnect("")

    # ---------------------------------------------------------------- what is told of it
    def event(self, kind: EventKind, key: str, words: str, data: dict[str, Any]) -> None:
        self.news.tell(kind, key, words, data)

    def columns(self) -> dict[str, Any]:
        """As they are stored and shown."""
        return self.stored.columns()
