"""Jobs paid, disputes and the statement over HTTP."""

from decimal import Decimal

import pytest

from commerce.models import Dispute, Payment
from commerce.services.escrow.disputes import dispute_open
from commerce.services.escrow.holds import payment_release
from commerce.tests.steps import paid_job, paid_order
from jobs.tests.factories import completed_job, hired_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(alice, bob):
    return hired_job(buyer=bob, artist=alice, title="Logo")


@pytest.fixture
def payment(job):
    return paid_job(job)


@pytest.fixture
def dispute(payment, bob):
    return dispute_open(actor=bob, payment_id=payment.pk, reason="It is late.")


@pytest.mark.operation("cultureup.payments.create")
class TestPayingAJob:
    def body(self, job):
        return {"payee": job.hired_artist_id, "job": job.pk, "amount": "850.00", "payment_method": "stripe"}

    def test_the_documented_payment(self, client_of, job, alice, bob):
        answer = client_of(bob).post("/api/payments/", self.body(job), format="json")
        assert answer.status_code == 201
        shown = answer.json()
        assert (shown["order"], shown["job"], shown["amount"]) == (None, job.pk, "850.00")
        assert (shown["platform_fee"], shown["artist_earning"], shown["status"]) == ("85.00", "765.00", "pending")
        assert shown["payee"] == {"id": alice.pk, "username": "alice"}

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"amount": "849.00"}, "amount"),
            ({"payee": 999999}, "payee"),
            ({"payee": None}, "payee"),
            ({"job": 999999}, "job"),
            ({"job": "x"}, "job"),
            ({"job": None}, "order"),
            ({"order": 1}, "non_field_errors"),
            ({"payment_method": "cash_on_delivery"}, "payment_method"),
        ],
    )
    def test_bad_input_names_the_field(self, client_of, job, bob, change, field):
        answer = client_of(bob).post("/api/payments/", self.body(job) | change, format="json")
        assert (answer.status_code, list(answer.json())) == (400, [field])
        assert not Payment.objects.exists()

    def test_from_process_to_the_list(self, client_of, job, alice, bob):
        client = client_of(bob)
        number = client.post("/api/payments/", self.body(job), format="json").json()["id"]
        assert client.post(f"/api/payments/{number}/process/").status_code == 200
        answer = client.post(f"/api/payments/{number}/confirm/", {"payment_method_id": "pm_card_visa"}, format="json")
        assert answer.json()["status"] == "completed"
        for person in (alice, bob):
            [row] = client_of(person).get("/api/payments/").json()["results"]
            assert (row["id"], row["job"], row["status"]) == (number, job.pk, "completed")


@pytest.mark.operation("cultureup.disputes.create")
class TestOpening:
    def test_the_dispute(self, client_of, payment, alice, bob):
        answer = client_of(bob).post("/api/disputes/", {"job": payment.job_id, "reason": "It is late."}, format="json")
        assert answer.status_code == 201
        shown = answer.json()
        assert shown.pop("created_at").endswith("Z")
        assert shown == {
            "id": Dispute.objects.get().pk,
            "payment": payment.pk,
            "job": payment.job_id,
            "job_title": "Logo",
            "buyer": {"id": bob.pk, "username": "bob"},
            "artist": {"id": alice.pk, "username": "alice"},
            "opened_by": {"id": bob.pk, "username": "bob"},
            "reason": "It is late.",
            "state": "open",
            "amount": "850.00",
            "held_amount": "850.00",
            "currency": "PKR",
            "artist_amount": None,
            "buyer_amount": None,
            "answer": "",
            "decided_at": None,
        }

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "reason"),
            ({"reason": "x"}, "job"),
            ({"reason": "x", "job": 1, "payment": 1}, "non_field_errors"),
            ({"reason": "x", "job": 999999}, "job"),
            ({"reason": "x", "payment": 999999}, "payment"),
            ({"reason": "x", "payment": [1]}, "payment"),
            ({"reason": "x", "job": 10**30}, "job"),
            ({"reason": " ", "job": 1}, "reason"),
            ({"reason": "a\x00b", "job": 1}, "reason"),
            ({"reason": "x" * 2001, "job": 1}, "reason"),
        ],
    )
    def test_bad_input_names_the_field(self, client_of, bob, body, field):
        answer = client_of(bob).post("/api/disputes/", body, format="json")
        assert (answer.status_code, field in answer.json()) == (400, True)
        assert not Dispute.objects.exists()

    def test_sent_twice_with_one_key_it_is_one(self, client_of, payment, bob):
        answers = [
            client_of(bob).post(
                "/api/disputes/",
                {"payment": payment.pk, "reason": "It is late."},
                format="json",
                HTTP_IDEMPOTENCY_KEY="one",
            )
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        again = client_of(bob).post("/api/disputes/", {"payment": payment.pk, "reason": "Again."}, format="json")
        assert (again.status_code, again.json()["code"]) == (400, "dispute_open")


@pytest.mark.operation("cultureup.disputes.list")
class TestList:
    def test_both_parties_see_theirs(self, client_of, dispute, alice, bob, charlie, staff):
        for person, count in ((alice, 1), (bob, 1), (charlie, 0), (staff, 0)):
            assert client_of(person).get("/api/disputes/").json()["count"] == count
        assert client_of(bob).get("/api/disputes/", {"state": "decided"}).json()["count"] == 0
        answer = client_of(bob).get("/api/disputes/", {"state": "lost"})
        assert (answer.status_code, list(answer.json())) == (400, ["state"])

    def test_one_and_thirty_rows_cost_the_same(self, client_of, dispute, alice, bob, django_assert_num_queries):
        client = client_of(bob)
        with django_assert_num_queries(3):
            client.get("/api/disputes/")
        for _ in range(29):
            dispute_open(actor=bob, payment_id=paid_job(hired_job(buyer=bob, artist=alice)).pk, reason="x")
        with django_assert_num_queries(3):
            assert client.get("/api/disputes/", {"page_size": 30}).json()["count"] == 30


@pytest.mark.operation("cultureup.disputes.get")
def test_a_dispute_is_for_its_parties_and_staff(client_of, dispute, alice, bob, charlie, staff):
    for person, status in ((alice, 200), (bob, 200), (staff, 200), (charlie, 404), (None, 401)):
        assert client_of(person).get(f"/api/disputes/{dispute.pk}/").status_code == status


@pytest.mark.operation("cultureup.disputes.withdraw")
def test_its_opener_withdraws_it(client_of, dispute, alice, bob, charlie):
    url = f"/api/disputes/{dispute.pk}/withdraw/"
    for person, status in ((alice, 403), (charlie, 404)):
        assert client_of(person).post(url).status_code == status
    answer = client_of(bob).post(url)
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert answer.json()["decided_at"].endswith("Z")
    again = client_of(bob).post(url)
    assert (again.status_code, again.json()["code"]) == (400, "wrong_dispute_state")


@pytest.mark.operation("cultureup.payments.statement")
class TestStatement:
    URL = "/api/payments/statement/"

    def test_lines_balances_and_what_is_held(self, client_of, alice, bob, admin):
        order, sale = paid_order(bob, ArtworkFactory(seller=alice, price="100.00"))
        released = paid_job(completed_job(buyer=bob, artist=alice))
        payment_release(actor=admin, payment_id=released.pk)
        paid_job(hired_job(buyer=bob, artist=alice, final_amount=Decimal("20.00")))
        shown = client_of(alice).get(self.URL).json()
        assert (shown["count"], shown["next"], shown["previous"]) == (2, None, None)
        assert shown["balances"] == [{"currency": "PKR", "balance": "855.00", "held": "20.00"}]
        assert all(line.pop("created_at").endswith("Z") and line.pop("id") for line in shown["results"])
        assert shown["results"] == [
            {
                "kind": "payment",
                "amount": "90.00",
                "balance": "90.00",
                "currency": "PKR",
                "payment": sale.pk,
                "order": order.pk,
                "job": None,
                "payout": None,
            },
            {
                "kind": "release",
                "amount": "765.00",
                "balance": "855.00",
                "currency": "PKR",
                "payment": released.pk,
                "order": None,
                "job": released.job_id,
                "payout": None,
            },
        ]

    def test_pages_carry_the_balance_on(self, client_of, alice, bob):
        for _ in range(3):
            paid_order(bob, ArtworkFactory(seller=alice, price="10.00"))
        client = client_of(alice)
        balances = [
            client.get(self.URL, {"page": page, "page_size": 1}).json()["results"][0]["balance"] for page in (1, 2, 3)
        ]
        assert balances == ["9.00", "18.00", "27.00"]
        assert client.get(self.URL, {"page": 4, "page_size": 1}).status_code == 404

    def test_one_currency(self, client_of, alice, bob):
        paid_order(bob, ArtworkFactory(seller=alice, price="10.00"))
        paid_order(bob, ArtworkFactory(seller=alice, price="20.00", currency="USD"))
        shown = client_of(alice).get(self.URL, {"currency": "USD"}).json()
        assert [account["currency"] for account in shown["balances"]] == ["USD"]
        assert [line["balance"] for line in shown["results"]] == ["18.00"]
        for name, value in (("currency", "usd"), ("currency", "\x00"), ("page", "0"), ("page_size", "x")):
            answer = client_of(alice).get(self.URL, {name: value})
            assert (answer.status_code, list(answer.json())) == (400, [name])

    def test_of_a_buyer_it_is_empty(self, client_of, bob):
        shown = client_of(bob).get(self.URL).json()
        assert (shown["results"], shown["balances"]) == ([], [{"currency": "PKR", "balance": "0.00", "held": "0.00"}])

    def test_one_and_thirty_lines_cost_the_same(self, client_of, alice, bob, django_assert_num_queries):
        client = client_of(alice)
        paid_order(bob, ArtworkFactory(seller=alice, price="10.00"))
        with django_assert_num_queries(4):
            client.get(self.URL)
        for _ in range(29):
            paid_order(bob, ArtworkFactory(seller=alice, price="10.00", picture=False))
        with django_assert_num_queries(4):
            assert len(client.get(self.URL, {"page_size": 30}).json()["results"]) == 30
