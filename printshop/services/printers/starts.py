"""A start: what the bridge needs for it, and the moment from which it counts as published."""

import re
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from printshop.bambu.commands import UNUSED
from printshop.choices import ConnectionType
from printshop.models import Printer, PrinterCommand
from printshop.services.printers.commands import command_sent
from printshop.services.prints.runs import run_sent

ENDING: Final = ".gcode.3mf"
MOST_FILAMENTS: Final = 64


class StartHeld(Exception):
    """The printer takes no print now; the words say why."""


@dataclass(frozen=True)
class StartJob:
    """`name` is the file's on the printer. `file` is its name in our storage; empty when the file is not ours, or when
    the printer takes none from here: then it must be there already."""

    run_id: int
    submission: int
    job: str
    name: str
    file: str
    size: int
    md5: str
    plate: int
    trays: tuple[int, ...]


def start_read(*, command_id: int) -> StartJob | None:
    """None when its run is over."""
    command = (
        PrinterCommand.objects.select_related("printer", "run__scheduled_print__file")
        .filter(pk=command_id, run__isnull=False, run__ended_at=None)
        .first()
    )
    if command is None or command.run is None:
        return None
    run, scheduled = command.run, command.run.scheduled_print
    file = scheduled.file
    slots = {part.position: part.slot_number for part in run.filaments.all() if 0 < part.position <= MOST_FILAMENTS}
    trays = [slots.get(position) for position in range(1, max(slots, default=0) + 1)]
    is_sent = file is not None and command.printer.connection_type == ConnectionType.BAMBU_LAN
    return StartJob(
        run_id=run.pk,
        submission=run.submission,
        job=scheduled.job_name,
        name=_name_on_printer(file.name, file.digest) if file is not None and is_sent else scheduled.file_name,
        file=str(file.file.name) if file is not None and is_sent else "",
        size=file.size if file is not None else 0,
        md5=file.md5.upper() if file is not None else "",
        plate=scheduled.plate,
        trays=tuple(UNUSED if number is None else number - 1 for number in trays),
    )


def start_mark(*, command_id: int, sequence: int, run_id: int) -> bool:
    """In one transaction, just before it is published: the run and its command are sent. False when it must not be
    published. Raises StartHeld when the printer takes no print now; then nothing is changed.

    The run comes first, with its order and print before it: in this order all others lock them and the command.
    """
    with transaction.atomic():
        if not run_sent(run_id=run_id):
            return False
        _check_open(command_id)
        if not command_sent(command_id=command_id, sequence=sequence):
            transaction.set_rollback(True)
            return False
    return True


def _check_open(command_id: int) -> None:
    """Its file took a while: somebody may have printed by hand meanwhile, or changed the printer. A start that the
    owner asked for goes to a printer that takes none from the queue, too."""
    command = PrinterCommand.objects.only("actor_id", "printer_id").get(pk=command_id)
    printer = Printer.objects.select_for_update(of=("self",)).get(pk=command.printer_id)
    if printer.removed_at is not None:
        raise StartHeld("The printer was removed.")
    if printer.needs_clear_plate and not printer.is_plate_clear:
        raise StartHeld(f"{printer.name} waits until its plate is cleared.")
    if command.actor_id is None and not printer.is_taking_prints:
        raise StartHeld(f"{printer.name} takes no prints from the queue.")


def _name_on_printer(name: str, digest: str) -> str:
    """One name for one content, of letters that every printer takes: a file that broke off is gone on with by it."""
    stem = re.sub(r"(\.gcode)?\.3mf$", "", name, flags=re.IGNORECASE)
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', stem)[:40].strip('_') or 'print'}-{digest[:8]}{ENDING}"
