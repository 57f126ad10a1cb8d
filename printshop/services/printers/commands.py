"""What printers are asked to do. A row is written first; the bridge works them off (`printshop.bridge`).

A command is marked sent before it is published and never published again: what became of it is told by the printer's
reports.
"""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.actors import Actor, person
from config.core.errors import Missing
from printshop.choices import BUSY, CommandKind, CommandState, PrinterStatus
from printshop.errors import PrinterNotReady, WrongStatus
from printshop.models import Printer, PrinterCommand
from printshop.selectors.printers import printer_own

OPEN: Final = (CommandState.WAITING, CommandState.SENT)
LIFE: Final = timedelta(seconds=30)
"""Nobody expects a pause that is asked for now to be carried out later."""
LIFE_OF_A_START: Final = timedelta(hours=2)
"""Its file may take long."""
MONITORED_ONLY: Final = "The printer takes no commands: its Developer Mode is off. It is monitored only."
NEEDED: Final[dict[str, tuple[frozenset[PrinterStatus], str]]] = {
    CommandKind.PAUSE: (frozenset({PrinterStatus.PREPARING, PrinterStatus.PRINTING}), "It is not printing."),
    CommandKind.RESUME: (frozenset({PrinterStatus.PAUSED}), "It is not paused."),
    CommandKind.STOP: (BUSY, "It is not printing."),
}


def command_ask(*, actor: Actor, printer_id: int, kind: CommandKind) -> PrinterCommand:
    """Ask for something, once: while the same is being asked for, that command is given back.

    Raises Missing, Denied, PrinterNotReady (it is not connected, or monitored only: the words say which) and
    WrongStatus (a pause of what is not printing).
    """
    printer_own(actor=actor, printer_id=printer_id)
    with transaction.atomic():
        printer = _locked(printer_id)
        if kind != CommandKind.REFRESH:
            _check_ready(printer)
        needed = NEEDED.get(kind)
        if needed is not None and printer.status not in needed[0]:
            raise WrongStatus(needed[1])
        asked = PrinterCommand.objects.filter(printer=printer, kind=kind, state__in=OPEN).first()
        now = timezone.now()
        if asked is not None and (asked.state == CommandState.SENT or asked.expires_at > now):
            return asked
        return PrinterCommand.objects.create(printer=printer, kind=kind, actor=person(actor), expires_at=now + LIFE)


def commands_open() -> QuerySet[PrinterCommand]:
    """What waits or was sent and has not ended, in the order it was asked for; of all printers."""
    return PrinterCommand.objects.filter(state__in=OPEN).order_by("pk")


def command_sent(*, command_id: int, sequence: int) -> bool:
    """Just before it is published. False when somebody else has sent or ended it: then it must not be published."""
    now = timezone.now()
    rows = PrinterCommand.objects.filter(pk=command_id, state=CommandState.WAITING, expires_at__gt=now)
    return bool(rows.update(state=CommandState.SENT, sequence=sequence, sent_at=now))


def command_end(*, command_id: int, state: CommandState, detail: str = "") -> bool:
    """Confirmed, refused or lost; the first end stands. Whether this was it."""
    rows = PrinterCommand.objects.filter(pk=command_id, state__in=OPEN)
    return bool(rows.update(state=state, detail=detail[:300], ended_at=timezone.now()))


def _check_ready(printer: Printer) -> None:
    if printer.status in (PrinterStatus.OFFLINE, PrinterStatus.CONNECTING):
        raise PrinterNotReady(f"The printer is not connected. {printer.status_detail}".strip())
    if printer.is_monitored_only:
        raise PrinterNotReady(MONITORED_ONLY)


def _locked(printer_id: int) -> Printer:
    printer = Printer.objects.select_for_update().filter(pk=printer_id, removed_at=None).first()
    if printer is None:
        raise Missing("Printer")
    return printer
