"""One purchase, made in v1, seen through v1, through CultureUp, in the admin site and in the ledger."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.tests.factories import SuperuserFactory
from commerce.models import OrderLine, Payment
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import campaign_of, design_of
from commerce.tests.steps import balances

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Client:
    client = Client()
    client.force_login(SuperuserFactory.create(username="boss"))
    return client


def test_all_see_the_same_purchase(client_of, site, alice, bob, charlie):
    gear = design_of(alice, price="40.00", title="Mechanical Gear")
    campaign_of(alice, gear, percent="25")
    default_of(bob)
    buyer, seller = client_of(bob), client_of(alice)

    # Bought in v1, by cart and checkout.
    wish = {"design_id": str(gear.uuid), "name": "x", "price": 30.0, "size": "M", "color": "red", "icon": "gear"}
    assert buyer.post("/api/v1/commerce/cart", wish, format="json").status_code == 201
    done = buyer.post("/api/v1/commerce/checkout").json()
    [number] = done["transaction_ids"]
    line = OrderLine.objects.get(uuid=number)
    payment = Payment.objects.get()

    # v1: the buyer's purchase, the seller's sale, the dashboard.
    bought = buyer.get("/api/v1/commerce/sales/purchases").json()
    assert bought == seller.get("/api/v1/commerce/sales").json()
    facts = {name: bought[0][name] for name in ("id", "price", "seller_earnings", "status", "transaction_id")}
    assert facts == {
        "id": number,
        "price": 30.0,
        "seller_earnings": 27.0,
        "status": "completed",
        "transaction_id": payment.transaction_id,
    }
    mine = buyer.get("/api/v1/purchase-management/my-purchases").json()["items"][0]
    assert (mine["id"], mine["stl_model_id"], mine["purchase_price"]) == (line.pk, gear.pk, 30.0)

    # CultureUp: the order and its payment, under the same numbers.
    profile = buyer.get(f"/api/buyer-profiles/{bob.pk}/purchases/").json()
    assert profile["payments"] == []  # those are for jobs
    [order] = profile["orders"]
    [paid] = buyer.get("/api/payments/").json()["results"]
    assert (order["id"], order["total_amount"], order["status"]) == (line.order_id, "30.00", "delivered")
    assert (paid["transaction_id"], paid["amount"], paid["status"]) == (payment.transaction_id, "30.00", "completed")
    [item] = order["artwork_items"]
    assert (item["id"], item["artwork"], item["total_price"]) == (line.pk, gear.pk, "30.00")
    assert client_of(charlie).get(f"/api/buyer-profiles/{bob.pk}/purchases/").status_code == 404

    # The admin site: order, payment with its ledger, campaign.
    for address, words in (
        (f"/admin/commerce/order/?q={line.order_id}", ("30.00 USD", "bob", "v1")),
        (f"/admin/commerce/payment/{payment.pk}/change/", (payment.transaction_id, "30.00 USD", "27.00 USD")),
        ("/admin/commerce/campaign/", ("10.00 USD", "alice")),
    ):
        page = site.get(address)
        assert page.status_code == 200
        for word in words:
            assert word in page.content.decode(), (address, word)

    # The ledger: the same amounts, adding up to nothing, and proven.
    assert balances() == {
        ("gateway", None): Decimal("-30.00"),
        ("fees", None): Decimal("3.00"),
        ("seller", alice.pk): Decimal("27.00"),
    }
    call_command("check_ledger")

    # A link given in one dialect counts in the other.
    assert buyer.post(f"/api/v1/purchase-management/download/{line.pk}").json()["download_count"] == 1
    again = buyer.post(f"/api/orders/{line.order_id}/items/{line.pk}/download/").json()
    assert again["download_count"] == 2
