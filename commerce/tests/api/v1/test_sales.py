"""v1's sales and purchases over HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commerce.models import DownloadEvent, OrderLine, Payment
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.shop import design_of
from commerce.tests.steps import order_of, paid_order
from community.models import SupportTicket
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory, MeshFileFactory

pytestmark = pytest.mark.django_db
BOUGHT, SOLD = "/api/v1/commerce/sales/purchases", "/api/v1/commerce/sales"
MINE = "/api/v1/purchase-management/my-purchases"


@pytest.fixture
def line(alice, bob) -> OrderLine:
    """Two gears at 15.00, paid in v1."""
    gear = design_of(alice, price="15.00", title="Mechanical Gear")
    return paid_order(bob, gear, quantity=2, channel="v1")[0].lines.get()


def shown(line, **changes):
    payment = Payment.objects.get(order=line.order)
    row = {
        "id": str(line.uuid),
        "design_id": str(line.listing.uuid),
        "design_name": "Mechanical Gear",
        "buyer_id": line.order.buyer_id,
        "buyer_email": line.order.buyer.email,
        "quantity": 2,
        "price": 30.0,
        "currency": "USD",
        "seller_earnings": 27.0,
        "date": f"{payment.completed_at:%Y-%m-%dT%H:%M:%SZ}",
        "status": "completed",
        "transaction_id": payment.transaction_id,
        "commission_rate": 0.1,
        "shipped_at": None,
    }
    return row | changes


@pytest.mark.operation("v1.sales.purchases")
def test_what_one_bought(client_of, bob, charlie, line):
    answer = client_of(bob).get(BOUGHT)
    assert (answer.status_code, answer.json()) == (200, [shown(line)])
    assert client_of(charlie).get(BOUGHT).json() == []


@pytest.mark.operation("v1.sales.list")
def test_what_one_sold(client_of, alice, bob, charlie, line):
    answer = client_of(alice).get(SOLD)
    assert (answer.status_code, answer.json()) == (200, [shown(line)])
    for other in (bob, charlie):
        assert client_of(other).get(SOLD).json() == []


def test_pending_refunded_and_cancelled_sales(client_of, alice, bob, admin, line):
    pending = order_of(bob, design_of(alice, price="0.55"), channel="v1").lines.get()
    [row, _paid] = client_of(alice).get(SOLD).json()
    assert row | {"date": ""} == {
        "id": str(pending.uuid),
        "design_id": str(pending.listing.uuid),
        "design_name": pending.title,
        "buyer_id": bob.pk,
        "buyer_email": None,
        "quantity": 1,
        "price": 0.55,
        "currency": "USD",
        "seller_earnings": 0.49,
        "date": "",
        "status": "pending",
        "transaction_id": None,
        "commission_rate": 0.1,
        "shipped_at": None,
    }
    assert client_of(bob).get(BOUGHT).json()[0]["buyer_email"] == bob.email
    order_cancel(actor=bob, order_id=pending.order_id)
    payment = Payment.objects.get(order=line.order)
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("10.00"))
    assert client_of(alice).get(SOLD).json() == [shown(line, seller_earnings=18.0)]
    payment_refund(actor=admin, payment_id=payment.pk)
    assert client_of(alice).get(SOLD).json() == [shown(line, seller_earnings=0.0, status="refunded")]


def test_gifts_and_other_kinds_are_sales_too(client_of, alice, bob, line):
    order_of(bob, design_of(alice, price="0"), channel="v1")
    artwork = ArtworkFactory(seller=alice, price=Decimal("100.00"))
    paid_order(bob, artwork)
    newest, gift, _gear = client_of(alice).get(SOLD).json()
    assert (newest["design_id"], newest["price"], newest["currency"]) == (str(artwork.uuid), 100.0, "PKR")
    assert (gift["status"], gift["price"], gift["transaction_id"]) == ("completed", 0.0, None)


@pytest.mark.operation("v1.purchases.mine")
def test_my_purchases(client_of, bob, charlie, line):
    answer = client_of(bob).get(MINE)
    payment = Payment.objects.get(order=line.order)
    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            {
                "id": line.pk,
                "user_id": bob.pk,
                "stl_model_id": line.listing_id,
                "purchase_date": f"{payment.completed_at:%Y-%m-%dT%H:%M:%SZ}",
                "purchase_price": 30.0,
                "currency": "USD",
                "payment_method": "credit_card",
                "download_count": 0,
                "last_download": None,
                "support_status": "closed",
                "stl_model": {
                    "title": "Mechanical Gear",
                    "category": line.listing.category.name,
                    "thumbnail_url": f"http://testserver{line.listing.model3d.mesh.thumbnail.url}",
                    "preview_url": f"http://testserver{line.listing.model3d.mesh.preview.url}",
                },
            }
        ],
        "total": 1,
        "page": 1,
        "size": 50,
    }
    assert client_of(charlie).get(MINE).json()["items"] == []


def test_the_support_status_is_that_of_the_newest_ticket(client_of, bob, line):
    words = {"open": "pending", "in_progress": "in_progress", "resolved": "resolved", "closed": "closed"}
    for number, (status, word) in enumerate(words.items()):
        SupportTicket.objects.create(
            number=f"TICK-2024-{number}", user=bob, purchase=line, issue_type="other", subject="s", status=status
        )
        assert client_of(bob).get(MINE).json()["items"][0]["support_status"] == word


def test_unpaid_and_refunded_ones_are_no_purchases_and_all_kinds_are(client_of, alice, bob, admin, line):
    order_of(bob, design_of(alice))
    paid_order(bob, EquipmentFactory(seller=admin))
    order_of(bob, design_of(alice, price="0", category=None, subcategory="Gears"))
    gift, brush, _gear = client_of(bob).get(MINE).json()["items"]
    assert (gift["payment_method"], gift["stl_model"]["category"]) == ("free", "Gears")
    assert brush["stl_model"]["title"].startswith("Brush")
    payment_refund(actor=admin, payment_id=Payment.objects.get(order=line.order).pk)
    assert client_of(bob).get(MINE).json()["total"] == 2


def test_sorting_and_paging(client_of, alice, bob, line):
    paid_order(bob, design_of(alice, price="99.00", title="Aaa"), channel="v1")

    def titles(query):
        return [row["stl_model"]["title"] for row in client_of(bob).get(MINE + query).json()["items"]]

    assert titles("") == titles("?sort=created_at&order=desc") == ["Aaa", "Mechanical Gear"]
    assert titles("?sort=purchase_price&order=asc") == ["Mechanical Gear", "Aaa"]
    assert titles("?sort=title&order=asc&size=1&page=2") == ["Mechanical Gear"]
    # What was ordered first may have been paid for last, and that is its date.
    Payment.objects.filter(order=line.order).update(completed_at=timezone.now() + timedelta(hours=1))
    assert titles("?sort=purchase_date&order=desc") == ["Mechanical Gear", "Aaa"]
    assert titles("?sort=purchase_date&order=asc") == ["Aaa", "Mechanical Gear"]
    refused = client_of(bob).get(MINE + "?sort=user_id")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "sort")


@pytest.mark.parametrize("address", [BOUGHT, SOLD, MINE])
def test_one_and_thirty_cost_the_same(client_of, alice, bob, line, address):
    client = client_of(alice if address == SOLD else bob)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _ in range(29):
        paid_order(bob, design_of(alice), channel="v1")
    with CaptureQueriesContext(connection) as thirty:
        answer = client.get(address).json()
    assert len(answer["items"] if address == MINE else answer) == 30
    assert len(one) == len(thirty)


@pytest.mark.operation("v1.purchases.download")
def test_downloading(client_of, bob, charlie, line):
    address = f"/api/v1/purchase-management/download/{line.pk}"
    assert client_of(charlie).post(address).status_code == 404
    answer = client_of(bob).generic("POST", address, b"", content_type="application/json")
    assert answer.status_code == 200
    assert set(answer.json()) == {"download_url", "expires_at", "download_count"}
    assert answer.json()["download_count"] == 1
    assert client_of(None).get(answer.json()["download_url"]).status_code == 200
    event = DownloadEvent.objects.get()
    assert (event.line, event.listing_id, event.user) == (line, line.listing_id, bob)
    row = client_of(bob).get(MINE).json()["items"][0]
    assert (row["download_count"], row["last_download"]) == (1, f"{event.created_at:%Y-%m-%dT%H:%M:%SZ}")
    by_order = client_of(bob).post(f"/api/orders/{line.order_id}/items/{line.pk}/download/")
    assert by_order.json()["download_count"] == 2
    assert DownloadEvent.objects.count() == 2
    for _ in range(8):
        client_of(bob).post(address)
    assert client_of(bob).post(address).status_code == 403
    assert (DownloadEvent.objects.count(), OrderLine.objects.get().download_count) == (10, 10)


def test_what_was_refunded_cannot_be_downloaded(client_of, bob, admin, line):
    payment_refund(actor=admin, payment_id=Payment.objects.get().pk)
    assert client_of(bob).post(f"/api/v1/purchase-management/download/{line.pk}").status_code == 403
    assert not DownloadEvent.objects.exists()


@pytest.mark.operation("v1.sales.refund")
def test_what_has_no_file_may_be_given_back_once(client_of, alice, bob, charlie):
    rack = design_of(alice, mesh=None, title="Rack")
    line = paid_order(bob, rack, channel="v1")[0].lines.get()
    missing = client_of(bob).post(f"/api/v1/purchase-management/download/{line.pk}")
    assert (missing.status_code, missing.json()["status_code"]) == (409, 409)
    address = f"{BOUGHT}/{line.uuid}/refund"
    for other in (alice, charlie):
        assert client_of(other).post(address).status_code == 404
    answer = client_of(bob).generic("POST", address, b"", content_type="application/json")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": str(line.uuid),
            "status": "refunded",
            "amount": 30.0,
            "currency": "USD",
            "message": "Purchase refunded successfully",
        },
    )
    again = client_of(bob).post(address)
    assert (again.status_code, again.json()["status_code"]) == (400, 400)
    assert client_of(bob).get(BOUGHT).json()[0]["status"] == "refunded"


def test_what_has_its_file_is_not_given_back_here(client_of, bob, line):
    assert client_of(bob).post(f"{BOUGHT}/{line.uuid}/refund").status_code == 400
    assert Payment.objects.get().refunded_amount == 0


def test_the_file_comes_by_the_sellers_edit(client_of, alice, bob, settings, django_capture_on_commit_callbacks):
    """Through v1 alone: sold by the form without a file, bought, then the file is attached."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    rack = design_of(alice, mesh=None)
    line = paid_order(bob, rack, channel="v1")[0].lines.get()
    upload = design_of(alice, status="draft", mesh=MeshFileFactory.create(owner=alice))
    with django_capture_on_commit_callbacks(execute=True):
        body = {"original_model_id": upload.pk}
        answer = client_of(alice).put(f"/api/v1/commerce/designs/{rack.pk}/edit", body, format="json")
    assert answer.status_code == 200
    assert client_of(bob).post(f"/api/v1/purchase-management/download/{line.pk}").status_code == 200
    assert client_of(bob).post(f"{BOUGHT}/{line.uuid}/refund").status_code == 400
    assert line.payment_shares.get().held_gross == 0
