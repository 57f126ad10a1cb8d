"""The pass over the queue: what it claims and stores, what it leaves alone, and what it costs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from printshop.choices import PrinterStatus, PrintStatus
from printshop.models import (
    Printer,
    PrinterBridge,
    PrinterCommand,
    PrinterSlot,
    PrintRun,
    ScheduledPrint,
    Shop,
    ShopOrder,
)
from printshop.selectors.board import slot_row
from printshop.services.filaments.materials import material_set
from printshop.services.prints import claims, dispatch
from printshop.services.prints.dispatch import Memory, dispatch_pass
from printshop.services.prints.runs import run_completed, run_sent, run_started
from printshop.tests.factories import PrinterFactory, ScheduledPrintFactory, ShopFactory, ShopOrderFactory
from printshop.tests.printing import bridge_runs, printer_with, printing, stocked, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice):
    return ShopFactory.create(owner=alice)


def passed(**options):
    return dispatch_pass(now=timezone.now(), **options)


def test_free_printers_get_what_fits(shop):
    red, blue = printer_with(shop, "#FF0000"), printer_with(shop, "#0000FF")
    first, second = waiting(shop, color="#0000FF"), waiting(shop)
    assert passed() == 2
    assert {run.scheduled_print: run.printer for run in PrintRun.objects.all()} == {first: blue, second: red}
    part = PrintRun.objects.get(printer=red).filaments.get()
    assert (part.position, part.slot_number, part.spool) == (1, 1, None)
    first.refresh_from_db()
    assert (first.status, first.waiting_code, first.waiting_reason) == (
        "scheduled",
        "starting",
        "It is being sent to the printer.",
    )
    assert passed() == 0
    assert PrinterCommand.objects.count() == 2


def test_no_second_print_while_the_printers_state_lags(shop):
    """The claim counts, not what the printer says of itself."""
    printer = printer_with(shop, "#FF0000")
    first, second = waiting(shop, printer), waiting(shop, printer)
    passed()
    run = PrintRun.objects.get()
    for step in (run_sent, run_started):
        step(run_id=run.pk)
        assert Printer.objects.get().status == PrinterStatus.ONLINE
        assert passed() == 0
    second.refresh_from_db()
    assert second.waiting_reason == f"{printer.name} is printing {first.job_name}."
    assert second.scheduled_start - timezone.now() > timedelta(hours=3)


def test_the_plate_is_cleared_before_the_next(shop):
    printer = printer_with(shop, "#FF0000")
    first, second = waiting(shop, printer), waiting(shop, printer)
    run_completed(run_id=printing(first).pk)
    assert passed() == 0
    second.refresh_from_db()
    assert (second.waiting_code, second.scheduled_start) == ("plate", None)
    assert second.waiting_reason == f"{printer.name} waits until its plate is cleared."
    Printer.objects.update(is_plate_clear=True)
    assert passed() == 1


@pytest.mark.parametrize(
    ("columns", "code", "words"),
    [
        ({"status": "offline", "status_detail": "No answer."}, "printer_offline", "Oven is offline. No answer."),
        ({"status": "connecting"}, "printer_offline", "Oven is not connected yet."),
        (
            {"status": "paused", "status_detail": "Filament ran out."},
            "printer_paused",
            "Oven is paused. Filament ran out.",
        ),
        ({"status": "printing", "current_job": "Vase"}, "printer_busy", "Oven is printing Vase."),
        ({"is_monitored_only": True}, "monitored_only", "Oven takes no commands: it is monitored only."),
        ({"is_taking_prints": False}, "printer_off", "Oven takes no prints from the queue."),
    ],
)
def test_why_a_printer_does_not_start(shop, columns, code, words):
    printer_with(shop, "#FF0000", name="Oven", **columns)
    job = waiting(shop)
    assert passed() == 0
    job.refresh_from_db()
    assert (job.waiting_code, job.waiting_reason) == (code, words)
    assert (job.scheduled_start is None) == (code != "printer_busy")


def test_a_printer_whose_last_print_failed_takes_the_next(shop):
    printer_with(shop, "#FF0000", status=PrinterStatus.FAILED)
    waiting(shop)
    assert passed() == 1


def test_without_a_bridge_nothing_starts(shop):
    printer_with(shop, "#FF0000", heard_at=None)
    job = waiting(shop)
    PrinterBridge.objects.update(held_until=timezone.now())
    assert passed() == 0
    job.refresh_from_db()
    assert (job.waiting_code, job.waiting_reason) == ("no_bridge", "The printer bridge is not running.")


def test_the_remaining_time_is_the_printers(shop):
    printer = printer_with(shop, "#FF0000", status=PrinterStatus.PRINTING, remaining_seconds=1200)
    job = waiting(shop, printer)
    now = timezone.now()
    dispatch_pass(now=now)
    job.refresh_from_db()
    assert job.scheduled_start == now + timedelta(minutes=20)


def test_a_spool_that_is_short_holds_the_print(shop):
    printer = printer_with(shop, "#FF0000")
    filament, spool = stocked(shop, printer.slots.get())
    spool.used_amount = 990
    spool.save()
    job = waiting(shop, grams=20)
    passed()
    job.refresh_from_db()
    assert (job.waiting_code, job.waiting_reason) == (
        "filament_short",
        f"Slot 1 of {printer.name} holds 10.00 g, it needs 20.00 g.",
    )
    ScheduledPrint.objects.update(print_anyway=True)
    assert passed() == 1
    assert job.needs.get().filament == filament  # of the spool it is printed from
    run = PrintRun.objects.get()
    run_completed(run_id=run.pk)
    filament.refresh_from_db()
    assert filament.current_amount == 0


def test_what_is_set_by_hand_says_how_much_a_slot_holds(shop, alice):
    printer = printer_with(shop, "#FF0000")
    slot = printer.slots.get()
    slot.weight_grams, slot.remaining_pct = 1000, 100
    slot.save()
    job = waiting(shop, grams=20)
    material_set(actor=alice, material_id=slot.pk, remaining_pct=1)
    passed()
    job.refresh_from_db()
    assert job.waiting_reason == f"Slot 1 of {printer.name} holds 10.00 g, it needs 20.00 g."
    assert slot_row(PrinterSlot.objects.get())["weight_grams"] == 10
    material_set(actor=alice, material_id=slot.pk, remaining_pct=50)
    assert passed() == 1


def test_one_that_fails_stops_no_other(shop, monkeypatch):
    broken, fine = (waiting(shop, printer_with(shop, "#FF0000")) for _ in range(2))
    real = claims.claims_make

    def fail(wanted, **options):
        if broken.pk in {claim.print_id for claim in wanted}:
            raise ValueError("a fault")
        return real(wanted, **options)

    monkeypatch.setattr(dispatch, "claims_make", fail)
    assert passed() == 1
    assert PrintRun.objects.get().scheduled_print == fine


def test_one_shop_that_fails_stops_no_other(shop, bob, monkeypatch):
    stopped = waiting(shop, printer_with(shop, "#FF0000"))
    other = ShopFactory.create(owner=bob)
    fine = waiting(other, printer_with(other, "#FF0000"))
    real = dispatch.plan

    def fail(*, queue, **options):
        if fine.pk not in {each.id for each in queue}:
            raise ValueError("a fault")
        return real(queue=queue, **options)

    monkeypatch.setattr(dispatch, "plan", fail)
    assert passed() == 1
    assert PrintRun.objects.get().scheduled_print == fine
    stopped.refresh_from_db()
    assert (stopped.waiting_code, stopped.waiting_reason) == ("fault", dispatch.FAULT)
    monkeypatch.setattr(dispatch, "plan", real)
    assert passed() == 1


def test_far_dates_and_endless_prints_stop_nothing(shop):
    printer = printer_with(shop, "#FF0000")
    Shop.objects.update(working_days=[0], time_zone="Pacific/Kiritimati")
    waiting(shop, printer, not_before=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    jobs = [waiting(shop, printer, estimated_minutes=2**31 - 1) for _ in range(3)]
    passed()
    assert not ScheduledPrint.objects.filter(waiting_code="fault").exists()
    jobs[-1].refresh_from_db()
    assert jobs[-1].waiting_code in ("working_hours", "printer_busy", "queue")


def test_who_was_passed_over_is_counted_once_a_start(shop):
    printer_with(shop, "#FF0000")
    oldest, middle, urgent = waiting(shop, priority=9), waiting(shop, priority=9), waiting(shop, priority=1)
    passed()
    counts = dict(ScheduledPrint.objects.values_list("pk", "times_passed_over"))
    assert counts == {oldest.pk: 1, middle.pk: 0, urgent.pk: 0}


def test_nothing_is_written_that_does_not_change(shop):
    printer = printer_with(shop, "#FF0000", status=PrinterStatus.PRINTING, remaining_seconds=1200)
    for _ in range(3):
        waiting(shop, printer)
    waiting(shop, color="#00FF00", must_match_color=True)
    now = timezone.now()
    dispatch_pass(now=now)
    with CaptureQueriesContext(connection) as queries:
        dispatch_pass(now=now + timedelta(seconds=100))
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []


def test_a_pass_costs_the_same_for_many(shop):
    for _ in range(2):
        printer_with(shop, "#FF0000", "#0000FF", status=PrinterStatus.PRINTING)
    memory = Memory()

    def cost():
        with CaptureQueriesContext(connection) as queries:
            passed(memory=memory)
        return len(queries)

    jobs = [waiting(shop)]
    cost()
    for _ in range(30):
        jobs.append(waiting(shop, color="#0000FF"))
        printer_with(shop, "#00FF00", status=PrinterStatus.PRINTING)
    cost()  # they are noted for the first time
    ScheduledPrint.objects.filter(pk=jobs[0].pk).update(changed_at=timezone.now())
    assert cost() <= 12
    assert cost() <= 6  # nothing has changed


def test_a_memory_sees_what_changes(shop):
    memory = Memory()
    printer = printer_with(shop, "#0000FF")
    job = waiting(shop, must_match_color=True)
    assert passed(memory=memory) == 0
    slot = printer.slots.get()
    slot.color = "#FF0000"
    slot.save()
    assert passed(memory=memory) == 1
    later = waiting(shop, printer_with(shop, "#FF0000"), not_before=timezone.now() + timedelta(seconds=10))
    assert passed(memory=memory) == 0
    assert dispatch_pass(now=timezone.now() + timedelta(seconds=11), memory=memory) == 1
    assert {job.pk, later.pk} == set(PrintRun.objects.values_list("scheduled_print", flat=True))


# ---------------------------------------------------------------- what an order is promised
def test_an_order_is_promised_with_its_last_print(shop):
    printer = printer_with(shop, "#FF0000", status=PrinterStatus.PRINTING, remaining_seconds=3600)
    order = ShopOrderFactory.create(shop=shop)
    item = order.items.get()
    for _ in range(2):
        waiting(shop, printer, item=item, estimated_minutes=90)
    now = timezone.now()
    dispatch_pass(now=now)
    order.refresh_from_db()
    assert order.promised_ship_at == now + timedelta(hours=4)
    waiting(shop, printer, item=item, color="#00FF00", must_match_color=True)
    dispatch_pass(now=now)
    order.refresh_from_db()
    assert order.promised_ship_at is None  # nobody knows when that colour is there


def test_an_order_with_a_failed_print_is_promised_nothing(shop):
    printer = printer_with(shop, "#FF0000", status=PrinterStatus.PRINTING, remaining_seconds=3600)
    order = ShopOrderFactory.create(shop=shop)
    waiting(shop, printer, item=order.items.get())
    passed()
    assert ShopOrder.objects.get().promised_ship_at is not None
    ScheduledPrintFactory.create(shop=shop, item=order.items.get(), status=PrintStatus.FAILED)
    passed()
    assert ShopOrder.objects.get().promised_ship_at is None


def test_an_orders_production_follows_its_prints(shop):
    printer = printer_with(shop, "#FF0000", needs_clear_plate=False)
    order = ShopOrderFactory.create(shop=shop)
    jobs = [waiting(shop, printer, item=order.items.get()) for _ in range(2)]
    found = []
    for job in jobs:
        run = printing(job)
        found.append(ShopOrder.objects.get().production_status)
        run_completed(run_id=run.pk)
        found.append(ShopOrder.objects.get().production_status)
    assert found == ["in_progress", "in_progress", "in_progress", "completed"]


def test_grams_are_reserved_until_they_are_taken(shop):
    bridge_runs()
    PrinterFactory.create(shop=shop)
    filament, spool = stocked(shop)
    job = waiting(shop, grams=Decimal("12.5"), printer=printer_with(shop, "#FF0000"))
    job.needs.update(filament=filament)
    run_completed(run_id=printing(job).pk)
    filament.refresh_from_db()
    assert filament.current_amount == Decimal("987.50")
