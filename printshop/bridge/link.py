"""One printer, as the bridge keeps it: its connection, its state, its print, and what it was asked to do.

Everything here runs on the event loop, and nothing waits: what takes time is handed to the desk. A message comes in,
becomes state and view, and what changed is decided about. What the printer says alone moves a print.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.utils import timezone

from printshop.bambu import commands
from printshop.bambu.answers import Answer, answer_of
from printshop.bambu.changes import Change, ChangeKind, changes_between
from printshop.bambu.reports import after_connect, after_restart, decoded, merge, refusals_forgotten
from printshop.bambu.views import PrinterView, TrayView, view_of
from printshop.bridge.connection import Connection, Place
from printshop.bridge.orders import Order, Run, Sent
from printshop.bridge.prints import PrintWatch
from printshop.bridge.rules import (
    BETWEEN_FORCED,
    BETWEEN_FULL,
    COMMAND_SECONDS,
    FLOOD_SECONDS,
    HEARD_EVERY,
    LEAST_DELAY,
    MOST_DELAY,
    MOST_EVENTS,
    MOST_MESSAGE_BYTES,
    MOST_MESSAGES,
    NEVER_HEARD,
    NOTHING_HEARD,
    NOW_IS_SOON,
    PATIENCE,
    REPORT_EVERY,
    SILENCE,
    SILENT,
    WENT_OFFLINE,
    WRONG_CODE,
    WRONG_TOKEN,
)
from printshop.bridge.visible import NOTHING, columns_of
from printshop.choices import CommandKind, CommandState, ConnectionType, EventKind, PrinterStatus, RunState
from printshop.gateways.bambu_cloud import cloud_host
from printshop.models import Printer
from printshop.selectors.printers import status_row
from printshop.services.printers.commands import MONITORED_ONLY, command_end
from printshop.services.printers.events import printer_event
from printshop.services.printers.reports import Reported, certificate_offered, printer_identified
from printshop.services.prints.runs import (
    run_not_started,
)

logger = logging.getLogger(__name__)


def _asked(order: Order) -> tuple[str, str]:
    """How a printer's answer names a command."""
    return str(order.sequence), "project_file" if order.kind == CommandKind.START else str(order.kind)


class Desk(Protocol):
    """What a link has done by others."""

    def decide(self, link: "Link", decision: Callable[..., Any], **about: Any) -> None:
        """A service, called in the order of this printer's decisions."""

    def connect(self, link: "Link") -> None: ...

    def send(self, link: "Link", command: "Order") -> None:
        """Mark it sent, then `link.publish` it."""

    def start(self, link: "Link", command: "Order") -> None:
        """Bring the file there, then as `send`."""

    def shown(self, link: "Link") -> None:
        """It may have to be stored and shown."""


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
    orders: dict[int, Order] = field(default_factory=dict)
    """That are being worked off."""
    ended: set[int] = field(default_factory=set)
    """That may still seem to wait."""
    sent: dict[int, Sent] = field(default_factory=dict)
    """That were published on this connection, and of which the printer has not shown yet that it did them."""

    stored: dict[str, Any] | None = None
    stored_at: float = 0.0
    report_at: float = 0.0
    trays: tuple[TrayView, ...] | None = None
    """As they were stored."""
    shown: dict[str, Any] | None = None
    messages: tuple[float, int, int] = (0.0, 0, 0)
    """Since when, how many, and their bytes."""
    events: tuple[float, int] = (0.0, 0)
    received_at: float = 0.0
    """Wall clock, of the last message."""

    def __post_init__(self) -> None:
        self.born = self.clock()
        self.prints = PrintWatch(self)
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
            told = (
                f"{self.printer.name} shows another certificate than before, and is not connected until you accept it."
            )
            self.event(EventKind.CERTIFICATE_CHANGED, digest, told, {"certificate": digest})
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
        self._publish(commands.get_version())
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
        for sent in list(self.sent.values()):
            self.end_order(
                sent.order, CommandState.LOST, "The connection broke. Whether the printer did it, it will show."
            )
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

    def _publish(self, message: dict[str, Any]) -> bool:
        if self.connection is None or not self.is_up:
            return False
        return self.connection.publish(message)

    def _ask_full(self, now: float) -> None:
        self.asked_full_at = now
        self._publish(commands.push_all())

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
            self._watch_orders(now)
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
            self._publish(commands.push_start())
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
            self._answered(answer, view)
        if view.is_signature_required and before is not None and not before.is_signature_required:
            self._signature_wanted(view)
        for change in changes:
            self._changed(change, now)
        if view.gcode_state:
            self.prints.watch(view, now)
            self._confirm(view)
        self.desk.shown(self)

    def _is_flood(self, now: float, size: int) -> bool:
        """One that never stops would take the time of all others."""
        since, count, total = self.messages
        self.messages = (since, count + 1, total + size) if now - since < FLOOD_SECONDS else (now, 1, size)
        return self.messages[1] > MOST_MESSAGES or self.messages[2] > MOST_MESSAGE_BYTES

    def _answered(self, answer: Answer, view: PrinterView) -> None:
        """An acceptance says nothing: only what the printer does counts. Other programs count their commands, too, so
        that the number alone may be that of another one."""
        asked = (answer.sequence, answer.command)
        sent = next((each for each in self.sent.values() if _asked(each.order) == asked), None)
        if sent is None or answer.is_accepted:
            return
        words = MONITORED_ONLY if answer.needs_signature else answer.words or "The printer refused it."
        self.end_order(sent.order, CommandState.REFUSED, words)
        if sent.order.kind == CommandKind.START and self.run is not None and self.run.state == RunState.SENT:
            again = NOW_IS_SOON if answer.needs_signature else None
            self.prints.end(run_not_started, reason=words, again_in=again)

    def _signature_wanted(self, view: PrinterView) -> None:
        """A P1 answers nothing that it has refused: a health message is all that it shows."""
        if not view.is_free or self.prints.shows_ours(view):
            return
        for sent in list(self.sent.values()):
            self.end_order(sent.order, CommandState.REFUSED, MONITORED_ONLY)
        if self.run is not None and self.run.state == RunState.SENT and not self.run.is_by_hand:
            self.prints.end(run_not_started, reason=MONITORED_ONLY, again_in=NOW_IS_SOON)

    def _changed(self, change: Change, now: float) -> None:
        if change.kind in (ChangeKind.STARTED, ChangeKind.COMPLETED, ChangeKind.FAILED, ChangeKind.STOPPED):
            self.prints.changed(change, now)
            return
        if change.kind in (ChangeKind.MATERIAL_CHANGED, ChangeKind.MATERIAL_REMOVED) and change.tray is not None:
            number = change.tray.number + 1
            words = f"Slot {number} of {self.printer.name}: {change.words}"
            data = {"slot": number, "material_type": change.tray.material_type, "color": change.tray.color}
            self.event(EventKind.MATERIAL_CHANGED, f"slot:{number}:{int(time.time())}", words, data)
        elif change.kind == ChangeKind.RAN_OUT:
            number_or_none = change.tray.number + 1 if change.tray is not None else None
            words = f"The filament ran out on {self.printer.name}."
            key = f"{change.subtask_id or change.job}:{int(time.time())}"
            self.event(EventKind.FILAMENT_RAN_OUT, key, words, {"slot": number_or_none})
        elif change.kind == ChangeKind.HMS and change.error is not None:
            words = f"{self.printer.name}: {change.error.words}"
            key = f"{change.error.code}:{timezone.now():%Y-%m-%d}"
            self.event(EventKind.MAINTENANCE, key, words, change.error.as_dict())

    def event(self, kind: EventKind, key: str, words: str, data: dict[str, Any]) -> None:
        """More than a printer has to tell in a minute is not told."""
        now = self.clock()
        since, count = self.events
        self.events = (since, count + 1) if now - since < 60 else (now, 1)
        if self.events[1] > MOST_EVENTS:
            return
        self.desk.decide(
            self, printer_event, printer_id=self.printer.pk, kind=kind, key=key, words=words[:300], data=data
        )

    # ---------------------------------------------------------------- what it is asked to do
    def take(self, order: Order) -> None:
        """A command that waits; it may come again and again."""
        if order.pk in self.orders or order.pk in self.ended or order.pk in self.sent:
            return
        if order.expires_at <= timezone.now():
            self.end_order(order, CommandState.LOST, "The printer could not be reached in time.")
            if order.kind == CommandKind.START and self.run is not None and self.run.pk == order.run_id:
                self.prints.end(run_not_started, reason=WENT_OFFLINE, again_in=NOW_IS_SOON)
            return
        if order.kind == CommandKind.START and any(each.kind == CommandKind.START for each in self.orders.values()):
            return  # the one that was called off is still about to stop
        self.orders[order.pk] = order
        if order.kind == CommandKind.START:
            self.desk.start(self, order)
        else:
            self.desk.send(self, order)

    def take_run(self, run: Run | None) -> None:
        """As its row says: another one than before, or none, when somebody else has ended it."""
        for sent in list(self.sent.values()):
            if sent.order.kind == CommandKind.START and (run is None or sent.order.run_id != run.pk):
                self.end_order(sent.order, CommandState.LOST, "Its print was ended meanwhile.")
        self.prints.forget(run)

    def published(self, order: Order, message: dict[str, Any] | None) -> None:
        """It is marked sent: now it goes out, once. None: it is not to go out any more."""
        self.orders.pop(order.pk, None)
        if message is None or not self.is_up:
            self.end_order(order, CommandState.LOST, "The connection broke before it was sent.")
            return
        now = self.clock()
        self.sent[order.pk] = Sent(order, now)
        if order.kind == CommandKind.STOP:
            self.prints.stop_sent_at = now
        if order.kind == CommandKind.START:
            self.prints.published()
        if not self._publish(message):
            self.reconnect("The connection broke.")  # whether it went out is not known: never again from this client

    def give_up(self, order: Order, words: str) -> None:
        """It was not published, and will not be."""
        self.end_order(order, CommandState.LOST, words)

    def not_started(
        self,
        order: Order,
        run_id: int,
        reason: str,
        *,
        again_in: timedelta | None = None,
        give_up: bool = False,
    ) -> None:
        """A start that was not published: nothing is printed."""
        self.end_order(order, CommandState.LOST, reason)
        if self.run is not None and self.run.pk == run_id:
            self.prints.end(run_not_started, reason=reason, again_in=again_in, give_up=give_up)

    def refreshed(self, order: Order) -> None:
        self.orders.pop(order.pk, None)
        self.end_order(order, CommandState.CONFIRMED)
        now = self.clock()
        if now - self.forced_at >= BETWEEN_FORCED:
            self.forced_at, self.is_given_up = now, False
            self.state = refusals_forgotten(self.state)
            self.reconnect("")

    def _confirm(self, view: PrinterView) -> None:
        done = {
            CommandKind.PAUSE: view.gcode_state == "PAUSE",
            CommandKind.RESUME: view.is_busy and view.gcode_state != "PAUSE",
            CommandKind.STOP: not view.is_busy,
        }
        for sent in list(self.sent.values()):
            if done.get(CommandKind(sent.order.kind)):
                self.end_order(sent.order, CommandState.CONFIRMED)

    def _watch_orders(self, now: float) -> None:
        for sent in list(self.sent.values()):
            if sent.order.kind != CommandKind.START and now - sent.at > COMMAND_SECONDS:
                self.end_order(sent.order, CommandState.LOST, "The printer did not do it.")

    def end_order(self, order: Order, state: CommandState, detail: str = "") -> None:
        self.sent.pop(order.pk, None)
        self.ended.add(order.pk)
        self.desk.decide(self, command_end, command_id=order.pk, state=state, detail=detail)

    # ---------------------------------------------------------------- what is visible
    def columns(self) -> dict[str, Any]:
        """As `services.printers.reports` stores them. Whole degrees: printers tell every flicker."""
        view = self.view
        if view is None or not self.is_up or self.is_silent or not view.gcode_state:
            status, detail = self._unheard()
            return NOTHING | {
                "status": status,
                "status_detail": detail,
                "is_monitored_only": view_of(self.state).is_signature_required,
                "model": self.printer.model,
                "firmware": self.printer.firmware,
            }
        return columns_of(view, self.printer)

    def _unheard(self) -> tuple[str, str]:
        """A printer that was never heard is connecting, unless it is plain that it cannot be."""
        if self.is_silent or self.is_given_up or self.printer.offered_certificate:
            return PrinterStatus.OFFLINE, self.trouble
        is_fresh = self.is_up and self.clock() - self.up_since < NEVER_HEARD
        if self.heard_at is None or is_fresh or (self.is_up and self.heard is not None) or not self.trouble:
            return PrinterStatus.CONNECTING, self.trouble
        return PrinterStatus.OFFLINE, self.trouble

    def row(self) -> dict[str, Any]:
        """As it is shown."""
        for name, value in self.columns().items():
            setattr(self.printer, name, value)
        self.printer.heard_at = self.heard_at
        return status_row(self.printer)

    def to_store(self, now: float) -> Reported | None:
        """What is not in the row yet; None when all is."""
        view = self.view
        is_known = view is not None and bool(view.gcode_state)
        if self.stored is None and not is_known and not self.trouble and now - self.born < NEVER_HEARD:
            return None  # what the row says may still hold: the bridge has only begun
        columns = self.columns()
        trays = view.trays if view is not None and view.gcode_state and view.trays != self.trays else None
        is_new = columns != self.stored or trays is not None
        is_heard = self.heard is not None and now - self.stored_at >= HEARD_EVERY and self.heard > self.stored_at
        if not is_new and not is_heard:
            return None
        report = None
        if self.is_up and view is not None and view.gcode_state and now - self.report_at >= REPORT_EVERY:
            report = self.state
        return Reported(self.printer.pk, columns, self.heard_at, trays, report)

    def was_stored(self, reported: Reported, now: float) -> None:
        self.stored, self.stored_at = dict(reported.columns), now
        if reported.trays is not None:
            self.trays = reported.trays
        if reported.report is not None:
            self.report_at = now
