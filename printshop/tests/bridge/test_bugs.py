"""Bugs that print farms are known for, each with printers that provoke it. (Those of Etsy's orders are provoked in
`tests/services/orders/test_sync.py`, those of messages alone in `tests/bambu`.)"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from printshop.bridge import link as links
from printshop.bridge import prints as watches
from printshop.choices import CommandKind, PrinterStatus, PrintStatus, RunOutcome, RunState
from printshop.errors import PrinterNotReady
from printshop.models import (
    Printer,
    PrinterCommand,
    PrinterEvent,
    PrinterSlot,
    PrintFile,
    PrintRun,
    ScheduledPrint,
    Spool,
)
from printshop.services.printers.commands import command_ask
from printshop.services.printers.printers import printer_change
from printshop.services.prints import runs
from printshop.simulator.farm import SimulatedFarm
from printshop.simulator.machine import Faults
from printshop.tests.bridge.ground import CONTENT, file_of, is_status, row_of, wait
from printshop.tests.factories import FilamentFactory
from printshop.tests.printing import waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick", "well"), pytest.mark.waits]
X1C, P1S, A1, H2D = range(4)


@pytest.fixture
def well(farm: SimulatedFarm, monkeypatch) -> Iterator[None]:
    """Starts are given up, and tried again, within a second; afterwards the printers are as they were."""
    monkeypatch.setattr(runs, "DELAYS", (timedelta(seconds=0.2), timedelta(seconds=0.2)))
    monkeypatch.setattr(watches, "START_SECONDS", 1.5)
    monkeypatch.setattr(watches, "SETTLED_AFTER", 1.0)
    yield
    for printer in farm.printers:
        printer.machine.faults = Faults()
        printer.machine.is_in_developer_mode = True
        printer.show_hms()
        printer.restart()


def queued(shop, row: Printer, count: int = 1) -> list[ScheduledPrint]:
    file = PrintFile.objects.filter(shop=shop).first() or file_of(shop)
    return [waiting(shop, row, color="", file=file, priority=number + 1) for number in range(count)]


def done(prints: list[ScheduledPrint], *statuses: str) -> bool:
    found = dict(ScheduledPrint.objects.values_list("pk", "status"))
    return [found[each.pk] for each in prints] == list(statuses)


COMPLETED, FAILED = PrintStatus.COMPLETED, PrintStatus.FAILED


def test_two_jobs_for_one_printer_whose_state_lags(farm, shop, running):
    """It acknowledges the first, and says for a while that it is free."""
    printer = farm.printers[X1C]
    printer.faults.start_after = 1.0
    prints = queued(shop, row_of(printer, shop), 2)
    before = len(printer.asked("project_file"))
    running()
    wait(lambda: done(prints, COMPLETED, COMPLETED), 40)
    assert len(printer.asked("project_file")) == before + 2
    assert set(PrintRun.objects.values_list("outcome", flat=True)) == {RunOutcome.COMPLETED}


def test_a_start_that_is_acknowledged_and_never_happens(farm, shop, running):
    printer = farm.printers[A1]
    printer.faults.ignored_starts = 1
    prints = queued(shop, row_of(printer, shop))
    before = len(printer.started)
    running()
    wait(lambda: done(prints, COMPLETED), 40)
    assert len(printer.started) == before + 1
    outcomes = list(PrintRun.objects.order_by("pk").values_list("outcome", "reason"))
    assert outcomes == [(RunOutcome.NOT_STARTED, watches.NEVER_STARTED), (RunOutcome.COMPLETED, "")]


def test_a_start_that_was_given_up_and_happens_is_not_printed_twice(farm, shop, running, monkeypatch):
    """It begins while its print waits for another try; another printer is free for that one meanwhile."""
    monkeypatch.setattr(watches, "LATE_START_SECONDS", 0.0)
    monkeypatch.setattr(runs, "DELAYS", (timedelta(seconds=6), timedelta(seconds=6)))
    slow, other = farm.printers[X1C], farm.printers[P1S]
    slow.faults.start_after = 5.0
    rows = [row_of(slow, shop), row_of(other, shop)]
    prints = queued(shop, rows[0])
    before = len(slow.started) + len(other.started)
    running()
    wait(lambda: PrintRun.objects.filter(reason=watches.NEVER_STARTED).exists(), 40)
    ScheduledPrint.objects.update(printer=None)
    wait(lambda: done(prints, COMPLETED), 40)
    assert len(slow.started) + len(other.started) == before + 1
    assert list(PrintRun.objects.values_list("printer", "outcome")) == [(rows[0].pk, RunOutcome.COMPLETED)]


@pytest.mark.parametrize("number", [P1S, A1])
def test_a_refused_command_that_looks_idle(farm, shop, running, number):
    """A P1 shows a health message and answers nothing, an A1 answers; neither says it before. Their owner then switches
    Developer Mode on, which gives the printer another access code."""
    printer = farm.printers[number]
    printer.set_developer_mode(False)
    row = row_of(printer, shop)
    prints = queued(shop, row)
    before = len(printer.started)
    running()
    wait(lambda: row.refresh_from_db() or row.is_monitored_only)
    assert row.status == PrinterStatus.ONLINE, "it looks idle and healthy"
    wait(lambda: ScheduledPrint.objects.get().waiting_code == "monitored_only")
    assert ScheduledPrint.objects.get().failed_tries == 0, "it is not the print's fault"
    with pytest.raises(PrinterNotReady, match="Developer Mode is off"):
        command_ask(actor=shop.owner, printer_id=row.pk, kind=CommandKind.STOP)
    assert len(printer.started) == before
    printer.set_developer_mode(True)
    printer.show_hms()
    printer_change(actor=shop.owner, printer_id=row.pk, access_code=printer.change_access_code())
    wait(lambda: done(prints, COMPLETED), 40)
    assert len(printer.started) == before + 1


def test_a_serial_number_in_the_wrong_case(farm, shop, running, monkeypatch):
    """Everything is accepted, and nothing ever comes."""
    monkeypatch.setattr(links, "NEVER_HEARD", 0.5)
    printer = farm.printers[X1C]
    row = row_of(printer, shop, serial_number=printer.serial.lower())
    running()
    wait(lambda: row.refresh_from_db() or "capital and small letters" in row.status_detail)
    assert printer.serial in row.status_detail
    assert row.status in (PrinterStatus.CONNECTING, PrinterStatus.OFFLINE)


def test_ids_above_what_a_p1s_keeps_apart(farm, shop, running):
    """It would take the second job for the first one, acknowledge it, and do nothing."""
    printer = farm.printers[P1S]
    prints = queued(shop, row_of(printer, shop), 2)
    before = len(printer.started)
    running()
    wait(lambda: done(prints, COMPLETED, COMPLETED), 40)
    submissions = [int(number) for number in printer.started[before:]]
    assert submissions == list(PrintRun.objects.order_by("pk").values_list("submission", flat=True))
    assert len(set(submissions)) == 2
    assert max(submissions) < 2**31


def test_the_first_message_after_a_restart_tells_of_no_start_and_no_finish(farm, shop, running, monkeypatch):
    printer = farm.printers[H2D]
    monkeypatch.setattr(printer.machine, "print_seconds", 1200)
    row = row_of(printer, shop)
    printer.start("By hand", subtask_id="5")
    printer.wait(lambda printer: printer.state == "RUNNING")
    first = running()
    wait(lambda: is_status(row, PrinterStatus.PRINTING))
    first.stop()
    printer.wait(lambda printer: printer.state == "FINISH")
    running()
    wait(lambda: is_status(row, PrinterStatus.ONLINE))
    time.sleep(0.5)
    assert not PrinterEvent.objects.exists()


def test_failing_while_it_prepares(farm, shop, running):
    """It never prints: there is nothing to see but a printer that is busy, and then is not."""
    printer = farm.printers[X1C]
    printer.fail_at(-1, 0x0500803C)
    row = row_of(printer, shop)
    filament = FilamentFactory.create(shop=shop)
    prints = queued(shop, row)
    running()
    wait(lambda: done(prints, FAILED), 40)
    scheduled = ScheduledPrint.objects.get()
    assert scheduled.failure_reason == "The file was sliced for another nozzle than the printer has."
    assert PrintRun.objects.get().outcome == RunOutcome.FAILED
    filament.refresh_from_db()
    assert filament.current_amount == 1000


def test_a_spool_is_not_wiped_by_a_partial_message(farm, shop, running):
    printer = farm.printers[X1C]
    row = row_of(printer, shop)
    tag = printer.machine.spools[0].tray_uuid
    Spool.objects.filter(filament=FilamentFactory.create(shop=shop)).update(tray_uuid=tag)
    running()
    slots = PrinterSlot.objects.filter(printer=row).order_by("number")
    wait(lambda: slots.filter(spool__isnull=False).exists() and slots.count() == 5)
    before = list(slots.values())
    seen = row.version
    for ams in (
        {"tray_now": "255", "tray_tar": "255", "version": 9},
        {"ams": [{"id": "0", "tray": [{"id": "0"}, {"id": "1", "state": 11}]}], "tray_exist_bits": "f"},
        {"ams": [{"id": "0", "tray": [{"id": "0", "tag_uid": "0" * 16, "tray_uuid": "0" * 32}]}]},
        {"ams": [], "tray_exist_bits": "0", "power_on_flag": False},
    ):
        printer.say({"print": {"command": "push_status", "msg": 1, "mc_percent": 0, "ams": ams}})
    printer.say({"print": {"command": "push_status", "msg": 1, "gcode_state": "PREPARE"}})
    wait(lambda: row.refresh_from_db() or row.version > seen)
    wait(lambda: is_status(row, PrinterStatus.PREPARING) or row.version > seen + 1)
    assert list(slots.values()) == before


def test_a_failure_does_not_skip_the_jobs_after_it(farm, shop, running):
    printer = farm.printers[A1]
    printer.fail_at(20)
    prints = queued(shop, row_of(printer, shop), 2)
    running()
    wait(lambda: done(prints, FAILED, COMPLETED), 60)
    failed = PrintRun.objects.get(scheduled_print=prints[0])
    assert failed.outcome == RunOutcome.FAILED
    assert failed.reason


def test_a_job_is_not_lost_when_its_upload_fails(farm, shop, running):
    """Once there is no room on the printer, once the connection breaks in the middle."""
    printer = farm.printers[X1C]
    printer.file_faults.refused_uploads = 1
    prints = queued(shop, row_of(printer, shop))
    for name in printer.files():
        (printer.folder / "files" / name).unlink()
    running()
    wait(lambda: PrintRun.objects.filter(outcome=RunOutcome.NOT_STARTED).exists(), 40)
    printer.file_faults.cut_after = 100_000
    wait(lambda: done(prints, COMPLETED), 60)
    assert list(printer.files().values()) == [len(CONTENT)]
    assert PrintRun.objects.filter(ended_at=None).count() == 0


def test_a_stop_at_the_printer_is_no_failure(farm, shop, running, monkeypatch):
    """The code that says so comes after the failure."""
    printer = farm.printers[X1C]
    monkeypatch.setattr(printer.machine, "print_seconds", 1e9)
    printer.faults.stop_code_after, printer.faults.stop_code_for = 0.4, 0.4
    row = row_of(printer, shop)
    prints = queued(shop, row)
    running()
    wait(lambda: PrintRun.objects.filter(state=RunState.PRINTING).exists(), 40)
    printer.stop_by_hand()
    wait(lambda: done(prints, FAILED))
    assert ScheduledPrint.objects.get().failure_reason == "stopped by hand"
    assert PrintRun.objects.get().outcome == RunOutcome.STOPPED
    wait(lambda: is_status(row, PrinterStatus.ONLINE))


def test_connections_that_break_at_any_moment_start_nothing_twice(farm, shop, running):
    printers = [farm.printers[X1C], farm.printers[P1S], farm.printers[A1]]
    prints = [each for printer in printers for each in queued(shop, row_of(printer, shop), 2)]
    before = [len(printer.started) for printer in printers]
    running()
    for cut in range(9):
        time.sleep(random.uniform(0.2, 1))
        printers[cut % 3].door_faults.lost_acknowledgements = cut % 2
        printers[cut % 3].cut()
    for printer in printers:
        printer.door_faults.lost_acknowledgements = 0
    wait(lambda: done(prints, *[COMPLETED] * len(prints)), 60)
    assert [len(printer.started) for printer in printers] == [number + 2 for number in before]
    for printer, number in zip(printers, before, strict=True):
        assert len(set(printer.started[number:])) == 2
    assert not PrinterCommand.objects.filter(state="waiting").exists()
