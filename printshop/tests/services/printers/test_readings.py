"""What printers were doing, and what share of the time they were busy."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from printshop.choices import NO_BRIDGE, PrinterStatus
from printshop.models import Printer, PrinterBridge, PrinterReading
from printshop.services.printers.lease import bridge_hold, bridge_let_go
from printshop.services.printers.readings import printers_without_bridge, readings_take
from printshop.tests.factories import PrinterFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 12, 3, tzinfo=UTC)


def test_one_reading_in_five_minutes_however_often_it_is_asked_for():
    busy = PrinterFactory(status=PrinterStatus.PRINTING, progress=45, nozzle_temp=220, bed_temp=60)
    PrinterFactory(heard_at=None, shop=busy.shop)
    assert readings_take(now=NOW) == 1
    assert readings_take(now=NOW + timedelta(minutes=1)) == 0
    reading = PrinterReading.objects.get()
    assert (reading.at, reading.status, reading.progress) == (datetime(2026, 6, 1, 12, 0, tzinfo=UTC), "printing", 45)
    assert readings_take(now=NOW + timedelta(minutes=2)) == 1


def test_utilization_counts_the_last_seven_days():
    printer = PrinterFactory(status=PrinterStatus.ONLINE)
    states = [PrinterStatus.PRINTING, PrinterStatus.PAUSED, PrinterStatus.FAILED, PrinterStatus.OFFLINE]
    for number, status in enumerate(states):
        at = NOW - timedelta(hours=number + 1)
        PrinterReading.objects.create(printer=printer, status=status, at=at)
    PrinterReading.objects.create(printer=printer, status=PrinterStatus.PRINTING, at=NOW - timedelta(days=8))
    old = PrinterReading.objects.create(printer=printer, status=PrinterStatus.PRINTING, at=NOW - timedelta(days=31))
    untouched = PrinterFactory(shop=printer.shop, heard_at=None)

    readings_take(now=NOW)

    printer.refresh_from_db()
    untouched.refresh_from_db()
    assert (printer.utilization_pct, untouched.utilization_pct) == (40, None)
    assert not PrinterReading.objects.filter(pk=old.pk).exists()


def test_printers_without_a_bridge_are_offline():
    printer = PrinterFactory(status=PrinterStatus.PRINTING, progress=45, current_job="Gear")
    new = PrinterFactory(shop=printer.shop, status=PrinterStatus.CONNECTING, heard_at=None)
    assert bridge_hold(holder="one")
    assert printers_without_bridge() == 0
    bridge_let_go(holder="one")
    assert printers_without_bridge() == 1
    assert printers_without_bridge() == 0
    printer = Printer.objects.get(pk=printer.pk)
    assert (printer.status, printer.status_detail, printer.progress, printer.current_job) == (
        "offline",
        NO_BRIDGE,
        None,
        "",
    )
    assert Printer.objects.get(pk=new.pk).status == PrinterStatus.CONNECTING


def test_one_holds_the_printers_until_it_lets_go_or_is_silent():
    assert bridge_hold(holder="one")
    assert not bridge_hold(holder="two")
    assert bridge_hold(holder="one")
    PrinterBridge.objects.update(held_until=timezone.now())
    assert bridge_hold(holder="two")
    assert not bridge_hold(holder="one")
    bridge_let_go(holder="one")
    assert not bridge_hold(holder="one")
    bridge_let_go(holder="two")
    assert bridge_hold(holder="one")
