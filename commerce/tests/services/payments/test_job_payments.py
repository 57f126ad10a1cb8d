"""Paying for a job: what is asked for, and where the money lies once it has come in."""

from decimal import Decimal

import pytest

from accounts.models import Delivery, Notification
from accounts.tests.factories import ArtistFactory
from commerce.choices import HireStatus, PaymentMethod, PaymentStatus
from commerce.errors import CardDeclined, WrongPaymentStatus
from commerce.models import LedgerTransaction, Payment, SandboxIntent
from commerce.services.escrow.holds import job_payments_cancel
from commerce.services.payments.at_gateway import (
    payment_after_3d_secure,
    payment_cancel_at_gateway,
    payment_confirm,
    payment_process,
    payment_settle,
)
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.payments.creation import payment_create
from commerce.services.refunds.refunds import refund_settle
from commerce.tests.steps import balances, paid_job, payment_of_job
from config.core.errors import Invalid
from jobs.choices import JobStatus
from jobs.services.endings import job_call_off
from jobs.services.states import job_lock
from jobs.tests.factories import JobFactory, completed_job, hired_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(alice, bob):
    """alice does it for bob, for 850.00."""
    return hired_job(buyer=bob, artist=alice, title="Logo")


def called_off(job, actor):
    from django.db import transaction

    with transaction.atomic():
        locked = job_lock(job.pk)
        job_payments_cancel(job=locked, actor=actor, reason="No longer needed")
        job_call_off(locked, actor=actor, reason="No longer needed")


class TestCreating:
    def test_fee_and_earning_of_the_amount_agreed_on(self, job, alice, bob):
        payment = payment_of_job(job)
        assert (payment.job_id, payment.order_id, payment.payer, payment.payee_id) == (job.pk, None, bob, alice.pk)
        assert (payment.amount, payment.currency) == (Decimal("850.00"), "PKR")
        assert (payment.platform_fee, payment.artist_earning) == (Decimal("85.00"), Decimal("765.00"))
        assert (payment.status, payment.hire_status, payment.held_amount) == ("pending", "pending", 0)
        [share] = payment.shares.all()
        assert (share.line, share.seller, share.gross, share.fee) == (None, alice, Decimal("850.00"), Decimal("85.00"))

    @pytest.mark.parametrize(
        ("currency", "agreed", "fee", "earning"),
        [("PKR", "899.97", "90.00", "809.97"), ("JPY", "1005", "101", "904"), ("KWD", "0.015", "0.002", "0.013")],
    )
    def test_the_fee_is_rounded_half_up_to_the_currencys_unit(self, alice, bob, currency, agreed, fee, earning):
        payment = payment_of_job(hired_job(buyer=bob, artist=alice, currency=currency, final_amount=Decimal(agreed)))
        assert (payment.platform_fee, payment.artist_earning) == (Decimal(fee), Decimal(earning))

    def refused(self, field, words="", **changes):
        with pytest.raises(Invalid, match=words) as refusal:
            payment_create(**changes)
        assert refusal.value.field == field
        assert not Payment.objects.exists()

    def asked(self, job, **changes):
        return {
            "actor": job.buyer,
            "job_id": job.pk,
            "method": PaymentMethod.STRIPE,
            "amount": Decimal("850.00"),
            "payee_id": job.hired_artist_id,
        } | changes

    @pytest.mark.parametrize("amount", ["849.99", "750.00", "0.01", "8500.00"])
    def test_another_amount_than_was_agreed_on(self, job, amount):
        self.refused("amount", r"850\.00 PKR", **self.asked(job, amount=Decimal(amount)))

    def test_another_payee_than_the_hired_artist(self, job, bob):
        self.refused("payee", "hired", **self.asked(job, payee_id=ArtistFactory().pk))
        self.refused("payee", "hired", **self.asked(job, payee_id=bob.pk))
        self.refused("payee", "required", **self.asked(job, payee_id=None))

    def test_another_persons_job_looks_like_none(self, job, alice, charlie):
        for other in (alice, charlie):
            self.refused("job", "does not exist", **self.asked(job, actor=other))
        self.refused("job", "does not exist", **self.asked(job, job_id=job.pk + 1))

    def test_an_open_job_has_nobody_to_pay(self, bob, alice):
        job = JobFactory(buyer=bob)
        self.refused("job", "Nobody is hired", **self.asked(job, payee_id=alice.pk))

    def test_a_cancelled_job(self, job, bob):
        called_off(job, bob)
        self.refused("job", "cancelled", **self.asked(job))

    def test_cash_on_delivery(self, job):
        self.refused("payment_method", "cash", **self.asked(job, method=PaymentMethod.CASH_ON_DELIVERY))

    def test_neither_or_both(self, job):
        for changes in ({"job_id": None}, {"order_id": 1}):
            self.refused(None, "either order or job", **self.asked(job, **changes))

    def test_one_live_payment_a_job(self, job):
        payment_of_job(job)
        with pytest.raises(Invalid, match="has a payment"):
            payment_of_job(job)
        assert Payment.objects.count() == 1

    def test_a_completed_job_may_still_be_paid(self, alice, bob):
        assert paid_job(completed_job(buyer=bob, artist=alice)).held_amount == Decimal("850.00")


class TestPaying:
    def test_the_money_is_held_and_only_the_payers_total_moves(self, job, alice, bob):
        payment = paid_job(job)
        assert (payment.status, payment.hire_status) == (PaymentStatus.COMPLETED, HireStatus.PENDING)
        assert payment.held_amount == Decimal("850.00")
        assert balances() == {("gateway", None): Decimal("-850.00"), ("held", alice.pk): Decimal("850.00")}
        assert LedgerTransaction.objects.get().payment == payment
        for person, spent in ((bob, "850.00"), (alice, "0")):
            person.refresh_from_db()
            assert (person.spent, person.earned) == (Decimal(spent), 0)

    def test_both_are_told_that_it_is_held(self, job, alice, bob):
        payment = paid_job(job)
        for person in (alice, bob):
            told = Notification.objects.get(user=person)
            assert (told.notification_type, told.data) == (
                "payment_held",
                {"payment_id": payment.pk, "job_id": job.pk},
            )
        email = Delivery.objects.get(channel="email")
        assert (email.template, email.user_id) == ("job_payment_held", bob.pk)
        assert email.context == {
            "job_id": job.pk,
            "job_title": "Logo",
            "currency": "PKR",
            "transaction_id": payment.transaction_id,
            "amount": "850.00",
        }

    def test_a_declined_card_and_a_new_try(self, job, bob):
        payment = payment_of_job(job)
        payment_process(actor=bob, payment_id=payment.pk)
        with pytest.raises(CardDeclined):
            payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_chargeDeclined")
        assert balances() == {}
        payment_process(actor=bob, payment_id=payment.pk)
        payment, _intent = payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
        assert (payment.status, payment.held_amount) == (PaymentStatus.COMPLETED, Decimal("850.00"))

    def test_3d_secure(self, job, bob):
        payment = paid_job(job, card="pm_card_threeDSecure2Required")
        assert (payment.status, payment.held_amount) == (PaymentStatus.REQUIRES_ACTION, 0)
        SandboxIntent.objects.update(status="succeeded")
        payment, _intent = payment_after_3d_secure(actor=bob, payment_id=payment.pk)
        assert (payment.status, payment.held_amount) == (PaymentStatus.COMPLETED, Decimal("850.00"))

    def test_settling_it_again_changes_nothing(self, job, bob):
        payment = paid_job(job)
        for _ in range(3):
            payment_settle(actor=bob, payment_id=payment.pk)
        assert LedgerTransaction.objects.count() == 1
        assert balances()[("gateway", None)] == Decimal("-850.00")

    def test_a_bank_transfer_that_staff_confirm(self, job, bob, alice, admin):
        payment = payment_of_job(job, PaymentMethod.BANK_TRANSFER)
        payment_process(actor=bob, payment_id=payment.pk)
        payment = payment_complete_by_hand(actor=admin, payment_id=payment.pk)
        assert (payment.hire_status, payment.held_amount) == (HireStatus.PENDING, Decimal("850.00"))
        assert balances()[("held", alice.pk)] == Decimal("850.00")

    def test_no_other_currency_moves_the_totals_of_the_art_market(self, alice, bob):
        paid_job(hired_job(buyer=bob, artist=alice, currency="USD"))
        bob.refresh_from_db()
        assert bob.spent == 0


class TestJobCancelled:
    def test_a_payment_under_way_is_called_off(self, job, bob):
        payment = payment_of_job(job)
        payment_process(actor=bob, payment_id=payment.pk)
        called_off(job, bob)
        payment.refresh_from_db()
        assert (payment.status, payment.hire_status) == (PaymentStatus.CANCELLED, HireStatus.CANCELLED)
        with pytest.raises(WrongPaymentStatus):
            payment_process(actor=bob, payment_id=payment.pk)
        payment_cancel_at_gateway(payment_id=payment.pk)
        assert SandboxIntent.objects.get().status == "canceled"

    def test_what_is_held_goes_back_after_the_commit(
        self, job, bob, alice, settings, django_capture_on_commit_callbacks
    ):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        payment = paid_job(job)
        with django_capture_on_commit_callbacks() as callbacks:
            called_off(job, bob)
        refund = payment.refunds.get()
        assert (refund.amount, refund.status, refund.reason) == (Decimal("850.00"), "pending", "No longer needed")
        assert balances()[("held", alice.pk)] == Decimal("850.00")
        assert any("enqueue_after_commit" in repr(callback) for callback in callbacks)
        refund_settle(actor=bob, refund_id=refund.pk)
        payment.refresh_from_db()
        job.refresh_from_db()
        assert (payment.status, payment.hire_status, payment.held_amount) == ("refunded", "cancelled", 0)
        assert job.status == JobStatus.CANCELLED
        assert balances() == {}
        for person in (alice, bob):
            person.refresh_from_db()
            assert (person.spent, person.earned) == (0, 0)
            assert Notification.objects.filter(user=person, notification_type="payment_refunded").count() == 1
        assert Delivery.objects.filter(template="job_payment_refunded", user=bob).exists()

    def test_money_that_comes_in_afterwards_is_booked_and_given_back(self, job, bob, alice):
        payment = payment_of_job(job)
        payment_process(actor=bob, payment_id=payment.pk)
        payment.refresh_from_db()
        called_off(job, bob)
        SandboxIntent.objects.update(status="succeeded")
        payment_cancel_at_gateway(payment_id=payment.pk)
        payment.refresh_from_db()
        assert (payment.status, payment.held_amount) == (PaymentStatus.COMPLETED, Decimal("850.00"))
        assert not Notification.objects.filter(notification_type="payment_held").exists()
        refund = payment.refunds.get()
        assert (refund.amount, refund.reason) == (Decimal("850.00"), "paid after the job was cancelled")
        refund_settle(actor=bob, refund_id=refund.pk)
        assert balances() == {}
