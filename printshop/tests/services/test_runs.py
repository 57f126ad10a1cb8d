"""Runs: what each step moves, that it moves it once, and the grams that go."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Notification
from printshop.choices import CommandState, EventKind, PrintStatus, RunOutcome, RunState
from printshop.models import PrinterCommand, PrinterEvent, PrintRun, Spool, SpoolChange
from printshop.selectors.analytics import dashboard
from printshop.services.filaments.spools import spool_weigh
from printshop.services.prints.dispatch import dispatch_pass
from printshop.services.prints.prints import print_cancel
from printshop.services.prints.runs import (
    run_began_late,
    run_completed,
    run_failed,
    run_not_started,
    run_progressed,
    run_seen_ended,
    run_sent,
    run_started,
    run_stopped,
    run_uploaded,
)
from printshop.tests.factories import PrinterSlotFactory, ShopFactory
from printshop.tests.printing import dispatched, printer_with, printing, stocked, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice):
    return ShopFactory.create(owner=alice)


@pytest.fixture
def printer(shop):
    return printer_with(shop, "#FF0000")


@pytest.fixture
def job(shop, printer):
    return waiting(shop, printer, grams="23.15")


def statuses(job):
    return [(change.before, change.after) for change in job.history.order_by("pk")]


def test_from_claim_to_completion(job, printer, shop):
    filament, spool = stocked(shop, printer.slots.get())
    run = dispatched(job)
    assert (run.state, run.printer) == (RunState.CLAIMED, printer)
    assert 0 < run.submission < 2**31
    command = PrinterCommand.objects.get()
    assert (command.kind, command.run, command.state) == ("start", run, CommandState.WAITING)
    assert run_uploaded(run_id=run.pk)
    assert run_sent(run_id=run.pk)
    assert run_started(run_id=run.pk)
    assert run_progressed(run_id=run.pk, progress=50, layer=10, total_layers=20)
    assert run_completed(run_id=run.pk)
    run.refresh_from_db()
    job.refresh_from_db()
    printer.refresh_from_db()
    assert (run.state, run.outcome, run.progress) == (RunState.ENDED, RunOutcome.COMPLETED, 100)
    assert statuses(job) == [("queued", "scheduled"), ("scheduled", "started"), ("started", "completed")]
    assert (job.waiting_code, job.waiting_reason) == ("", "")
    assert job.started_at <= job.ended_at
    assert not printer.is_plate_clear
    spool.refresh_from_db()
    filament.refresh_from_db()
    assert (spool.used_amount, filament.current_amount) == (Decimal("23.15"), Decimal("976.85"))
    change = SpoolChange.objects.get()
    assert (change.grams, change.kind, change.run, change.cost) == (Decimal("-23.15"), "print", run, Decimal("0.463"))
    assert change.currency == shop.currency
    assert list(PrinterEvent.objects.order_by("pk").values_list("kind", "key")) == [
        (EventKind.PRINT_STARTED, f"run:{run.pk}"),
        (EventKind.PRINT_COMPLETED, f"run:{run.pk}"),
    ]


def test_each_step_happens_once(job, printer, shop):
    stocked(shop, printer.slots.get())
    run = dispatched(job)
    assert [run_sent(run_id=run.pk) for _ in range(2)] == [True, False]
    assert not run_uploaded(run_id=run.pk)
    assert [run_started(run_id=run.pk) for _ in range(2)] == [True, False]
    assert not run_not_started(run_id=run.pk, reason="too late")
    assert [run_completed(run_id=run.pk) for _ in range(3)] == [True, False, False]
    assert not run_failed(run_id=run.pk, reason="no")
    assert not run_progressed(run_id=run.pk, progress=7, layer=None, total_layers=None)
    assert (SpoolChange.objects.count(), PrinterEvent.objects.count()) == (1, 2)
    assert Notification.objects.filter(notification_type="print_completed").count() == 1
    for gone in (run_started, run_completed, run_uploaded, run_sent):
        assert not gone(run_id=2**31)


def test_a_completion_whose_start_was_never_seen(job, printer, shop):
    filament, _ = stocked(shop, printer.slots.get())
    run = dispatched(job)
    run_sent(run_id=run.pk)
    assert run_completed(run_id=run.pk)
    filament.refresh_from_db()
    assert filament.current_amount == Decimal("976.85")
    assert statuses(job)[-2:] == [("scheduled", "started"), ("started", "completed")]


@pytest.mark.parametrize(
    ("seen", "grams"),
    [
        ({"progress": 90, "layer": 5, "total_layers": 20}, "-5.79"),  # layers before percent
        ({"progress": 40, "layer": None, "total_layers": None}, "-9.26"),
        ({"progress": 100, "layer": 25, "total_layers": 20}, "-23.15"),
    ],
)
def test_a_failure_takes_what_was_printed(job, printer, shop, seen, grams):
    stocked(shop, printer.slots.get())
    run = printing(job)
    run_progressed(run_id=run.pk, **seen)
    run_progressed(run_id=run.pk, progress=None, layer=None, total_layers=None)  # what a printer forgets stays
    assert run_failed(run_id=run.pk, reason="Nozzle clogged")
    job.refresh_from_db()
    assert (job.status, job.failure_reason) == (PrintStatus.FAILED, "Nozzle clogged")
    assert [(change.grams, change.kind) for change in SpoolChange.objects.all()] == [(Decimal(grams), "failed_print")]


def test_stopped_by_hand_is_neither_success_nor_failure(job):
    run = printing(job)
    assert run_stopped(run_id=run.pk)
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.outcome, job.status, job.failure_reason) == ("stopped", "failed", "stopped by hand")


def test_nothing_is_taken_of_what_never_ran(job, printer, shop):
    stocked(shop, printer.slots.get())
    run = dispatched(job)
    run_sent(run_id=run.pk)
    assert run_failed(run_id=run.pk, reason="It failed while it was prepared")
    job.refresh_from_db()
    printer.refresh_from_db()
    assert (job.status, printer.is_plate_clear, SpoolChange.objects.count()) == (PrintStatus.FAILED, True, 0)


def test_without_the_slicers_grams_the_ams_says_how_much(shop):
    printer = printer_with(shop, "#FF0000")
    slot = printer.slots.get()
    slot.remaining_pct = 80
    slot.save()
    stocked(shop, slot)
    run = printing(waiting(shop, printer))
    slot.remaining_pct = 77
    slot.save()
    run_completed(run_id=run.pk)
    assert SpoolChange.objects.get().grams == -30


def test_a_slot_without_a_spool_takes_from_the_stock_it_was_reserved_of(shop, printer):
    filament, spool = stocked(shop)
    job = waiting(shop, printer, grams=30)
    job.needs.update(filament=filament)
    run_completed(run_id=printing(job).pk)
    spool.refresh_from_db()
    assert spool.used_amount == 30


def test_the_spool_is_the_one_of_the_start(shop, printer, job):
    _, first = stocked(shop, printer.slots.get())
    run = printing(job)
    slot = printer.slots.get()
    _, second = stocked(shop)
    slot.spool = second
    slot.save()
    run_completed(run_id=run.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.used_amount, second.used_amount) == (Decimal("23.15"), 0)


def test_a_start_that_fails_goes_back_to_the_queue_and_is_given_up_after_three(job, printer):
    now = timezone.now()
    for delay in (1, 5):
        with time_machine.travel(now, tick=False):
            run = dispatched(job)
            assert run_not_started(run_id=run.pk, reason="The upload broke off")
            job.refresh_from_db()
            assert (job.status, job.next_try_at) == (PrintStatus.QUEUED, now + timedelta(minutes=delay))
            assert (job.waiting_code, job.waiting_reason) == (
                "retry",
                f"It could not be started on {printer.name}: The upload broke off",
            )
            assert dispatch_pass(now=now + timedelta(seconds=50)) == 0
        now += timedelta(minutes=delay)
    with time_machine.travel(now, tick=False):
        run_not_started(run_id=dispatched(job).pk, reason="The upload broke off")
    job.refresh_from_db()
    printer.refresh_from_db()
    assert (job.status, job.failure_reason) == (
        PrintStatus.FAILED,
        "It could not be started: The upload broke off",
    )
    assert printer.is_plate_clear
    assert set(PrintRun.objects.values_list("outcome", flat=True)) == {RunOutcome.NOT_STARTED}
    assert set(PrinterCommand.objects.values_list("state", flat=True)) == {CommandState.LOST}
    assert PrinterEvent.objects.get().kind == EventKind.PRINT_FAILED


def test_a_restart_is_no_try(job):
    for _ in range(5):
        run_not_started(run_id=dispatched(job).pk, reason="The bridge was restarted", again_in=timedelta(0))
    job.refresh_from_db()
    assert (job.status, job.failed_tries, job.next_try_at) == (PrintStatus.QUEUED, 0, None)
    run_not_started(run_id=dispatched(job).pk, reason="The nozzle is another one", give_up=True)
    job.refresh_from_db()
    assert job.status == PrintStatus.FAILED


def test_a_claim_whose_command_is_over_is_cleared(job):
    run = dispatched(job)
    PrinterCommand.objects.update(state=CommandState.LOST)
    assert dispatch_pass(now=timezone.now()) == 0
    assert dispatch_pass(now=timezone.now() + timedelta(minutes=2)) == 1
    run.refresh_from_db()
    assert run.outcome == RunOutcome.NOT_STARTED


NEVER = "The printer took the start and did not begin to print."


def given_up(job):
    run = dispatched(job)
    PrinterCommand.objects.filter(run=run).update(state=CommandState.SENT)
    run_sent(run_id=run.pk)
    assert run_not_started(run_id=run.pk, reason=NEVER)
    return run


def test_a_start_that_was_given_up_and_happens_is_the_same_print(job, printer, shop):
    filament, spool = stocked(shop, printer.slots.get())
    run = given_up(job)
    other = waiting(shop, printer, grams=5)
    claimed = dispatched(other)  # of the printer, before it began
    assert claimed.printer == printer

    assert run_began_late(run_id=run.pk)
    assert not run_began_late(run_id=run.pk)

    for row in (run, job, claimed, other):
        row.refresh_from_db()
    assert (run.state, run.outcome, run.ended_at, run.reason) == (RunState.PRINTING, "", None, "")
    assert (job.status, job.failed_tries, job.next_try_at) == (PrintStatus.STARTED, 0, None)
    assert (claimed.outcome, other.status) == (RunOutcome.NOT_STARTED, PrintStatus.QUEUED)
    assert run_completed(run_id=run.pk)
    spool.refresh_from_db()
    filament.refresh_from_db()
    assert (spool.used_amount, SpoolChange.objects.count()) == (Decimal("23.15"), 1)


def test_a_claim_of_another_printer_is_taken_back_for_it(job, shop, printer):
    run = given_up(job)
    job.printer, job.next_try_at = printer_with(shop, "#FF0000"), None
    job.save()
    printer.is_taking_prints = False
    printer.save()
    elsewhere = dispatched(job)
    assert elsewhere.printer == job.printer

    assert run_began_late(run_id=run.pk)

    elsewhere.refresh_from_db()
    job.refresh_from_db()
    assert (elsewhere.outcome, job.status) == (RunOutcome.NOT_STARTED, PrintStatus.STARTED)
    assert PrinterCommand.objects.get(run=elsewhere).state == CommandState.LOST


def test_after_the_third_try_as_well(job):
    job.failed_tries = 2
    job.save()
    run = given_up(job)
    job.refresh_from_db()
    assert job.status == PrintStatus.FAILED

    assert run_began_late(run_id=run.pk)

    job.refresh_from_db()
    assert (job.status, job.failure_reason) == (PrintStatus.STARTED, "")


def test_one_that_its_owner_says_is_over_and_that_begins_is_told(job, printer):
    run = dispatched(job)
    PrinterCommand.objects.filter(run=run).update(state=CommandState.SENT)
    assert run_sent(run_id=run.pk) and run_completed(run_id=run.pk)
    PrinterEvent.objects.all().delete()

    assert not run_began_late(run_id=run.pk)

    assert "has begun late" in PrinterEvent.objects.get().words
    assert "which was printed meanwhile" in PrinterEvent.objects.get().words


@pytest.mark.parametrize(
    ("fate", "told"),
    [
        ("cancelled", "which was cancelled"),
        ("sent elsewhere", "which is sent to Elsewhere too"),
        ("printed elsewhere", "which was printed meanwhile"),
        ("failed later", "which was given up"),
        ("busy", "which waits to be tried again"),
    ],
)
def test_what_became_of_it_meanwhile_stands_and_the_owner_is_told(job, shop, printer, alice, fate, told):
    run = given_up(job)
    if fate == "cancelled":
        print_cancel(actor=alice, print_id=job.pk)
    elif fate == "busy":
        assert run_sent(run_id=dispatched(waiting(shop, printer)).pk)
    else:
        job.printer, job.next_try_at = printer_with(shop, "#FF0000", name="Elsewhere"), None
        job.save()
        later = dispatched(job)
        PrinterCommand.objects.filter(run=later).update(state=CommandState.SENT)
        assert run_sent(run_id=later.pk)
        if fate == "printed elsewhere":
            assert run_completed(run_id=later.pk)
        if fate == "failed later":
            assert run_started(run_id=later.pk)
            assert run_failed(run_id=later.pk, reason="Spaghetti")
    job.refresh_from_db()
    before = (job.status, PrintRun.objects.filter(ended_at=None, is_extra=False).count())

    for _ in range(2):
        assert not run_began_late(run_id=run.pk)

    run.refresh_from_db()
    job.refresh_from_db()
    assert (job.status, PrintRun.objects.filter(ended_at=None, is_extra=False).count()) == before
    assert run.is_extra is (fate != "busy")
    assert (run.outcome, run.reason) == ((RunOutcome.NOT_STARTED, NEVER) if fate == "busy" else ("", ""))
    event = PrinterEvent.objects.get(printer=printer, kind=EventKind.PRINT_STARTED)
    words = f"{printer.name} has begun late to print {job.job_name}, {told}. Stop it if it is not wanted."
    assert (event.words, event.data["print_id"]) == (words, job.pk)


@pytest.mark.parametrize("fate", ["cancelled", "sent elsewhere", "printed elsewhere"])
@pytest.mark.parametrize("is_whole", [True, False])
def test_what_nobody_waits_for_and_is_printed_all_the_same_takes_its_filament_once(
    job, shop, printer, alice, fate, is_whole
):
    filament, spool = stocked(shop, printer.slots.get())
    run = given_up(job)
    if fate == "cancelled":
        print_cancel(actor=alice, print_id=job.pk)
    else:
        job.printer, job.next_try_at = printer_with(shop, "#FF0000", name="Elsewhere"), None
        job.save()
        later = dispatched(job)
        assert run_sent(run_id=later.pk)
        if fate == "printed elsewhere":
            assert run_started(run_id=later.pk) and run_completed(run_id=later.pk)
    job.refresh_from_db()
    status = job.status
    figures = (lambda found: (found.total_prints, found.prints_completed))(dashboard(actor=alice))
    taken = spool_used(spool)

    assert not run_began_late(run_id=run.pk)
    assert run_progressed(run_id=run.pk, progress=40, layer=80, total_layers=200)
    for _ in range(2):
        run_completed(run_id=run.pk) if is_whole else run_stopped(run_id=run.pk)

    assert spool_used(spool) - taken == Decimal("23.15") * (1 if is_whole else Decimal("0.4"))
    job.refresh_from_db()
    assert job.status == status
    found = dashboard(actor=alice)
    assert (found.total_prints, found.prints_completed) == figures


def test_one_that_is_printed_late_on_one_printer_is_not_tried_again_when_the_other_does_not_begin(job, shop, printer):
    run = given_up(job)
    job.printer, job.next_try_at = printer_with(shop, "#FF0000", name="Elsewhere"), None
    job.save()
    later = dispatched(job)
    assert run_sent(run_id=later.pk)
    assert not run_began_late(run_id=run.pk)

    assert run_not_started(run_id=later.pk, reason=NEVER)

    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.is_extra, job.status) == (False, PrintStatus.STARTED)
    assert run_completed(run_id=run.pk)
    job.refresh_from_db()
    assert job.status == PrintStatus.COMPLETED


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_a_scale_saw_while_it_was_printed_is_not_taken_twice(job, shop, printer, alice, is_whole):
    filament, spool = stocked(shop, printer.slots.get())
    run = printing(job)
    run_progressed(run_id=run.pk, progress=40, layer=80, total_layers=200)
    spool_weigh(actor=alice, spool_id=spool.pk, gross_amount=Decimal("990.74"))
    assert run_progressed(run_id=run.pk, progress=60, layer=120, total_layers=200)

    run_completed(run_id=run.pk) if is_whole else run_stopped(run_id=run.pk)

    left = Decimal("976.85") if is_whole else Decimal("986.11")
    filament.refresh_from_db()
    assert (1000 - spool_used(spool), filament.current_amount) == (left, left)
    changes = SpoolChange.objects.filter(spool=spool)
    assert 1000 + sum(change.grams for change in changes) == left
    printed = changes.get(run=run)
    assert printed.grams == (Decimal("-23.15") if is_whole else Decimal("-13.89"))


def test_a_spool_that_is_said_to_be_full_while_nothing_is_printed_gives_all_of_the_next_print(
    job, shop, printer, alice
):
    _, spool = stocked(shop, printer.slots.get())
    spool_weigh(actor=alice, spool_id=spool.pk, gross_amount=Decimal(900))
    assert run_completed(run_id=printing(job).pk)
    assert 1000 - spool_used(spool) == Decimal("876.85")


def spool_used(spool) -> Decimal:
    spool.refresh_from_db()
    return spool.used_amount


def test_of_a_spool_that_ran_out_and_was_changed_both_give_what_they_held(job, shop, printer, alice):
    slot = printer.slots.get()
    old_filament, old = stocked(shop, slot, grams=10, cost_per_gram=Decimal("0.02"))
    new_filament, new = stocked(shop, cost_per_gram=Decimal("0.03"))
    job.print_anyway = True
    job.save()
    run = printing(job)
    slot.spool = new
    slot.save()

    assert run_completed(run_id=run.pk)

    assert (spool_used(old), spool_used(new)) == (10, Decimal("13.15"))
    taken = SpoolChange.objects.filter(run=run).order_by("spool")
    assert [(change.spool, change.grams, change.cost) for change in taken] == [
        (old, -10, Decimal("0.20000")),
        (new, Decimal("-13.15"), Decimal("0.39450")),
    ]
    for filament, left in ((old_filament, 0), (new_filament, Decimal("986.85"))):
        filament.refresh_from_db()
        assert filament.current_amount == left


def test_an_ams_that_goes_on_with_another_slot_takes_the_rest_of_that(job, shop, printer):
    slot = printer.slots.get()
    filament, old = stocked(shop, slot, grams=10)
    other = Spool.objects.create(filament=filament, initial_amount=500)
    PrinterSlotFactory.create(printer=printer, number=3, material_type="PLA", color="#FF0000", spool=other)
    unlike = PrinterSlotFactory.create(printer=printer, number=2, material_type="PLA", color="#00FF00")
    stocked(shop, unlike)
    job.material_slot = slot.number
    job.print_anyway = True
    job.save()
    run = printing(job)
    slot.spool, slot.is_loaded = None, False
    slot.save()

    assert run_completed(run_id=run.pk)

    assert (spool_used(old), spool_used(other)) == (10, Decimal("13.15"))


def test_a_spool_that_stays_in_its_slot_gives_all_of_it(job, shop, printer):
    _, spool = stocked(shop, printer.slots.get(), grams=10)
    job.print_anyway = True
    job.save()
    assert run_completed(run_id=printing(job).pk)
    assert SpoolChange.objects.get().grams == Decimal("-23.15")
    assert spool_used(spool) == Decimal("23.15")


def test_layers_printed_while_nobody_was_there_are_counted_where_some_were_seen(job, shop, printer):
    _, spool = stocked(shop, printer.slots.get())
    run = printing(job)
    assert not run_seen_ended(run_id=run.pk, layer=150, total_layers=200), "it may be the print before"
    run_progressed(run_id=run.pk, progress=10, layer=20, total_layers=200)
    assert not run_seen_ended(run_id=run.pk, layer=100, total_layers=150), "another print's"
    assert run_seen_ended(run_id=run.pk, layer=160, total_layers=200)
    assert not run_seen_ended(run_id=run.pk, layer=1, total_layers=200)

    assert run_failed(run_id=run.pk, reason="Spaghetti")

    assert spool_used(spool) == Decimal("18.52")
