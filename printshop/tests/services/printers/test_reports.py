"""What printers report, in their rows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from printshop.bambu.views import TrayView
from printshop.choices import PrinterStatus
from printshop.models import Printer, PrinterSlot, Spool
from printshop.services.printers.reports import Reported, printer_identified, reports_store
from printshop.tests.factories import FilamentFactory, PrinterFactory, PrinterSlotFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 12, 0, 5, 123456, tzinfo=UTC)
COLUMNS = {
    "status": "printing",
    "status_detail": "Ü 'quoted' % {}",
    "is_monitored_only": False,
    "current_job": "Gear",
    "progress": 45,
    "layer": 9,
    "total_layers": 20,
    "nozzle_temp": 220.0,
    "nozzle_target": 220.0,
    "bed_temp": 60.0,
    "bed_target": None,
    "chamber_temp": None,
    "nozzles": [{"number": 0, "temp": 220.0, "target": 220.0, "is_active": True}],
    "remaining_seconds": 1200,
    "errors": [{"code": "0300-400C", "words": "Stopped.", "severity": "info"}],
    "model": "P1S",
    "firmware": "01.07",
}
RED = TrayView(0, 0, 0, is_loaded=True, material_type="PLA", color="#FF0000")
TAGGED = TrayView(
    1,
    0,
    1,
    is_loaded=True,
    material_type="PETG",
    color="#00FF00",
    tray_uuid="A" * 32,
    remaining_pct=80,
    weight_grams=800,
)


@pytest.fixture
def printer(db) -> Printer:
    return PrinterFactory.create(shop__owner__username="alice", status=PrinterStatus.ONLINE)


def store(printer: Printer, *trays: TrayView, **columns) -> list[PrinterSlot]:
    return reports_store([Reported(printer.pk, COLUMNS | columns, AT, trays or None, {"print": {}})])


def test_all_columns_are_stored_as_they_are(printer):
    other = PrinterFactory.create(shop=printer.shop)
    store(printer)
    before = Printer.objects.get(pk=other.pk)
    printer.refresh_from_db()
    assert {name: getattr(printer, name) for name in COLUMNS} == COLUMNS
    assert (printer.heard_at, printer.report, printer.version) == (AT, {"print": {}}, 1)
    assert (before.status, before.version) == (PrinterStatus.ONLINE, 0)


def test_what_is_none_in_a_report_stays(printer):
    store(printer)
    reports_store([Reported(printer.pk, COLUMNS | {"status": "online"})])
    printer.refresh_from_db()
    assert (printer.status, printer.heard_at, printer.report, printer.version) == ("online", AT, {"print": {}}, 2)


def test_many_printers_are_one_statement(printer, django_assert_num_queries):
    rows = [printer, *PrinterFactory.create_batch(20, shop=printer.shop)]
    reported = [Reported(row.pk, COLUMNS | {"progress": number}) for number, row in enumerate(rows)]
    with django_assert_num_queries(3):  # with the transaction's beginning and end
        reports_store(reported)
    assert list(Printer.objects.order_by("pk").values_list("progress", flat=True)) == list(range(21))


def test_a_removed_printer_is_left_alone(printer):
    Printer.objects.filter(pk=printer.pk).update(removed_at=AT)
    store(printer)
    printer.refresh_from_db()
    assert printer.status == PrinterStatus.ONLINE


def test_the_plate_is_not_clear_while_something_is_printed_on_it(printer):
    store(printer, status="preparing")
    printer.refresh_from_db()
    assert printer.is_plate_clear
    store(printer, status="printing")
    store(printer, status="online")
    printer.refresh_from_db()
    assert not printer.is_plate_clear


def test_slots_are_written_when_they_are_different(printer):
    slots = store(printer, RED, TAGGED)
    assert [(slot.number, slot.material_type, slot.color) for slot in slots] == [
        (1, "PLA", "#FF0000"),
        (2, "PETG", "#00FF00"),
    ]
    assert (slots[1].weight_grams, slots[1].remaining_pct, slots[0].remaining_pct) == (800, 80, None)
    assert slots[0].loaded_at is not None
    assert store(printer, RED, TAGGED) == []


def test_what_was_set_by_hand_stays_until_another_spool_is_there(printer):
    filament = FilamentFactory.create(shop=printer.shop)
    slot = PrinterSlotFactory.create(
        printer=printer,
        manual={"remaining_pct": 85},
        vendor="",
        cost_per_kg="25",
        spool=Spool.objects.get(filament=filament),
    )
    store(printer, RED)
    slot.refresh_from_db()
    assert (slot.manual, slot.cost_per_kg, slot.spool.filament) == ({"remaining_pct": 85}, 25, filament)
    store(printer, TrayView(0, 0, 0, is_loaded=True, material_type="PLA", color="#0000FF"))
    slot.refresh_from_db()
    assert (slot.manual, slot.cost_per_kg, slot.spool, slot.color) == ({}, None, None, "#0000FF")


def test_a_slot_whose_unit_is_gone_is_empty(printer):
    store(printer, RED, TAGGED)
    (changed,) = [slot for slot in store(printer, RED) if not slot.is_loaded]
    assert (changed.number, changed.material_type, changed.tray_uuid) == (2, "", "")


def test_a_spool_is_bound_by_its_tag_and_moves_with_it(printer):
    filament = FilamentFactory.create(shop=printer.shop)
    Spool.objects.filter(filament=filament).update(tray_uuid="A" * 32)
    strangers = FilamentFactory.create()
    Spool.objects.filter(filament=strangers).update(tray_uuid="A" * 32)
    store(printer, RED, TAGGED)
    assert PrinterSlot.objects.get(spool__filament=filament).number == 2
    other = PrinterFactory.create(shop=printer.shop)
    reports_store([Reported(other.pk, COLUMNS, AT, (TAGGED,))])
    assert PrinterSlot.objects.get(spool__filament=filament).printer == other
    assert not PrinterSlot.objects.filter(spool__filament=strangers).exists()


def test_a_serial_number_that_the_shop_has_already_is_not_taken(printer):
    new = PrinterFactory.create(shop=printer.shop, serial_number="", certificate="")
    assert not printer_identified(printer_id=new.pk, serial_number=printer.serial_number, certificate="a" * 64)
    new.refresh_from_db()
    assert (new.serial_number, new.certificate) == ("", "")
    assert printer_identified(printer_id=new.pk, serial_number="01S00A999999999", certificate="a" * 64)
    assert printer_identified(printer_id=new.pk, serial_number="other", certificate="b" * 64)
    new.refresh_from_db()
    assert (new.serial_number, new.certificate) == ("01S00A999999999", "a" * 64)


def test_what_was_found_out_before_a_printer_was_changed_is_not_kept(printer):
    Printer.objects.update(certificate="", serial_number="", cloud_user_id="")
    before = printer.changed_at
    Printer.objects.update(changed_at=before + timedelta(seconds=1))
    found = {"serial_number": "01S00A999999999", "certificate": "a" * 64, "cloud_user_id": "7"}
    assert printer_identified(printer_id=printer.pk, changed_at=before, **found)
    printer.refresh_from_db()
    assert (printer.serial_number, printer.certificate, printer.cloud_user_id) == ("", "", "")
    assert printer_identified(printer_id=printer.pk, changed_at=printer.changed_at, **found)
    printer.refresh_from_db()
    assert (printer.serial_number, printer.certificate, printer.cloud_user_id) == tuple(found.values())


def test_what_is_changed_while_something_is_found_out_stays(printer):
    """Only what is found out is written, and only where nothing was."""
    Printer.objects.update(certificate="", serial_number="01S00A999999999")
    with CaptureQueriesContext(connection) as queries:
        printer_identified(printer_id=printer.pk, certificate="a" * 64)
    writes = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert len(writes) == 1
    assert "serial_number" not in writes[0]
    assert "certificate\" = ''" in writes[0]
