from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Delivery, Notification
from accounts.tests.factories import ArtistFactory
from commerce.choices import OrderStatus, PaymentMethod, PaymentStatus
from commerce.errors import CardDeclined, WrongPaymentStatus
from commerce.gateways.base import IntentStatus
from commerce.gateways.chosen import card_gateway
from commerce.gateways.sandbox import challenge_finish
from commerce.models import LedgerTransaction, Payment, PaymentChange, SandboxIntent
from commerce.services.checkout.fulfilment import order_cancel, order_progress
from commerce.services.escrow.holds import payment_release
from commerce.services.orders.orders import order_confirm
from commerce.services.payments import at_gateway
from commerce.services.payments.at_gateway import (
    payment_after_3d_secure,
    payment_confirm,
    payment_process,
    payment_settle,
    payments_sweep,
)
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.payments.creation import payment_create
from commerce.tests.steps import balances, order_of, paid_order, payment_of
from config.core.errors import Denied, Invalid, Missing
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db


def answer_challenge(payment: Payment, outcome: str) -> None:
    intent = SandboxIntent.objects.get(reference=payment.gateway_reference)
    assert intent.challenge is not None
    assert challenge_finish(challenge=intent.challenge, succeeded=outcome == "succeed")


class TestCreating:
    def test_fee_and_earning_are_rounded_half_up_and_add_up(self, bob, artwork):
        payment = payment_of(order_of(bob, artwork, quantity=3))
        assert payment.amount == Decimal("899.97")
        assert (payment.platform_fee, payment.artist_earning) == (Decimal("90.00"), Decimal("809.97"))
        assert payment.status == PaymentStatus.PENDING
        assert payment.transaction_id.startswith("TXN")
        assert payment.transaction_id[3:].isdigit()

    def test_each_line_has_its_own_fee_and_the_payment_their_sum(self, bob):
        works = [ArtworkFactory(price="0.15") for _ in range(3)]
        payment = payment_of(order_of(bob, *works))
        assert [share.fee for share in payment.shares.order_by("pk")] == [Decimal("0.02")] * 3
        assert (payment.platform_fee, payment.artist_earning) == (Decimal("0.06"), Decimal("0.39"))

    @pytest.mark.parametrize("amount", ["299.98", "0.01", "3000.00"])
    def test_an_amount_that_is_not_the_orders_is_refused(self, bob, alice, artwork, amount):
        order = order_of(bob, artwork)
        with pytest.raises(Invalid, match=r"299\.99 PKR") as refusal:
            payment_create(
                actor=bob,
                order_id=order.pk,
                method=PaymentMethod.STRIPE,
                amount=Decimal(amount),
                payee_id=alice.pk,
            )
        assert refusal.value.field == "amount"
        assert not Payment.objects.exists()

    def test_the_payee_must_have_sold_something(self, bob, charlie, artwork):
        order = order_of(bob, artwork)
        for payee, reason in ((charlie.pk, "one of the order's sellers"), (None, "required")):
            with pytest.raises(Invalid, match=reason):
                payment_create(
                    actor=bob,
                    order_id=order.pk,
                    method=PaymentMethod.STRIPE,
                    amount=order.total_amount,
                    payee_id=payee,
                )

    def test_equipment_alone_needs_no_payee(self, bob):
        order = order_of(bob, EquipmentFactory(price="45.99"))
        payment = payment_create(actor=bob, order_id=order.pk, method=PaymentMethod.STRIPE, amount=order.total_amount)
        assert payment.payee_id == order.lines.get().seller_id

    def test_nobody_pays_for_another(self, bob, charlie, artwork):
        order = order_of(bob, artwork)
        with pytest.raises(Invalid) as refusal:
            payment_create(
                actor=charlie,
                order_id=order.pk,
                method=PaymentMethod.STRIPE,
                amount=order.total_amount,
                payee_id=artwork.seller_id,
            )
        assert refusal.value.field == "order"

    def test_one_live_payment_an_order_and_none_for_a_cancelled_one(self, bob, artwork):
        order = order_of(bob, artwork)
        payment_of(order)
        with pytest.raises(Invalid, match="has a payment"):
            payment_of(order)
        cancelled = order_of(bob, artwork)
        order_cancel(actor=bob, order_id=cancelled.pk)
        with pytest.raises(Invalid, match="cancelled"):
            payment_of(cancelled)


class TestCards:
    def test_a_good_card_pays_everybody_to_the_cent(self, bob, alice, artwork):
        dora = ArtistFactory(username="dora")
        order, payment = paid_order(bob, artwork, ArtworkFactory(seller=dora, price="10.05"))
        assert (payment.status, payment.hire_status, order.status) == ("completed", "released", "delivered")
        assert balances() == {
            ("gateway", None): Decimal("-310.04"),
            ("fees", None): Decimal("31.01"),
            ("seller", alice.pk): Decimal("269.99"),
            ("seller", dora.pk): Decimal("9.04"),
        }
        for person, spent, earned in ((bob, "310.04", "0"), (alice, "0", "269.99"), (dora, "0", "9.04")):
            person.refresh_from_db()
            assert (person.spent, person.earned) == (Decimal(spent), Decimal(earned))

    def test_the_sellers_and_the_buyer_are_told_and_get_e_mails(self, bob, alice, artwork):
        _order, payment = paid_order(bob, artwork)
        told = Notification.objects.get(user=alice)
        assert (told.notification_type, told.data["earning"]) == ("payment_received", "269.99")
        assert Notification.objects.get(user=bob).notification_type == "purchase_confirmed"
        emails = Delivery.objects.filter(channel="email").order_by("template")
        assert [(mail.template, mail.user_id) for mail in emails] == [
            ("purchase_confirmation", bob.pk),
            ("sale", alice.pk),
        ]
        assert emails[1].context == {
            "order_id": payment.order_id,
            "lines": [{"title": "Sunset", "quantity": 1, "total": "299.99"}],
            "earning": "269.99",
            "fee": "30.00",
            "currency": "PKR",
        }

    def test_a_declined_card_fails_the_payment_and_a_new_try_succeeds(self, bob, alice, artwork):
        order = order_of(bob, artwork)
        payment = payment_of(order)
        payment_process(actor=bob, payment_id=payment.pk)
        with pytest.raises(CardDeclined) as refusal:
            payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_chargeDeclined")
        assert refusal.value.data["code"] == "card_declined"
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.FAILED
        assert Notification.objects.get(user=bob).notification_type == "payment_failed"
        assert balances() == {}
        with pytest.raises(WrongPaymentStatus):
            payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
        first = payment.gateway_reference
        payment_process(actor=bob, payment_id=payment.pk)
        payment, _intent = payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
        assert payment.status == PaymentStatus.COMPLETED
        assert payment.gateway_reference != first
        assert card_gateway().retrieve(first).status == IntentStatus.CANCELLED
        assert [change.after for change in payment.history.order_by("pk")] == [
            "pending",
            "failed",
            "pending",
            "completed",
        ]
        assert balances()[("seller", alice.pk)] == Decimal("269.99")

    def test_3d_secure_that_succeeds(self, bob, artwork):
        order = order_of(bob, artwork)
        payment = payment_of(order)
        payment_process(actor=bob, payment_id=payment.pk)
        payment, intent = payment_confirm(
            actor=bob, payment_id=payment.pk, payment_method="pm_card_threeDSecure2Required"
        )
        assert payment.status == PaymentStatus.REQUIRES_ACTION
        assert intent.next_action["type"] == "redirect_to_url"
        _payment, intent = payment_after_3d_secure(actor=bob, payment_id=payment.pk)
        assert intent.status == IntentStatus.NEEDS_ACTION
        answer_challenge(payment, "succeed")
        payment, _intent = payment_after_3d_secure(actor=bob, payment_id=payment.pk)
        assert payment.status == PaymentStatus.COMPLETED
        again, intent = payment_after_3d_secure(actor=bob, payment_id=payment.pk)
        assert (again.status, intent) == (PaymentStatus.COMPLETED, None)
        assert LedgerTransaction.objects.count() == 1

    def test_3d_secure_that_fails(self, bob, artwork):
        payment = payment_of(order_of(bob, artwork))
        payment_process(actor=bob, payment_id=payment.pk)
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_threeDSecure2Required")
        payment.refresh_from_db()
        answer_challenge(payment, "fail")
        with pytest.raises(CardDeclined):
            payment_after_3d_secure(actor=bob, payment_id=payment.pk)
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.FAILED
        with pytest.raises(CardDeclined):
            payment_after_3d_secure(actor=bob, payment_id=payment.pk)

    def test_only_the_payer_pays(self, bob, alice, charlie, admin, artwork):
        payment = payment_of(order_of(bob, artwork))
        for other in (alice, charlie, admin):
            with pytest.raises(Missing):
                payment_process(actor=other, payment_id=payment.pk)
            with pytest.raises(Missing):
                payment_confirm(actor=other, payment_id=payment.pk, payment_method="pm_card_visa")
            with pytest.raises(Missing):
                payment_after_3d_secure(actor=other, payment_id=payment.pk)
        payment.refresh_from_db()
        assert (payment.status, payment.gateway_reference) == ("pending", "")

    def test_processing_twice_opens_one_intent(self, bob, artwork):
        payment = payment_of(order_of(bob, artwork))
        steps = [payment_process(actor=bob, payment_id=payment.pk) for _ in range(2)]
        assert steps[0].details == steps[1].details
        assert SandboxIntent.objects.count() == 1

    def test_a_paid_payment_is_neither_processed_nor_confirmed_again(self, bob, artwork):
        _order, payment = paid_order(bob, artwork)
        with pytest.raises(WrongPaymentStatus):
            payment_process(actor=bob, payment_id=payment.pk)
        with pytest.raises(WrongPaymentStatus):
            payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")

    def test_confirming_before_processing_is_refused(self, bob, artwork):
        payment = payment_of(order_of(bob, artwork))
        with pytest.raises(WrongPaymentStatus, match="not been processed"):
            payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")

    def test_a_payment_the_gateway_took_without_our_knowing_is_found_by_the_sweep(self, bob, artwork, time_machine):
        payment = payment_of(order_of(bob, artwork))
        payment_process(actor=bob, payment_id=payment.pk)
        payment.refresh_from_db()
        card_gateway().confirm(
            reference=payment.gateway_reference, payment_method="pm_card_visa", return_url="", key="lost answer"
        )
        assert payments_sweep() == 0
        time_machine.move_to(timezone.now() + timedelta(minutes=2), tick=False)
        assert payments_sweep() == 1
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.COMPLETED

    def test_the_sweep_asks_in_turn(self, bob, artwork, monkeypatch):
        """Neither do those who were never asked about keep the others waiting, nor the other way round."""
        now = timezone.now()
        asked: list[str] = []
        monkeypatch.setattr(at_gateway, "AT_ONCE", 1)
        monkeypatch.setattr(at_gateway, "payment_settle", lambda *, actor, payment_id: asked.append(names[payment_id]))
        names = {}
        for name, created, checked in (("old", 10, None), ("again", 30, 6), ("new", 2, None), ("just", 40, 1)):
            payment = payment_of(order_of(bob, artwork))
            names[payment.pk] = name
            Payment.objects.filter(pk=payment.pk).update(
                gateway="sandbox",
                gateway_reference=name,
                created_at=now - timedelta(minutes=created),
                checked_at=now - timedelta(minutes=checked) if checked else None,
                updated_at=now - timedelta(minutes=2),
            )
        assert [payments_sweep() for _ in range(4)] == [1, 1, 1, 0]
        assert asked == ["old", "again", "new"]

    def test_money_for_a_cancelled_order_is_booked_and_given_back(
        self, bob, alice, artwork, settings, django_capture_on_commit_callbacks
    ):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        order = order_of(bob, artwork)
        payment = payment_of(order)
        payment_process(actor=bob, payment_id=payment.pk)
        order_cancel(actor=bob, order_id=order.pk)
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.CANCELLED
        SandboxIntent.objects.filter(reference=payment.gateway_reference).update(status="succeeded")
        payment_settle(actor=bob, payment_id=payment.pk)
        from commerce.services.refunds.refunds import refund_settle

        refund = payment.refunds.get()
        refund_settle(actor=bob, refund_id=refund.pk)
        payment.refresh_from_db()
        order.refresh_from_db()
        assert (payment.status, order.status) == (PaymentStatus.REFUNDED, OrderStatus.CANCELLED)
        assert balances() == {}


class TestByHand:
    def test_staff_confirm_a_bank_transfer(self, bob, admin, staff, alice, artwork):
        order = order_of(bob, artwork)
        payment = payment_of(order, PaymentMethod.BANK_TRANSFER)
        step = payment_process(actor=bob, payment_id=payment.pk)
        assert step.details["reference"] == payment.transaction_id
        for other in (bob, alice, staff):
            with pytest.raises(Denied):
                payment_complete_by_hand(actor=other, payment_id=payment.pk)
        done = payment_complete_by_hand(actor=admin, payment_id=payment.pk)
        assert (done.status, done.gateway) == ("completed", "bank_transfer")
        with pytest.raises(WrongPaymentStatus):
            payment_complete_by_hand(actor=admin, payment_id=payment.pk)
        assert PaymentChange.objects.get(after="completed").actor == admin

    def test_a_card_payment_cannot_be_completed_by_hand(self, bob, admin, artwork):
        payment = payment_of(order_of(bob, artwork))
        with pytest.raises(WrongPaymentStatus):
            payment_complete_by_hand(actor=admin, payment_id=payment.pk)

    def test_cash_is_paid_with_the_delivery(self, bob, alice):
        canvas = ArtworkFactory(seller=alice, artwork_type="physical", price="100.00")
        order = order_of(bob, canvas)
        payment = payment_of(order, PaymentMethod.CASH_ON_DELIVERY)
        order_confirm(actor=bob, order_id=order.pk)
        order_progress(actor=alice, order_id=order.pk, status=OrderStatus.SHIPPED)
        assert balances() == {}
        order_progress(actor=alice, order_id=order.pk, status=OrderStatus.DELIVERED)
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.COMPLETED
        assert balances()[("seller", alice.pk)] == Decimal("90.00")

    def test_release_of_an_order_payment_is_refused_since_it_is_released(self, bob, admin, staff, artwork):
        _order, payment = paid_order(bob, artwork)
        with pytest.raises(Denied):
            payment_release(actor=staff, payment_id=payment.pk)
        with pytest.raises(WrongPaymentStatus, match="released already"):
            payment_release(actor=admin, payment_id=payment.pk)
        pending = payment_of(order_of(bob, artwork))
        with pytest.raises(WrongPaymentStatus, match="only a completed one"):
            payment_release(actor=admin, payment_id=pending.pk)


@pytest.mark.parametrize(("currency", "price", "fee"), [("JPY", "1005", "101"), ("KWD", "1.005", "0.101")])
def test_currencies_without_and_with_three_minor_digits(bob, alice, currency, price, fee):
    work = ArtworkFactory(seller=alice, currency=currency, price=price)
    _order, payment = paid_order(bob, work)
    assert payment.platform_fee == Decimal(fee)
    assert balances()[("seller", alice.pk)] == Decimal(price) - Decimal(fee)
    alice.refresh_from_db()
    assert alice.earned == 0, "other currencies are not added to the art market's figures"
