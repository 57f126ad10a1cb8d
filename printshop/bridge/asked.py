"""What a printer is asked to do: commands that wait, those that went out, and how each ended.

A command goes out once. The printer's acceptance ends none: what it does is the answer.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from printshop.bambu.answers import Answer
from printshop.bambu.views import PrinterView
from printshop.bridge.orders import Order, Run, Sent
from printshop.bridge.rules import COMMAND_SECONDS, NOW_IS_SOON, WENT_OFFLINE
from printshop.choices import CommandKind, CommandState, RunState
from printshop.services.printers.commands import MONITORED_ONLY, command_end
from printshop.services.prints.runs import run_not_started

if TYPE_CHECKING:
    from printshop.bridge.link import Link


@dataclass(eq=False)
class Asked:
    link: "Link"
    orders: dict[int, Order] = field(default_factory=dict)
    """That are being worked off."""
    ended: set[int] = field(default_factory=set)
    """That may still seem to wait."""
    sent: dict[int, Sent] = field(default_factory=dict)
    """That were published on this connection, and of which the printer has not shown yet that it did them."""

    def take(self, order: Order) -> None:
        """A command that waits; it may come again and again."""
        if order.pk in self.orders or order.pk in self.ended or order.pk in self.sent:
            return
        run = self.link.run
        if order.expires_at <= timezone.now():
            self.end(order, CommandState.LOST, "The printer could not be reached in time.")
            if order.kind == CommandKind.START and run is not None and run.pk == order.run_id:
                self.link.prints.end(run_not_started, reason=WENT_OFFLINE, again_in=NOW_IS_SOON)
            return
        if order.kind == CommandKind.START and any(each.kind == CommandKind.START for each in self.orders.values()):
            return  # the one that was called off is still about to stop
        self.orders[order.pk] = order
        if order.kind == CommandKind.START:
            self.link.desk.start(self.link, order)
        else:
            self.link.desk.send(self.link, order)

    def run_taken(self, run: Run | None) -> None:
        """A start that went out for another run is nobody's any more."""
        for sent in list(self.sent.values()):
            if sent.order.kind == CommandKind.START and (run is None or sent.order.run_id != run.pk):
                self.end(sent.order, CommandState.LOST, "Its print was ended meanwhile.")

    def published(self, order: Order, message: dict[str, Any] | None) -> None:
        """It is marked sent: now it goes out, once. None: it is not to go out any more."""
        link = self.link
        self.orders.pop(order.pk, None)
        if message is None or not link.is_up:
            self.end(order, CommandState.LOST, "The connection broke before it was sent.")
            return
        now = link.clock()
        self.sent[order.pk] = Sent(order, now)
        if order.kind == CommandKind.STOP:
            link.prints.stop_sent_at = now
        if order.kind == CommandKind.START:
            link.prints.published()
        if not link.publish(message):
            link.reconnect("The connection broke.")  # whether it went out is not known: never again from this client

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
        self.end(order, CommandState.LOST, reason)
        if self.link.run is not None and self.link.run.pk == run_id:
            self.link.prints.end(run_not_started, reason=reason, again_in=again_in, give_up=give_up)

    def answered(self, answer: Answer) -> None:
        """An acceptance says nothing: only what the printer does counts. Other programs count their commands, too, so
        that the number alone may be that of another one."""
        asked = (answer.sequence, answer.command)
        sent = next((each for each in self.sent.values() if _named(each.order) == asked), None)
        if sent is None or answer.is_accepted:
            return
        words = MONITORED_ONLY if answer.needs_signature else answer.words or "The printer refused it."
        self.end(sent.order, CommandState.REFUSED, words)
        run = self.link.run
        if sent.order.kind == CommandKind.START and run is not None and run.state == RunState.SENT:
            again = NOW_IS_SOON if answer.needs_signature else None
            self.link.prints.end(run_not_started, reason=words, again_in=again)

    def signature_wanted(self, view: PrinterView) -> None:
        """A P1 answers nothing that it has refused: a health message is all that it shows."""
        if not view.is_free or self.link.prints.shows_ours(view):
            return
        for sent in list(self.sent.values()):
            self.end(sent.order, CommandState.REFUSED, MONITORED_ONLY)
        run = self.link.run
        if run is not None and run.state == RunState.SENT and not run.is_by_hand:
            self.link.prints.end(run_not_started, reason=MONITORED_ONLY, again_in=NOW_IS_SOON)

    def confirm(self, view: PrinterView) -> None:
        """By what it does."""
        done = {
            CommandKind.PAUSE: view.gcode_state == "PAUSE",
            CommandKind.RESUME: view.is_busy and view.gcode_state != "PAUSE",
            CommandKind.STOP: not view.is_busy,
        }
        for sent in list(self.sent.values()):
            if done.get(CommandKind(sent.order.kind)):
                self.end(sent.order, CommandState.CONFIRMED)

    def watch(self, now: float) -> None:
        for sent in list(self.sent.values()):
            if sent.order.kind != CommandKind.START and now - sent.at > COMMAND_SECONDS:
                self.end(sent.order, CommandState.LOST, "The printer did not do it.")

    def connection_lost(self) -> None:
        for sent in list(self.sent.values()):
            self.end(sent.order, CommandState.LOST, "The connection broke. Whether the printer did it, it will show.")

    def start_ended(self, state: CommandState, detail: str = "") -> None:
        for sent in list(self.sent.values()):
            if sent.order.kind == CommandKind.START:
                self.end(sent.order, state, detail)

    def end(self, order: Order, state: CommandState, detail: str = "") -> None:
        self.sent.pop(order.pk, None)
        self.ended.add(order.pk)
        self.link.desk.decide(self.link, command_end, command_id=order.pk, state=state, detail=detail)


def _named(order: Order) -> tuple[str, str]:
    """How a printer's answer names a command."""
    return str(order.sequence), "project_file" if order.kind == CommandKind.START else str(order.kind)
