"""The print shop in Django's admin site: what its pages tell, and what staff may call off."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notification
from accounts.services.levels import groups_prepare
from accounts.tests.factories import BuyerFactory, ModeratorFactory, StaffFactory
from config.core.errors import Denied
from config.core.models import AuditEntry
from printshop.choices import PrintStatus
from printshop.errors import WrongStatus
from printshop.models import PrinterCommand, PrinterEvent, ScheduledPrint, Shipment, SyncRun
from printshop.services.by_staff import print_call_off, printer_set_aside, shop_order_call_off, shop_order_take_up
from printshop.services.orders.orders import communication_log, note_add
from printshop.services.prints.from_orders import order_prints_make
from printshop.services.prints.runs import run_completed
from printshop.tests.factories import ScheduledPrintFactory, ShopFactory, ShopOrderFactory
from printshop.tests.parts import part_of
from printshop.tests.printing import need, printer_with, printing, stocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice):
    return ShopFactory(owner=alice)


@pytest.fixture
def order(shop):
    """Of two pieces: one is printed, the other waits."""
    part_of(shop)
    printer = printer_with(shop, "#FF0000", name="Left one")
    stocked(shop, printer.slots.get())
    found = ShopOrderFactory(shop=shop, item__quantity=2, fees="3.00")
    order_prints_make(order_id=found.pk)
    first = ScheduledPrint.objects.order_by("pk")[0]
    ScheduledPrint.objects.exclude(pk=first.pk).update(not_before=timezone.now() + timedelta(days=1))
    run_completed(run_id=printing(first).pk)
    found.refresh_from_db()
    return found


@pytest.fixture
def staff(client):
    groups_prepare()
    person = StaffFactory(username="sam")
    client.force_login(person)
    return person


def address(row, button: str = "change") -> str:
    return f"/admin/printshop/{row._meta.model_name}/{row.pk}/{button}/"


def panels(client, row) -> dict:
    answer = client.get(address(row))
    assert answer.status_code == 200
    return {panel.title: panel.rows for panel in answer.context["panels"]}


def press(client, row, button: str, **sent) -> str:
    once = client.get(address(row, button)).context["once"]
    for _ in range(2):  # pressed twice
        done = client.post(address(row, button), sent | {"once": once}, follow=True)
    assert done.redirect_chain[-1][0] == address(row)
    row.refresh_from_db()
    return done.content.decode()


def queries(client, row) -> int:
    with CaptureQueriesContext(connection) as ran:
        assert client.get(address(row)).status_code == 200
    return len(ran)


def entry() -> tuple:
    found = AuditEntry.objects.get()
    return found.action, found.before, found.after


def statuses() -> list[str]:
    return list(ScheduledPrint.objects.order_by("pk").values_list("status", flat=True))


def test_what_belongs_to_an_order(client, staff, order, alice):
    communication_log(actor=alice, order_id=order.pk, message="Is it <red>?")
    note_add(actor=alice, order_id=order.pk, content="Second spool.")
    Shipment.objects.create(order=order, carrier="dhl", tracking_code="JD01", state="refused", error="unknown carrier")
    found = panels(client, order)
    assert list(found) == [
        *("Items", "Prints", "Filament taken", "Parcels", "Profit", "Said to and by the buyer", "The shop's notes")
    ]
    assert found["Items"][0][:4] == ("Custom Bracket", "BRKT-L-RED", 2, "49.99 USD")
    assert [row[1] for row in found["Prints"]] == ["Queued", "Completed"]
    taken = found["Filament taken"][0]
    assert (taken[3], taken[4], taken[5]) == ("Print", "-20.00", "0.40000 USD")
    assert found["Parcels"][0][1:5] == ("dhl", "JD01", "Refused", "unknown carrier")
    profit = dict(found["Profit"])
    assert (profit["Income, less refunds and taxes"], profit["Fees"], profit["Filament"]) == (
        *("49.99 USD", "3.00 USD", "0.40 USD"),
    )
    assert found["Said to and by the buyer"][0][4] == "Is it <red>?"
    page = client.get(address(order)).content.decode()
    for words in ("Bracket: Scheduled → Started", "Parcel dhl JD01", "Is it &lt;red&gt;?", "Placed at Etsy"):
        assert words in page, words


def test_calling_off_what_is_to_be_printed_and_taking_it_up_again(client, staff, order, alice):
    assert client.post(address(order, "call-off"), {}).context["form"].errors["reason"]
    page = press(client, order, "call-off", reason="A weapon.")
    assert (order.production_status, order.status) == ("cancelled", "paid")
    assert statuses() == ["completed", "cancelled"]
    assert entry() == (
        "shop_order.call_off",
        {"production_status": "in_progress", "prints": 1},
        {"production_status": "cancelled", "prints": 0, "reason": "A weapon."},
    )
    told = Notification.objects.get(user=alice, title="Prints called off")
    assert told.message.endswith(": A weapon.") and told.data == {"shop_order_id": order.pk}
    assert address(order, "call-off") not in page
    press(client, order, "take-up", reason="It is a toy.")
    assert order.production_status == "in_progress"
    assert statuses() == ["completed", "cancelled", "queued"]


def test_what_its_source_called_off_is_not_taken_up(staff, order):
    shop_order_call_off(actor=staff, order_id=order.pk, reason="x")
    type(order).objects.update(source_status="canceled")
    with pytest.raises(WrongStatus):
        shop_order_take_up(actor=staff, order_id=order.pk, reason="x")
    order.refresh_from_db()
    assert (order.production_status, AuditEntry.objects.count()) == ("cancelled", 1)


def test_a_print(client, staff, order, alice):
    done, waiting = ScheduledPrint.objects.order_by("pk")
    found = panels(client, done)
    assert list(found) == ["For", "Needs", "Tries", "Filament taken"]
    assert found["Needs"][0][4] == "20.00 g"
    assert "Left one" in found["Tries"][0][2] and found["Tries"][0][4] == "Completed"
    assert client.post(address(done, "call-off"), {"reason": "x"}, follow=True).content.decode().count("not possible")
    page = press(client, waiting, "call-off", reason="A copy.")
    assert waiting.status == PrintStatus.CANCELLED and "A copy." in page
    assert entry() == ("print.call_off", {"status": "queued"}, {"status": "cancelled", "reason": "A copy."})
    assert Notification.objects.get(user=alice, title="Print called off").data == {"print_id": waiting.pk}
    assert order_prints_make(order_id=order.pk) == 0  # it is not made behind their back


def test_a_printer(client, staff, order, alice):
    printer = order.shop.printers.get()
    printer.errors = [{"code": "HMS_0300", "words": "The nozzle is <hot>.", "severity": "serious"}]
    printer.save(update_fields=["errors"])
    PrinterEvent.objects.create(printer=printer, kind="maintenance", key="x", words="Needs oil")
    PrinterCommand.objects.create(printer=printer, kind="pause", expires_at=timezone.now(), actor=alice)
    found = panels(client, printer)
    assert list(found) == ["What it reports", "Slots", "Its queue", "What it printed", "What it was told"]
    assert found["What it reports"] == [("HMS_0300", "The nozzle is <hot>.", "serious")]
    assert found["Slots"][0][:3] == (1, "PLA", "#FF0000")
    assert found["What it was told"][0][1:3] == ("Pause", "alice")
    page = client.get(address(printer)).content.decode()
    assert "Needs oil" in page and "12345678" not in page  # its access code
    press(client, printer, "set-aside", reason="It was recalled.")
    assert printer.is_taking_prints is False
    assert entry() == (
        "printer.set_aside",
        {"is_taking_prints": True},
        {"is_taking_prints": False, "reason": "It was recalled."},
    )
    assert Notification.objects.get(user=alice, title="Printer set aside").data == {"printer_id": printer.pk}


def test_filament(client, staff, order):
    filament = order.shop.filaments.get()
    found = panels(client, filament)
    assert list(found) == ["Spools", "Reserved for", "Where it went"]
    assert found["Spools"][0][1:5] == ("980.00 g", "1000.00 g", "", "slot 1 of Left one")
    assert found["Reserved for"][0][1:] == ("Queued", "20.00 g")
    assert "20.00 g" in client.get(address(filament)).content.decode()


def test_a_spool_and_a_try(client, staff, order):
    """From a try to the print, the spool and what was taken of it, and back."""
    done = ScheduledPrint.objects.order_by("pk")[0]
    run, spool = done.runs.get(), order.shop.filaments.get().spools.get()
    found = panels(client, spool)
    assert list(found) == ["Lies in", "Tries with it", "What came to it and left it"]
    assert "Left one" in found["Lies in"][0][0] and found["Lies in"][0][1:] == (1, "PLA", "#FF0000")
    assert address(run) in found["Tries with it"][0][0]
    assert found["What came to it and left it"][0][3:5] == ("Print", "-20.00")
    assert "980.00 g" in client.get(address(spool)).content.decode()

    found = panels(client, run)
    assert list(found) == ["Print", "Filament", "Filament taken", "Other tries"]
    assert address(done) in found["Print"][0][0]
    assert address(spool) in found["Filament"][0][2] and found["Filament"][0][3] == "20.00 g"
    assert found["Filament taken"][0][4] == "-20.00"
    told = [one.what for one in client.get(address(run)).context["timeline"]]
    assert told[0] == "Completed" and told[-1] == "The printer was chosen"


def test_a_shop(client, staff, order, shop):
    SyncRun.objects.create(shop=shop, calls=3, error="Etsy does not answer now.")
    shop.filaments.update(is_low=True)
    found = panels(client, shop)
    assert list(found) == ["Printers", "Queue", "Orders", "Filament that runs low", "Reading from Etsy"]
    assert (found["Printers"][0][1], found["Queue"][0][1]) == ("Online", "Queued")
    assert found["Orders"][0][1:4] == ("paid", "In Progress", "49.99 USD")
    assert found["Filament that runs low"][0][1] == "980.00 g"
    assert found["Reading from Etsy"][0][2::4] == (3, "Etsy does not answer now.")
    page = client.get(address(shop)).content.decode()
    assert shop.access_token not in page and shop.refresh_token not in page


def test_the_lists_of_all_that_a_panel_shows_can_be_asked_for(client, staff, order, shop):
    for row in (shop, order, shop.printers.get()):
        lists = [panel.address for panel in client.get(address(row)).context["panels"] if panel.address]
        assert lists and [client.get(each).status_code for each in lists] == [200] * len(lists)


def test_who_decides(client, staff, order, alice):
    waiting, printer = ScheduledPrint.objects.get(status="queued"), order.shop.printers.get()
    client.force_login(ModeratorFactory())
    for row, button in ((order, "call-off"), (waiting, "call-off"), (printer, "set-aside")):
        assert client.get(address(row)).status_code == 403
        assert client.post(address(row, button), {"reason": "x"}).status_code == 403
    for person in (alice, BuyerFactory(), ModeratorFactory()):
        for decide in (
            lambda actor: shop_order_call_off(actor=actor, order_id=order.pk, reason="x"),
            lambda actor: shop_order_take_up(actor=actor, order_id=order.pk, reason="x"),
            lambda actor: print_call_off(actor=actor, print_id=waiting.pk, reason="x"),
            lambda actor: printer_set_aside(actor=actor, printer_id=printer.pk, reason="x"),
        ):
            with pytest.raises(Denied):
                decide(person)
    assert (statuses(), AuditEntry.objects.count()) == (["completed", "queued"], 0)


def test_pages_cost_the_same_however_much_is_on_them(client, staff, order):
    printer, filament = order.shop.printers.get(), order.shop.filaments.get()
    done = ScheduledPrint.objects.get(status="completed")
    rows = (order, printer, filament, done, order.shop)
    queries(client, order)
    before = [queries(client, row) for row in rows]
    item = order.items.get()
    for number in range(3):
        more = ScheduledPrintFactory(shop=order.shop, printer=printer, item=item, copy_number=10 + number)
        need(more, color="#FF0000", grams=Decimal(5), filament=filament)
        need(done, color="#00FF00", position=2 + number, filament=filament)
        stocked(order.shop)
        filament.spools.create(initial_amount=1000)
        Shipment.objects.create(order=order, carrier="dhl", tracking_code=str(number))
        ShopOrderFactory(shop=order.shop)
        PrinterEvent.objects.create(printer=printer, kind="maintenance", key=str(number), words="Needs oil")
    assert [queries(client, row) for row in rows] == before
