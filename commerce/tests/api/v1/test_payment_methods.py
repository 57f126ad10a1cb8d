"""v1's saved payment methods and payout settings over HTTP."""

import logging

import pytest
from django.db import connection

from accounts.models import Delivery
from accounts.tasks import deliveries_sweep
from commerce.models import PayoutSettings, SavedMethod
from commerce.services.payments.saved_methods import code_to_tell
from commerce.tests.services.payments.test_saved_methods import card_of
from tests.stand_ins.stripe import StripeStandIn

pytestmark = pytest.mark.django_db
METHODS = "/api/v1/payment-methods"
SETTINGS = f"{METHODS}/payout-settings"
CARD = {
    "type": "credit_card",
    "provider": "stripe",
    "card_number": "4242 4242 4242 4242",
    "expiry_month": 12,
    "expiry_year": 2025,
    "cvc": "987",
    "cardholder_name": "John Doe",
    "billing_address": {
        "street": "123 Main St",
        "city": "New York",
        "state": "NY",
        "postal_code": "10001",
        "country": "US",
    },
}
ACCOUNT = {
    "method": "bank_transfer",
    "bank_name": "Chase Bank",
    "account_number": "1234567890",
    "routing_number": "987654321",
    "account_holder_name": "John Doe",
    "minimum_payout": 50.00,
    "payout_schedule": "monthly",
}


@pytest.fixture
def client(client_of, bob):
    return client_of(bob)


def everything_kept() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows.append(str(cursor.fetchall()))
    return "\n".join(rows)


def fields_of(answer) -> set[str]:
    return {error["field"] for error in answer.json()["errors"]}


class TestMethods:
    @pytest.mark.operation("v1.payment_methods.add")
    def test_a_card(self, client):
        answer = client.post(METHODS, CARD, format="json")
        assert answer.status_code == 201
        body = answer.json()
        assert body == {
            "id": SavedMethod.objects.get().pk,
            "type": "credit_card",
            "provider": "stripe",
            "last_four": "4242",
            "expiry_month": 12,
            "expiry_year": 2025,
            "cardholder_name": "John Doe",
            "is_default": False,
            "is_verified": False,
            "verification_required": True,
            "created_at": body["created_at"],
        }
        assert body["created_at"].endswith("Z")

    def test_a_token_and_a_paypal_account(self, client):
        token = {"type": "debit_card", "provider": "stripe", "payment_method_id": "pm_card_mastercard"}
        assert client.post(METHODS, token, format="json").json()["last_four"] == "4444"
        paypal = {"type": "paypal", "provider": "paypal", "email": "john.doe@example.com"}
        body = client.post(METHODS, paypal, format="json").json()
        assert set(body) == {
            *("id", "type", "provider", "email", "is_default", "is_verified", "created_at"),
            "verification_required",
        }
        assert body["email"] == "john.doe@example.com"

    @pytest.mark.parametrize(
        ("number", "stripe"),
        [("4539 1488 0343 6467", False), ("4539148803436467", True), ("4242424242424242", True)],
    )
    def test_real_numbers_are_refused_and_kept_nowhere(self, client, number, stripe, settings, caplog):
        caplog.set_level(logging.DEBUG)
        with StripeStandIn() as stand_in:
            if stripe:
                settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = stand_in.key, stand_in.url
            answer = client.post(METHODS, CARD | {"card_number": number}, format="json", HTTP_IDEMPOTENCY_KEY="a")
            assert not stand_in.requests
        assert (answer.status_code, fields_of(answer)) == (422, {"card_number"})
        for digits in (number, number.replace(" ", ""), "987"):
            assert digits not in answer.content.decode()
        for digits in (number, number.replace(" ", "")):
            assert digits not in everything_kept() and digits not in caplog.text
        assert not SavedMethod.objects.exists()

    @pytest.mark.parametrize(
        "changes",
        [
            {"card_number": "4539148803436467x"},
            {"card_number": 4539148803436467},
            {"card_number": ["4539148803436467"]},
            {"cardholder_name": "4539148803436467"},
            {"billing_address": {"street": "4539-1488-0343-6467"}},
            {"payment_method_id": "4539148803436467", "card_number": ""},
            {"type": "bank_transfer", "card_number": "4539148803436467"},
            {"type": "paypal", "provider": "paypal", "card_number": "4539148803436467"},
        ],
    )
    def test_a_number_in_another_place_is_refused_unrepeated(self, client, changes):
        answer = client.post(METHODS, CARD | changes, format="json")
        assert answer.status_code == 422
        assert "6467" not in answer.content.decode()
        assert not SavedMethod.objects.exists()

    def test_an_accepted_number_and_code_are_kept_nowhere(self, client, caplog, settings):
        caplog.set_level(logging.DEBUG)
        answer = client.post(METHODS, CARD, format="json", HTTP_IDEMPOTENCY_KEY="a")
        deliveries_sweep()
        for place in (everything_kept(), caplog.text, answer.content.decode()):
            assert "4242424242424242" not in place and "4242 4242" not in place
            assert "'987'" not in place and '"987"' not in place

    def test_an_error_of_ours_does_not_show_the_number(self, client, monkeypatch, settings):
        settings.DEBUG = True
        client.raise_request_exception = False
        monkeypatch.setattr("commerce.gateways.sandbox.SandboxGateway.save", None)
        answer = client.post(METHODS, CARD, format="json")
        assert answer.status_code == 500
        assert "4242424242424242" not in answer.content.decode() and "4242 4242" not in answer.content.decode()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"type": "cash"}, "type"),
            ({"provider": "adyen"}, "provider"),
            ({"provider": "paypal"}, "provider"),
            ({"expiry_month": 13}, "expiry_month"),
            ({"expiry_year": None}, "expiry_year"),
            ({"cvc": "12345"}, "cvc"),
            ({"cvc": None}, "cvc"),
            ({"card_number": None}, "payment_method_id"),
            ({"billing_address": {"city": "a\0b"}}, "billing_address.city"),
            ({"billing_address": "New York"}, "billing_address"),
        ],
    )
    def test_what_is_not_valid(self, client, changes, field):
        sent = CARD | changes
        if changes.get("provider") == "paypal":
            sent = {"type": "credit_card", "provider": "paypal", "payment_method_id": "pm_card_visa"}
        answer = client.post(METHODS, sent, format="json")
        assert (answer.status_code, fields_of(answer)) == (422, {field})

    @pytest.mark.operation("v1.payment_methods.list")
    def test_the_list(self, client, bob, charlie, django_assert_num_queries):
        card_of(charlie)
        first = client.post(METHODS, CARD, format="json").json()["id"]
        for _ in range(30):
            card_of(bob)
        client.post(f"{METHODS}/{first}/set-default")
        with django_assert_num_queries(2):
            body = client.get(METHODS).json()
        assert set(body) == {"items", "total"}
        assert (body["total"], len(body["items"]), body["items"][0]["id"]) == (31, 31, first)
        assert set(body["items"][0]) == {
            *("id", "type", "provider", "last_four", "expiry_month", "expiry_year", "cardholder_name"),
            *("is_default", "is_verified", "created_at"),
        }

    @pytest.mark.operation("v1.payment_methods.verify")
    def test_verifying(self, client, bob):
        method = card_of(bob)
        code = code_to_tell(user=bob, method_id=method.pk)
        wrong = client.post(f"{METHODS}/{method.pk}/verify", {"verification_code": "abc"}, format="json")
        assert (wrong.status_code, wrong.json()["tries_left"]) == (400, 4)
        answer = client.post(f"{METHODS}/{method.pk}/verify", {"verification_code": code}, format="json")
        assert answer.status_code == 200
        assert answer.json() == {
            "id": method.pk,
            "is_verified": True,
            "verified_at": answer.json()["verified_at"],
            "message": "Payment method verified successfully",
        }

    @pytest.mark.operation("v1.payment_methods.send_code")
    def test_a_new_code(self, client, bob):
        method = card_of(bob)
        answer = client.post(f"{METHODS}/{method.pk}/send-code")
        assert answer.status_code == 200
        assert answer.json()["is_verified"] is False

    def test_codes_go_out_once_a_minute(self, client, bob, settings):
        settings.RATE_LIMITS = "on"
        method = card_of(bob)
        SavedMethod.objects.filter(pk=method.pk).update(code_tries=3)
        answers = [client.post(f"{METHODS}/{method.pk}/send-code") for _ in range(5)]
        assert {answer.status_code for answer in answers} == {429}
        assert 0 < int(answers[0]["Retry-After"]) <= 60
        assert "seconds" in answers[0].json()["detail"]
        assert Delivery.objects.filter(template="payment_method_code").count() == 1
        method.refresh_from_db()
        assert method.code_tries == 3  # the old code counts on

    @pytest.mark.operation("v1.payment_methods.set_default")
    def test_the_default(self, client, bob):
        method = card_of(bob)
        answer = client.post(f"{METHODS}/{method.pk}/set-default")
        assert (answer.status_code, answer.json()) == (
            200,
            {"id": method.pk, "is_default": True, "message": "Payment method set as default"},
        )

    @pytest.mark.operation("v1.payment_methods.delete")
    def test_deleting(self, client, bob, charlie, client_of):
        method = card_of(bob)
        assert client_of(charlie).delete(f"{METHODS}/{method.pk}").status_code == 404
        answer = client.delete(f"{METHODS}/{method.pk}")
        assert (answer.status_code, answer.json()) == (200, {"message": "Payment method deleted successfully"})
        assert client.delete(f"{METHODS}/{method.pk}").status_code == 404
        assert client.delete(f"{METHODS}/6f0e4c5a-6a0f-4a51-9c0b-2b7f3f6f8d10").status_code == 404

    def test_other_methods_and_the_limit(self, client, settings):
        client.raise_request_exception = False
        assert client.delete(METHODS).status_code == 405
        assert client.put(f"{METHODS}/1", {}, format="json").status_code == 405
        assert client.delete(SETTINGS).status_code == 405
        settings.RATE_LIMITS = "on"
        answers = [client.get(address).status_code for address in [METHODS, SETTINGS] * 26]
        assert answers.count(429) in {2, 3, 4, 5}


class TestPayoutSettings:
    @pytest.mark.operation("v1.payout_settings.get")
    def test_before_the_first_put(self, client):
        answer = client.get(SETTINGS)
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "id": None,
                "method": None,
                "bank_name": None,
                "account_number": None,
                "routing_number": None,
                "account_holder_name": None,
                "minimum_payout": 0.0,
                "currency": "USD",
                "payout_schedule": "monthly",
                "is_verified": False,
                "created_at": None,
            },
        )
        assert not PayoutSettings.objects.exists()

    @pytest.mark.operation("v1.payout_settings.update")
    def test_set_and_read(self, client):
        answer = client.put(SETTINGS, ACCOUNT, format="json")
        assert answer.status_code == 200
        assert answer.json() == ACCOUNT | {
            "id": PayoutSettings.objects.get().pk,
            "currency": "USD",
            "account_number": "****7890",
            "routing_number": "****4321",
            "is_verified": False,
            "created_at": answer.json()["created_at"],
        }
        assert client.get(SETTINGS).json() == answer.json()
        for digits in ("1234567890", "987654321"):
            assert digits not in everything_kept()

    def test_partly_sent(self, client):
        client.put(SETTINGS, ACCOUNT, format="json")
        answer = client.put(SETTINGS, {"method": "bank_transfer", "payout_schedule": "weekly"}, format="json").json()
        assert (answer["payout_schedule"], answer["minimum_payout"], answer["account_number"]) == (
            "weekly",
            50.0,
            "****7890",
        )

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"method": "crypto"}, "method"),
            ({"minimum_payout": -1}, "minimum_payout"),
            ({"minimum_payout": "1.001"}, "minimum_payout"),
            ({"payout_schedule": "yearly"}, "payout_schedule"),
            ({"account_number": "****1"}, "account_number"),
            ({"bank_name": "a\0b"}, "bank_name"),
        ],
    )
    def test_what_is_not_valid(self, client, changes, field):
        answer = client.put(SETTINGS, ACCOUNT | changes, format="json")
        assert (answer.status_code, fields_of(answer)) == (422, {field})
        assert not PayoutSettings.objects.exists()
