"""The same coupon in the orders and checkouts of every dialect."""

import pytest

from commerce.models import Order
from commerce.tests.shop import coupon_of, design_of, fill_cart, uses_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def coupon(db):
    return coupon_of(percent="10")


def test_in_an_order_of_cultureup(client_of, bob, artwork, coupon):
    sent = {
        "order_type": "artwork",
        "shipping_address": "1 Example Street",
        "artwork_items": [{"artwork_id": artwork.pk, "quantity": 1}],
        "coupon_code": "spring10",
    }
    client = client_of(bob)
    body = client.post("/api/orders/", sent, format="json").json()
    assert (body["total_amount"], uses_of(coupon)) == ("269.99", 1)
    [item] = body["artwork_items"]
    assert (item["price"], item["discount_amount"], item["total_price"]) == ("299.99", "30.00", "269.99")
    refused = client.post("/api/orders/", sent | {"coupon_code": "none"}, format="json")
    assert (refused.status_code, Order.objects.count()) == (400, 1)
    assert "Coupon not found" in str(refused.json())


def test_in_a_checkout_of_v1(client_of, alice, bob, coupon):
    fill_cart(bob, design_of(alice))
    client = client_of(bob)
    refused = client.post("/api/v1/commerce/checkout", {"coupon_code": "none"}, format="json")
    assert (refused.status_code, refused.json()["detail"]) == (400, "Coupon not found")
    done = client.post("/api/v1/commerce/checkout", {"coupon_code": "Spring10"}, format="json").json()
    assert (done["success"], done["total_amount"], uses_of(coupon)) == (True, 27.0, 1)


def test_applied_in_nexus_and_paid_in_v1(client_of, alice, bob, coupon):
    fill_cart(bob, design_of(alice))
    client = client_of(bob)
    client.post("/api/cart/apply-coupon", {"code": "SPRING10"}, format="json")
    assert client.post("/api/v1/commerce/checkout", format="json").json()["total_amount"] == 27.0
    [sale] = client_of(alice).get("/api/dashboard/transactions").json()["items"]
    assert (sale["amount"], sale["coupon_code"], sale["discount_amount"]) == (27.0, "SPRING10", 3.0)
    assert sale["platform_fee"] == 2.7  # v1's ten percent
