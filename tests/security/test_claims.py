"""What a client says about itself, its money and its keys is not believed."""

import json
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.models import User
from accounts.tests.factories import PASSWORD
from commerce.models import Order, Payment
from config.core.models import IdempotentCall
from marketplace.choices import Status
from marketplace.models import Artwork
from tests.roles.caller import send
from tests.roles.requests.cultureup import REGISTRATION, artwork_form, order_body, payment_body

pytestmark = pytest.mark.django_db
POWERS = {
    "user_type": "admin",
    "is_staff": True,
    "is_superuser": True,
    "is_admin": True,
    "is_verified": True,
    "identity_verified": True,
    "email_verified_at": "2020-01-01T00:00:00Z",
    "groups": [1],
    "id": 1,
    "spent": "9999.00",
    "earned": "9999.00",
    "credentials_version": 99,
}


def state_of(person: User) -> dict[str, Any]:
    names = ("user_type", "is_staff", "is_superuser", "identity_verified", "spent", "earned", "credentials_version")
    return dict(User.objects.filter(pk=person.pk).values(*names).get())


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("/api/auth/register/", REGISTRATION),
        ("/api/auth/register", {"username": "newcomer", "email": "n@example.com", "password": PASSWORD}),
        (
            "/api/v1/register",
            {"username": "newcomer", "email": "n@example.com", "password": PASSWORD, "full_name": "New Comer"},
        ),
    ],
    ids=["cultureup", "nexus", "v1"],
)
def test_nobody_registers_with_powers(world, address, sent):
    claims = {name: value for name, value in POWERS.items() if name != "user_type"}
    answer = send(APIClient(), "POST", address, claims | sent)
    assert answer.status_code == 201
    made = User.objects.get(username="newcomer")
    assert not (
        made.is_staff or made.is_superuser or made.identity_verified or made.email_verified_at or made.groups.exists()
    )
    assert (made.spent, made.earned, made.credentials_version) == (0, 0, 1)
    # As an administrator: refused, or (in v1, which has no such field) not heard.
    other = {name: f"x{value}" if name in {"username", "email"} else value for name, value in sent.items()}
    send(APIClient(), "POST", address, other | {"user_type": "admin"})
    assert not User.objects.filter(username="xnewcomer", user_type="admin").exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_nobody_gives_himself_powers(world, bob, method):
    before = state_of(world.people["buyer"])
    sent = {"first_name": "Bob", "last_name": "Example", "email": "bob@example.com"} | POWERS
    answer = send(bob, method, "/api/auth/profile/", sent)
    assert answer.status_code == 200
    assert state_of(world.people["buyer"]) == before
    assert answer.json()["id"] == world.people["buyer"].pk


def test_profiles_take_no_totals_and_no_owner(world):
    eve = APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(world.people['other_artist'])}")
    sent = {
        "user": world.people["artist"].pk,
        "user_id": world.people["artist"].pk,
        "experience_level": "expert",
        "hourly_rate": "50.00",
        "rating": 5.0,
        "total_earnings": "99999.00",
        "total_reviews": 100,
        "completion_rate": 100,
    }
    made = send(eve, "POST", "/api/artist-profiles/", sent).json()
    assert made["user"]["id"] == world.people["other_artist"].pk
    assert (made["rating"], made["total_reviews"], made["total_earnings"]) == (0.0, 0, "0.00")


FORGED_ARTWORK = {
    "status": "approved",
    "moderation_status": "APPROVED",
    "is_featured": True,
    "seller": 1,
    "seller_id": 1,
    "artist": 1,
    "views_count": 10_000,
    "likes_count": 10_000,
    "rekognition_checked": True,
    "verdict": "passed",
    "similarity_score": "0.00",
    "currency": "USD",
    "channel": "nexus",
    "stock": 5,
}


def test_an_artist_uploads_nothing_that_is_approved_featured_or_popular(world, alice):
    made = alice.post("/api/artworks/", artwork_form(world, "artist") | FORGED_ARTWORK, format="multipart")
    assert made.status_code == 201
    artwork = Artwork.objects.get(pk=made.json()["artwork"]["id"])
    assert (artwork.status, artwork.is_featured, artwork.seller_id) == ("pending", False, world.people["artist"].pk)
    assert (artwork.views_count, artwork.likes_count, artwork.currency) == (0, 0, settings.CURRENCIES["cultureup"])
    assert (artwork.channel, artwork.stock) == ("cultureup", None)


def test_an_edit_moderates_and_gives_away_nothing(world, alice):
    answer = send(alice, "PATCH", f"/api/artworks/{world.held.pk}/", FORGED_ARTWORK | {"title": "Dusk, again"})
    assert answer.status_code == 200
    artwork = Artwork.objects.get(pk=world.held.pk)
    assert (artwork.title, artwork.status, artwork.is_featured) == ("Dusk, again", Status.PENDING, False)
    assert (artwork.seller_id, artwork.stock) == (world.people["artist"].pk, None)


def test_the_price_of_an_order_is_the_catalogues(world, bob):
    forged = {"total_amount": "0.01", "status": "delivered", "buyer": world.people["other_buyer"].pk, "currency": "JPY"}
    body = order_body(world, "buyer")
    body["artwork_items"][0] |= {"price": "0.01", "total_price": "0.01", "unit_price": "0.01"}
    body["equipment_items"] = []
    made = send(bob, "POST", "/api/orders/", body | forged)
    assert made.status_code == 201
    order = Order.objects.get(pk=made.json()["id"])
    assert (str(order.total_amount), order.status, order.buyer.username) == ("299.990", "pending", "bob")
    send(bob, "PATCH", f"/api/orders/{order.pk}/", {"total_amount": "0.01", "shipping_address": "3 Example Street"})
    order.refresh_from_db()
    assert (str(order.total_amount), order.shipping_address) == ("299.990", "3 Example Street")


def test_a_payment_is_not_completed_by_saying_so(world, bob):
    forged = {
        "status": "completed",
        "payer": world.people["other_buyer"].pk,
        "platform_fee": "0.00",
        "artist_earning": "299.99",
        "hire_status": "released",
        "gateway": "sandbox",
        "gateway_reference": world.paid.gateway_reference,
        "transaction_id": "TXN1",
    }
    made = send(bob, "POST", "/api/payments/", payment_body(world, "buyer") | forged)
    assert made.status_code == 201
    payment = Payment.objects.get(pk=made.json()["id"])
    assert (payment.status, payment.payer.username, str(payment.platform_fee)) == ("pending", "bob", "30.000")
    assert (payment.gateway, payment.gateway_reference) == ("", "")
    assert payment.transaction_id != "TXN1"


def test_a_key_of_somebody_else_replays_nothing(world, bob):
    key = {"HTTP_IDEMPOTENCY_KEY": "the same key"}
    body = json.dumps(order_body(world, "buyer"))
    mine = bob.generic("POST", "/api/orders/", body, content_type="application/json", **key)
    his = world.bearer("other_buyer").generic("POST", "/api/orders/", body, content_type="application/json", **key)
    assert (mine.status_code, his.status_code) == (201, 201)
    assert his.json()["buyer"]["username"] == "charlie"
    assert his.json()["id"] != mine.json()["id"]


@pytest.mark.parametrize("address", ["/api/orders/", "/api/v1/commerce/payouts"])
@pytest.mark.parametrize("levels", [70, 300, 900, 2000])
def test_a_body_nested_too_deeply_is_refused(world, bob, address, levels):
    """JSON is read deeper than it can be validated, or written again to be compared under a key."""
    nested = '{"amount":' + '[{"a":' * (levels // 2) + "1" + "}]" * (levels // 2) + "}"
    for headers in ({}, {"HTTP_IDEMPOTENCY_KEY": "deep"}):
        answer = bob.generic("POST", address, nested, content_type="application/json", **headers)
        assert answer.status_code in {400, 422}, answer.content
        assert b"nested too deeply" in answer.content or levels > 1024
    assert not IdempotentCall.objects.exists()
