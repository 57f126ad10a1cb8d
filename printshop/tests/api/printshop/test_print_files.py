"""Sliced files and parts over HTTP."""

import pytest

from accounts.tests.people import as_bearer
from config.core.models import DiscardedFile
from marketplace.tests.factories import Model3DFactory
from printshop.models import PrintFile, PrintPart, ScheduledPrint
from printshop.services.prints.from_orders import part_prints_make
from printshop.tests.factories import ScheduledPrintFactory, ShopFactory, ShopOrderFactory
from printshop.tests.sliced import print_file, sliced_bytes, sliced_upload

pytestmark = pytest.mark.django_db
FILES, PARTS = "/api/printshop/print-files", "/api/printshop/print-parts"


@pytest.fixture
def client(alice):
    return as_bearer(alice)


@pytest.fixture
def shop(alice):
    return ShopFactory.create(owner=alice)


@pytest.mark.operation("printshop.print_files.create")
@pytest.mark.operation("printshop.print_files.retrieve")
def test_uploaded_and_read(client, shop, bob):
    data = sliced_bytes()
    answer = client.post(FILES, {"file": sliced_upload("C:\\jobs\\My bracket.3mf", data)})
    assert answer.status_code == 201
    file = PrintFile.objects.get()
    body = answer.json()
    assert body.pop("created_at")
    assert body == {
        "id": file.pk,
        "name": "My bracket.gcode.3mf",
        "size": len(data),
        "printer_model": "P1S",
        "nozzle_diameter": "0.4",
        "plates": [
            {
                "plate": 1,
                "minutes": 87,
                "grams": 23.15,
                "filaments": [
                    {"position": 1, "material": "PLA", "color": "#FF0000", "preset": "GFA00", "grams": 23.15}
                ],
            }
        ],
    }
    assert (len(file.digest), len(file.md5), file.file.read()) == (64, 32, data)
    assert DiscardedFile.objects.count() == 0
    assert client.get(f"{FILES}/{file.pk}").json()["name"] == "My bracket.gcode.3mf"
    assert as_bearer(bob).get(f"{FILES}/{file.pk}").status_code == 403


def test_what_is_no_sliced_file_is_refused(client, shop, settings):
    for data in (b"", b"GIF89a", sliced_bytes(gcodes=()), sliced_bytes("<config>")):
        answer = client.post(FILES, {"file": sliced_upload(data=data)})
        assert (answer.status_code, answer.json()["field"]) == (400, "file")
    settings.MESH_MAX_BYTES = 100
    assert client.post(FILES, {"file": sliced_upload()}).status_code == 413
    assert client.post(FILES, {}).status_code == 400
    assert (PrintFile.objects.count(), DiscardedFile.objects.count()) == (0, 0)


def test_a_file_of_the_same_name_takes_the_place_of_the_older(client, shop):
    first = client.post(FILES, {"file": sliced_upload()}).json()
    part = PrintPart.objects.create(shop=shop, sku="A", name="A", file_id=first["id"])
    waiting = ScheduledPrintFactory.create(shop=shop, file_id=first["id"])
    second = client.post(FILES, {"file": sliced_upload()}).json()
    assert [row["id"] for row in client.get(FILES).json()["files"]] == [second["id"]]
    part.refresh_from_db()
    waiting.refresh_from_db()
    assert (part.file_id, waiting.file_id) == (second["id"], first["id"])
    assert DiscardedFile.objects.count() == 0  # a print waits for it


@pytest.mark.operation("printshop.print_files.list")
@pytest.mark.operation("printshop.print_files.delete")
def test_listed_and_deleted(client, shop, bob):
    file, other = print_file(shop), print_file(shop, "lid.gcode.3mf")
    assert [row["id"] for row in client.get(FILES).json()["files"]] == [other.pk, file.pk]
    part = PrintPart.objects.create(shop=shop, sku="A", name="A", file=file)
    job = ScheduledPrintFactory.create(shop=shop, file=other)
    assert client.delete(f"{FILES}/{file.pk}").json()["error"] == "A part is printed from this file."
    assert client.delete(f"{FILES}/{other.pk}").json()["error"] == "A print waits for this file."
    part.delete()
    ScheduledPrint.objects.filter(pk=job.pk).update(status="failed")
    assert as_bearer(bob).delete(f"{FILES}/{file.pk}").status_code == 403
    for each in (file, other):
        assert client.delete(f"{FILES}/{each.pk}").json() == {"message": "Print file deleted"}
        assert client.delete(f"{FILES}/{each.pk}").status_code == 404
    assert client.get(FILES).json()["total"] == 0
    answer = client.put(f"/api/printshop/bambu/scheduled-prints/{job.pk}", {"status": "queued"}, format="json")
    assert (answer.status_code, answer.json()["error"]) == (409, "Its file was deleted.")


@pytest.mark.operation("printshop.print_parts.create")
@pytest.mark.operation("printshop.print_parts.list")
@pytest.mark.operation("printshop.print_parts.retrieve")
@pytest.mark.operation("printshop.print_parts.update")
@pytest.mark.operation("printshop.print_parts.delete")
def test_parts(client, shop, alice, bob):
    file = print_file(shop)
    order = ShopOrderFactory.create(shop=shop, item__sku="BRKT-L-RED", item__quantity=3)
    body = client.post(PARTS, {"sku": "BRKT-L-RED", "file_id": file.pk, "color": "#ff0000"}, format="json").json()
    assert (body["name"], body["color"], body["plate"], body["pieces"]) == (file.name, "#FF0000", 1, 1)
    assert part_prints_make(part_id=body["id"]) == 3  # the order waited for the part
    assert ScheduledPrint.objects.filter(item__order=order).count() == 3
    address = f"{PARTS}/{body['id']}"
    assert client.put(address, {"pieces": 2}, format="json").json()["pieces"] == 2
    assert [row["id"] for row in client.get(PARTS, {"sku": "BRKT-L-RED"}).json()["parts"]] == [body["id"]]
    assert client.get(PARTS, {"sku": "OTHER"}).json()["total"] == 0
    listing = Model3DFactory.create(seller=alice)
    assert client.put(address, {"listing_id": listing.pk}, format="json").json()["listing_id"] == listing.pk
    strange = Model3DFactory.create(seller=bob)
    for changed, field in (
        ({"listing_id": strange.pk}, "listing_id"),
        ({"plate": 2}, "plate"),
        ({"sku": "", "listing_id": None}, "sku"),
    ):
        refused = client.put(address, changed, format="json")
        assert (refused.status_code, refused.json()["field"]) == (400, field)
    refused = client.post(PARTS, {"file_id": file.pk}, format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "sku")
    assert as_bearer(bob).get(address).status_code == 403
    assert as_bearer(bob).post(PARTS, {"sku": "X", "file_id": file.pk}, format="json").status_code == 403
    assert client.delete(address).json() == {"message": "Part deleted"}
    assert client.get(address).status_code == 404


def test_a_file_without_the_plates_of_its_parts_takes_no_older_ones_place(client, shop):
    first = client.post(FILES, {"file": sliced_upload()}).json()
    PrintPart.objects.create(shop=shop, sku="A", name="A", file_id=first["id"], plate=2)
    answer = client.post(FILES, {"file": sliced_upload()})
    assert (answer.status_code, answer.json()["field"]) == (400, "file")
    assert "plate 2" in answer.json()["error"]
    assert list(PrintFile.objects.values_list("pk", "removed_at")) == [(first["id"], None)]
