"""v1's payouts over HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from commerce.models import Payout
from commerce.tests.services.payouts.test_payouts import asked
from commerce.tests.steps import paid_order
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
PAYOUTS = "/api/v1/commerce/payouts"
BODY = {
    "amount": 50.00,
    "method": "paypal",
    "fees": 0.00,
    "net_amount": 50.00,
    "payout_account": "john.doe@example.com",
}


@pytest.fixture(autouse=True)
def sale(alice, bob):
    """Brings alice 90.00 USD."""
    paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("100.00")))


@pytest.mark.operation("v1.payouts.create")
def test_asking(client_of, alice):
    answer = client_of(alice).post(PAYOUTS, BODY, format="json")
    payout = Payout.objects.get()
    assert answer.status_code == 201
    assert answer.json() == BODY | {
        "id": str(payout.uuid),
        "seller_id": alice.pk,
        "currency": "USD",
        "status": "pending",
        "request_date": answer.json()["request_date"],
        "processed_date": None,
        "waits_until": f"{payout.request_date + timedelta(hours=72):%Y-%m-%dT%H:%M:%SZ}",
    }


@pytest.mark.operation("v1.payouts.cancel")
def test_stopping(client_of, alice, bob, charlie):
    client = client_of(alice)
    payout = client.post(PAYOUTS, BODY, format="json").json()
    address = f"{PAYOUTS}/{payout['id']}/cancel"
    assert client_of(None).post(address).status_code == 401
    for stranger in (bob, charlie):
        assert client_of(stranger).post(address).status_code == 404
    assert Payout.objects.get().status == "pending"
    answer = client.post(address)
    assert answer.status_code == 200
    assert answer.json() == payout | {"status": "failed", "processed_date": answer.json()["processed_date"]}
    assert client.get("/api/payments/statement/").json()["balances"][0]["balance"] == "90.00"
    again = client.post(f"{PAYOUTS}/{Payout.objects.get().pk}/cancel")
    assert (again.status_code, "can no longer be stopped" in again.json()["detail"]) == (400, True)
    assert client.post(f"{PAYOUTS}/{2**62}/cancel").status_code == 404


def test_the_same_call_twice_pays_out_once_and_keeps_the_account_encrypted(client_of, alice):
    client = client_of(alice)
    first, again = (client.post(PAYOUTS, BODY, format="json", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert client.post(PAYOUTS, BODY | {"amount": 1}, format="json", HTTP_IDEMPOTENCY_KEY="k").status_code == 409
    assert Payout.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM core_idempotentcall")
        assert "john.doe" not in str(cursor.fetchall())


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"amount": 90.01, "net_amount": 90.01}, 400, None),
        ({"amount": 0, "net_amount": 0}, 422, "amount"),
        ({"amount": -5, "net_amount": -5}, 422, "amount"),
        ({"amount": "1.001"}, 422, "amount"),
        ({"fees": 2.0, "net_amount": 48.0}, 422, "fees"),
        ({"net_amount": 49.99}, 422, "net_amount"),
        ({"net_amount": None}, 422, "net_amount"),
        ({"method": "crypto"}, 422, "method"),
        ({"payout_account": "a\0b"}, 422, "payout_account"),
    ],
)
def test_refusals(client_of, alice, changes, status, field):
    answer = client_of(alice).post(PAYOUTS, BODY | changes, format="json")
    assert answer.status_code == answer.json()["status_code"] == status
    assert [error["field"] for error in answer.json().get("errors", [])] == ([field] if field else [])
    assert not Payout.objects.exists()


@pytest.mark.operation("v1.payouts.list")
def test_the_list(client_of, alice, bob, django_assert_num_queries):
    client = client_of(alice)
    for _ in range(30):
        asked(alice, "1.00")
    last = client.post(PAYOUTS, BODY, format="json").json()
    with django_assert_num_queries(2):
        answer = client.get(PAYOUTS)
    assert answer.status_code == 200
    assert (len(answer.json()), answer.json()[0]) == (31, last)
    assert client_of(bob).get(PAYOUTS).json() == []


def test_the_account_of_the_settings_is_masked(client_of, alice):
    client = client_of(alice)
    account = {"method": "paypal", "account_number": "alice.the.artist@example.com"}
    client.put("/api/v1/payment-methods/payout-settings", account, format="json")
    answer = client.post(PAYOUTS, BODY | {"payout_account": None}, format="json")
    assert answer.json()["payout_account"] == "****.com"


def test_the_statement_shows_it(client_of, alice):
    client = client_of(alice)
    payout = client.post(PAYOUTS, BODY, format="json").json()
    body = client.get("/api/payments/statement/", {"currency": "USD"}).json()
    assert [(line["kind"], line["amount"], line["balance"], line["payout"]) for line in body["results"]] == [
        ("payment", "90.00", "90.00", None),
        ("payout", "-50.00", "40.00", payout["id"]),
    ]
    assert body["balances"][0]["balance"] == "40.00"
