"""A shop's orders over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.tests.people import as_bearer
from printshop.models import OrderNote
from printshop.tests.factories import ShopFactory, ShopOrderFactory

pytestmark = pytest.mark.django_db

ORDERS = "/api/printshop/orders"
PLACED = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def order(alice):
    return ShopOrderFactory(
        shop=ShopFactory(owner=alice),
        etsy_order_id="123456789",
        buyer_name="John Doe",
        buyer_email="john@example.com",
        production_status="in_progress",
        created_at=PLACED,
        address="12 Example Street",
    )


def shown(order):
    item = order.items.get()
    return {
        "id": order.pk,
        "etsy_order_id": "123456789",
        "buyer_name": "John Doe",
        "buyer_email": "john@example.com",
        "status": "paid",
        "production_status": "in_progress",
        "total_amount": 49.99,
        "currency": "USD",
        "created_at": "2025-01-01T00:00:00",
        "items": [
            {
                "id": item.pk,
                "title": "Custom Bracket",
                "quantity": 1,
                "price": 49.99,
                "sku": "BRKT-L-RED",
                "etsy_listing_id": "1234500001",
                "listing_id": None,
                "variations": [],
                "personalization": "",
                "is_digital": False,
            }
        ],
        "source": "etsy",
        "order_id": None,
        "is_paid": True,
        "is_shipped": False,
        "is_gift": False,
        "refunded_amount": 0.0,
        "country": "",
        "message": "",
        "notes": "",
        "shipped_at": None,
        "expected_ship_date": None,
        "promised_ship_date": None,
        "ship_warning": None,
    }


@pytest.mark.operation("printshop.orders.list")
def test_orders_come_with_their_items_and_a_total(order, alice):
    ShopOrderFactory()

    answer = as_bearer(alice).get(ORDERS)

    assert answer.json() == {
        "orders": [shown(order)],
        "total": 1,
        "limit": 50,
        "offset": 0,
        "page": 1,
        "pages": 1,
    }
    assert answer["X-RateLimit-Limit"] == "1000"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "PAID"}, 3),
        ({"status": "shipped"}, 0),
        ({"production_status": "pending"}, 2),
        ({"production_status": "in_progress", "status": "paid"}, 1),
        ({"start_date": "2025-01-02"}, 2),
        ({"end_date": "2025-01-02"}, 2),
        ({"start_date": "2025-01-02", "end_date": "2025-01-02T11:59:59"}, 0),
        ({"source": "platform"}, 0),
    ],
)
def test_orders_are_filtered(order, alice, query, found):
    for day in (1.5, 3):
        ShopOrderFactory(shop=order.shop, created_at=PLACED + timedelta(days=day))

    assert as_bearer(alice).get(ORDERS, query).json()["total"] == found


def test_orders_are_paged_the_newest_first(order, alice):
    newer = [ShopOrderFactory(shop=order.shop, created_at=PLACED + timedelta(days=day)).pk for day in (1, 2)]

    answer = as_bearer(alice).get(ORDERS, {"limit": 2, "offset": 1}).json()

    assert [row["id"] for row in answer["orders"]] == [newer[0], order.pk]
    assert (answer["total"], answer["page"], answer["pages"]) == (3, 1, 2)


@pytest.mark.parametrize("query", [{"limit": "x"}, {"start_date": "soon"}, {"production_status": "lost"}])
def test_a_query_that_cannot_be_read_is_400(alice, query):
    answer = as_bearer(alice).get(ORDERS, query)

    assert (answer.status_code, answer.json()["status"]) == (400, 400)


def test_a_list_asks_the_same_number_of_questions_whatever_its_length(order, alice, django_assert_num_queries):
    for _ in range(5):
        ShopOrderFactory(shop=order.shop)
    client = as_bearer(alice)
    client.get(ORDERS)

    with django_assert_num_queries(4):  # caller, count, orders, items
        assert len(client.get(ORDERS).json()["orders"]) == 6


@pytest.mark.operation("printshop.orders.get")
def test_one_order_is_as_in_the_list_with_its_address(order, alice):
    assert as_bearer(alice).get(f"{ORDERS}/{order.pk}").json() == shown(order) | {
        "shipping_address": "12 Example Street"
    }


def test_what_is_missing_is_404_and_what_is_somebody_elses_403(order, alice, charlie):
    assert as_bearer(alice).get(f"{ORDERS}/0").status_code == 404
    assert as_bearer(alice).get(f"{ORDERS}/{10**30}").status_code == 404
    for path in ("", "/notes", "/communications", "/shipments", "/profit"):
        assert as_bearer(charlie).get(f"{ORDERS}/{order.pk}{path}").status_code == 403
    assert as_bearer(charlie).put(f"{ORDERS}/{order.pk}", {"status": "shipped"}, format="json").status_code == 403


@pytest.mark.operation("printshop.orders.update")
def test_an_order_is_changed_in_part(order, alice):
    sent = {"status": "shipped", "production_status": "completed", "notes": "Completed and ready to ship"}

    answer = as_bearer(alice).put(f"{ORDERS}/{order.pk}", sent, format="json")

    assert answer.status_code == 200
    assert answer.json() == shown(order) | sent | {"shipping_address": "12 Example Street"}
    answer = as_bearer(alice).put(f"{ORDERS}/{order.pk}", {"notes": ""}, format="json")
    assert (answer.json()["status"], answer.json()["notes"]) == ("shipped", "")


@pytest.mark.parametrize("sent", [{"status": "lost"}, {"production_status": "lost"}, {"status": None}])
def test_an_order_has_no_other_words(order, alice, sent):
    answer = as_bearer(alice).put(f"{ORDERS}/{order.pk}", sent, format="json")

    assert answer.status_code == 400
    order.refresh_from_db()
    assert (order.status, order.production_status) == ("paid", "in_progress")


def test_an_order_that_is_ready_too_late_has_a_warning(order, alice):
    order.expected_ship_at, order.promised_ship_at = PLACED + timedelta(days=3), PLACED + timedelta(days=4)
    order.save()

    answer = as_bearer(alice).get(f"{ORDERS}/{order.pk}").json()

    assert answer["expected_ship_date"] == "2025-01-04T00:00:00"
    assert answer["promised_ship_date"] == "2025-01-05T00:00:00"
    assert answer["ship_warning"] == (
        "Its prints are expected to be ready on 2025-01-05 00:00 UTC, after 2025-01-04 00:00 UTC, "
        "when it should have been shipped."
    )


@pytest.mark.operation("printshop.orders.notes.create")
@pytest.mark.operation("printshop.orders.notes.list")
def test_notes(order, alice):
    client = as_bearer(alice)

    answer = client.post(f"{ORDERS}/{order.pk}/notes", {"content": "Printed successfully, no defects"}, format="json")

    note = OrderNote.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": note.pk,
        "order_id": order.pk,
        "content": "Printed successfully, no defects",
        "created_at": f"{note.created_at:%Y-%m-%dT%H:%M:%S}",
    }
    listed = client.get(f"{ORDERS}/{order.pk}/notes").json()
    assert listed == [{name: value for name, value in answer.json().items() if name != "order_id"}]
    client.post(f"{ORDERS}/{order.pk}/notes", {"content": "Packed"}, format="json")
    second = client.get(f"{ORDERS}/{order.pk}/notes", {"limit": 1, "offset": 1}).json()
    assert [row["content"] for row in second] == ["Packed"]


@pytest.mark.operation("printshop.orders.communications.create")
@pytest.mark.operation("printshop.orders.communications.list")
def test_communications(order, alice):
    client = as_bearer(alice)
    sent = {"message": "Customer asked about delivery date", "direction": "inbound", "channel": "etsy_message"}

    answer = client.post(f"{ORDERS}/{order.pk}/communications", sent, format="json")

    assert answer.status_code == 201
    assert answer.json() == sent | {name: answer.json()[name] for name in ("id", "created_at")} | {"order_id": order.pk}
    assert client.get(f"{ORDERS}/{order.pk}/communications").json() == [answer.json()]
    wrong = client.post(f"{ORDERS}/{order.pk}/communications", sent | {"channel": "pigeon"}, format="json")
    assert wrong.status_code == 400


@pytest.mark.operation("printshop.orders.sync")
def test_a_sync_says_what_it_found(etsy, there, shop, alice):
    for _ in range(5):
        etsy.receipt(there)

    answer = as_bearer(alice).post(f"{ORDERS}/sync")

    assert answer.json() == {
        "message": "Synced 5 new orders",
        "synced_count": 5,
        "total_orders": 5,
        "updated_count": 0,
        "is_complete": True,
    }


def test_a_sync_is_asked_for_five_times_a_minute(etsy, there, shop, alice, settings):
    settings.RATE_LIMITS = "on"
    with time_machine.travel(timezone.now().replace(second=1), tick=True):
        client = as_bearer(alice)
        answers = [client.post(f"{ORDERS}/sync") for _ in range(6)]
        other = client.get(ORDERS)

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    assert {answer["X-RateLimit-Limit"] for answer in answers} == {"5"}
    assert other["X-RateLimit-Limit"] == "1000"


def test_a_shop_that_is_not_connected_has_nothing_to_sync(alice):
    assert as_bearer(alice).post(f"{ORDERS}/sync").status_code == 409
