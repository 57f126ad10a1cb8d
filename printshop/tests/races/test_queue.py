"""Dispatchers, reports and owners at once, on real connections: no printer gets two prints, no gram is lost."""

from decimal import Decimal
from functools import partial
from time import sleep

import pytest
from django.utils import timezone

from commerce.tests.steps import at_once
from config.core.errors import DomainError
from printshop.choices import RunState
from printshop.models import PrinterCommand, PrintPart, PrintRun, ScheduledPrint, SpoolChange
from printshop.services.filaments.spools import spool_correct
from printshop.services.printers import starts
from printshop.services.prints.dispatch import dispatch_pass
from printshop.services.prints.from_orders import order_prints_cancel, order_prints_make
from printshop.services.prints.prints import print_cancel, print_change, print_create
from printshop.services.prints.runs import run_completed, run_failed, run_not_started, run_progressed, run_started
from printshop.tests.factories import ShopFactory, ShopOrderFactory
from printshop.tests.printing import dispatched, printer_with, printing, stocked, waiting
from printshop.tests.sliced import print_file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(alice):
    return ShopFactory.create(owner=alice)


def sound(results):
    unexpected = [result for result in results if isinstance(result, Exception) and not isinstance(result, DomainError)]
    assert not unexpected, unexpected
    return results


def test_dispatchers_at_once_start_one_print_on_a_printer(shop):
    printers = [printer_with(shop, "#FF0000") for _ in range(5)]
    for _ in range(20):
        waiting(shop)
    now = timezone.now()
    counts = sound(at_once(*[partial(dispatch_pass, now=now)] * 4))
    assert sum(counts) == 5
    runs = PrintRun.objects.filter(ended_at=None)
    assert sorted(runs.values_list("printer_id", flat=True)) == [printer.pk for printer in printers]
    assert runs.values("scheduled_print").distinct().count() == 5
    assert PrinterCommand.objects.count() == 5
    assert ScheduledPrint.objects.filter(status="scheduled").count() == 5


def test_an_owner_and_a_dispatcher_ask_for_one_printer(shop, alice, settings):
    settings.PRINT_START_WAIT = 0
    printer_with(shop, "#FF0000")
    waiting(shop)
    asked = [waiting(shop, status="scheduled") for _ in range(2)]
    start = partial(print_change, actor=alice, status="started")
    sound(at_once(partial(dispatch_pass, now=timezone.now()), *(partial(start, print_id=job.pk) for job in asked)))
    assert PrintRun.objects.filter(ended_at=None).count() == PrinterCommand.objects.count() == 1


def test_a_cancellation_and_a_claim_at_once(shop, alice):
    for _ in range(4):
        printer_with(shop, "#FF0000")
        job = waiting(shop)
        sound(at_once(partial(dispatch_pass, now=timezone.now()), partial(print_cancel, actor=alice, print_id=job.pk)))
        job.refresh_from_db()
        assert (job.status == "cancelled") == (not job.runs.filter(ended_at=None).exists())


def test_a_start_and_a_cancellation_at_once_wait_for_each_other(shop, alice, monkeypatch):
    """Whichever comes first; none takes the rows in the other order, which the database would end one of them for."""

    def slow(call):
        def done(**about):
            result = call(**about)
            sleep(0.1)
            return result

        return done

    monkeypatch.setattr(starts, "run_sent", slow(starts.run_sent))
    monkeypatch.setattr(starts, "command_sent", slow(starts.command_sent))
    printer_with(shop, "#FF0000")
    job = waiting(shop)
    run = dispatched(job)
    mark = partial(starts.start_mark, command_id=run.commands.get().pk, sequence=1, run_id=run.pk)
    sound(at_once(mark, partial(print_cancel, actor=alice, print_id=job.pk)))
    job.refresh_from_db()
    run.refresh_from_db()
    assert (job.status, run.state, run.commands.get().state) in [
        ("scheduled", RunState.SENT, "sent"),
        ("cancelled", RunState.ENDED, "lost"),
    ]


def test_two_ends_of_one_run_take_its_filament_once(shop):
    printer = printer_with(shop, "#FF0000")
    filament, _ = stocked(shop, printer.slots.get())
    run = printing(waiting(shop, printer, grams="23.15"))
    run_progressed(run_id=run.pk, progress=50, layer=None, total_layers=None)
    ends = [partial(run_completed, run_id=run.pk)] * 3 + [partial(run_failed, run_id=run.pk, reason="x")] * 2
    results = sound(at_once(*ends))
    assert sorted(results) == [False] * 4 + [True]
    assert SpoolChange.objects.count() == 1
    run.refresh_from_db()
    filament.refresh_from_db()
    assert run.state == RunState.ENDED
    assert filament.current_amount == Decimal("976.85" if run.outcome == "completed" else "988.42")


def test_uses_at_once_lose_no_gram(shop, alice):
    filament, spool = stocked(shop)
    runs = []
    for _ in range(6):
        printer = printer_with(shop, "#FF0000")
        job = waiting(shop, printer, grams="10.10")
        job.needs.update(filament=filament)
        runs.append(printing(job))
    sound(
        at_once(
            *(partial(run_completed, run_id=run.pk) for run in runs),
            partial(spool_correct, actor=alice, spool_id=spool.pk, remaining_amount=Decimal(900)),
        )
    )
    filament.refresh_from_db()
    changed = sum(SpoolChange.objects.values_list("grams", flat=True))
    assert filament.current_amount == 1000 + changed
    assert SpoolChange.objects.filter(kind="print").count() == 6


def test_a_start_that_failed_and_one_that_began_at_once(shop):
    for _ in range(4):
        printer = printer_with(shop, "#FF0000")
        job = waiting(shop, printer)
        dispatch_pass(now=timezone.now())
        run = PrintRun.objects.get(scheduled_print=job, ended_at=None)
        results = sound(
            at_once(partial(run_started, run_id=run.pk), partial(run_not_started, run_id=run.pk, reason="No answer"))
        )
        job.refresh_from_db()
        assert sorted(results) == [False, True]
        assert job.status in {"started", "queued"}


def test_an_order_made_and_cancelled_and_printed_at_once(shop, alice):
    PrintPart.objects.create(shop=shop, sku="BRKT-L-RED", name="Bracket", file=print_file(shop))
    for _ in range(3):
        order = ShopOrderFactory.create(shop=shop, item__quantity=3)
        printer_with(shop, "#FF0000")
        sound(at_once(*[partial(order_prints_make, order_id=order.pk)] * 3))
        assert ScheduledPrint.objects.filter(item__order=order).count() == 3
        sound(
            at_once(
                partial(dispatch_pass, now=timezone.now()),
                partial(order_prints_cancel, order_id=order.pk, reason="off"),
                partial(print_create, actor=alice, job_name="x", file_name="x.3mf"),
            )
        )
        left = ScheduledPrint.objects.filter(item__order=order).exclude(status="cancelled")
        assert all(job.runs.filter(ended_at=None).exists() for job in left)
