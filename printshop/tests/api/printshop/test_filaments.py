"""The filament stock over HTTP."""

from decimal import Decimal

import pytest

from accounts.models import Notification
from accounts.tests.people import as_bearer
from printshop.models import Filament, PrintFilament, SpoolChange
from printshop.services.prints.runs import run_failed, run_progressed
from printshop.tests.factories import FilamentFactory, ScheduledPrintFactory, ShopFactory
from printshop.tests.printing import need, printer_with, printing, waiting

pytestmark = pytest.mark.django_db
FILAMENTS = "/api/printshop/filaments"
BLUE = {
    "material": "PLA",
    "color": "Blue",
    "initial_amount": 1000,
    "current_amount": 1000,
    "cost_per_gram": 0.015,
    "low_stock_threshold": 100,
}


@pytest.fixture
def client(alice):
    return as_bearer(alice)


@pytest.fixture
def red(alice):
    return FilamentFactory.create(shop=ShopFactory.create(owner=alice))


@pytest.mark.operation("printshop.filaments.create")
def test_created(client):
    answer = client.post(FILAMENTS, BLUE, format="json")
    assert answer.status_code == 201
    body = answer.json()
    assert body["created_at"][10] == body["updated_at"][10] == "T"
    assert len(body.pop("created_at")) == len(body.pop("updated_at")) == 19
    assert body == BLUE | {
        "id": Filament.objects.get().pk,
        "currency": "USD",
        "reserved_amount": 0,
        "is_low": False,
        "color_hex": "#0000FF",
        "tare_amount": None,
        "vendor": "",
    }
    for name, value in (
        ("material", ""),
        ("color", "x" * 61),
        ("initial_amount", -1),
        ("initial_amount", "a lot"),
        ("initial_amount", 1.005),
        ("current_amount", 1001),
        ("cost_per_gram", -0.1),
        ("low_stock_threshold", None),
    ):
        refused = client.post(FILAMENTS, BLUE | {name: value}, format="json")
        assert (refused.status_code, refused.json()["status"]) == (400, 400)
        assert name in refused.json()["error"] or refused.json()["field"] == name
    assert Filament.objects.count() == 1


def test_the_same_call_sent_again_makes_one(client):
    answers = [client.post(FILAMENTS, BLUE, format="json", headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Filament.objects.count() == 1


@pytest.mark.operation("printshop.filaments.list")
def test_listed(client, bob, red):
    low = FilamentFactory.create(
        shop=red.shop, color="Black", color_folded="black", current_amount=100, is_low=True, spool=False
    )
    need(ScheduledPrintFactory.create(shop=red.shop), color="#FF0000", grams="20.50", filament=red)
    need(ScheduledPrintFactory.create(shop=red.shop, status="started"), color="#FF0000", grams=10, filament=red)
    need(ScheduledPrintFactory.create(shop=red.shop, status="completed"), color="#FF0000", grams=99, filament=red)
    body = client.get(FILAMENTS).json()
    assert body["total"] == 2
    assert [(row["id"], row["reserved_amount"]) for row in body["filaments"]] == [(low.pk, 0), (red.pk, 30.5)]

    def found(**query):
        return [row["id"] for row in client.get(FILAMENTS, query).json()["filaments"]]

    assert found(low_stock="true") == [low.pk]
    assert found(low_stock="false") == [low.pk, red.pk]
    assert found(material="pla", color="RED") == [red.pk]
    assert found(material="PETG") == []
    assert found(limit=1, offset=1) == [red.pk]
    assert client.get(FILAMENTS, {"low_stock": "maybe"}).status_code == 400
    assert as_bearer(bob).get(FILAMENTS).json()["filaments"] == []


@pytest.mark.operation("printshop.filaments.update")
def test_changed(client, bob, red):
    address = f"{FILAMENTS}/{red.pk}"
    body = client.put(address, {"current_amount": 750.25, "cost_per_gram": 0.025}, format="json").json()
    assert (body["current_amount"], body["initial_amount"], body["cost_per_gram"]) == (750.25, 1000, 0.025)
    assert [(each.kind, each.grams) for each in SpoolChange.objects.all()] == [("corrected", Decimal("-249.75"))]
    body = client.put(address, BLUE | {"initial_amount": 2000, "current_amount": 1800}, format="json").json()
    assert (body["color"], body["initial_amount"], body["current_amount"]) == ("Blue", 2000, 1800)
    body = client.put(address, {"initial_amount": 1900}, format="json").json()
    assert (body["initial_amount"], body["current_amount"]) == (1900, 1800)
    refused = client.put(address, {"initial_amount": 100}, format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "current_amount")
    assert as_bearer(bob).put(address, {"color": "x"}, format="json").status_code == 403
    assert client.put(f"{FILAMENTS}/{red.pk + 1}", {"color": "x"}, format="json").status_code == 404


def test_who_runs_low_is_told_once(client, red):
    address = f"{FILAMENTS}/{red.pk}"
    for amount, told in ((101, 0), (100, 1), (50, 1), (101, 1), (99, 2)):
        assert client.put(address, {"current_amount": amount}, format="json").json()["is_low"] == (amount <= 100)
        assert Notification.objects.filter(notification_type="filament_low").count() == told
    message = Notification.objects.latest("pk")
    assert message.message.startswith("99.00 g of PLA Red are left on all its spools")
    assert message.data == {"filament_id": red.pk, "current_amount": 99.0}


@pytest.mark.operation("printshop.filaments.delete")
def test_deleted(client, bob, red):
    need(ScheduledPrintFactory.create(shop=red.shop), color="#FF0000", grams="20.50", filament=red)
    address = f"{FILAMENTS}/{red.pk}"
    assert as_bearer(bob).delete(address).status_code == 403
    assert client.delete(address).json() == {"message": "Filament deleted"}
    assert client.delete(address).status_code == 404
    assert client.get(FILAMENTS).json()["total"] == 0
    assert SpoolChange.objects.get().grams == -1000  # the history stays


def test_nothing_is_reserved_of_or_told_about_a_deleted_filament(client, red):
    printer = printer_with(red.shop, "#FF0000")
    printer.slots.update(spool=red.spools.get())
    job = waiting(red.shop, printer, grams="950")
    run = printing(job)
    assert job.needs.get().filament == red
    assert client.delete(f"{FILAMENTS}/{red.pk}").status_code == 200
    run_progressed(run_id=run.pk, progress=90, layer=None, total_layers=None)
    run_failed(run_id=run.pk, reason="Clogged")
    assert SpoolChange.objects.filter(run=run, grams=-855).exists()
    red.refresh_from_db()
    assert (red.is_low, red.current_amount) == (False, 0)
    assert not Notification.objects.filter(notification_type="filament_low").exists()
    prints = "/api/printshop/bambu/scheduled-prints"
    assert client.put(f"{prints}/{job.pk}", {"status": "queued"}, format="json").status_code == 200
    assert job.needs.get().filament is None
    body = {"printer_id": None, "job_name": "B", "file_name": "b.3mf", "material_type": "PLA", "color": "#FF0000"}
    made = client.post(prints, body, format="json").json()
    assert PrintFilament.objects.get(scheduled_print=made["id"]).filament is None


@pytest.mark.operation("printshop.spools.list")
@pytest.mark.operation("printshop.spools.create")
@pytest.mark.operation("printshop.spools.update")
@pytest.mark.operation("printshop.spools.archive")
def test_spools(client, red):
    address = f"{FILAMENTS}/{red.pk}/spools"
    first = red.spools.get()
    made = client.post(address, {"initial_amount": 500, "remaining_amount": 420, "tray_uuid": "A1B2"}, format="json")
    assert made.status_code == 201
    assert made.json()["remaining_amount"] == 420
    shown = client.get(FILAMENTS).json()["filaments"][0]
    assert (shown["initial_amount"], shown["current_amount"]) == (1500, 1420)
    assert [row["id"] for row in client.get(address).json()] == [first.pk, made.json()["id"]]
    again = client.post(address, {"initial_amount": 500, "tray_uuid": "A1B2"}, format="json")
    assert (again.status_code, again.json()["field"]) == (409, "tray_uuid")
    refused = client.post(address, {"initial_amount": 500, "remaining_amount": 501}, format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "remaining_amount")
    spool = f"/api/printshop/spools/{first.pk}"
    assert client.put(spool, {"label": "Left shelf", "tare_amount": 250}, format="json").json()["tare_amount"] == 250
    assert client.post(f"{spool}/archive").json()["archived_at"]
    assert client.post(f"{spool}/archive").status_code == 200
    shown = client.get(FILAMENTS).json()["filaments"][0]
    assert (shown["initial_amount"], shown["current_amount"]) == (500, 420)
    assert len(client.get(address).json()) == 1
    assert len(client.get(address, {"archived": "true"}).json()) == 2


@pytest.mark.operation("printshop.spools.weigh")
@pytest.mark.operation("printshop.spools.correct")
@pytest.mark.operation("printshop.spools.history")
def test_weighed_and_corrected(client, red):
    spool = red.spools.get()
    address = f"/api/printshop/spools/{spool.pk}"

    def weighed(gross):
        body = client.post(f"{address}/weigh", {"gross_amount": gross}, format="json").json()
        return body["remaining_amount"], body["initial_amount"]

    assert weighed(800) == (800, 1000)  # no tare is known
    client.put(f"{FILAMENTS}/{red.pk}", {"tare_amount": 200}, format="json")
    assert weighed(800) == (600, 1000)  # the filament's
    client.put(address, {"tare_amount": 250}, format="json")
    assert weighed(800) == (550, 1000)  # the spool's own
    assert weighed(249) == (0, 1000)
    assert weighed(1300) == (1050, 1050)  # it held more than was thought
    body = client.post(f"{address}/correct", {"remaining_amount": 900.5, "note": "By eye"}, format="json").json()
    assert (body["remaining_amount"], body["used_amount"]) == (900.5, 149.5)
    refused = client.post(f"{address}/correct", {"remaining_amount": 1051}, format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "remaining_amount")
    history = client.get(f"{address}/history").json()
    assert [(row["kind"], row["grams"]) for row in history["changes"]] == [
        ("corrected", -149.5),
        ("weighed", 1050),
        ("weighed", -550),
        ("weighed", -50),
        ("weighed", -200),
        ("weighed", -200),
    ]
    assert client.get(FILAMENTS).json()["filaments"][0]["current_amount"] == 900.5


@pytest.mark.parametrize(
    ("color", "shown"),
    [
        ("rgb(999, 0, 0)", ""),
        ("hsl(0, 100%, 900%)", ""),
        ("rgb(99999999999999999999, 0, 0)", ""),
        ("#f00", "#FF0000"),
        ("#FF000080", "#FF0000"),
        ("ff0000", ""),
        ("light blue", "#ADD8E6"),
        ("rgb(100%, 0%, 0%)", "#FF0000"),
    ],
)
def test_a_color_in_any_form_is_kept_as_written_and_shown_where_it_is_one(client, color, shown):
    answer = client.post(FILAMENTS, BLUE | {"color": color}, format="json")
    assert answer.status_code == 201
    assert (answer.json()["color"], answer.json()["color_hex"]) == (color, shown)


def test_spools_hold_no_more_in_all_than_a_filament_may(client, red):
    address = f"{FILAMENTS}/{red.pk}/spools"
    answer = client.post(address, {"initial_amount": 99_999_999}, format="json")
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "The spools of a filament hold 99999999.99 grams in all at most.",
    )
    spool = red.spools.get()
    assert client.post(address, {"initial_amount": 99_998_999}, format="json").status_code == 201
    weighed = client.post(f"/api/printshop/spools/{spool.pk}/weigh", {"gross_amount": 5000}, format="json")
    assert weighed.status_code == 400
    assert client.get(FILAMENTS).json()["filaments"][0]["initial_amount"] == 99_999_999


def test_more_is_reserved_of_a_filament_than_one_print_may_take(client, red):
    for _ in range(3):
        need(ScheduledPrintFactory.create(shop=red.shop), color="#FF0000", grams="99999999.99", filament=red)
    assert client.get(FILAMENTS).json()["filaments"][0]["reserved_amount"] == 299_999_999.97
