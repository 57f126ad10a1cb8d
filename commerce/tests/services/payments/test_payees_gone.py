"""An account is closed while an order or a job waits for its money: nobody is charged for what nobody will do."""

from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from accounts.services.people import user_activate, user_deactivate
from accounts.tests.factories import ArtistFactory
from commerce.choices import OrderStatus, OrderType, PaymentMethod, PaymentStatus
from commerce.errors import PayeeGone
from commerce.models import Payment, SandboxIntent
from commerce.services.checkout.fulfilment import order_cancel, order_force_complete
from commerce.services.payments.at_gateway import payment_confirm, payment_process
from commerce.services.payments.creation import payment_create
from commerce.tests.steps import order_of, paid_job, payment_of, payment_of_job
from jobs.choices import JobStatus
from jobs.services.hiring import job_cancel
from jobs.tests.factories import completed_job, hired_job
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(alice, admin):
    """closed(): staff close alice's account."""
    return partial(user_deactivate, actor=admin, user_id=alice.pk)


class TestOrders:
    def test_a_payment_is_not_begun_and_the_order_can_be_cancelled(self, closed, bob, artwork):
        order = order_of(bob, artwork)
        closed()
        with pytest.raises(PayeeGone, match='The seller of "Sunset" is no longer here') as refusal:
            payment_of(order)
        assert refusal.value.field == "order"
        assert not Payment.objects.exists()
        assert order_cancel(actor=bob, order_id=order.pk).status == OrderStatus.CANCELLED

    def test_one_that_was_begun_is_neither_opened_nor_charged(self, closed, admin, bob, artwork):
        payment = payment_of(order_of(bob, artwork))
        closed()
        with pytest.raises(PayeeGone):
            payment_process(actor=bob, payment_id=payment.pk)
        user_activate(actor=admin, user_id=artwork.seller_id)
        payment_process(actor=bob, payment_id=payment.pk)
        closed()
        with pytest.raises(PayeeGone):
            payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.PENDING
        assert SandboxIntent.objects.get().status != "succeeded"

    def test_one_seller_of_several_is_enough(self, closed, bob, artwork):
        other = ArtworkFactory.create(seller=ArtistFactory.create(), price="10.00")
        order = order_of(bob, other, artwork)
        closed()
        with pytest.raises(PayeeGone, match="Sunset"):
            payment_of(order)

    def test_what_has_arrived_is_owed(self, closed, bob, staff, artwork):
        order = order_of(bob, artwork)
        order_force_complete(actor=staff, order_id=order.pk)
        closed()
        assert payment_of(order).status == PaymentStatus.PENDING

    def test_the_house_sells_though_nobody_signs_in_as_it(self, bob):
        brush = EquipmentFactory.create(stock=1)
        order = order_of(bob, brush, order_type=OrderType.EQUIPMENT)
        assert payment_create(
            actor=bob, order_id=order.pk, method=PaymentMethod.STRIPE, amount=order.total_amount
        ).status == (PaymentStatus.PENDING)


class TestJobs:
    def test_a_payment_is_not_begun_and_the_job_can_be_cancelled(self, closed, alice, bob):
        job = hired_job(buyer=bob, artist=alice)
        closed()
        with pytest.raises(PayeeGone) as refusal:
            payment_of_job(job)
        assert refusal.value.field == "job"
        assert job_cancel(actor=bob, job_id=job.pk).status == JobStatus.CANCELLED

    def test_work_that_was_delivered_or_accepted_is_paid(self, closed, alice, bob):
        delivered, accepted = hired_job(buyer=bob, artist=alice), completed_job(buyer=bob, artist=alice)
        delivered.delivered_at = timezone.now()
        delivered.save()
        closed()
        for job in (delivered, accepted):
            assert paid_job(job).held_amount == Decimal("850.00")
