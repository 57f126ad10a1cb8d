"""The bridge as it runs, with simulated printers over TLS: from a row to a printed object."""

from __future__ import annotations

import time

import pytest

from printshop.bridge import bridge as bridges
from printshop.choices import (
    CommandKind,
    CommandState,
    PrinterStatus,
    PrintStatus,
    RunOutcome,
    RunState,
)
from printshop.models import (
    Printer,
    PrinterCommand,
    PrinterEvent,
    PrinterSlot,
    PrintRun,
    ScheduledPrint,
    Spool,
)
from printshop.services.printers.commands import command_ask
from printshop.services.printers.printers import printer_certificate_accept, printer_change
from printshop.tests.bridge.ground import BUSY, CONTENT, file_of, is_status, let_the_hold_run_out, row_of, wait
from printshop.tests.factories import FilamentFactory
from printshop.tests.printing import waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick"), pytest.mark.waits]


def test_printers_of_every_shape_are_connected_to_by_their_address_alone(farm, shop, running, told):
    rows = [row_of(printer, shop, serial_number="") for printer in farm.printers]
    running()
    for row, printer in zip(rows, farm.printers, strict=True):
        # What its certificate says is stored beside what it reports, in either order.
        wait(lambda row=row: is_status(row, PrinterStatus.ONLINE) and row.certificate, BUSY)
        assert (row.serial_number, len(row.certificate)) == (printer.serial, 64)
        assert row.heard_at is not None
        assert row.model
        assert wait(lambda row=row: PrinterSlot.objects.filter(printer=row, is_loaded=True).count() >= 4)
    assert {row["id"] for _group, message in told for row in message["printers"]} == {row.pk for row in rows}
    assert {group for group, _message in told} == {f"printshop.shop.{shop.pk}"}
    wait(lambda: any("slots" in row for _group, message in list(told) for row in message["printers"]))
    assert not PrinterEvent.objects.exists()


def test_from_the_queue_to_a_printed_object(farm, shop, running):
    printer = farm.printers[1]
    row = row_of(printer, shop)
    filament = FilamentFactory(shop=shop)
    scheduled = waiting(shop, row, color="", file=file_of(shop), file_name="bracket.gcode.3mf")
    before = len(printer.asked("project_file"))
    running()
    wait(lambda: ScheduledPrint.objects.get().status == PrintStatus.COMPLETED, 40)
    run = PrintRun.objects.get()
    assert (run.outcome, run.progress, run.printer) == (RunOutcome.COMPLETED, 100, row)
    assert PrinterCommand.objects.get().state == CommandState.CONFIRMED
    (asked,) = printer.asked("project_file")[before:]
    assert (asked["subtask_id"], asked["subtask_name"]) == (str(run.submission), scheduled.job_name)
    assert printer.files()[asked["file"]] == len(CONTENT)
    kinds = PrinterEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert [kind for kind in kinds if kind.startswith("print_")] == ["print_started", "print_completed"]
    assert filament.pk


def test_a_bridge_that_is_killed_while_it_prints_goes_on_without_starting_again(farm, shop, running, monkeypatch):
    printer = farm.printers[0]
    monkeypatch.setattr(printer.machine, "print_seconds", 2400)  # longer than the kill takes
    row = row_of(printer, shop)
    waiting(shop, row, color="", file=file_of(shop))
    before = len(printer.started)
    first = running()
    # Not while it is sent: a print of a second may be over by then, and its end looks like a start that is late.
    wait(lambda: PrintRun.objects.filter(state__in=[RunState.PRINTING, RunState.ENDED]).exists(), 40)
    first.die()
    let_the_hold_run_out()
    running()
    wait(lambda: ScheduledPrint.objects.get().status == PrintStatus.COMPLETED, 40)
    assert len(printer.started) == before + 1
    assert PrintRun.objects.get().outcome == RunOutcome.COMPLETED


def test_of_two_bridges_one_works_and_the_other_takes_over(farm, shop, running, monkeypatch):
    monkeypatch.setattr(bridges, "HOLD_EVERY", 0.2)
    row = row_of(farm.printers[0], shop)
    first = running()
    wait(lambda: is_status(row, PrinterStatus.ONLINE))
    second = running()
    wait(lambda: second.bridge is not None)
    time.sleep(1)
    assert second.bridge.links == {}
    first.stop()
    wait(lambda: second.bridge is not None and second.bridge.links)
    wait(lambda: farm.printers[0].clients == 1)


def test_a_wrong_access_code_is_said_and_a_right_one_taken(farm, shop, running):
    row = row_of(farm.printers[0], shop, access_code="00000000")
    running()
    wait(lambda: is_status(row, PrinterStatus.OFFLINE, "access code"))
    seen = len(farm.printers[0].clients_seen)
    time.sleep(2.5)
    assert len(farm.printers[0].clients_seen) == seen
    code = farm.printers[0].address.access_code
    printer_change(actor=shop.owner, printer_id=row.pk, access_code=code)
    wait(lambda: is_status(row, PrinterStatus.ONLINE))


def test_another_certificate_is_refused_until_it_is_accepted(farm, shop, running):
    row = row_of(farm.printers[0], shop)
    running()
    wait(lambda: is_status(row, PrinterStatus.ONLINE))
    farm.printers[0].change_certificate()
    wait(lambda: is_status(row, PrinterStatus.OFFLINE, "another certificate"))
    wait(lambda: PrinterEvent.objects.filter(kind="certificate_changed").exists())
    wait(lambda: row.refresh_from_db() or row.offered_certificate)  # is written after the event
    printer_certificate_accept(actor=shop.owner, printer_id=row.pk)
    wait(lambda: is_status(row, PrinterStatus.ONLINE))


def test_a_ca_vouches_for_printers_and_for_their_serial_numbers(farm, shop, running, settings):
    settings.BAMBU_TLS_CA_FILE = str(farm.ca_file)
    right = [row_of(printer, shop) for printer in farm.printers[:3]]
    wrong = row_of(farm.printers[3], shop, serial_number="094B0A000000001")
    running()
    for row in right:
        wait(lambda row=row: is_status(row, PrinterStatus.ONLINE))
        assert row.certificate == ""
    wait(lambda: wrong.refresh_from_db() or "made out to" in wrong.status_detail)


def test_a_pause_a_resume_and_a_stop_are_confirmed_by_the_printer(farm, shop, running):
    printer = farm.printers[3]
    row = row_of(printer, shop)
    running()
    wait(lambda: is_status(row, PrinterStatus.ONLINE))
    printer.machine.print_seconds = 1e9
    try:
        printer.start("By hand")
        wait(lambda: is_status(row, PrinterStatus.PRINTING))
        for kind, becomes in (
            (CommandKind.PAUSE, PrinterStatus.PAUSED),
            (CommandKind.RESUME, PrinterStatus.PRINTING),
            (CommandKind.STOP, PrinterStatus.ONLINE),
        ):
            command = command_ask(actor=shop.owner, printer_id=row.pk, kind=kind)
            wait(lambda: PrinterCommand.objects.get(pk=command.pk).state == CommandState.CONFIRMED)  # noqa: B023
            wait(lambda: is_status(row, becomes))  # noqa: B023
    finally:
        printer.machine.print_seconds = 600


def test_a_printer_whose_developer_mode_is_off_is_watched_and_its_print_waits(farm, shop, running):
    printer = farm.printers[0]
    row = row_of(printer, shop)
    printer.set_developer_mode(False)
    try:
        waiting(shop, row, color="", file=file_of(shop))
        running()
        wait(lambda: row.refresh_from_db() or row.is_monitored_only, 30)
        wait(lambda: ScheduledPrint.objects.get().waiting_code == "monitored_only", 30)
        assert not PrintRun.objects.filter(ended_at=None).exists()
    finally:
        printer.set_developer_mode(True)


def test_a_lost_acknowledgement_of_a_start_starts_nothing_twice(farm, shop, running):
    """QoS 1 would be sent again after a reconnect, by the client that was connected."""
    printer = farm.printers[2]
    row = row_of(printer, shop)
    before = len(printer.started)
    running()
    wait(lambda: is_status(row, PrinterStatus.ONLINE))
    printer.door_faults.lost_acknowledgements = 1
    waiting(shop, row, color="", file=file_of(shop))
    wait(lambda: ScheduledPrint.objects.get().status == PrintStatus.COMPLETED, 40)
    assert len(printer.started) == before + 1
    assert len(set(printer.clients_seen)) == len(printer.clients_seen)


def test_a_broker_that_was_away_is_found_again(farm, shop, running):
    rows = [row_of(printer, shop) for printer in farm.printers]
    running()
    for row in rows:
        wait(lambda row=row: is_status(row, PrinterStatus.ONLINE))
    farm.switch_off_network()
    for row in rows:
        wait(lambda row=row: is_status(row, PrinterStatus.OFFLINE))
    farm.switch_on_network()
    for row in rows:
        wait(lambda row=row: is_status(row, PrinterStatus.ONLINE))
    assert not PrinterEvent.objects.exists()


def test_a_removed_printer_is_let_go(farm, shop, running):
    row = row_of(farm.printers[0], shop)
    running()
    wait(lambda: is_status(row, PrinterStatus.ONLINE))
    Printer.objects.filter(pk=row.pk).update(removed_at=row.created_at)
    wait(lambda: farm.printers[0].clients == 0)


def test_a_spool_with_a_known_tag_is_bound_to_the_slot_it_lies_in(farm, shop, running):
    row = row_of(farm.printers[0], shop)
    tag = next(spool.tray_uuid for spool in farm.printers[0].machine.spools.values() if spool.tray_uuid.strip("0"))
    filament = FilamentFactory(shop=shop)
    Spool.objects.filter(filament=filament).update(tray_uuid=tag)
    running()
    slot = wait(lambda: PrinterSlot.objects.filter(printer=row, spool__filament=filament).first())
    assert slot.tray_uuid == tag
