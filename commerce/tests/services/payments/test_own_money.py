"""Administrators move everybody's money but their own: what they owe or are owed, another of them decides about."""

from decimal import Decimal

import pytest

from accounts.tests.factories import AdminFactory
from commerce.choices import PaymentMethod, PaymentStatus
from commerce.errors import LineShipped, OwnMoney
from commerce.models import LedgerTransaction, Refund
from commerce.services.checkout.fulfilment import order_cancel, order_close, order_progress
from commerce.services.escrow.holds import payment_release
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_job, paid_order, payment_of
from config.core.models import AuditEntry
from jobs.tests.factories import completed_job, hired_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


def test_nobody_releases_money_to_themselves(admin, bob):
    payment = paid_job(hired_job(buyer=bob, artist=admin))
    with pytest.raises(OwnMoney):
        payment_release(actor=admin, payment_id=payment.pk, force=True, reason="mine")
    payment.refresh_from_db()
    assert (payment.held_amount, payment.hire_status) == (payment.amount, "pending")
    assert not AuditEntry.objects.filter(action="payment.release").exists()
    other = AdminFactory.create()
    assert payment_release(actor=other, payment_id=payment.pk, force=True, reason="agreed").hire_status == "released"


def test_nobody_gives_money_back_to_themselves(admin, alice):
    payment = paid_job(completed_job(buyer=admin, artist=alice))
    with pytest.raises(OwnMoney):
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("10.00"))
    assert not Refund.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="payment.refund").exists()
    assert payment_refund(actor=AdminFactory.create(), payment_id=payment.pk).status == "succeeded"


def test_nobody_says_of_their_own_money_that_it_has_arrived(admin, artwork):
    payment = payment_of(order_of(admin, artwork), PaymentMethod.BANK_TRANSFER)
    with pytest.raises(OwnMoney):
        payment_complete_by_hand(actor=admin, payment_id=payment.pk)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    assert not LedgerTransaction.objects.exists()
    done = payment_complete_by_hand(actor=AdminFactory.create(), payment_id=payment.pk)
    assert done.status == PaymentStatus.COMPLETED


@pytest.mark.parametrize("cancel", [order_cancel, order_close])
def test_what_staff_have_bought_themselves_they_cancel_as_any_buyer_until_it_is_shipped(staff, admin, alice, cancel):
    vase = ArtworkFactory.create(seller=alice, artwork_type="physical", price="10.00")
    order, payment = paid_order(staff, vase)
    order_progress(actor=alice, order_id=order.pk, status="shipped")
    with pytest.raises(LineShipped):
        cancel(actor=staff, order_id=order.pk)
    assert not Refund.objects.exists()
    assert cancel(actor=admin, order_id=order.pk).status == "cancelled"
    assert Refund.objects.get().payment == payment
