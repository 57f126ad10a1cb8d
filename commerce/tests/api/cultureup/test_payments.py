from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.gateways.sandbox import challenge_finish
from commerce.models import Payment, SandboxIntent
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_job, paid_order, payment_of, payment_of_job
from jobs.tests.factories import hired_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
PAYMENT_KEYS = {
    "id",
    "payer",
    "payee",
    "order",
    "job",
    "amount",
    "currency",
    "payment_method",
    "status",
    "transaction_id",
    "created_at",
    "platform_fee",
    "artist_earning",
}


def body_for(placed, **changes):
    line = placed.lines.first()
    return {
        "payee": line.seller_id,
        "order": placed.pk,
        "amount": str(placed.total_amount.quantize(Decimal("0.01"))),
        "payment_method": "stripe",
    } | changes


@pytest.mark.operation("cultureup.payments.create")
class TestCreate:
    def test_the_documented_payment(self, client_of, alice, bob, artwork):
        order = order_of(bob, artwork, quantity=3)
        answer = client_of(bob).post("/api/payments/", body_for(order, payment_method="jazzcash"), format="json")
        assert answer.status_code == 201
        payment = answer.json()
        assert set(payment) == PAYMENT_KEYS
        assert payment | {"id": 0, "transaction_id": "", "created_at": ""} == {
            "id": 0,
            "payer": {"id": bob.pk, "username": "bob"},
            "payee": {"id": alice.pk, "username": "alice"},
            "order": order.pk,
            "job": None,
            "amount": "899.97",
            "currency": "PKR",
            "payment_method": "jazzcash",
            "status": "pending",
            "transaction_id": "",
            "created_at": "",
            "platform_fee": "90.00",
            "artist_earning": "809.97",
        }

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"amount": "1.00"}, "amount"),
            ({"amount": "NaN"}, "amount"),
            ({"amount": "1e400"}, "amount"),
            ({"amount": [1]}, "amount"),
            ({"payee": 999999}, "payee"),
            ({"payee": "bob"}, "payee"),
            ({"order": 999999}, "order"),
            ({"order": None}, "order"),
            ({"order": True}, "order"),
            ({"job": 5, "order": None}, "job"),
            ({"job": 5}, "non_field_errors"),
            ({"payment_method": "bitcoin"}, "payment_method"),
        ],
    )
    def test_bad_input_names_the_field(self, client_of, bob, artwork, change, field):
        order = order_of(bob, artwork)
        answer = client_of(bob).post("/api/payments/", body_for(order, **change), format="json")
        assert (answer.status_code, list(answer.json())) == (400, [field])
        assert not Payment.objects.exists()

    def test_what_the_client_says_about_the_fee_is_ignored(self, client_of, bob, charlie, artwork):
        body = body_for(order_of(bob, artwork), platform_fee="0.00", payer=charlie.pk, status="completed")
        payment = client_of(bob).post("/api/payments/", body, format="json").json()
        assert (payment["platform_fee"], payment["payer"]["id"], payment["status"]) == ("30.00", bob.pk, "pending")

    def test_another_persons_order_is_refused_like_one_that_does_not_exist(self, client_of, bob, charlie, artwork):
        order = order_of(bob, artwork)
        answers = [
            client_of(charlie).post("/api/payments/", body_for(order, order=number), format="json")
            for number in (order.pk, 999999)
        ]
        assert [answer.status_code for answer in answers] == [400, 400]
        assert answers[0].json()["order"][0].replace(str(order.pk), "n") == answers[1].json()["order"][0].replace(
            "999999", "n"
        )


@pytest.mark.operation("cultureup.payments.list")
class TestList:
    def test_what_one_paid_and_what_one_received(self, client_of, alice, bob, charlie, artwork):
        dora_work = ArtworkFactory()
        payment = payment_of(order_of(bob, artwork, dora_work))
        for person, count in ((bob, 1), (alice, 1), (dora_work.seller, 1), (charlie, 0)):
            assert client_of(person).get("/api/payments/").json()["count"] == count
        row = client_of(bob).get("/api/payments/").json()["results"][0]
        assert (row["id"], set(row)) == (payment.pk, PAYMENT_KEYS)

    def test_each_of_several_sellers_sees_their_part_and_orders_by_it(self, client_of, alice, bob, staff, artwork):
        other = ArtworkFactory(price="100.00")
        shared = payment_of(order_of(bob, artwork, other))
        small = payment_of(order_of(bob, ArtworkFactory(seller=alice, price="200.00")))
        for person, part in (
            (bob, ("399.99", "40.00", "359.99")),
            (staff, ("399.99", "40.00", "359.99")),
            (alice, ("299.99", "30.00", "269.99")),
            (other.seller, ("100.00", "10.00", "90.00")),
        ):
            row = client_of(person).get(f"/api/payments/{shared.pk}/").json()
            assert (row["amount"], row["platform_fee"], row["artist_earning"]) == part
        for person, most in ((alice, shared), (bob, shared)):
            rows = client_of(person).get("/api/payments/", {"ordering": "-amount"}).json()["results"]
            assert [row["id"] for row in rows] == [most.pk, small.pk]
        assert rows[1]["amount"] == "200.00"

    def test_filters_orderings_and_queries(self, client_of, bob, admin, artwork, django_assert_num_queries):
        _order, partly = paid_order(bob, artwork)
        payment_refund(actor=admin, payment_id=partly.pk, amount=Decimal("1.00"))
        cheap = payment_of(order_of(bob, ArtworkFactory(price="5.00", artwork_type="physical")), "cash_on_delivery")
        client = client_of(bob)

        def ids(**query):
            return [row["id"] for row in client.get("/api/payments/", query).json()["results"]]

        assert ids(status="completed") == [partly.pk], "partly refunded stays completed"
        assert ids(status="pending") == [cheap.pk]
        assert ids(payment_method="cash_on_delivery") == [cheap.pk]
        assert ids(ordering="amount") == [cheap.pk, partly.pk]
        assert ids(ordering="-created_at") == [cheap.pk, partly.pk]
        for _ in range(10):
            payment_of(order_of(bob, artwork))
        with django_assert_num_queries(3):
            client.get("/api/payments/")
        assert client.get("/api/payments/", {"status": "held"}).status_code == 400


@pytest.mark.operation("cultureup.payments.get")
def test_a_payment_is_for_payer_payee_and_staff(client_of, alice, bob, charlie, staff, artwork):
    payment = payment_of(order_of(bob, artwork))
    for person, status in ((bob, 200), (alice, 200), (staff, 200), (charlie, 404), (None, 401)):
        assert client_of(person).get(f"/api/payments/{payment.pk}/").status_code == status


@pytest.mark.operation("cultureup.payments.process")
class TestProcess:
    def test_a_card_payment(self, client_of, bob, alice, artwork):
        payment = payment_of(order_of(bob, artwork))
        assert client_of(alice).post(f"/api/payments/{payment.pk}/process/").status_code == 404
        answer = client_of(bob).post(f"/api/payments/{payment.pk}/process/")
        assert answer.status_code == 200
        assert set(answer.json()) == {"client_secret", "payment_intent_id", "requires_action", "message"}
        assert answer.json()["requires_action"] is False
        assert answer.json()["client_secret"].startswith(answer.json()["payment_intent_id"])

    def test_the_other_methods(self, client_of, bob, artwork, settings):
        settings.BANK_TRANSFER_ACCOUNT = "PK36 SCBL 0000 0011 2345 6702"
        transfer = payment_of(order_of(bob, artwork), "bank_transfer")
        answer = client_of(bob).post(f"/api/payments/{transfer.pk}/process/").json()
        assert (answer["account"], answer["reference"]) == (settings.BANK_TRANSFER_ACCOUNT, transfer.transaction_id)
        cash = payment_of(order_of(bob, ArtworkFactory(artwork_type="physical")), "cash_on_delivery")
        answer = client_of(bob).post(f"/api/payments/{cash.pk}/process/")
        assert (answer.status_code, answer.json()["requires_action"]) == (200, False)
        jazzcash = payment_of(order_of(bob, artwork), "jazzcash")
        answer = client_of(bob).post(f"/api/payments/{jazzcash.pk}/process/")
        assert (answer.status_code, answer.json()["code"]) == (400, "method_unavailable")


@pytest.mark.operation("cultureup.payments.confirm")
class TestConfirm:
    @pytest.fixture
    def payment(self, client_of, bob, artwork):
        payment = payment_of(order_of(bob, artwork))
        client_of(bob).post(f"/api/payments/{payment.pk}/process/")
        return payment

    def confirm(self, client, payment, method, **more):
        return client.post(f"/api/payments/{payment.pk}/confirm/", {"payment_method_id": method, **more}, format="json")

    def test_paid_without_3d_secure(self, client_of, bob, payment):
        answer = self.confirm(client_of(bob), payment, "pm_card_visa")
        assert answer.status_code == 200
        assert answer.json() == {
            "success": True,
            "payment_id": payment.pk,
            "transaction_id": payment.transaction_id,
            "status": "completed",
            "message": "Payment completed successfully",
        }

    def test_3d_secure_is_asked_for(self, client_of, bob, payment):
        answer = self.confirm(
            client_of(bob), payment, "pm_card_threeDSecure2Required", return_url="https://shop.example/return"
        )
        assert set(answer.json()) == {"requires_action", "client_secret", "next_action", "message"}
        assert answer.json()["next_action"]["redirect_to_url"]["url"].startswith("http")

    def test_a_declined_card(self, client_of, bob, payment):
        answer = self.confirm(client_of(bob), payment, "pm_card_chargeDeclined")
        assert (answer.status_code, set(answer.json())) == (400, {"error", "code"})
        assert answer.json()["code"] == "card_declined"
        payment.refresh_from_db()
        assert payment.status == "failed"

    def test_not_by_others_and_not_with_nonsense(self, client_of, alice, bob, charlie, payment):
        for person in (alice, charlie):
            assert self.confirm(client_of(person), payment, "pm_card_visa").status_code == 404
        for method in ("", None, ["pm_card_visa"], "x" * 201):
            answer = self.confirm(client_of(bob), payment, method)
            assert (answer.status_code, list(answer.json())) == (400, ["payment_method_id"])
        answer = self.confirm(client_of(bob), payment, "pm_card_visa", return_url="javascript:alert(1)")
        assert (answer.status_code, list(answer.json())) == (400, ["return_url"])
        assert self.confirm(client_of(bob), payment, "pm_unknown").status_code == 400
        payment.refresh_from_db()
        assert payment.status in {"pending", "failed"}

    def test_a_replay_with_its_key_charges_once(self, client_of, bob, payment):
        client = client_of(bob)
        answers = [
            client.post(
                f"/api/payments/{payment.pk}/confirm/",
                {"payment_method_id": "pm_card_visa"},
                format="json",
                HTTP_IDEMPOTENCY_KEY="pay",
            )
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()


@pytest.mark.operation("cultureup.payments.three_d_secure")
def test_3d_secure_is_looked_up(client_of, bob, alice, artwork):
    payment = payment_of(order_of(bob, artwork))
    client = client_of(bob)
    client.post(f"/api/payments/{payment.pk}/process/")
    client.post(
        f"/api/payments/{payment.pk}/confirm/", {"payment_method_id": "pm_card_threeDSecure2Required"}, format="json"
    )
    assert client_of(alice).post(f"/api/payments/{payment.pk}/3d-secure/").status_code == 404
    early = client.post(f"/api/payments/{payment.pk}/3d-secure/")
    assert (early.status_code, "not been completed" in early.json()["error"]) == (400, True)
    challenge_finish(challenge=SandboxIntent.objects.get().challenge, succeeded=True)
    answer = client.post(f"/api/payments/{payment.pk}/3d-secure/")
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "payment_id": payment.pk,
        "transaction_id": payment.transaction_id,
        "status": "completed",
        "message": "3D Secure verification completed successfully",
    }


@pytest.mark.operation("cultureup.payments.three_d_secure")
def test_3d_secure_of_a_payment_that_was_called_off_meanwhile(
    client_of, bob, artwork, settings, django_capture_on_commit_callbacks
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    order = order_of(bob, artwork)
    payment = payment_of(order)
    client = client_of(bob)
    client.post(f"/api/payments/{payment.pk}/process/")
    method = {"payment_method_id": "pm_card_threeDSecure2Required"}
    client.post(f"/api/payments/{payment.pk}/confirm/", method, format="json")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"/api/orders/{order.pk}/cancel/").status_code == 200
    answer = client.post(f"/api/payments/{payment.pk}/3d-secure/").json()
    assert (answer["success"], answer["status"], answer["message"]) == (False, "failed", "The payment was called off")


@pytest.mark.operation("cultureup.buyer_profiles.purchases")
def test_purchases_are_orders_and_payments_for_jobs(client_of, alice, bob, charlie, staff, artwork):
    paid_order(bob, artwork)
    order_of(bob, artwork)
    paid, job = paid_job(hired_job(buyer=bob, artist=alice)), hired_job(buyer=bob, artist=alice, title="A logo")
    waiting = payment_of_job(job)
    url = f"/api/buyer-profiles/{bob.pk}/purchases/"
    for person, status in ((bob, 200), (staff, 200), (alice, 404), (charlie, 404), (None, 401)):
        assert client_of(person).get(url).status_code == status
    purchases = client_of(bob).get(url).json()
    assert {name: purchases[name] for name in purchases if name.startswith(("total", "completed"))} == {
        "total_orders": 2,
        "total_payments": 2,
        "completed_orders": 1,
        "completed_payments": 1,
    }
    assert len(purchases["orders"]) == 2
    assert [payment["id"] for payment in purchases["payments"]] == [waiting.pk, paid.pk]
    shown = purchases["payments"][0]
    assert set(shown) == PAYMENT_KEYS
    assert (shown["order"], shown["job"]) == (None, {"id": job.pk, "title": "A logo"})
    names = {"first_name": alice.first_name, "last_name": alice.last_name}
    assert shown["payee"] == {"id": alice.pk, "username": "alice", **names}


def test_purchases_cost_the_same_with_one_row_and_with_many(client_of, alice, bob, django_assert_num_queries):
    client, url = client_of(bob), f"/api/buyer-profiles/{bob.pk}/purchases/"
    payment_of_job(hired_job(buyer=bob, artist=alice))
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _ in range(10):
        payment_of_job(hired_job(buyer=bob, artist=alice))
    with django_assert_num_queries(len(few)):
        assert len(client.get(url).json()["payments"]) == 11


class TestMethodNotSetUp:
    """`bank_transfer` without an account is refused by name, when it is begun and when it is processed."""

    @pytest.fixture(autouse=True)
    def no_account(self, settings):
        settings.BANK_TRANSFER_ACCOUNT = ""

    def test_it_is_not_begun_and_takes_no_other_methods_place(self, client_of, bob, artwork):
        order = order_of(bob, artwork)
        first = payment_of(order, "jazzcash")
        answer = client_of(bob).post("/api/payments/", body_for(order, payment_method="bank_transfer"), format="json")
        assert answer.status_code == 400
        assert answer.json() == {"payment_method": ["bank_transfer is not available: no account is set up."]}
        assert list(Payment.objects.values_list("pk", "status")) == [(first.pk, "pending")]

    def test_nor_for_a_job(self, client_of, bob, alice):
        job = hired_job(buyer=bob, artist=alice)
        sent = {"payee": alice.pk, "job": job.pk, "amount": str(job.final_amount), "payment_method": "bank_transfer"}
        answer = client_of(bob).post("/api/payments/", sent, format="json")
        assert (answer.status_code, list(answer.json())) == (400, ["payment_method"])
        assert not Payment.objects.exists()

    def test_one_begun_before_is_not_processed(self, client_of, bob, artwork, settings):
        settings.BANK_TRANSFER_ACCOUNT = "PK36 SCBL 0000 0011 2345 6702"
        transfer = payment_of(order_of(bob, artwork), "bank_transfer")
        settings.BANK_TRANSFER_ACCOUNT = ""
        answer = client_of(bob).post(f"/api/payments/{transfer.pk}/process/")
        assert answer.status_code == 400
        assert answer.json() == {
            "error": "bank_transfer is not available: no account is set up.",
            "code": "method_unavailable",
        }
