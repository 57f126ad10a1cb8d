"""v1's cart and checkout over HTTP."""

from decimal import Decimal

import pytest

from commerce.models import CartItem, Order
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import campaign_of, design_of, fill_cart
from marketplace.choices import Status
from marketplace.models import Listing
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
CART, CHECKOUT = "/api/v1/commerce/cart", "/api/v1/commerce/checkout"


@pytest.fixture
def gear(alice):
    return design_of(alice, price="29.99", title="Mechanical Gear")


def wish(design, **changes):
    body = {"design_id": str(design.uuid), "name": "Whatever", "price": 29.99, "size": "M", "color": "red"}
    return body | {"icon": "gear", "quantity": 1} | changes


def empty_post(client, address, **headers):
    """As the front-end sends it: with a content type and without a body."""
    return client.generic("POST", address, b"", content_type="application/json", **headers)


@pytest.mark.operation("v1.cart.add")
def test_adding(client_of, bob, gear):
    answer = client_of(bob).post(CART, wish(gear), format="json")
    item = CartItem.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(item.uuid),
        "user_id": bob.pk,
        "design_id": str(gear.uuid),
        "name": "Mechanical Gear",
        "price": 29.99,
        "original_price": None,
        "currency": "USD",
        "is_available": True,
        "size": "M",
        "color": "red",
        "icon": "gear",
        "quantity": 1,
        "discount_amount": 0.0,
        "added_at": answer.json()["added_at"],
        "thumbnail_url": f"http://testserver{gear.mesh.thumbnail.url}",
        "preview_url": f"http://testserver{gear.mesh.preview.url}",
    }


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"price": 29.98}, 422, "price"),
        ({"price": -1}, 422, "price"),
        ({"price": "cheap"}, 422, "price"),
        ({"quantity": 0}, 422, "quantity"),
        ({"quantity": 10_001}, 422, "quantity"),
        ({"size": "XXL"}, 422, "size"),
        ({"name": None}, 422, "name"),
        ({"color": "a\0b"}, 422, "color"),
        ({"design_id": "gear"}, 422, "design_id"),
        ({"design_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}, 404, None),
    ],
)
def test_what_is_refused(client_of, bob, gear, changes, status, field):
    answer = client_of(bob).post(CART, wish(gear) | changes, format="json")
    assert (answer.status_code, answer.json()["status_code"]) == (status, status)
    assert [error["field"] for error in answer.json().get("errors", [])] == ([field] if field else [])
    assert not CartItem.objects.exists()


def test_drafts_are_hidden_ones_own_refused_and_artworks_are_no_designs(client_of, alice, bob, gear):
    draft = design_of(alice, price="29.99", status=Status.DRAFT)
    assert client_of(bob).post(CART, wish(draft), format="json").status_code == 404
    assert client_of(bob).post(CART, wish(ArtworkFactory(price="29.99")), format="json").status_code == 404
    assert client_of(alice).post(CART, wish(gear), format="json").json() == {
        "detail": '"Mechanical Gear" is your own.',
        "status_code": 400,
    }


@pytest.mark.operation("v1.cart.list")
def test_the_list_shows_the_price_of_the_moment(client_of, alice, bob, charlie, gear, django_assert_num_queries):
    client = client_of(bob)
    client.post(CART, wish(gear), format="json")
    campaign_of(alice, gear, percent="10")
    with django_assert_num_queries(5):  # who calls, the cart, its coupon, the campaigns, the pictures
        [item] = client.get(CART).json()
    assert (item["price"], item["original_price"]) == (26.99, 29.99)
    assert client.post(CART, wish(gear, price=28), format="json").status_code == 422
    assert client.post(CART, wish(gear, price=26.99), format="json").json()["quantity"] == 2
    assert client_of(charlie).get(CART).json() == []
    fill_cart(bob, *(design_of(alice) for _ in range(30)))
    with django_assert_num_queries(5):
        assert len(client.get(CART).json()) == 31


@pytest.mark.operation("v1.cart.update")
def test_changing(client_of, bob, charlie, gear):
    fill_cart(bob, gear)
    item = CartItem.objects.get()
    address = f"{CART}/{item.uuid}"
    answer = client_of(bob).put(address, {"quantity": 2, "size": "L", "color": "blue"}, format="json")
    assert answer.status_code == 200
    assert (answer.json()["quantity"], answer.json()["size"], answer.json()["color"]) == (2, "L", "blue")
    answer = client_of(bob).put(address, {"quantity": None, "size": None, "color": None}, format="json")
    assert (answer.json()["quantity"], answer.json()["size"], answer.json()["color"]) == (2, "L", "blue")
    assert client_of(bob).put(f"{CART}/{item.pk}", {"quantity": 3}, format="json").json()["quantity"] == 3
    refused = client_of(bob).put(address, {"quantity": 0}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "quantity")
    assert client_of(charlie).put(address, {"quantity": 9}, format="json").status_code == 404
    item.refresh_from_db()
    assert item.quantity == 3


@pytest.mark.operation("v1.cart.remove")
def test_removing(client_of, bob, charlie, gear):
    fill_cart(bob, gear)
    address = f"{CART}/{CartItem.objects.get().uuid}"
    assert client_of(charlie).delete(address).status_code == 404
    answer = client_of(bob).delete(address)
    assert (answer.status_code, answer.json()) == (200, {"message": "Cart item removed successfully"})
    assert client_of(bob).delete(address).status_code == 404


@pytest.mark.operation("v1.checkout.create")
def test_checkout(client_of, alice, bob, gear):
    fill_cart(bob, gear, design_of(alice, price="10.00"))
    answer = empty_post(client_of(bob), CHECKOUT)
    lines = Order.objects.get().lines.order_by("pk")
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "message": "Checkout completed",
        "transaction_ids": [str(line.uuid) for line in lines],
        "total_amount": 39.99,
        "currency": "USD",
    }
    again = empty_post(client_of(bob), CHECKOUT)
    assert (again.status_code, again.json()["detail"]) == (400, "The cart is empty.")


def test_the_same_checkout_twice_with_a_key(client_of, bob, gear):
    fill_cart(bob, gear)
    first, again = (empty_post(client_of(bob), CHECKOUT, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
    assert first.json() == again.json()
    assert Order.objects.count() == 1


def test_a_design_that_was_withdrawn_is_told_by_its_name(client_of, alice, bob, gear):
    """In the cart and at the checkout: who filled the cart knows no numbers of listings."""
    lost = design_of(alice, title="Lost Gear")
    fill_cart(bob, gear, lost)
    Listing.objects.filter(pk=lost.pk).update(status=Status.DRAFT)
    client = client_of(bob)
    assert [(item["name"], item["is_available"]) for item in client.get(CART).json()] == [
        ("Mechanical Gear", True),
        ("Lost Gear", False),
    ]
    refused = empty_post(client, CHECKOUT)
    assert refused.status_code == 400
    assert refused.json()["detail"] == '"Lost Gear" is no longer on sale. Take it out of your cart.'
    assert (Order.objects.count(), CartItem.objects.count()) == (0, 2)


def test_a_cart_that_comes_to_too_much_names_no_field_that_nobody_sent(client_of, alice, bob):
    fill_cart(bob, design_of(alice, price="99999999.99"), quantity=10_000)
    answer = empty_post(client_of(bob), CHECKOUT)
    assert answer.json() == {"detail": "An order comes to at most 99999999999.", "status_code": 400}
    assert (answer.status_code, CartItem.objects.count()) == (400, 1)


def test_a_checkout_that_waits_for_the_bank(client_of, bob, gear):
    default_of(bob, "pm_card_threeDSecure2Required")
    fill_cart(bob, gear)
    answer = empty_post(client_of(bob), CHECKOUT).json()
    assert (answer["success"], answer["message"]) == (False, "The payment is pending")
    assert answer["client_secret"]
    assert answer["next_action"]["redirect_to_url"]["url"]


@pytest.mark.operation("v1.sales.pay")
def test_a_declined_card_and_another_try(client_of, bob, charlie, gear):
    default_of(bob, "pm_card_chargeDeclined")
    fill_cart(bob, gear)
    declined = empty_post(client_of(bob), CHECKOUT)
    assert (declined.status_code, declined.json()["code"]) == (400, "card_declined")
    [number] = declined.json()["transaction_ids"]
    address = f"/api/v1/commerce/sales/purchases/{number}/pay"
    assert empty_post(client_of(charlie), address).status_code == 404
    assert empty_post(client_of(bob), address).status_code == 400
    default_of(bob, "pm_card_visa")
    assert empty_post(client_of(bob), address).json() == {
        "success": True,
        "message": "Checkout completed",
        "transaction_ids": [number],
        "total_amount": 29.99,
        "currency": "USD",
    }
    assert empty_post(client_of(bob), address).json()["detail"] == "This is paid already."
    assert Order.objects.get().payments.get().amount == Decimal("29.99")
