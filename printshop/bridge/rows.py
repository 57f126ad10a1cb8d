"""Rows that the bridge lives by. Called in its threads."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.db.models import OuterRef, Subquery

from printshop.bridge.orders import Order, Run
from printshop.choices import CommandState, RunOutcome
from printshop.models import Printer, PrinterCommand, PrintRun
from printshop.services.printers.commands import command_end, commands_open

Result = TypeVar("Result")

OWN: Final = ("name", "needs_clear_plate", "is_plate_clear", "is_taking_prints", "utilization_pct")
"""What is changed by others than the bridge, and shown."""
REACH: Final = ("pk", "changed_at", *OWN)
RUN: Final = ("printer_id", "pk", "submission", "state", "scheduled_print__job_name", "sent_at", "is_by_hand")


def called(call: Callable[..., Result], about: dict[str, Any]) -> Result:
    close_old_connections()
    return call(**about)


def database_answers() -> bool:
    try:
        connections["default"].ensure_connection()
    except (OperationalError, InterfaceError):
        return False
    return True


def give_up_sent() -> None:
    rows = PrinterCommand.objects.filter(state=CommandState.SENT)
    for command_id in rows.values_list("pk", flat=True):
        command_end(command_id=command_id, state=CommandState.LOST, detail="The bridge was started anew.")


def read() -> tuple[dict[int, tuple[datetime, tuple[Any, ...]]], dict[int, Run]]:
    printers = {
        pk: (changed_at, tuple(own))
        for pk, changed_at, *own in Printer.objects.filter(removed_at=None).values_list(*REACH)
    }
    runs = {pk: Run(*values) for pk, *values in PrintRun.objects.filter(ended_at=None).values_list(*RUN)}
    return printers, runs


def load(pks: list[int]) -> dict[int, tuple[Printer, Run | None]]:
    """Each with the last run that was sent to it, if that was given up."""
    sent = PrintRun.objects.filter(printer=OuterRef("pk"), ended_at__isnull=False, sent_at__isnull=False)
    last = Subquery(sent.order_by("-ended_at").values("pk")[:1])
    printers = {printer.pk: printer for printer in Printer.objects.filter(pk__in=pks).annotate(last_run=last)}
    given_up = PrintRun.objects.filter(
        pk__in=[each.last_run for each in printers.values() if each.last_run],
        outcome=RunOutcome.NOT_STARTED,
        is_by_hand=False,
    )
    runs = {pk: Run(*values) for pk, *values in given_up.values_list(*RUN)}
    return {pk: (printer, runs.get(pk)) for pk, printer in printers.items()}


def read_waiting() -> dict[int, list[Order]]:
    found: dict[int, list[Order]] = defaultdict(list)
    rows = commands_open().filter(state=CommandState.WAITING)
    for printer_id, *values in rows.values_list("printer_id", "pk", "kind", "run_id", "expires_at"):
        found[printer_id].append(Order(*values))  # type: ignore[arg-type]
    return found
