"""What lies in the AMS slots, over HTTP."""

import pytest

from accounts.tests.people import as_bearer
from printshop.tests.factories import PrinterFactory, PrinterSlotFactory, ShopFactory
from printshop.tests.printing import stocked

pytestmark = pytest.mark.django_db
MATERIALS = "/api/printshop/bambu/materials"


@pytest.fixture
def client(alice):
    return as_bearer(alice)


@pytest.fixture
def slot(alice):
    printer = PrinterFactory.create(shop=ShopFactory.create(owner=alice))
    return PrinterSlotFactory.create(printer=printer, weight_grams=950, remaining_pct=95, vendor="Bambu")


@pytest.mark.operation("printshop.materials.list")
def test_listed(client, bob, slot):
    PrinterSlotFactory.create(printer=slot.printer, number=2, is_loaded=False)
    unknown = PrinterSlotFactory.create(printer=slot.printer, number=3)
    other = PrinterSlotFactory.create(printer=PrinterFactory.create(shop=slot.printer.shop))
    rows = client.get(MATERIALS).json()
    assert [row["id"] for row in rows] == [slot.pk, unknown.pk, other.pk]
    assert rows[0] == {
        "id": slot.pk,
        "printer_id": slot.printer_id,
        "slot": 1,
        "material_type": "PLA",
        "color": "#FF0000",
        "weight_grams": 950,
        "remaining_pct": 95,
        "vendor": "Bambu",
        "cost_per_kg": None,
        "currency": "USD",
        "loaded_at": None,
        "last_synced": None,
        "spool_id": None,
        "preset": "",
    }
    assert (rows[1]["weight_grams"], rows[1]["remaining_pct"], rows[1]["vendor"]) == (None, None, None)
    assert [row["id"] for row in client.get(MATERIALS, {"printer_id": other.printer_id}).json()] == [other.pk]
    assert client.get(MATERIALS, {"printer_id": 10**30}).status_code == 404
    assert client.get(MATERIALS, {"printer_id": "x"}).status_code == 400
    assert as_bearer(bob).get(MATERIALS).json() == []
    assert as_bearer(bob).get(MATERIALS, {"printer_id": slot.printer_id}).status_code == 403


@pytest.mark.operation("printshop.materials.update")
def test_what_is_set_by_hand_is_shown(client, bob, slot):
    address = f"{MATERIALS}/{slot.pk}"
    answer = client.put(address, {"remaining_pct": 85, "vendor": "Prusament", "cost_per_kg": 25}, format="json")
    assert answer.status_code == 200
    shown = {name: answer.json()[name] for name in ("remaining_pct", "vendor", "cost_per_kg", "weight_grams")}
    assert shown == {"remaining_pct": 85, "vendor": "Prusament", "cost_per_kg": 25, "weight_grams": 850}
    slot.refresh_from_db()
    assert (slot.remaining_pct, slot.weight_grams) == (95, 950)  # what the printer says stays beside it
    slot.remaining_pct, slot.weight_grams = 90, 900
    slot.save()
    assert client.get(MATERIALS).json()[0]["remaining_pct"] == 85
    assert client.put(address, {"remaining_pct": None}, format="json").json()["weight_grams"] == 900
    for name, value in (("remaining_pct", 101), ("remaining_pct", -1), ("cost_per_kg", -1), ("cost_per_kg", 1.001)):
        refused = client.put(address, {name: value}, format="json")
        assert (refused.status_code, name in str(refused.json())) == (400, True)
    assert as_bearer(bob).put(address, {"vendor": "x"}, format="json").status_code == 403
    assert client.put(f"{MATERIALS}/{slot.pk + 1}", {"vendor": "x"}, format="json").status_code == 404


def test_the_weight_is_unknown_where_the_full_one_is(client, slot):
    slot.weight_grams = slot.remaining_pct = None
    slot.save()
    assert client.put(f"{MATERIALS}/{slot.pk}", {"remaining_pct": 50}, format="json").json()["weight_grams"] is None


@pytest.mark.operation("printshop.materials.spool")
def test_a_spool_is_bound_by_hand(client, bob, slot):
    filament, spool = stocked(slot.printer.shop, vendor="Prusament")
    slot.weight_grams = slot.remaining_pct = None
    slot.vendor = ""
    slot.save()
    spool.used_amount = 250
    spool.save()
    address = f"{MATERIALS}/{slot.pk}/spool"
    body = client.put(address, {"spool_id": spool.pk}, format="json").json()
    assert (body["spool_id"], body["weight_grams"], body["remaining_pct"]) == (spool.pk, 750, 75)
    assert (body["cost_per_kg"], body["vendor"]) == (20, "Prusament")
    second = PrinterSlotFactory.create(printer=slot.printer, number=2)
    client.put(f"{MATERIALS}/{second.pk}/spool", {"spool_id": spool.pk}, format="json")
    slot.refresh_from_db()
    assert slot.spool is None  # it cannot be in two
    assert client.put(f"{MATERIALS}/{second.pk}/spool", {"spool_id": None}, format="json").json()["spool_id"] is None
    empty = PrinterSlotFactory.create(printer=slot.printer, number=3, is_loaded=False)
    refused = client.put(f"{MATERIALS}/{empty.pk}/spool", {"spool_id": spool.pk}, format="json")
    assert (refused.status_code, refused.json()["error"]) == (400, "The slot is empty.")
    _, strange = stocked(ShopFactory.create(owner=bob))
    assert client.put(address, {"spool_id": strange.pk}, format="json").status_code == 403
    assert as_bearer(bob).put(address, {"spool_id": strange.pk}, format="json").status_code == 403


def test_a_spool_that_gets_its_rfid_lies_where_it_is_read(client, slot):
    slot.tray_uuid = "AA"
    slot.save()
    filament, spool = stocked(slot.printer.shop)
    client.put(f"/api/printshop/spools/{spool.pk}", {"tray_uuid": "AA"}, format="json")
    assert client.get(MATERIALS).json()[0]["spool_id"] == spool.pk
    client.post(f"/api/printshop/spools/{spool.pk}/archive")
    added = client.post(
        f"/api/printshop/filaments/{filament.pk}/spools", {"initial_amount": 1000, "tray_uuid": "AA"}, format="json"
    )
    assert added.json()["material_id"] == slot.pk
