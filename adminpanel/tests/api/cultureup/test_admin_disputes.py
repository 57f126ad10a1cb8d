"""CultureUp's admin API: the money of jobs, and disputes about it."""

from decimal import Decimal

import pytest

from commerce.models import Dispute, LedgerTransaction, Refund
from commerce.services.audit.ledger import ledger_faults
from commerce.services.escrow.disputes import dispute_open
from commerce.tests.steps import paid_job
from config.core.models import AuditEntry
from jobs.tests.factories import completed_job, hired_job

pytestmark = pytest.mark.django_db
PAYMENTS, DISPUTES = "/api/admin/payments/", "/api/admin/disputes/"


@pytest.fixture
def payment(alice, bob):
    """750.00, held for alice."""
    return paid_job(completed_job(buyer=bob, artist=alice, title="Logo", final_amount=Decimal("750.00")))


@pytest.fixture
def dispute(payment, bob):
    return dispute_open(actor=bob, payment_id=payment.pk, reason="It is late.")


def audited() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


@pytest.mark.operation("cultureup.admin.payments.list")
def test_a_jobs_payment_in_the_list(as_admin, payment):
    [row] = as_admin.get(PAYMENTS, {"hire_status": "pending"}).json()["results"]
    assert (row["order"], row["job"], row["job_title"]) == (None, payment.job_id, "Logo")
    assert (row["status"], row["hire_status"], row["held_amount"]) == ("completed", "pending", "750.00")
    assert as_admin.get(f"{PAYMENTS}stats/").json()["pending_releases"] == 1


@pytest.mark.operation("cultureup.admin.payments.release")
class TestRelease:
    def test_the_documented_answer_and_the_trail(self, as_admin, admin, payment):
        answer = as_admin.post(f"{PAYMENTS}{payment.pk}/release/")
        payment.refresh_from_db()
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "message": f"Payment {payment.transaction_id} released to artist",
                "payment": {
                    "id": payment.pk,
                    "transaction_id": payment.transaction_id,
                    "hire_status": "released",
                    "artist_earning": "675.00",
                    "currency": "PKR",
                    "updated_at": payment.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                },
            },
        )
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor, entry.target_id) == ("payment.release", admin, str(payment.pk))
        assert (entry.before["held_amount"], entry.after["held_amount"]) == ("750.00", "0.00")
        assert list(ledger_faults()) == []

    def test_what_was_refunded_is_not_among_the_earning(self, as_admin, payment, alice):
        as_admin.post(f"{PAYMENTS}{payment.pk}/refund/", {"amount": "250.00"}, format="json")
        answer = as_admin.post(f"{PAYMENTS}{payment.pk}/release/").json()
        alice.refresh_from_db()
        assert (answer["payment"]["artist_earning"], f"{alice.earned:.2f}") == ("450.00", "450.00")

    def test_again_is_refused(self, as_admin, payment):
        as_admin.post(f"{PAYMENTS}{payment.pk}/release/")
        again = as_admin.post(f"{PAYMENTS}{payment.pk}/release/")
        assert (again.status_code, again.json()["code"]) == (400, "wrong_payment_status")
        assert (audited(), LedgerTransaction.objects.filter(kind="release").count()) == (["payment.release"], 1)

    def test_force_needs_a_reason(self, as_admin, alice, bob):
        payment = paid_job(hired_job(buyer=bob, artist=alice))
        url = f"{PAYMENTS}{payment.pk}/release/"
        assert as_admin.post(url).json()["code"] == "wrong_payment_status"
        answer = as_admin.post(url, {"force": True}, format="json")
        assert (answer.status_code, list(answer.json())) == (400, ["reason"])
        assert audited() == []
        assert as_admin.post(url, {"force": True, "reason": "Both agree"}, format="json").status_code == 200
        assert AuditEntry.objects.get().after["reason"] == "Both agree"

    def test_not_while_a_dispute_is_open(self, as_admin, payment, dispute):
        for action in ("release", "refund"):
            answer = as_admin.post(f"{PAYMENTS}{payment.pk}/{action}/")
            assert (answer.status_code, answer.json()["code"]) == (400, "dispute_open")
        assert audited() == ["payment.refund_ask", "payment.refund_refused"]
        assert not Refund.objects.exists()


@pytest.mark.operation("cultureup.admin.disputes.list")
class TestList:
    def test_a_row(self, as_admin, dispute, payment, alice, bob):
        [row] = as_admin.get(DISPUTES, {"state": "open"}).json()["results"]
        assert row.pop("created_at").endswith("Z")
        assert row == {
            "id": dispute.pk,
            "payment": payment.pk,
            "transaction_id": payment.transaction_id,
            "job": payment.job_id,
            "job_title": "Logo",
            "buyer": bob.pk,
            "buyer_username": "bob",
            "artist": alice.pk,
            "artist_username": "alice",
            "opened_by": bob.pk,
            "opened_by_username": "bob",
            "reason": "It is late.",
            "state": "open",
            "amount": "750.00",
            "held_amount": "750.00",
            "currency": "PKR",
            "artist_amount": None,
            "buyer_amount": None,
            "answer": "",
            "decided_by": None,
            "decided_at": None,
        }
        assert as_admin.get(DISPUTES, {"state": "decided"}).json()["count"] == 0
        assert list(as_admin.get(DISPUTES, {"state": "x"}).json()) == ["state"]

    def test_one_and_thirty_rows_cost_the_same(self, as_admin, dispute, alice, bob, django_assert_num_queries):
        with django_assert_num_queries(2):
            as_admin.get(DISPUTES)
        for _ in range(29):
            dispute_open(actor=bob, payment_id=paid_job(hired_job(buyer=bob, artist=alice)).pk, reason="x")
        with django_assert_num_queries(2):
            assert len(as_admin.get(DISPUTES).json()["results"]) == 30


@pytest.mark.operation("cultureup.admin.disputes.decide")
class TestDecide:
    def decide(self, client, dispute, **body):
        return client.post(f"{DISPUTES}{dispute.pk}/decide/", {"answer": "We looked at it."} | body, format="json")

    def test_a_split_and_the_trail(self, as_admin, admin, dispute, payment):
        answer = self.decide(as_admin, dispute, outcome="split", artist_amount="500.00", buyer_amount="250.00")
        assert answer.status_code == 200
        shown = answer.json()
        assert (shown["state"], shown["artist_amount"], shown["buyer_amount"]) == ("decided", "500.00", "250.00")
        assert (shown["decided_by"], shown["answer"]) == (admin.pk, "We looked at it.")
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.target_type, entry.target_id) == ("dispute.decide", "dispute", str(dispute.pk))
        assert (entry.after["outcome"], entry.after["artist_amount"], entry.after["payment"]) == (
            "split",
            "500.00",
            payment.pk,
        )
        assert list(ledger_faults()) == []

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "outcome"),
            ({"outcome": "keep"}, "outcome"),
            ({"outcome": "split"}, "artist_amount"),
            ({"outcome": "split", "artist_amount": "500.00", "buyer_amount": "250.01"}, "buyer_amount"),
            ({"outcome": "split", "artist_amount": "-1.00", "buyer_amount": "751.00"}, "artist_amount"),
            ({"outcome": "split", "artist_amount": "NaN", "buyer_amount": "1.00"}, "artist_amount"),
            ({"outcome": "split", "artist_amount": [1], "buyer_amount": "1.00"}, "artist_amount"),
            ({"outcome": "release", "answer": ""}, "answer"),
            ({"outcome": "release", "answer": "a\x00"}, "answer"),
            ({"outcome": "release", "buyer_amount": "10.00"}, "buyer_amount"),
        ],
    )
    def test_bad_input_is_named_and_nothing_happens(self, as_admin, dispute, body, field):
        answer = self.decide(as_admin, dispute, **body)
        assert (answer.status_code, list(answer.json())) == (400, [field])
        dispute.refresh_from_db()
        assert (dispute.state, audited(), Refund.objects.count()) == ("open", [], 0)

    def test_once(self, as_admin, dispute):
        assert self.decide(as_admin, dispute, outcome="release").status_code == 200
        again = self.decide(as_admin, dispute, outcome="refund")
        assert (again.status_code, again.json()["code"]) == (400, "wrong_dispute_state")
        assert audited() == ["dispute.decide"]

    def test_no_such_dispute(self, as_admin):
        answer = as_admin.post(f"{DISPUTES}{10**17}/decide/", {"outcome": "release", "answer": "x"}, format="json")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Dispute not found"})
        assert not Dispute.objects.exists()
