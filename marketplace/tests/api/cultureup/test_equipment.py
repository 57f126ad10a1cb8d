"""The equipment shop over HTTP: alice of the staff keeps it, everybody reads it."""

import io
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient

from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory
from commerce.tests.steps import order_of
from config.core.models import AuditEntry
from marketplace.choices import EquipmentType, Status
from marketplace.models import Equipment
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db
URL = "/api/equipment/"
MOMENT = datetime(2025, 10, 1, 10, 0, tzinfo=UTC)
BRUSHES = {
    "name": "Professional Oil Painting Brush Set",
    "description": "Premium quality brush set with 12 different sizes",
    "equipment_type": "brush",
    "price": "45.99",
    "stock_quantity": 50,
}


def client_of(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def keeper():
    return client_of(StaffFactory(username="alice"))


@pytest.fixture
def stranger():
    return APIClient()


def photograph() -> SimpleUploadedFile:
    exif = Image.Exif()
    exif[0x010F] = "A maker of cameras"
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file, "PNG", exif=exif)
    return SimpleUploadedFile("brush.png", file.getvalue(), "image/png")


def ids(answer) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


@pytest.mark.operation("cultureup.equipment.list")
def test_list(stranger):
    brushes = EquipmentFactory(
        title=BRUSHES["name"], description=BRUSHES["description"], price="45.99", stock=50, created_at=MOMENT
    )
    ArtworkFactory()
    answer = stranger.get(URL).json()
    assert [answer["count"], answer["next"], answer["previous"]] == [1, None, None]
    assert answer["results"] == [
        {
            "id": brushes.pk,
            **BRUSHES,
            "currency": "PKR",
            "image": None,
            "is_available": True,
            "created_at": "2025-10-01T10:00:00Z",
            "in_stock": True,
        }
    ]


@pytest.mark.operation("cultureup.equipment.list")
def test_list_filters_and_orders(stranger):
    frame = EquipmentFactory(equipment_type=EquipmentType.FRAME, price="20.00", stock=0, title="Oak frame")
    brush = EquipmentFactory(price="5.00", stock=7, description="Made of oak.")
    canvas = EquipmentFactory(equipment_type=EquipmentType.CANVAS, price="9.99", stock=3)

    def found(query: str) -> list[int]:
        return ids(stranger.get(URL + query))

    assert found("") == [canvas.pk, brush.pk, frame.pk]
    assert found("?equipment_type=frame") == [frame.pk]
    assert found("?min_price=9.99") == [canvas.pk, frame.pk]
    assert found("?max_price=9.99&ordering=price") == [brush.pk, canvas.pk]
    assert found("?in_stock=true") == [canvas.pk, brush.pk]
    assert found("?in_stock=false") == [frame.pk]
    assert found("?in_stock=") == [canvas.pk, brush.pk, frame.pk]
    assert found("?search=OAK") == [brush.pk, frame.pk]
    assert found("?search=frame+oak") == [frame.pk]
    assert found("?ordering=-price") == [frame.pk, canvas.pk, brush.pk]
    assert found("?ordering=stock_quantity") == [frame.pk, canvas.pk, brush.pk]
    assert found("?ordering=-stock_quantity") == [brush.pk, canvas.pk, frame.pk]
    assert found("?ordering=price&page_size=1&page=2") == [canvas.pk]
    assert stranger.get(URL + "?page=2").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("equipment_type=hammer", "equipment_type"),
        ("min_price=cheap", "min_price"),
        ("max_price=NaN", "max_price"),
        ("in_stock=perhaps", "in_stock"),
        ("ordering=name", "ordering"),
        ("page=0", "page"),
    ],
)
@pytest.mark.operation("cultureup.equipment.list")
def test_list_names_the_malformed_parameter(stranger, query, field):
    answer = stranger.get(f"{URL}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.operation("cultureup.equipment.list")
def test_what_is_not_offered_is_seen_by_its_keepers_alone(stranger, keeper):
    resting = EquipmentFactory(is_available=False)
    archived = EquipmentFactory(status=Status.ARCHIVED)
    for client in (stranger, client_of(BuyerFactory()), client_of(ModeratorFactory())):
        assert ids(client.get(URL)) == []
        assert [client.get(f"{URL}{piece.pk}/").status_code for piece in (resting, archived)] == [404, 404]
    assert ids(keeper.get(URL)) == [resting.pk]
    assert keeper.get(f"{URL}{resting.pk}/").json()["is_available"] is False
    assert keeper.get(f"{URL}{archived.pk}/").status_code == 200


@pytest.mark.operation("cultureup.equipment.list")
def test_lists_cost_the_same_queries_for_one_and_for_thirty(stranger, django_assert_num_queries):
    EquipmentFactory()
    for address in (URL, f"{URL}in-stock/"):
        with django_assert_num_queries(2):
            stranger.get(address)
    EquipmentFactory.create_batch(29, image="equipment/a.jpg")
    for address in (URL, f"{URL}in-stock/"):
        with django_assert_num_queries(2):
            assert len(ids(stranger.get(address + "?page_size=30"))) == 30


@pytest.mark.operation("cultureup.equipment.in_stock")
def test_in_stock(stranger):
    there = EquipmentFactory(stock=1)
    EquipmentFactory(stock=0)
    EquipmentFactory(is_available=False)
    answer = stranger.get(f"{URL}in-stock/")
    assert ids(answer) == [there.pk]
    assert (answer.json()["count"], answer.json()["results"][0]["in_stock"]) == (1, True)


@pytest.mark.operation("cultureup.equipment.get")
def test_get(stranger):
    sold_out = EquipmentFactory(stock=0, image="equipment/a.jpg")
    body = stranger.get(f"{URL}{sold_out.pk}/").json()
    assert (body["name"], body["stock_quantity"], body["in_stock"]) == (sold_out.title, 0, False)
    assert body["image"] == "http://testserver/media/equipment/a.jpg"
    artwork = ArtworkFactory()
    for other in (artwork.pk, 10**9, 10**30):
        answer = stranger.get(f"{URL}{other}/")
        assert answer.status_code == 404


@pytest.mark.operation("cultureup.equipment.create")
def test_create(keeper, stranger):
    answer = keeper.post(URL, BRUSHES | {"image": photograph(), "is_available": "true"}, format="multipart")
    assert answer.status_code == 201
    body = answer.json()
    assert {name: body[name] for name in BRUSHES} == BRUSHES
    assert (body["is_available"], body["in_stock"]) == (True, True)
    picture = Client().get(body["image"].removeprefix("http://testserver"))
    content = b"".join(picture.streaming_content)
    assert content[:3] == b"\xff\xd8\xff" and b"A maker of cameras" not in content
    assert stranger.get(f"{URL}{body['id']}/").json() == body
    assert AuditEntry.objects.get(action="equipment.add").address == "127.0.0.1"


@pytest.mark.operation("cultureup.equipment.create")
def test_create_from_json_without_what_may_be_left_out(keeper):
    sent = {name: BRUSHES[name] for name in ("name", "equipment_type", "price", "stock_quantity")}
    body = keeper.post(URL, sent, format="json").json()
    assert (body["description"], body["image"], body["is_available"]) == ("", None, True)


@pytest.mark.operation("cultureup.equipment.create")
def test_create_believes_nothing_that_is_the_server_s(keeper):
    forged = {"seller": 1, "seller_id": 1, "status": "pending", "currency": "USD", "is_featured": True, "id": 7}
    made = Equipment.objects.get(pk=keeper.post(URL, BRUSHES | forged, format="json").json()["id"])
    assert (made.seller.username, made.status, made.currency) == ("atelier", "approved", "PKR")
    assert made.is_featured is False


WRONG = [
    ({"name": ""}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": "a\0b"}, "name"),
    ({"equipment_type": "hammer"}, "equipment_type"),
    ({"price": "-0.01"}, "price"),
    ({"price": "1.999"}, "price"),
    ({"price": "100000000"}, "price"),
    ({"price": "NaN"}, "price"),
    ({"stock_quantity": -1}, "stock_quantity"),
    ({"stock_quantity": 1_000_001}, "stock_quantity"),
    ({"stock_quantity": "many"}, "stock_quantity"),
    ({"stock_quantity": None}, "stock_quantity"),
    ({"image": "http://example.com/brush.jpg"}, "image"),
]


@pytest.mark.operation("cultureup.equipment.create")
@pytest.mark.operation("cultureup.equipment.update")
@pytest.mark.operation("cultureup.equipment.partial_update")
def test_what_is_wrong_is_named_and_changes_nothing(keeper):
    brush = EquipmentFactory(price="10.00", stock=3, title="Brush")
    for wrong, field in WRONG:
        for answer in (
            keeper.post(URL, BRUSHES | wrong, format="json"),
            keeper.put(f"{URL}{brush.pk}/", BRUSHES | wrong, format="json"),
            keeper.patch(f"{URL}{brush.pk}/", wrong, format="json"),
        ):
            assert (answer.status_code, list(answer.json())) == (400, [field]), wrong
    page = SimpleUploadedFile("brush.jpg", b"<svg onload='alert(1)'/>", "image/jpeg")
    answer = keeper.post(URL, BRUSHES | {"image": page}, format="multipart")
    assert (answer.status_code, list(answer.json())) == (400, ["image"])
    assert list(Equipment.objects.values_list("title", "price", "stock")) == [("Brush", 10, 3)]


@pytest.mark.operation("cultureup.equipment.update")
def test_update(keeper):
    brush = EquipmentFactory(price="10.00", stock=3)
    answer = keeper.put(f"{URL}{brush.pk}/", BRUSHES | {"price": "49.99", "stock_quantity": 40}, format="json")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["name"], body["price"], body["stock_quantity"]) == (BRUSHES["name"], "49.99", 40)
    assert list(keeper.put(f"{URL}{brush.pk}/", {"name": "X"}, format="json").json()) == [
        *("equipment_type", "price", "stock_quantity")
    ]


@pytest.mark.operation("cultureup.equipment.partial_update")
def test_partial_update(keeper, stranger):
    brush = EquipmentFactory(price="10.00", stock=3)
    assert keeper.patch(f"{URL}{brush.pk}/", {"price": "49.99"}, format="json").json()["price"] == "49.99"
    by_form = keeper.patch(f"{URL}{brush.pk}/", {"image": photograph()}, format="multipart").json()
    assert (by_form["price"], by_form["stock_quantity"], by_form["is_available"]) == ("49.99", 3, True)
    assert by_form["image"].startswith("http://testserver/media/equipment/")
    assert keeper.patch(f"{URL}{brush.pk}/", {"description": None}, format="json").json()["description"] == ""
    assert keeper.patch(f"{URL}{brush.pk}/", {"is_available": False}, format="json").json()["is_available"] is False
    assert stranger.get(f"{URL}{brush.pk}/").status_code == 404


@pytest.mark.operation("cultureup.equipment.delete")
def test_delete(keeper, stranger):
    brush, bought = EquipmentFactory(), EquipmentFactory()
    bob = BuyerFactory(username="bob")
    order_of(bob, bought)
    for piece in (brush, bought):
        answer = keeper.delete(f"{URL}{piece.pk}/")
        assert (answer.status_code, answer.content) == (204, b"")
        assert stranger.get(f"{URL}{piece.pk}/").status_code == 404
        assert keeper.delete(f"{URL}{piece.pk}/").status_code == 404
    assert not Equipment.objects.filter(pk=brush.pk).exists()
    assert Equipment.objects.get().status == Status.ARCHIVED
    assert client_of(bob).get(f"{URL}{bought.pk}/").status_code == 200


def test_nobody_but_staff_keeps_the_shop(stranger):
    brush = EquipmentFactory(stock=3)
    address = f"{URL}{brush.pk}/"
    for client, status in (
        (stranger, 401),
        (client_of(ArtistFactory()), 403),
        (client_of(BuyerFactory()), 403),
        (client_of(ModeratorFactory()), 403),
    ):
        answers = [
            client.post(URL, BRUSHES, format="json"),
            client.put(address, BRUSHES, format="json"),
            client.patch(address, {"stock_quantity": 9}, format="json"),
            client.delete(address),
        ]
        assert [answer.status_code for answer in answers] == [status] * 4
    brush.refresh_from_db()
    assert (brush.stock, Equipment.objects.count()) == (3, 1)
