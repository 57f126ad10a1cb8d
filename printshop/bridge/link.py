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
from typing import Any, Final, Protocol

from django.utils import timezone

from printshop.bambu import commands
from printshop.bambu.answers import Answer, answer_of
from printshop.bambu.changes import SETTLED_AFTER, Change, ChangeKind, changes_between
from printshop.bambu.reports import after_connect, decoded, merge, refusals_forgotten
from printshop.bambu.views import PrinterView, TrayView, view_of
from printshop.bridge.connection import Connection, Place
from printshop.bridge.rules import (
    ANOTHER_BEGAN,
    BETWEEN_FORCED,
    BETWEEN_FULL,
    BETWEEN_PROGRESS,
    COMMAND_SECONDS,
    FLOOD_SECONDS,
    FOREIGN_SECONDS,
    HEARD_EVERY,
    IDENTITY_SECONDS,
    LATE_START_SECONDS,
    LEAST_DELAY,
    LONG_FOREIGN_SECONDS,
    MOST_DELAY,
    MOST_MESSAGES,
    NEVER_HEARD,
    NEVER_STARTED,
    NOTHING_HEARD,
    NOW_IS_SOON,
    OUTCOME_UNKNOWN,
    PATIENCE,
    REPORT_EVERY,
    SILENCE,
    SILENT,
    START_SECONDS,
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
    run_completed,
    run_failed,
    run_not_started,
    run_progressed,
    run_started,
    run_stopped,
)

logger = logging.getLogger(__name__)


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


@dataclass
class Run:
    """A try to print that has not ended."""

    pk: int
    submission: int
    state: str
    job: str
    sent_at: datetime | None = None
    is_by_hand: bool = False


@dataclass(frozen=True)
class Order:
    """A command that waits."""

    pk: int
    kind: str
    run_id: int | None
    expires_at: datetime

    @property
    def sequence(self) -> int:
        """Comes back in the printer's answer; no two commands share one, over restarts too."""
        return self.pk % 2**31


@dataclass
class Sent:
    order: Order
    at: float


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

    run: Run | None = None
    taken_up: int | None = None
    """The run that this connection has seen."""
    pending: int = 0
    """Decisions that are not in the database yet."""
    decided_at: float = 0.0
    orders: dict[int, Order] = field(default_factory=dict)
    """That are being worked off."""
    ended: set[int] = field(default_factory=set)
    """That may still seem to wait."""
    sent: dict[int, Sent] = field(default_factory=dict)
    """That were published on this connection, and of which the printer has not shown yet that it did them."""
    before_start: PrinterView | None = None
    """What the printer did when the start of this run was published."""
    published_on: Connection | None = None
    foreign_since: float | None = None
    stop_sent_at: float | None = None
    failing: list[tuple[float, Change, int | None]] = field(default_factory=list)
    progressed: tuple[float, Any] = (0.0, None)

    stored: dict[str, Any] | None = None
    stored_at: float = 0.0
    report_at: float = 0.0
    trays: tuple[TrayView, ...] | None = None
    """As they were stored."""
    shown: dict[str, Any] | None = None
    messages: tuple[float, int] = (0.0, 0)
    """Since when, and how many."""
    received_at: float = 0.0
    """Wall clock, of the last message."""

    def __post_init__(self) -> None:
        self.born = self.clock()
        self.state = after_connect(self.printer.report or {})
        self.heard_at = self.printer.heard_at

    def __repr__(self) -> str:
        return f"Link({self.printer.pk})"

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
            self._event(EventKind.CERTIFICATE_CHANGED, digest, told, {"certificate": digest})
            self._offered(digest)

    def _offered(self, digest: str) -> None:
        self.printer.offered_certificate = digest
        self.desk.decide(self, certificate_offered, printer_id=self.printer.pk, digest=digest)

    def connection_up(self, connection: Connection) -> None:
        now = self.clock()
        self.is_up, self.up_since, self.heard, self.woken_at, self.is_silent = True, now, None, None, False
        self.state, self.view, self.foreign_since = after_connect(self.state), None, None
        self.is_given_up, self.taken_up = False, None
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
        self.foreign_since = None
        if words:
            self.trouble = words
        for sent in list(self.sent.values()):
            self._end(sent.order, CommandState.LOST, "The connection broke. Whether the printer did it, it will show.")
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
        self.desk.decide(self, printer_identified, printer_id=printer.pk, serial_number=serial, certificate=certificate)

    def _publish(self, message: dict[str, Any]) -> bool:
        if self.connection is None or not self.is_up:
            return False
        return self.connection.publish(message)

    def _ask_full(self, now: float) -> None:
        self.asked_full_at = now
        self._publish(commands.push_all())

    # ---------------------------------------------------------------- every second
    def tick(self, now: float) -> None:
        self._settle(now)
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
            self._watch_start(now)

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
        if self._is_flood(now):
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
            self._watch_run(view, now)
            self._confirm(view)
        self.desk.shown(self)

    def _is_flood(self, now: float) -> bool:
        """One that never stops would take the time of all others."""
        since, count = self.messages
        self.messages = (since, count + 1) if now - since < FLOOD_SECONDS else (now, 1)
        return self.messages[1] > MOST_MESSAGES

    def _answered(self, answer: Answer, view: PrinterView) -> None:
        """An acceptance says nothing: only what the printer does counts."""
        sent = next((sent for sent in self.sent.values() if str(sent.order.sequence) == answer.sequence), None)
        if sent is None or answer.is_accepted:
            return
        words = MONITORED_ONLY if answer.needs_signature else answer.words or "The printer refused it."
        self._end(sent.order, CommandState.REFUSED, words)
        if sent.order.kind == CommandKind.START and self.run is not None and self.run.state == RunState.SENT:
            again = NOW_IS_SOON if answer.needs_signature else None
            self._end_run(run_not_started, reason=words, again_in=again)

    def _signature_wanted(self, view: PrinterView) -> None:
        """A P1 answers nothing that it has refused: a health message is all that it shows."""
        if not view.is_free or self._shows_ours(view):
            return
        for sent in list(self.sent.values()):
            self._end(sent.order, CommandState.REFUSED, MONITORED_ONLY)
        if self.run is not None and self.run.state == RunState.SENT and not self.run.is_by_hand:
            self._end_run(run_not_started, reason=MONITORED_ONLY, again_in=NOW_IS_SOON)

    def _changed(self, change: Change, now: float) -> None:
        if change.kind in (ChangeKind.STARTED, ChangeKind.COMPLETED, ChangeKind.FAILED, ChangeKind.STOPPED):
            self._print_changed(change, now)
            return
        if change.kind in (ChangeKind.MATERIAL_CHANGED, ChangeKind.MATERIAL_REMOVED) and change.tray is not None:
            number = change.tray.number + 1
            words = f"Slot {number} of {self.printer.name}: {change.words}"
            data = {"slot": number, "material_type": change.tray.material_type, "color": change.tray.color}
            self._event(EventKind.MATERIAL_CHANGED, f"slot:{number}:{int(time.time())}", words, data)
        elif change.kind == ChangeKind.RAN_OUT:
            number_or_none = change.tray.number + 1 if change.tray is not None else None
            words = f"The filament ran out on {self.printer.name}."
            key = f"{change.subtask_id or change.job}:{int(time.time())}"
            self._event(EventKind.FILAMENT_RAN_OUT, key, words, {"slot": number_or_none})
        elif change.kind == ChangeKind.HMS and change.error is not None:
            words = f"{self.printer.name}: {change.error.words}"
            key = f"{change.error.code}:{timezone.now():%Y-%m-%d}"
            self._event(EventKind.MAINTENANCE, key, words, change.error.as_dict())

    def _event(self, kind: EventKind, key: str, words: str, data: dict[str, Any]) -> None:
        self.desk.decide(
            self, printer_event, printer_id=self.printer.pk, kind=kind, key=key, words=words[:300], data=data
        )

    # ---------------------------------------------------------------- the print
    def _is_ours(self, subtask_id: str, task_id: str, job: str) -> bool:
        """By the number that we gave it; where the printer gives none, by its name."""
        if self.run is None or self.run.is_by_hand:
            return False
        ids = {subtask_id, task_id} - {""}
        if ids:
            return str(self.run.submission) in ids
        return bool(job) and self.run.job.startswith(job)

    def _shows_ours(self, view: PrinterView) -> bool:
        return self._is_ours(view.subtask_id, view.task_id, view.last_job)

    def _print_changed(self, change: Change, now: float) -> None:
        is_ours = self._is_ours(change.subtask_id, change.task_id, change.job)
        run_id = self.run.pk if is_ours and self.run is not None else None
        is_printing = self.run is not None and self.run.state == RunState.PRINTING
        if change.kind == ChangeKind.STARTED:
            self._settle(now, at_once=True)
            if not is_ours and (self.run is None or self.run.state != RunState.SENT):
                self._event_of_print(EventKind.PRINT_STARTED, change, "has begun to print")
        elif change.kind == ChangeKind.FAILED and not (is_ours and self._was_stopped(now)):
            if run_id is not None and is_printing:
                self._keep_progress(change)
            self.failing.append((now + SETTLED_AFTER, change, run_id))
        elif change.kind in (ChangeKind.STOPPED, ChangeKind.FAILED):
            self.failing.clear()
            if run_id is not None:
                self._begin_run_if_sent()
                self._keep_progress(change)
                self._end_run(run_stopped)
        elif change.kind == ChangeKind.COMPLETED:
            if run_id is not None:
                self._begin_run_if_sent()
                self._end_run(run_completed)
            elif not is_printing:
                self._event_of_print(EventKind.PRINT_COMPLETED, change, "has printed")

    def _was_stopped(self, now: float) -> bool:
        return self.stop_sent_at is not None and now - self.stop_sent_at < COMMAND_SECONDS

    def _settle(self, now: float, *, at_once: bool = False) -> None:
        """A failure that was not shown to be a stop by hand is one."""
        due = [entry for entry in self.failing if at_once or now >= entry[0]]
        self.failing = [entry for entry in self.failing if entry not in due]
        for _at, change, run_id in due:
            if run_id is None:
                self._event_of_print(EventKind.PRINT_FAILED, change, "has failed to print")
            elif self.run is not None and self.run.pk == run_id:
                self._end_run(run_failed, reason=change.words or "The print failed.")

    def _event_of_print(self, kind: EventKind, change: Change, verb: str) -> None:
        """Of a print that is not from the queue."""
        job = change.job or "a print"
        key = f"job:{change.subtask_id or change.task_id or change.job[:60]}:{int(time.time())}"
        words = f"{self.printer.name} {verb} {job}." + (f" {change.words}" if change.words else "")
        self._event(kind, key, words, {"job_name": job})

    def _watch_run(self, view: PrinterView, now: float) -> None:
        run = self.run
        if run is None or run.is_by_hand:
            return
        # The first message after a connect may say that it prints, and not yet what.
        is_told = bool(view.subtask_id or view.task_id or view.last_job) or now - self.up_since > IDENTITY_SECONDS
        if run.state == RunState.SENT:
            if is_told:
                self._watch_sent_run(view, now)
        elif run.state == RunState.PRINTING and is_told:
            if self.taken_up != run.pk:
                self.taken_up = run.pk
                self._take_up_run(view, now)
            elif view.is_busy and self._shows_ours(view):
                self.foreign_since = None
                self._tell_progress(view, now)
            elif view.is_busy and not view.is_preparing and self._is_foreign_for(FOREIGN_SECONDS, now):
                self._end_run(run_stopped, reason=OUTCOME_UNKNOWN)

    def _watch_sent_run(self, view: PrinterView, now: float) -> None:
        """An acknowledgement is no start: a busy printer is, when what it does may be ours."""
        before = self.before_start
        is_ours = self._shows_ours(view)
        if view.is_busy:
            # Numbers and names may come a little after the state.
            is_late = before is not None and _identity(view) in (_identity(before), NOBODY)
            if is_ours or is_late:
                self.foreign_since = None
                self._begin_run()
            elif self._is_foreign_for(FOREIGN_SECONDS if before is not None else LONG_FOREIGN_SECONDS, now):
                self._end_start(CommandState.LOST, ANOTHER_BEGAN)
                self._end_run(run_not_started, reason=ANOTHER_BEGAN, again_in=NOW_IS_SOON)
            return
        self.foreign_since = None
        moved = before is not None and view.gcode_state != before.gcode_state and view.gcode_state != "IDLE"
        if is_ours and moved and not self.failing:
            self._begin_run()  # it was over before it was seen
            self._take_up_run(view, now)

    def _is_foreign_for(self, seconds: float, now: float) -> bool:
        if self.foreign_since is None:
            self.foreign_since = now
        return now - self.foreign_since > seconds

    def _take_up_run(self, view: PrinterView, now: float) -> None:
        """A print that was going on when the printer was last heard, or may have been: what became of it?"""
        if view.is_busy:
            if not self._shows_ours(view):
                self._end_run(run_stopped, reason=OUTCOME_UNKNOWN)
            return
        if not self._shows_ours(view):
            self._end_run(run_stopped, reason=OUTCOME_UNKNOWN)
        elif view.gcode_state == "FINISH":
            self._end_run(run_completed)
        elif view.is_stopped_by_hand or view.gcode_state != "FAILED":
            self._end_run(run_stopped)
        elif self.run is not None:
            change = Change(ChangeKind.FAILED, view.detail)
            self.failing.append((now + SETTLED_AFTER, change, self.run.pk))

    def _watch_start(self, now: float) -> None:
        """A start that was taken, perhaps, and never happens. Time counts from when the printer could be watched."""
        run, view = self.run, self.view
        if run is None or run.state != RunState.SENT or run.is_by_hand or view is None or not view.is_free:
            return
        if self.failing:
            return
        seen_all = self.published_on is self.connection
        since_sent = (timezone.now() - run.sent_at).total_seconds() if run.sent_at else 0.0
        watched = min(since_sent, now - self.up_since)
        is_ours = self._shows_ours(view)
        limit = START_SECONDS + (LATE_START_SECONDS if is_ours else 0.0)
        if is_ours and not seen_all and view.gcode_state != "IDLE" and since_sent > limit:
            self._begin_run()  # nobody was there to see it
            self._take_up_run(view, now)
        elif watched > limit:
            self._end_start(CommandState.LOST, NEVER_STARTED)
            self._end_run(run_not_started, reason=NEVER_STARTED)

    def _begin_run_if_sent(self) -> None:
        if self.run is not None and self.run.state == RunState.SENT:
            self._begin_run()

    def _begin_run(self) -> None:
        if self.run is not None:
            self.run.state, self.taken_up = RunState.PRINTING, self.run.pk
            self._end_start(CommandState.CONFIRMED)
            self.desk.decide(self, run_started, run_id=self.run.pk)

    def _end_run(self, decision: Callable[..., Any], **about: Any) -> None:
        if self.run is not None:
            run, self.run, self.before_start, self.published_on = self.run, None, None, None
            self.failing = [entry for entry in self.failing if entry[2] != run.pk]
            self.desk.decide(self, decision, run_id=run.pk, **about)

    def _end_start(self, state: CommandState, detail: str = "") -> None:
        for sent in list(self.sent.values()):
            if sent.order.kind == CommandKind.START:
                self._end(sent.order, state, detail)

    def _tell_progress(self, view: PrinterView, now: float) -> None:
        told_at, told = self.progressed
        figures = (view.progress, view.layer, view.total_layers)
        if self.run is not None and figures != told and now - told_at >= BETWEEN_PROGRESS:
            self.progressed = (now, figures)
            self._progress(*figures)

    def _keep_progress(self, change: Change) -> None:
        """As it was before the printer set its figures back: by them the filament is counted."""
        if not change.was_preparing:
            self._progress(change.progress, change.layer, change.total_layers)

    def _progress(self, progress: int | None, layer: int | None, total_layers: int | None) -> None:
        if self.run is not None and any((progress, layer, total_layers)):
            self.desk.decide(
                self,
                run_progressed,
                run_id=self.run.pk,
                progress=progress,
                layer=layer,
                total_layers=total_layers,
            )

    # ---------------------------------------------------------------- what it is asked to do
    def take(self, order: Order) -> None:
        """A command that waits; it may come again and again."""
        if order.pk in self.orders or order.pk in self.ended or order.pk in self.sent:
            return
        if order.expires_at <= timezone.now():
            self._end(order, CommandState.LOST, "The printer could not be reached in time.")
            if order.kind == CommandKind.START and self.run is not None and self.run.pk == order.run_id:
                self._end_run(run_not_started, reason=WENT_OFFLINE, again_in=NOW_IS_SOON)
            return
        self.orders[order.pk] = order
        if order.kind == CommandKind.START:
            self.desk.start(self, order)
        else:
            self.desk.send(self, order)

    def published(self, order: Order, message: dict[str, Any] | None) -> None:
        """It is marked sent: now it goes out, once. None: it is not to go out any more."""
        self.orders.pop(order.pk, None)
        if message is None or not self.is_up:
            self._end(order, CommandState.LOST, "The connection broke before it was sent.")
            return
        now = self.clock()
        self.sent[order.pk] = Sent(order, now)
        if order.kind == CommandKind.STOP:
            self.stop_sent_at = now
        if order.kind == CommandKind.START:
            self.before_start, self.published_on, self.foreign_since = self.view, self.connection, None
        if not self._publish(message):
            self.reconnect("The connection broke.")  # whether it went out is not known: never again from this client

    def give_up(self, order: Order, words: str) -> None:
        """It was not published, and will not be."""
        self._end(order, CommandState.LOST, words)

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
        self._end(order, CommandState.LOST, reason)
        if self.run is not None and self.run.pk == run_id:
            self._end_run(run_not_started, reason=reason, again_in=again_in, give_up=give_up)

    def refreshed(self, order: Order) -> None:
        self.orders.pop(order.pk, None)
        self._end(order, CommandState.CONFIRMED)
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
                self._end(sent.order, CommandState.CONFIRMED)

    def _watch_orders(self, now: float) -> None:
        for sent in list(self.sent.values()):
            if sent.order.kind != CommandKind.START and now - sent.at > COMMAND_SECONDS:
                self._end(sent.order, CommandState.LOST, "The printer did not do it.")

    def _end(self, order: Order, state: CommandState, detail: str = "") -> None:
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


NOBODY: Final = ("", "", "")


def _identity(view: PrinterView) -> tuple[str, str, str]:
    return view.subtask_id, view.task_id, view.last_job
