"""CultureUp's admin API: payments."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from commerce.choices import PaymentMethod
from commerce.models import LedgerEntry, Payment, Refund
from commerce.services.audit.ledger import ledger_faults
from commerce.services.escrow.holds import payment_release
from commerce.services.payments.at_gateway import payment_process
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_job, paid_order, payment_of
from config.core.models import AuditEntry
from jobs.tests.factories import completed_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
URL = "/api/admin/payments/"


@pytest.fixture
def payment(alice, bob):
    """750.00, paid by card."""
    return paid_order(bob, ArtworkFactory(seller=alice, price="750.00"))[1]


@pytest.fixture
def transfer(alice, bob):
    """80.00, promised by bank transfer."""
    made = payment_of(order_of(bob, ArtworkFactory(seller=alice, price="80.00")), PaymentMethod.BANK_TRANSFER)
    payment_process(actor=bob, payment_id=made.pk)
    made.refresh_from_db()
    return made


def ids(api, query: str) -> list[int]:
    answer = api.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def audited() -> list[tuple]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "target_id"))


@pytest.mark.operation("cultureup.admin.payments.list")
def test_a_row(as_admin, payment, alice, bob):
    Payment.objects.filter(pk=payment.pk).update(created_at=timezone.now() - timedelta(days=1, hours=2))
    payment.refresh_from_db()
    [row] = as_admin.get(URL).json()["results"]
    assert row == {
        "id": payment.pk,
        "transaction_id": payment.transaction_id,
        "payer": bob.pk,
        "payer_username": "bob",
        "payee": alice.pk,
        "payee_username": "alice",
        "order": payment.order_id,
        "job": None,
        "job_title": None,
        "amount": "750.00",
        "currency": "PKR",
        "payment_method": "stripe",
        "status": "completed",
        "hire_status": "released",
        "stripe_payment_intent": payment.gateway_reference,
        "created_at": payment.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "platform_fee": "75.00",
        "artist_earning": "675.00",
        "refund_amount": "0.00",
        "held_amount": "0.00",
        "days_since_payment": 1,
    }


@pytest.mark.operation("cultureup.admin.payments.list")
def test_filters_search_and_orderings(as_admin, payment, transfer):
    both = [transfer.pk, payment.pk]
    assert ids(as_admin, "") == both
    assert ids(as_admin, "payment_method=stripe") == [payment.pk]
    assert ids(as_admin, "status=completed") == [payment.pk]
    assert ids(as_admin, "status=pending") == [transfer.pk]
    assert ids(as_admin, "status=refunded") == []
    assert ids(as_admin, "hire_status=released") == [payment.pk]
    assert ids(as_admin, f"search={payment.transaction_id.lower()}") == [payment.pk]
    assert ids(as_admin, "search=alice+bob") == both
    assert ids(as_admin, "search=charlie") == []
    assert ids(as_admin, "ordering=amount") == [transfer.pk, payment.pk]
    assert ids(as_admin, "ordering=-amount") == [payment.pk, transfer.pk]
    assert ids(as_admin, "ordering=created_at") == [payment.pk, transfer.pk]
    Payment.objects.filter(pk=payment.pk).update(status="partially_refunded")
    assert ids(as_admin, "status=completed") == [payment.pk]
    Payment.objects.filter(pk=payment.pk).update(status="completed")


@pytest.mark.parametrize(
    "query", ["status=paid", "hire_status=x", "payment_method=gold", "ordering=payer", "search=%00"]
)
@pytest.mark.operation("cultureup.admin.payments.list")
def test_a_malformed_parameter_is_named(as_admin, query):
    answer = as_admin.get(f"{URL}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])


@pytest.mark.operation("cultureup.admin.payments.list")
def test_the_list_costs_the_same_for_one_and_for_many(as_admin, payment, alice, bob, django_assert_num_queries):
    with django_assert_num_queries(2):
        as_admin.get(URL)
    for _ in range(9):
        payment_of(order_of(bob, ArtworkFactory(seller=alice, picture=False)))
    with django_assert_num_queries(2):
        assert len(as_admin.get(URL).json()["results"]) == 10


@pytest.mark.operation("cultureup.admin.payments.refund")
def test_refund_of_the_whole(as_admin, admin, payment):
    answer = as_admin.post(f"{URL}{payment.pk}/refund/")
    payment.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": f"Payment {payment.transaction_id} refunded successfully",
            "payment": {
                "id": payment.pk,
                "transaction_id": payment.transaction_id,
                "status": "refunded",
                "refund_amount": "750.00",
                "currency": "PKR",
                "updated_at": payment.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        },
    )
    assert (payment.status, payment.hire_status, payment.refunded_amount) == ("refunded", "cancelled", Decimal("750"))
    assert list(ledger_faults()) == []
    assert audited() == [("payment.refund_ask", str(payment.pk)), ("payment.refund", str(payment.pk))]
    asked, done = AuditEntry.objects.order_by("pk")
    assert asked.actor == done.actor == admin
    assert asked.after == {"amount": "all that is left", "reason": ""}
    assert done.before == {
        "status": "completed",
        "hire_status": "released",
        "refunded_amount": "0.00",
        "held_amount": "0.00",
    }
    assert (done.after["refunded"], done.after["refund_status"]) == ("750.00", "succeeded")


@pytest.mark.operation("cultureup.admin.payments.refund")
def test_refund_of_a_part_then_of_too_much(as_admin, payment):
    answer = as_admin.post(f"{URL}{payment.pk}/refund/", {"amount": "250.00", "reason": "damaged"}, format="json")
    assert answer.status_code == 200
    assert (answer.json()["payment"]["status"], answer.json()["payment"]["refund_amount"]) == ("completed", "250.00")
    answer = as_admin.post(f"{URL}{payment.pk}/refund/", {"amount": "500.01"}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["amount"])
    assert Refund.objects.count() == 1
    assert [action for action, _target in audited()][2:] == ["payment.refund_ask", "payment.refund_refused"]
    assert AuditEntry.objects.latest("pk").after == {"amount": "500.01", "reason": "", "code": "refund_too_large"}


@pytest.mark.parametrize("amount", ["0", "-1", "abc", "1.001", "NaN", "1e400", [], {}, True])
@pytest.mark.operation("cultureup.admin.payments.refund")
def test_a_malformed_amount_is_named_and_nothing_happens(as_admin, payment, amount):
    answer = as_admin.post(f"{URL}{payment.pk}/refund/", {"amount": amount}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["amount"])
    assert (Refund.objects.count(), audited()) == (0, [])


@pytest.mark.operation("cultureup.admin.payments.refund")
def test_a_refund_sent_twice_with_one_key_is_one(as_admin, payment):
    answers = [
        as_admin.post(f"{URL}{payment.pk}/refund/", {"amount": "10.00"}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert Refund.objects.count() == 1
    other = as_admin.post(f"{URL}{payment.pk}/refund/", {"amount": "11.00"}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert other.status_code == 409


@pytest.mark.operation("cultureup.admin.payments.complete")
def test_complete_by_hand(as_admin, admin, transfer):
    answer = as_admin.post(f"{URL}{transfer.pk}/complete/")
    transfer.refresh_from_db()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": f"Payment {transfer.transaction_id} completed successfully",
            "payment": {
                "id": transfer.pk,
                "transaction_id": transfer.transaction_id,
                "status": "completed",
                "hire_status": "released",
                "updated_at": transfer.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        },
    )
    assert list(ledger_faults()) == []
    again = as_admin.post(f"{URL}{transfer.pk}/complete/")
    assert (again.status_code, again.json()["code"]) == (400, "wrong_payment_status")
    assert audited() == [("payment.complete", str(transfer.pk))]
    assert AuditEntry.objects.get().after["status"] == "completed"


@pytest.mark.operation("cultureup.admin.payments.release")
def test_an_order_s_payment_was_released_when_it_was_paid(as_admin, payment, transfer):
    for target in (payment, transfer):
        answer = as_admin.post(f"{URL}{target.pk}/release/", {"force": True, "reason": "now"}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (400, "wrong_payment_status")
    assert audited() == []


@pytest.mark.parametrize("action", ["release", "refund", "complete"])
def test_no_such_payment(as_admin, action):
    answer = as_admin.post(f"{URL}{10**18}/{action}/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Payment not found"})
    assert audited() == []


@pytest.mark.operation("cultureup.admin.payments.stats")
def test_stats(as_admin, payment, transfer):
    as_admin.post(f"{URL}{payment.pk}/refund/", {"amount": "250.00"}, format="json")
    answer = as_admin.get(f"{URL}stats/")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "total_payments": 2,
            "completed_payments": 1,
            "pending_payments": 1,
            "failed_payments": 0,
            "refunded_payments": 0,
            "total_revenue": "500.00",
            "platform_fees": "50.00",
            "currency": "PKR",
            "pending_releases": 0,
            "other_currencies": {},
        },
    )


def test_the_fees_in_the_stats_are_those_within_the_revenue_also_of_what_is_held(as_admin, payment, alice, bob, admin):
    """A tenth of the revenue, as documented. The ledger books the fee of held money when it is released."""

    def fees() -> tuple[str, Decimal]:
        booked = LedgerEntry.objects.filter(account__kind="fees").aggregate(total=Sum("amount"))["total"]
        return as_admin.get(f"{URL}stats/").json()["platform_fees"], booked

    held = paid_job(completed_job(buyer=bob, artist=alice))
    assert as_admin.get(f"{URL}stats/").json()["total_revenue"] == "1600.00"
    assert fees() == ("160.00", Decimal("75.00"))
    payment_refund(actor=admin, payment_id=held.pk, amount=Decimal("50.00"))
    assert fees() == ("155.00", Decimal("75.00"))
    payment_release(actor=admin, payment_id=held.pk)
    assert fees() == ("155.00", Decimal("155.00"))
