"""Nexus's cart over HTTP: the one that every dialect fills."""

import pytest
from django.utils import timezone

from commerce.models import CartCoupon
from commerce.tests.shop import campaign_of, coupon_of, design_of, fill_cart
from commerce.tests.steps import paid_order
from marketplace.choices import Status
from marketplace.models import Listing

pytestmark = pytest.mark.django_db
CART = "/api/cart"
ITEM = [
    *("id", "model_id", "model", "price", "list_price", "quantity", "discount_amount", "currency"),
    *("discount_by", "created_at"),
]


@pytest.fixture
def drone(alice):
    return design_of(alice, price="40.00", title="Sci-Fi Drone")


@pytest.mark.operation("nexus.cart.retrieve")
def test_the_cart(client_of, alice, bob, charlie, drone, django_assert_num_queries):
    gone = design_of(alice)
    fill_cart(bob, drone, gone)
    Listing.objects.filter(pk=gone.pk).update(status=Status.REJECTED)
    with django_assert_num_queries(5):  # who calls, the cart, its coupon, the campaigns, the models
        body = client_of(bob).get(CART).json()
    [item] = body.pop("items")
    assert list(item) == ITEM
    assert (item["model_id"], item["price"], item["model"]["title"], item["model"]["creator"]["id"]) == (
        drone.pk,
        40.0,
        "Sci-Fi Drone",
        alice.pk,
    )
    assert body == {
        "item_count": 1,
        "subtotal": 40.0,
        "discount_amount": 0.0,
        "total": 40.0,
        "coupon_code": None,
        "currency": "USD",
    }
    assert client_of(charlie).get(CART).json() == {
        "items": [],
        "item_count": 0,
        "subtotal": 0.0,
        "discount_amount": 0.0,
        "total": 0.0,
        "coupon_code": None,
        "currency": "USD",
    }


def test_a_campaigns_price(client_of, alice, bob, drone):
    campaign_of(alice, drone, percent="25")
    fill_cart(bob, drone)
    body = client_of(bob).get(CART).json()
    [item] = body["items"]
    assert (item["price"], item["list_price"], item["discount_by"]) == (30.0, 40.0, "campaign")
    assert (body["subtotal"], body["discount_amount"], body["total"]) == (30.0, 0.0, 30.0)


@pytest.mark.operation("nexus.cart.add")
class TestAdding:
    def test_once(self, client_of, bob, drone):
        client = client_of(bob)
        answer = client.post(CART, {"model_id": drone.pk}, format="json")
        assert answer.status_code == 201
        body = answer.json()
        assert list(body.pop("item")) == ITEM
        assert body == {"message": "Model added to cart", "item_count": 1, "subtotal": 40.0, "currency": "USD"}
        again = client.post(CART, {"model_id": drone.pk}, format="json")
        assert (again.status_code, again.json()) == (409, {"detail": "Model is already in the cart"})

    @pytest.mark.parametrize("sent", [{}, {"model_id": "x"}, {"model_id": 0}, {"model_id": 2**63}])
    def test_no_number(self, client_of, bob, sent):
        answer = client_of(bob).post(CART, sent, format="json")
        assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "model_id"])

    def test_what_cannot_be_bought(self, client_of, alice, bob, drone):
        paid_order(bob, drone, channel="nexus")
        answers = [
            client_of(who).post(CART, {"model_id": model}, format="json")
            for who, model in (
                (alice, drone.pk),
                (bob, drone.pk),
                (bob, 10**9),
                (bob, design_of(alice, status=Status.PENDING).pk),
                (alice, design_of(alice, status=Status.PENDING).pk),
                (bob, design_of(alice, is_available=False).pk),
            )
        ]
        assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [
            (400, "You cannot buy your own model"),
            (400, "You already own this model"),
            *[(404, "Model not found")] * 4,
        ]


@pytest.mark.operation("nexus.cart.remove")
def test_removing(client_of, bob, charlie, drone):
    fill_cart(bob, drone)
    refused = client_of(charlie).delete(f"{CART}/{drone.pk}")
    assert (refused.status_code, refused.json()) == (404, {"detail": "Model is not in the cart"})
    answer = client_of(bob).delete(f"{CART}/{drone.pk}")
    assert (answer.status_code, answer.json()) == (
        200,
        {"message": "Model removed from cart", "item_count": 0, "subtotal": 0.0, "currency": "USD"},
    )


@pytest.mark.operation("nexus.cart.apply_coupon")
class TestCoupons:
    @pytest.mark.parametrize("name", ["code", "coupon_code"])
    def test_applied(self, client_of, bob, drone, name):
        coupon_of()
        fill_cart(bob, drone)
        client = client_of(bob)
        answer = client.post(f"{CART}/apply-coupon", {name: "spring10"}, format="json")
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "message": "Coupon applied",
                "coupon_code": "SPRING10",
                "discount_percent": 10.0,
                "subtotal": 40.0,
                "discount_amount": 4.0,
                "currency": "USD",
                "total": 36.0,
            },
        )
        body = client.get(CART).json()
        assert (body["coupon_code"], body["total"], body["items"][0]["discount_by"]) == ("SPRING10", 36.0, "coupon")
        [item] = client.get("/api/v1/commerce/cart").json()
        assert (item["price"], item["discount_amount"]) == (40.0, 4.0)

    def test_refused(self, client_of, bob, drone):
        client = client_of(bob)
        coupon_of()
        coupon_of("OFF", is_active=False)
        coupon_of("OLD", expires_at=timezone.now())

        def say(code):
            answer = client.post(f"{CART}/apply-coupon", {"code": code}, format="json")
            return answer.status_code, answer.json()["detail"]

        assert say("SPRING10") == (400, "Cart is empty")
        fill_cart(bob, drone)
        assert say("OFF") == (400, "Coupon is not active")
        assert say("OLD") == (400, "Coupon has expired")
        assert say("NONE") == (404, "Coupon not found")
        assert say("x" * 51)[0] == say("")[0] == say("a\0b")[0] == 422
        assert not CartCoupon.objects.exists()

    def test_nothing_sent(self, client_of, bob):
        answer = client_of(bob).post(f"{CART}/apply-coupon", {}, format="json")
        assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "code"])


@pytest.mark.operation("nexus.cart.remove_coupon")
def test_a_coupon_taken_off(client_of, bob, drone):
    coupon_of()
    fill_cart(bob, drone)
    client = client_of(bob)
    client.post(f"{CART}/apply-coupon", {"code": "SPRING10"}, format="json")
    assert client.delete(f"{CART}/apply-coupon").json() == {"message": "Coupon removed"}
    assert client.get(CART).json()["total"] == 40.0
    assert client.delete(f"{CART}/apply-coupon").status_code == 404
