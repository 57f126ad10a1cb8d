"""A start is marked sent in one step with its run, and only while its printer takes it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from printshop.choices import CommandState, RunState
from printshop.models import Printer, PrinterCommand, PrintRun
from printshop.services.printers.starts import StartHeld, start_mark
from printshop.services.prints.runs import run_not_started, run_uploaded
from printshop.tests.factories import ShopFactory
from printshop.tests.printing import dispatched, printer_with, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice) -> PrintRun:
    """Claimed for a printer, with its file there."""
    shop = ShopFactory.create(owner=alice)
    run = dispatched(waiting(shop, printer_with(shop, "#FF0000", name="Left")))
    run_uploaded(run_id=run.pk)
    return run


def mark(run: PrintRun) -> bool:
    return start_mark(command_id=run.commands.get().pk, sequence=5, run_id=run.pk)


def states(run: PrintRun) -> tuple[str, str]:
    run.refresh_from_db()
    return run.state, run.commands.get().state


def test_a_start_is_marked_once(run):
    assert mark(run)
    assert states(run) == (RunState.SENT, CommandState.SENT)
    assert not mark(run)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"needs_clear_plate": True, "is_plate_clear": False}, "Left waits until its plate is cleared."),
        ({"is_taking_prints": False}, "Left takes no prints from the queue."),
        ({"removed_at": timezone.now()}, "The printer was removed."),
    ],
)
def test_a_printer_that_was_closed_while_the_file_was_brought_starts_nothing(run, columns, words):
    Printer.objects.update(**columns)
    with pytest.raises(StartHeld, match=words):
        mark(run)
    assert states(run) == (RunState.UPLOADED, CommandState.WAITING)


def test_a_start_that_the_owner_asked_for_needs_a_clear_plate_alone(run, alice):
    PrinterCommand.objects.update(actor=alice)
    Printer.objects.update(is_taking_prints=False, is_plate_clear=False)
    with pytest.raises(StartHeld):
        mark(run)
    Printer.objects.update(is_plate_clear=True)
    assert mark(run)


def test_what_was_called_off_or_is_too_old_is_not_marked(run):
    PrinterCommand.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not mark(run)
    assert states(run) == (RunState.UPLOADED, CommandState.WAITING)
    run_not_started(run_id=run.pk, reason="x", again_in=timedelta(0))
    assert not mark(run)
    assert states(run) == (RunState.ENDED, CommandState.LOST)
