"""Two who want the same held money at once, on real connections to PostgreSQL. One gets it; the books stay right."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from commerce.choices import DisputeOutcome
from commerce.models import Dispute, LedgerTransaction, Payment, Refund, SandboxIntent
from commerce.services.escrow.disputes import dispute_decide, dispute_open, dispute_withdraw
from commerce.services.escrow.holds import job_payments_cancel, payment_release, payments_release_due
from commerce.services.payments.at_gateway import payment_confirm, payment_process, payment_settle
from commerce.services.payments.creation import payment_create
from commerce.services.refunds.refunds import payment_refund, refund_settle
from commerce.tests.steps import at_once, balances, paid_job, payment_of_job
from config.core.errors import DomainError
from jobs.choices import JobStatus
from jobs.services.endings import job_call_off, job_finish
from jobs.services.states import job_lock
from jobs.tests.factories import completed_job, hired_job

pytestmark = pytest.mark.django_db(transaction=True)


def refused(results: list[object]) -> list[DomainError]:
    unexpected = [result for result in results if isinstance(result, Exception) and not isinstance(result, DomainError)]
    assert not unexpected, unexpected
    return [result for result in results if isinstance(result, DomainError)]


def settle_refunds(admin) -> None:
    for refund in Refund.objects.filter(status="pending"):
        refund_settle(actor=admin, refund_id=refund.pk)


def call_off(job, actor) -> None:
    with transaction.atomic():
        locked = job_lock(job.pk)
        job_payments_cancel(job=locked, actor=actor, reason="")
        job_call_off(locked, actor=actor, reason="")


def test_one_payment_a_job(alice, bob):
    job = hired_job(buyer=bob, artist=alice)
    pay = partial(payment_create, actor=bob, job_id=job.pk, method="stripe", amount=job.final_amount, payee_id=alice.pk)
    assert len(refused(at_once(pay, pay, pay))) == 2
    assert Payment.objects.count() == 1


def test_browser_webhook_and_sweep_hold_it_once(alice, bob):
    payment = payment_of_job(hired_job(buyer=bob, artist=alice))
    payment_process(actor=bob, payment_id=payment.pk)
    SandboxIntent.objects.update(status="succeeded")
    settle = partial(payment_settle, actor=bob, payment_id=payment.pk)
    assert not refused(at_once(settle, settle, settle, settle))
    assert balances() == {("gateway", None): Decimal("-850.00"), ("held", alice.pk): Decimal("850.00")}


def test_releasing_twice_pays_once(alice, bob, admin):
    payment = paid_job(completed_job(buyer=bob, artist=alice))
    release = partial(payment_release, actor=admin, payment_id=payment.pk)
    assert len(refused(at_once(release, release, release))) == 2
    assert LedgerTransaction.objects.filter(kind="release").count() == 1
    alice.refresh_from_db()
    assert alice.earned == Decimal("765.00")


def test_the_automatic_release_twice_at_once_and_staff_beside_it(alice, bob, admin):
    long_ago = timezone.now() - timedelta(days=15)
    payments = [paid_job(completed_job(buyer=bob, artist=alice, completed_at=long_ago)) for _ in range(5)]
    results = at_once(
        payments_release_due,
        payments_release_due,
        partial(payment_release, actor=admin, payment_id=payments[2].pk),
    )
    refused(results)
    assert LedgerTransaction.objects.filter(kind="release").count() == 5
    alice.refresh_from_db()
    assert alice.earned == Decimal("765.00") * 5


def test_release_and_refund_at_once_never_pay_twice(alice, bob, admin):
    """Whichever comes first: released and then taken back, or refunded and nothing left to release."""
    for _ in range(6):
        payment = paid_job(completed_job(buyer=bob, artist=alice))
        results = at_once(
            partial(payment_release, actor=admin, payment_id=payment.pk),
            partial(payment_refund, actor=admin, payment_id=payment.pk),
        )
        assert len(refused(results)) <= 1
        payment.refresh_from_db()
        assert (payment.refunded_amount, payment.held_amount) == (Decimal("850.00"), 0)
    assert balances() == {}
    alice.refresh_from_db()
    assert alice.earned == 0


def test_release_and_a_part_refunded_at_once_add_up(alice, bob, admin):
    for _ in range(6):
        payment = paid_job(completed_job(buyer=bob, artist=alice, final_amount=Decimal("10.01")))
        results = at_once(
            partial(payment_release, actor=admin, payment_id=payment.pk),
            partial(payment_refund, actor=admin, payment_id=payment.pk, amount=Decimal("0.01")),
        )
        assert not refused(results)
        payment.refresh_from_db()
        assert (payment.held_amount, payment.refunded_amount) == (0, Decimal("0.01"))
    assert balances() == {
        ("gateway", None): Decimal("-60.00"),
        ("fees", None): Decimal("6.00"),
        ("seller", alice.pk): Decimal("54.00"),
    }


def test_refunds_of_500_and_500_out_of_850_held(alice, bob, admin):
    payment = paid_job(completed_job(buyer=bob, artist=alice))
    refund = partial(payment_refund, actor=admin, payment_id=payment.pk, amount=Decimal("500.00"))
    assert len(refused(at_once(refund, refund))) == 1
    payment.refresh_from_db()
    assert (payment.refunded_amount, payment.held_amount) == (Decimal("500.00"), Decimal("350.00"))


def test_cancelling_and_finishing_at_once(alice, bob, admin):
    def finish(job):
        with transaction.atomic():
            job_finish(job_lock(job.pk), actor=bob)

    for _ in range(5):
        payment = paid_job(hired_job(buyer=bob, artist=alice))
        assert len(refused(at_once(partial(call_off, payment.job, bob), partial(finish, payment.job)))) == 1
        settle_refunds(admin)
        payment.refresh_from_db()
        cancelled = payment.job.status == JobStatus.CANCELLED
        assert payment.held_amount == (0 if cancelled else Decimal("850.00"))


def test_paying_and_cancelling_at_once_never_keeps_the_money_of_a_cancelled_job(alice, bob, admin):
    for _ in range(5):
        job = hired_job(buyer=bob, artist=alice)
        payment = payment_of_job(job)
        payment_process(actor=bob, payment_id=payment.pk)
        results = at_once(
            partial(payment_confirm, actor=bob, payment_id=payment.pk, payment_method="pm_card_visa"),
            partial(call_off, job, bob),
        )
        refused(results)
        settle_refunds(admin)
        payment.refresh_from_db()
        assert payment.status in {"refunded", "cancelled"}
    assert balances() == {}


def test_a_job_cancelled_while_its_money_is_released_by_force(alice, bob, admin):
    for _ in range(5):
        payment = paid_job(hired_job(buyer=bob, artist=alice))
        results = at_once(
            partial(payment_release, actor=admin, payment_id=payment.pk, force=True, reason="Both agree"),
            partial(call_off, payment.job, bob),
        )
        refused(results)
        settle_refunds(admin)
        payment.refresh_from_db()
        assert payment.held_amount == 0
        assert (payment.hire_status, payment.refunded_amount) in {("released", 0), ("cancelled", Decimal("850.00"))}


def test_both_open_a_dispute_at_once(alice, bob):
    payment = paid_job(hired_job(buyer=bob, artist=alice))
    results = at_once(
        *(partial(dispute_open, actor=person, payment_id=payment.pk, reason="x") for person in (alice, bob))
    )
    assert len(refused(results)) == 1
    assert Dispute.objects.count() == 1


def test_a_dispute_and_the_release_at_once(alice, bob, admin):
    for _ in range(6):
        payment = paid_job(completed_job(buyer=bob, artist=alice))
        results = at_once(
            partial(dispute_open, actor=bob, payment_id=payment.pk, reason="x"),
            partial(payment_release, actor=admin, payment_id=payment.pk),
        )
        assert len(refused(results)) == 1
        payment.refresh_from_db()
        assert payment.disputes.exists() == (payment.held_amount > 0)


def test_a_dispute_is_decided_and_withdrawn_once(alice, bob, admin):
    for _ in range(5):
        payment = paid_job(hired_job(buyer=bob, artist=alice))
        dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="x")
        decide = partial(dispute_decide, actor=admin, dispute_id=dispute.pk, answer="So.")
        results = at_once(
            partial(decide, outcome=DisputeOutcome.RELEASE),
            partial(decide, outcome=DisputeOutcome.REFUND),
            partial(dispute_withdraw, actor=bob, dispute_id=dispute.pk),
        )
        assert len(refused(results)) == 2
        settle_refunds(admin)
        payment.refresh_from_db()
        dispute.refresh_from_db()
        shared = (dispute.artist_amount or 0) + (dispute.buyer_amount or 0)
        assert (shared == Decimal("850.00")) == (dispute.state == "decided") == (payment.held_amount == 0)
