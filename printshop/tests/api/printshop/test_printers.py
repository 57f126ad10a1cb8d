"""The print shop's printers over REST."""

from datetime import UTC, datetime

import pytest

from accounts.tests.factories import UserFactory
from accounts.tests.people import as_bearer
from printshop.choices import PrinterStatus, PrintStatus, RunState
from printshop.models import Printer, PrinterSlot, PrintRun, Spool
from printshop.tests.factories import (
    FilamentFactory,
    PrinterFactory,
    PrinterSlotFactory,
    ScheduledPrintFactory,
)

pytestmark = pytest.mark.django_db

PRINTERS = "/api/printshop/bambu/printers"
CLOUD = {
    "name": "Main Printer",
    "connection_type": "bambu_cloud",
    "serial_number": "00M00A000000001",
    "access_code": "access_code_from_bambu",
}
LAN = {
    "name": "Main Printer",
    "connection_type": "bambu_lan",
    "api_url": "http://192.168.1.100",
    "access_code": "access_code",
}
SHOWN = {
    *("id", "name", "type", "connection_type", "serial_number", "status", "current_job", "utilization_pct"),
    "created_at",
}


@pytest.fixture
def alice(db):
    return UserFactory.create(username="alice")


@pytest.fixture
def client(alice):
    return as_bearer(alice)


@pytest.fixture
def printer(alice) -> Printer:
    return PrinterFactory.create(name="Main Printer", shop__owner=alice, serial_number="01S00A000000001")


def test_only_its_shop_sees_a_printer(printer):
    bob = as_bearer(UserFactory.create(username="bob"))
    assert bob.get(PRINTERS).json() == []
    assert bob.get(f"{PRINTERS}/{printer.pk}/status").json() == {"error": "User doesn't have access", "status": 403}
    assert bob.get(f"{PRINTERS}/{printer.pk + 1}/status").status_code == 404
    assert bob.put(f"{PRINTERS}/{printer.pk}", {"name": "Mine"}, format="json").status_code == 403
    assert bob.delete(f"{PRINTERS}/{printer.pk}").status_code == 403
    printer.refresh_from_db()
    assert (printer.name, printer.removed_at) == ("Main Printer", None)


@pytest.mark.operation("printshop.printers.list")
def test_printers_come_as_an_array_in_the_order_they_were_added(printer, alice, client):
    Printer.objects.filter(pk=printer.pk).update(
        utilization_pct=65, current_job="Print Job Name", status=PrinterStatus.PRINTING
    )
    second = PrinterFactory.create(shop=printer.shop, serial_number="", status=PrinterStatus.CONNECTING)
    PrinterFactory.create(shop=printer.shop, removed_at=datetime(2026, 1, 1, tzinfo=UTC))

    rows = client.get(PRINTERS).json()

    assert [row["id"] for row in rows] == [printer.pk, second.pk]
    assert {name: value for name, value in rows[0].items() if name in SHOWN} == {
        "id": printer.pk,
        "name": "Main Printer",
        "type": "bambu",
        "connection_type": "bambu_lan",
        "serial_number": "01S00A000000001",
        "status": "printing",
        "current_job": "Print Job Name",
        "utilization_pct": 65,
        "created_at": f"{printer.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
    }
    assert (rows[1]["serial_number"], rows[1]["current_job"], rows[1]["utilization_pct"]) == (None, None, 0)
    assert [row["id"] for row in client.get(PRINTERS, {"limit": 1, "offset": 1}).json()] == [second.pk]


def test_a_list_costs_the_same_however_long_it_is(printer, client, django_assert_max_num_queries):
    PrinterFactory.create_batch(5, shop=printer.shop)
    with django_assert_max_num_queries(4):
        assert len(client.get(PRINTERS).json()) == 6


@pytest.mark.operation("printshop.printers.create")
def test_a_cloud_printer_is_added(alice, client):
    answer = client.post(PRINTERS, CLOUD, format="json")
    assert answer.status_code == 201
    row = answer.json()
    printer = Printer.objects.get()
    assert set(row) >= SHOWN
    assert (row["status"], row["current_job"], row["utilization_pct"]) == ("connecting", None, 0)
    assert "access_code" not in str(row)
    assert (printer.shop.owner, printer.access_code) == (alice, "access_code_from_bambu")
    assert printer.notification_settings.notify_print_failed


def test_a_lan_printer_is_added_by_its_address_alone(client):
    row = client.post(PRINTERS, LAN, format="json").json()
    assert (row["connection_type"], row["serial_number"]) == ("bambu_lan", None)
    printer = Printer.objects.get()
    assert (printer.host, printer.port, printer.files_port) == ("192.168.1.100", 8883, 990)
    client.post(PRINTERS, LAN | {"api_url": "https://printer.local:18883/path?x=1", "files_port": 10990}, format="json")
    other = Printer.objects.latest("pk")
    assert (other.host, other.port, other.files_port) == ("printer.local", 18883, 10990)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (LAN | {"api_url": "http://169.254.169.254"}, "api_url"),
        (LAN | {"api_url": "http://[fe80::1]"}, "api_url"),
        (LAN | {"api_url": "http://[::ffff:169.254.169.254]:8883"}, "api_url"),
        (LAN | {"api_url": "http://0.0.0.0"}, "api_url"),
        (LAN | {"api_url": "http://2130706433"}, "api_url"),
        (LAN | {"api_url": "http://0x7f.1"}, "api_url"),
        (LAN | {"api_url": "http://printer:99999"}, "api_url"),
        (LAN | {"api_url": "http://pri nter"}, "api_url"),
        (LAN | {"api_url": ""}, "api_url"),
        (CLOUD | {"serial_number": ""}, "serial_number"),
        (CLOUD | {"name": "  "}, "name"),
        (CLOUD | {"access_code": ""}, "access_code"),
        (CLOUD | {"connection_type": "octoprint"}, "connection_type"),
    ],
)
def test_what_cannot_be_a_printer_is_refused_with_the_field(client, body, field):
    answer = client.post(PRINTERS, body, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["error"] or answer.json().get("field") == field
    assert not Printer.objects.exists()


def test_a_printer_is_in_a_shop_once(client):
    assert client.post(PRINTERS, CLOUD, format="json").status_code == 201
    assert client.post(PRINTERS, CLOUD | {"name": "Again"}, format="json").status_code == 409
    assert client.post(PRINTERS, LAN, format="json").status_code == 201
    assert client.post(PRINTERS, LAN, format="json").status_code == 409
    assert Printer.objects.count() == 2


@pytest.mark.operation("printshop.printers.status")
def test_a_status_says_what_is_known_and_null_where_nothing_is(printer, client):
    Printer.objects.filter(pk=printer.pk).update(
        status=PrinterStatus.PRINTING,
        current_job="Custom Bracket",
        progress=45,
        nozzle_temp=220,
        bed_temp=60,
        chamber_temp=45,
        utilization_pct=65,
        remaining_seconds=1200,
        heard_at=datetime(2025, 1, 1, 12, 34, 56, tzinfo=UTC),
    )
    row = client.get(f"{PRINTERS}/{printer.pk}/status").json()
    assert (
        row
        | {
            "id": printer.pk,
            "status": "printing",
            "current_job": "Custom Bracket",
            "progress": 45,
            "nozzle_temp": 220,
            "bed_temp": 60,
            "chamber_temp": 45,
            "utilization": 65,
            "estimated_time_remaining": 1200,
            "last_updated": "2025-01-01T12:34:56",
        }
        == row
    )
    silent = PrinterFactory.create(shop=printer.shop, heard_at=None, status=PrinterStatus.CONNECTING)
    row = client.get(f"{PRINTERS}/{silent.pk}/status").json()
    unknown = ("current_job", "progress", "nozzle_temp", "chamber_temp", "estimated_time_remaining", "last_updated")
    assert [row[name] for name in unknown] == [None] * 6


@pytest.mark.operation("printshop.printers.update")
def test_a_printer_is_changed_and_connected_anew_where_it_is_reached_otherwise(printer, client):
    Printer.objects.filter(pk=printer.pk).update(certificate="a" * 64)
    before = printer.changed_at
    row = client.put(f"{PRINTERS}/{printer.pk}", {"name": "Left", "needs_clear_plate": False}, format="json").json()
    assert (row["name"], row["needs_clear_plate"], row["status"]) == ("Left", False, "online")
    printer.refresh_from_db()
    assert printer.changed_at == before

    client.put(f"{PRINTERS}/{printer.pk}", {"api_url": "192.168.1.7", "access_code": "87654321"}, format="json")
    printer.refresh_from_db()
    assert (printer.host, printer.access_code, printer.certificate) == ("192.168.1.7", "87654321", "a" * 64)
    assert (printer.status, printer.changed_at > before) == (PrinterStatus.CONNECTING, True)

    client.put(f"{PRINTERS}/{printer.pk}", {"serial_number": "01S00A000000002"}, format="json")
    printer.refresh_from_db()
    assert (printer.serial_number, printer.certificate) == ("01S00A000000002", "")


@pytest.mark.operation("printshop.printers.delete")
def test_with_a_printer_goes_what_waits_for_it_alone(printer, client):
    waiting = ScheduledPrintFactory.create(shop=printer.shop, printer=printer)
    for_any = ScheduledPrintFactory.create(shop=printer.shop, printer=None)
    filament = FilamentFactory.create(shop=printer.shop)
    slot = PrinterSlotFactory.create(printer=printer, spool=Spool.objects.get(filament=filament))

    answer = client.delete(f"{PRINTERS}/{printer.pk}")

    assert (answer.status_code, answer.json()) == (200, {"message": "Printer deleted"})
    waiting.refresh_from_db()
    for_any.refresh_from_db()
    assert (waiting.status, for_any.status) == (PrintStatus.CANCELLED, PrintStatus.QUEUED)
    assert PrinterSlot.objects.get(pk=slot.pk).spool is None
    assert client.get(f"{PRINTERS}/{printer.pk}/status").status_code == 404
    assert client.delete(f"{PRINTERS}/{printer.pk}").status_code == 404


def test_a_printer_at_a_print_stays(printer, client):
    scheduled = ScheduledPrintFactory.create(shop=printer.shop, printer=printer, status=PrintStatus.STARTED)
    PrintRun.objects.create(scheduled_print=scheduled, printer=printer, submission=7, state=RunState.PRINTING)
    assert client.delete(f"{PRINTERS}/{printer.pk}").status_code == 409
    printer.refresh_from_db()
    assert printer.removed_at is None


@pytest.mark.operation("printshop.printers.plate_clear")
def test_the_plate_is_clear_when_somebody_says_so(printer, client):
    Printer.objects.filter(pk=printer.pk).update(is_plate_clear=False)
    row = client.post(f"{PRINTERS}/{printer.pk}/plate-clear").json()
    assert row["is_plate_clear"] is True
    Printer.objects.filter(pk=printer.pk).update(is_plate_clear=False, status=PrinterStatus.PRINTING)
    assert client.post(f"{PRINTERS}/{printer.pk}/plate-clear").status_code == 409


@pytest.mark.operation("printshop.printers.accept_certificate")
def test_another_certificate_is_accepted_by_its_owner(printer, client):
    address = f"{PRINTERS}/{printer.pk}/accept-certificate"
    assert client.post(address).status_code == 409
    Printer.objects.filter(pk=printer.pk).update(certificate="a" * 64, offered_certificate="b" * 64)
    assert client.post(address).status_code == 200
    printer.refresh_from_db()
    assert (printer.certificate, printer.offered_certificate) == ("b" * 64, "")


def test_what_a_removed_printer_was_asked_for_is_lost(client, printer):
    Printer.objects.filter(pk=printer.pk).update(status=PrinterStatus.OFFLINE)
    asked = client.post(f"{PRINTERS}/{printer.pk}/refresh")
    assert asked.status_code in (200, 201, 202), asked.content
    assert client.delete(f"{PRINTERS}/{printer.pk}").status_code == 200
    assert list(printer.commands.values_list("state", "detail")) == [("lost", "The printer was removed.")]


@pytest.mark.parametrize("serial_number", ["+", "#", "00M00A/+", "00M\u202e1"])
def test_a_serial_number_stands_for_no_other_printer(client, printer, serial_number):
    for answer in (
        client.post(PRINTERS, CLOUD | {"serial_number": serial_number}, format="json"),
        client.post(PRINTERS, LAN | {"serial_number": serial_number}, format="json"),
        client.put(f"{PRINTERS}/{printer.pk}", {"serial_number": serial_number}, format="json"),
    ):
        assert (answer.status_code, answer.json()["field"]) == (400, "serial_number")
    assert Printer.objects.get().serial_number == "01S00A000000001"
