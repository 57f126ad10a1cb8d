"""Gateways tell of a job's payment: twice, late, after the job is gone. Held once, or given back once."""

from decimal import Decimal
from functools import partial
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from commerce.choices import PaymentMethod, PaymentStatus
from commerce.models import GatewayEvent, LedgerTransaction, Payment
from commerce.services.escrow.holds import job_payments_cancel, payment_release
from commerce.services.gateway_events.events import event_receive, events_sweep
from commerce.services.payments.at_gateway import payment_confirm, payment_process
from commerce.services.refunds.refunds import payment_refund, refund_settle
from commerce.tests.steps import at_once, balances, payment_of_job
from jobs.services.endings import job_call_off
from jobs.services.states import job_lock
from jobs.tests.factories import completed_job, hired_job
from tests.stand_ins.jazzcash import JazzCashStandIn
from tests.stand_ins.stripe import StripeStandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe(settings):
    with StripeStandIn() as stand_in:
        settings.STRIPE_SECRET_KEY = stand_in.key
        settings.STRIPE_API_BASE = stand_in.url
        settings.STRIPE_WEBHOOK_SECRET = stand_in.webhook_secret
        yield stand_in


@pytest.fixture
def payment(stripe, alice, bob) -> Payment:
    """Of a job under way; open at Stripe, waiting for 3-D Secure."""
    payment = payment_of_job(hired_job(buyer=bob, artist=alice))
    payment_process(actor=bob, payment_id=payment.pk)
    payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_threeDSecure2Required")
    payment.refresh_from_db()
    return payment


def paid(stripe, payment):
    stripe.complete_challenge(payment.gateway_reference)
    return stripe.last_event("payment_intent.succeeded")


def receive(stripe, event):
    body, headers = stripe.signed(event)
    event_receive(gateway="stripe", body=body, headers=headers)


def test_stripe_names_the_job(stripe, payment):
    assert stripe.intents[payment.gateway_reference]["description"] == f"Job {payment.job_id}"


def test_twice_is_held_once(stripe, payment, alice):
    event = paid(stripe, payment)
    for _ in range(3):
        receive(stripe, event)
    assert LedgerTransaction.objects.count() == 1
    assert balances() == {("gateway", None): Decimal("-850.00"), ("held", alice.pk): Decimal("850.00")}


def test_late_after_the_job_was_cancelled_it_is_given_back(stripe, payment, bob):
    event = paid(stripe, payment)
    with stripe.down():
        receive(stripe, event)
    with transaction.atomic():
        job = job_lock(payment.job_id)
        job_payments_cancel(job=job, actor=bob, reason="")
        job_call_off(job, actor=bob, reason="")
    assert Payment.objects.get().status == PaymentStatus.CANCELLED
    GatewayEvent.objects.update(next_try_at=timezone.now())
    assert events_sweep() == 1
    refund_settle(actor=SYSTEM, refund_id=payment.refunds.get().pk)
    receive(stripe, event)
    assert Payment.objects.get().status == PaymentStatus.REFUNDED
    assert balances() == {}
    assert [made["amount"] for made in stripe.refunds.values()] == [85000]


def test_refunds_before_and_after_the_release(stripe, alice, bob, admin):
    payment = payment_of_job(completed_job(buyer=bob, artist=alice))
    payment_process(actor=bob, payment_id=payment.pk)
    payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    stripe.drop(after_work=True)
    refund = payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("100.00"))
    assert refund.status == "pending"
    payment_release(actor=admin, payment_id=payment.pk)
    receive(stripe, stripe.last_event("refund.created"))  # its reference is not ours yet
    refund_settle(actor=SYSTEM, refund_id=refund.pk)
    GatewayEvent.objects.update(next_try_at=timezone.now())
    events_sweep()
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("50.00"))
    assert balances() == {
        ("gateway", None): Decimal("-700.00"),
        ("fees", None): Decimal("70.00"),
        ("seller", alice.pk): Decimal("630.00"),
    }
    assert sum(made["amount"] for made in stripe.refunds.values()) == 15000


def test_jazzcash_brings_the_payer_back(settings, client, alice, bob):
    settings.PUBLIC_URL = "https://atelier.example"
    with JazzCashStandIn() as server:
        server.configure(settings)
        payment = payment_of_job(hired_job(buyer=bob, artist=alice), PaymentMethod.JAZZCASH)
        step = payment_process(actor=bob, payment_id=payment.pk)
        assert step.details["form"]["pp_Description"] == f"Job {payment.job_id}"
        answer = urlencode(server.pay(step.details["form"]))
        for _ in range(2):
            client.post("/api/webhooks/jazzcash", answer, content_type="application/x-www-form-urlencoded")
    payment.refresh_from_db()
    assert (payment.status, payment.held_amount) == (PaymentStatus.COMPLETED, Decimal("850.00"))
    assert LedgerTransaction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_event_at_once_and_the_job_called_off_beside_it(stripe, payment, bob):
    event = paid(stripe, payment)

    def call_off() -> None:
        with transaction.atomic():
            job = job_lock(payment.job_id)
            job_payments_cancel(job=job, actor=bob, reason="")
            job_call_off(job, actor=bob, reason="")

    results = at_once(partial(receive, stripe, event), call_off, partial(receive, stripe, event))
    assert not [result for result in results if isinstance(result, Exception)]
    GatewayEvent.objects.filter(applied_at=None).update(next_try_at=timezone.now())
    events_sweep()
    for refund in payment.refunds.filter(status="pending"):
        refund_settle(actor=SYSTEM, refund_id=refund.pk)
    assert Payment.objects.get().status == PaymentStatus.REFUNDED
    assert balances() == {}
