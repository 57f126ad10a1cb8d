from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Notification
from accounts.tests.factories import ArtistFactory
from commerce.choices import HireStatus, PaymentStatus, RefundStatus
from commerce.errors import GatewayUnavailable, RefundTooLarge, WrongPaymentStatus
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import Refund, SandboxRefund
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.refunds.refunds import payment_refund, refund_settle, refunds_sweep
from commerce.tests.steps import balances, order_of, paid_order, payment_of
from config.core.errors import Denied, Invalid
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


def test_a_whole_refund_takes_back_fee_and_earning(bob, alice, admin, artwork):
    _order, payment = paid_order(bob, artwork)
    refund = payment_refund(actor=admin, payment_id=payment.pk)
    assert (refund.status, refund.amount) == (RefundStatus.SUCCEEDED, Decimal("299.99"))
    payment.refresh_from_db()
    assert (payment.status, payment.refunded_amount, payment.hire_status) == (
        PaymentStatus.REFUNDED,
        Decimal("299.99"),
        HireStatus.CANCELLED,
    )
    assert balances() == {}
    for person in (alice, bob):
        person.refresh_from_db()
        assert (person.spent, person.earned) == (0, 0)
    assert Notification.objects.filter(user=bob, notification_type="payment_refunded").count() == 1
    assert Notification.objects.filter(user=alice, notification_type="payment_refunded").count() == 1


def test_refunds_in_parts_take_back_exactly_the_fee_over_several_sellers(bob, alice, admin):
    dora, emil = ArtistFactory(), ArtistFactory()
    works = [
        ArtworkFactory(seller=seller, price=price)
        for seller, price in ((alice, "3.33"), (dora, "3.33"), (emil, "3.34"))
    ]
    _order, payment = paid_order(bob, *works)
    for amount in ("0.01", "3.32", "3.33", "3.33"):
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal(amount))
        payment.refresh_from_db()
        shares = list(payment.shares.all())
        assert sum(share.refunded_gross for share in shares) == payment.refunded_amount
        assert payment.status == PaymentStatus.PARTIALLY_REFUNDED
    payment_refund(actor=admin, payment_id=payment.pk)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.REFUNDED
    assert balances() == {}


def test_never_more_than_was_paid(bob, admin, artwork):
    _order, payment = paid_order(bob, artwork)
    with pytest.raises(RefundTooLarge):
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("300.00"))
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("200.00"))
    with pytest.raises(RefundTooLarge, match=r"At most 99\.99 PKR"):
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("100.00"))
    payment_refund(actor=admin, payment_id=payment.pk)
    with pytest.raises(WrongPaymentStatus):
        payment_refund(actor=admin, payment_id=payment.pk)
    assert sum(SandboxRefund.objects.values_list("amount", flat=True)) == 29999


@pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
def test_amounts_that_make_no_sense(bob, admin, artwork, amount):
    _order, payment = paid_order(bob, artwork)
    with pytest.raises(Invalid):
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal(amount))
    assert not Refund.objects.exists()


def test_only_administrators_and_only_what_was_paid(bob, alice, staff, admin, artwork):
    _order, payment = paid_order(bob, artwork)
    for other in (bob, alice, staff):
        with pytest.raises(Denied):
            payment_refund(actor=other, payment_id=payment.pk)
    unpaid = payment_of(order_of(bob, artwork))
    with pytest.raises(WrongPaymentStatus):
        payment_refund(actor=admin, payment_id=unpaid.pk)


def test_a_silent_gateway_leaves_the_refund_pending_and_it_is_repeated_once(
    bob, alice, admin, artwork, monkeypatch, time_machine
):
    _order, payment = paid_order(bob, artwork)
    real = SandboxGateway.refund

    def work_and_then_fall_silent(self, **call):
        real(self, **call)
        raise GatewayUnavailable

    def forgets_keys(self, **call):  # as Stripe does after a day
        return real(self, **call | {"key": str(uuid4())})

    monkeypatch.setattr(SandboxGateway, "refund", work_and_then_fall_silent)
    refund = payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("100.00"))
    assert refund.status == RefundStatus.PENDING
    with pytest.raises(RefundTooLarge):  # what is on its way is reserved
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("200.00"))
    monkeypatch.setattr(SandboxGateway, "refund", forgets_keys)
    time_machine.move_to(timezone.now() + timedelta(days=2), tick=False)
    assert refunds_sweep() == 1
    assert refunds_sweep() == 0
    refund_settle(actor=admin, refund_id=refund.pk)
    assert SandboxRefund.objects.count() == 1
    payment.refresh_from_db()
    assert payment.refunded_amount == Decimal("100.00")
    assert balances()[("seller", alice.pk)] == Decimal("179.99")


def test_refunds_that_no_gateway_answers_do_not_keep_others_waiting(bob, admin, artwork, monkeypatch, time_machine):
    _order, payment = paid_order(bob, artwork)
    real, tried = SandboxGateway.refund, []

    def silent(self, **call):
        raise GatewayUnavailable

    monkeypatch.setattr(SandboxGateway, "refund", silent)
    for _ in range(2):
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("1.00"))
    first, second = Refund.objects.order_by("pk")
    Refund.objects.filter(pk=first.pk).update(attempts=9)

    def note(self, **call):
        tried.append(call["key"])
        return real(self, **call)

    monkeypatch.setattr(SandboxGateway, "refund", note)
    time_machine.move_to(timezone.now() + timedelta(minutes=1), tick=False)
    assert (refunds_sweep(), tried) == (2, [str(second.key), str(first.key)])


def test_a_refund_the_gateway_refuses_frees_what_it_reserved(bob, admin, artwork, monkeypatch):
    from commerce.errors import GatewayRefused

    _order, payment = paid_order(bob, artwork)

    def refuse(self, **call):
        raise GatewayRefused("charge_disputed")

    with monkeypatch.context() as patch:
        patch.setattr(SandboxGateway, "refund", refuse)
        with pytest.raises(GatewayRefused):
            payment_refund(actor=admin, payment_id=payment.pk)
    assert Refund.objects.get().status == RefundStatus.FAILED
    assert payment_refund(actor=admin, payment_id=payment.pk).status == RefundStatus.SUCCEEDED


def test_cancelling_a_paid_order_refunds_it(bob, alice, settings, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    canvas = ArtworkFactory(seller=alice, artwork_type="physical", stock=1, edition_size=1)
    order, payment = paid_order(bob, canvas)
    with django_capture_on_commit_callbacks() as callbacks:
        order_cancel(actor=bob, order_id=order.pk)
    assert payment.refunds.get().status == RefundStatus.PENDING
    assert callbacks
    refund_settle(actor=bob, refund_id=payment.refunds.get().pk)
    payment.refresh_from_db()
    canvas.refresh_from_db()
    assert (payment.status, canvas.stock) == (PaymentStatus.REFUNDED, 1)
    assert balances() == {}


@pytest.mark.parametrize("method", ["bank_transfer", "cash_on_delivery"])
def test_money_paid_by_hand_is_given_back_by_hand(bob, admin, method):
    payment = payment_of(order_of(bob, ArtworkFactory(artwork_type="physical")), method)
    payment_complete_by_hand(actor=admin, payment_id=payment.pk)
    assert payment_refund(actor=admin, payment_id=payment.pk).status == RefundStatus.SUCCEEDED
    assert balances() == {}


def test_a_cancelled_order_paid_by_hand_waits_for_an_administrator_to_hand_the_money_back(
    bob, alice, admin, time_machine
):
    canvas = ArtworkFactory(seller=alice, artwork_type="physical")
    order = order_of(bob, canvas)
    payment = payment_of(order, "bank_transfer")
    payment_complete_by_hand(actor=admin, payment_id=payment.pk)
    order_cancel(actor=bob, order_id=order.pk)
    refund = payment.refunds.get()
    assert refund_settle(actor=SYSTEM, refund_id=refund.pk).status == RefundStatus.PENDING
    time_machine.move_to(timezone.now() + timedelta(hours=1), tick=False)
    assert refunds_sweep() == 0
    assert payment_refund(actor=admin, payment_id=payment.pk) == refund
    payment.refresh_from_db()
    assert (payment.status, payment.refunds.count()) == (PaymentStatus.REFUNDED, 1)
    assert balances() == {}
