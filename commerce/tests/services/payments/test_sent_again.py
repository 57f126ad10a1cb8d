"""Steps of a payment whose process died on the way, sent again under their key: nothing twice, and the right answer."""

from decimal import Decimal

import pytest

from commerce.choices import PaymentStatus
from commerce.errors import CardDeclined, GatewayRefused, WrongPaymentStatus
from commerce.gateways.base import IntentStatus
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import CartItem, LedgerTransaction, Order, Payment, Promotion, Refund, SandboxIntent
from commerce.services.campaigns import promotions
from commerce.services.checkout import checkout
from commerce.services.payments import at_gateway, charging
from commerce.services.payments.at_gateway import (
    payment_after_3d_secure,
    payment_confirm,
    payment_process,
    payment_settle,
)
from commerce.services.refunds import refunds
from commerce.services.refunds.refunds import payment_refund, refund_settle
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import design_of, fill_cart
from commerce.tests.steps import order_of, paid_order, payment_of
from config.core.idempotency import Once

pytestmark = pytest.mark.django_db
DECLINED = "pm_card_chargeDeclined"


class ProcessDied(BaseException):
    pass


def die(*_args, **_kwargs):
    raise ProcessDied


@pytest.fixture
def dying(monkeypatch):
    """dying(at, call): the process dies where `call` reaches what `at` names, a module and a function."""

    def run(module, name, call, *, after=False):
        whole = getattr(module, name)

        def last(*args, **kwargs):
            if after:
                whole(*args, **kwargs)
            raise ProcessDied

        with monkeypatch.context() as patch:
            patch.setattr(module, name, last)
            with pytest.raises(ProcessDied):
                call()

    return run


@pytest.fixture
def payment(bob, artwork):
    payment = payment_of(order_of(bob, artwork))
    payment_process(actor=bob, payment_id=payment.pk)
    payment.refresh_from_db()
    return payment


def once(user, key="k"):
    return Once(user.pk, key, "an operation", "a fingerprint")


def booked():
    return LedgerTransaction.objects.filter(kind="payment").count()


class TestConfirm:
    def confirm(self, payment, card="pm_card_visa", key="k"):
        return payment_confirm(
            actor=payment.payer, payment_id=payment.pk, payment_method=card, once=once(payment.payer, key)
        )

    def test_cut_off_between_charge_and_record(self, payment, dying):
        dying(at_gateway, "_record", lambda: self.confirm(payment))
        assert SandboxIntent.objects.get().status == "succeeded"
        paid, _intent = self.confirm(payment)
        assert (paid.status, booked()) == (PaymentStatus.COMPLETED, 1)

    def test_the_sweep_came_first(self, payment, dying, bob):
        dying(at_gateway, "_record", lambda: self.confirm(payment))
        payment_settle(actor=bob, payment_id=payment.pk)
        paid, intent = self.confirm(payment)
        assert (paid.status, intent, booked()) == (PaymentStatus.COMPLETED, None, 1)
        with pytest.raises(WrongPaymentStatus):
            self.confirm(payment, key="another")

    def test_declined(self, payment, dying):
        dying(at_gateway, "_raise_if_declined", lambda: self.confirm(payment, DECLINED))
        with pytest.raises(CardDeclined) as refusal:
            self.confirm(payment, DECLINED)
        assert refusal.value.data == {"code": "card_declined"}

    def test_the_next_try_is_left_alone(self, payment, dying, bob):
        dying(at_gateway, "_raise_if_declined", lambda: self.confirm(payment, DECLINED))
        payment_process(actor=bob, payment_id=payment.pk)
        with pytest.raises(CardDeclined):
            self.confirm(payment, DECLINED)
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.PENDING
        assert set(SandboxIntent.objects.values_list("status", "payment_method")) == {
            ("canceled", DECLINED),
            ("requires_payment_method", ""),
        }
        self.confirm(payment, key="another")
        with pytest.raises(CardDeclined):
            self.confirm(payment, DECLINED)

    def test_3d_secure_goes_on_where_it_stood(self, payment, dying):
        card = "pm_card_threeDSecure2Required"
        dying(at_gateway, "_record", lambda: self.confirm(payment, card))
        challenge = SandboxIntent.objects.get().challenge
        _payment, intent = self.confirm(payment, card)
        assert intent is not None
        assert (intent.status, str(challenge) in str(intent.next_action)) == (IntentStatus.NEEDS_ACTION, True)
        SandboxIntent.objects.update(status="succeeded")
        paid, _intent = self.confirm(payment, card)
        assert (paid.status, booked()) == (PaymentStatus.COMPLETED, 1)

    def test_refunded_meanwhile(self, payment, dying, admin):
        dying(at_gateway, "_record", lambda: self.confirm(payment))
        self.confirm(payment)
        payment_refund(actor=admin, payment_id=payment.pk)
        back, _intent = self.confirm(payment)
        assert (back.status, booked()) == (PaymentStatus.REFUNDED, 1)

    def test_a_refusal_before_the_gateway_is_asked_is_looked_at_anew(self, bob, artwork):
        payment = payment_of(order_of(bob, artwork))
        with pytest.raises(WrongPaymentStatus):
            self.confirm(payment)
        payment_process(actor=bob, payment_id=payment.pk)
        assert self.confirm(payment)[0].status == PaymentStatus.COMPLETED

    def test_stripe_is_asked_with_the_same_key(self, stripe, bob, artwork, dying):
        payment = payment_of(order_of(bob, artwork))
        payment_process(actor=bob, payment_id=payment.pk)
        dying(at_gateway, "_record", lambda: self.confirm(payment))
        paid, _intent = self.confirm(payment)
        assert (paid.status, booked()) == (PaymentStatus.COMPLETED, 1)
        asked = [request for request in stripe.requests if request.path.endswith("/confirm")]
        assert len(asked) == 2
        assert len({request.headers["Idempotency-Key"] for request in asked}) == 1


class TestProcess:
    def process(self, payment):
        return payment_process(actor=payment.payer, payment_id=payment.pk, once=once(payment.payer))

    def test_cut_off_before_the_gateway(self, bob, artwork, dying):
        payment = payment_of(order_of(bob, artwork))
        dying(at_gateway, "_open_card_payment", lambda: self.process(payment))
        step = self.process(payment)
        assert step.details["payment_intent_id"] == SandboxIntent.objects.get().reference

    def test_it_begins_one_new_try(self, payment, bob, dying):
        for _ in range(2):
            with pytest.raises(CardDeclined):
                payment_confirm(actor=bob, payment_id=payment.pk, payment_method=DECLINED)
            self.process(payment)
            payment.refresh_from_db()
        assert (payment.status, SandboxIntent.objects.count()) == (PaymentStatus.FAILED, 2)

    def test_paid_meanwhile(self, payment, bob):
        before = self.process(payment)
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
        assert self.process(payment).details == before.details
        with pytest.raises(WrongPaymentStatus):
            payment_process(actor=bob, payment_id=payment.pk)

    @pytest.mark.parametrize("method", ["cash_on_delivery", "bank_transfer"])
    def test_by_hand(self, bob, alice, method, settings):
        from marketplace.tests.factories import ArtworkFactory

        settings.BANK_TRANSFER_ACCOUNT = "PK36SCBL0000001123456702"
        payment = payment_of(order_of(bob, ArtworkFactory(seller=alice, artwork_type="physical")), method)
        assert self.process(payment).details == self.process(payment).details


class TestThreeDSecure:
    def look_up(self, payment):
        return payment_after_3d_secure(actor=payment.payer, payment_id=payment.pk, once=once(payment.payer))

    @pytest.fixture
    def challenged(self, payment, bob):
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_threeDSecure2Required")
        return payment

    def test_succeeded(self, challenged, dying):
        SandboxIntent.objects.update(status="succeeded")
        dying(at_gateway, "_record", lambda: self.look_up(challenged), after=True)
        assert self.look_up(challenged)[0].status == PaymentStatus.COMPLETED
        assert booked() == 1

    def test_failed_and_tried_again_since(self, challenged, dying, bob):
        SandboxIntent.objects.update(status="requires_payment_method", failure_code="authentication_failure")
        dying(at_gateway, "_record", lambda: self.look_up(challenged), after=True)
        payment_process(actor=bob, payment_id=challenged.pk)
        payment_confirm(actor=bob, payment_id=challenged.pk, payment_method="pm_card_visa")
        with pytest.raises(CardDeclined):
            self.look_up(challenged)


class TestCheckout:
    def buy(self, buyer):
        return checkout.checkout(actor=buyer, channel="v1", once=once(buyer))

    @pytest.fixture
    def filled(self, bob, alice):
        fill_cart(bob, design_of(alice))

    def test_cut_off_before_the_charge(self, bob, filled, dying):
        dying(checkout, "payment_begin", lambda: self.buy(bob))
        assert not CartItem.objects.exists()
        done = self.buy(bob)
        assert (done.is_paid, Order.objects.count(), booked()) == (True, 1, 1)
        assert self.buy(bob).transaction_ids == done.transaction_ids

    def test_cut_off_between_charge_and_record(self, bob, filled, dying):
        default_of(bob, "pm_card_visa")
        dying(charging, "payment_confirm", lambda: self.buy(bob), after=True)
        assert self.buy(bob).is_paid
        assert (Order.objects.count(), booked()) == (1, 1)

    def test_declined(self, bob, filled):
        default_of(bob, DECLINED)
        for _ in range(2):  # what the first one was answered is lost
            with pytest.raises(CardDeclined) as refusal:
                self.buy(bob)
        lines = Order.objects.get().lines.values_list("uuid", flat=True)
        assert refusal.value.data["transaction_ids"] == [str(number) for number in lines]
        assert (Payment.objects.get().status, SandboxIntent.objects.count()) == (PaymentStatus.FAILED, 1)

    @pytest.mark.parametrize("saved", [True, False])
    def test_charged_and_not_recorded(self, bob, filled, dying, saved):
        if saved:
            default_of(bob, "pm_card_visa")
        dying(SandboxGateway, "confirm", lambda: self.buy(bob), after=True)
        assert self.buy(bob).is_paid
        assert (Order.objects.count(), SandboxIntent.objects.count(), booked()) == (1, 1, 1)

    @pytest.mark.parametrize("step", ["payment_process", "payment_confirm"])
    @pytest.mark.parametrize("saved", [True, False])
    def test_the_same_call_at_the_same_moment_is_faster(self, bob, filled, monkeypatch, saved, step):
        if saved:
            default_of(bob, "pm_card_visa")
        whole = getattr(charging, step)

        def late(**about):
            monkeypatch.setattr(charging, step, whole)
            assert self.buy(bob).is_paid
            return whole(**about)

        monkeypatch.setattr(charging, step, late)
        assert self.buy(bob).is_paid
        assert (Order.objects.count(), SandboxIntent.objects.count(), booked()) == (1, 1, 1)

    def test_declined_and_not_recorded(self, bob, filled, dying):
        default_of(bob, DECLINED)
        dying(SandboxGateway, "confirm", lambda: self.buy(bob), after=True)
        with pytest.raises(CardDeclined):
            self.buy(bob)
        assert (Payment.objects.get().status, SandboxIntent.objects.count()) == (PaymentStatus.FAILED, 1)

    def test_nothing_to_pay(self, bob, alice):
        fill_cart(bob, design_of(alice, price="0.00"))
        done = self.buy(bob)
        assert self.buy(bob).transaction_ids == done.transaction_ids

    def test_a_full_cart_after_it_is_left_alone(self, bob, alice, filled, dying):
        dying(checkout, "payment_begin", lambda: self.buy(bob))
        fill_cart(bob, design_of(alice))
        self.buy(bob)
        assert (CartItem.objects.count(), Order.objects.count()) == (1, 1)


class TestPayingAgain:
    @pytest.fixture
    def failed(self, bob, alice):
        """An order whose first payment was declined."""
        fill_cart(bob, design_of(alice))
        self.card = default_of(bob, DECLINED)
        with pytest.raises(CardDeclined):
            checkout.checkout(actor=bob, channel="v1")
        return Order.objects.get()

    def pay(self, order, key="k"):
        return checkout.order_pay(actor=order.buyer, order_id=order.pk, once=once(order.buyer, key))

    def test_cut_off_before_the_charge(self, bob, failed, dying):
        default_of(bob, "pm_card_visa")
        dying(checkout, "payment_begin", lambda: self.pay(failed))
        assert self.pay(failed).is_paid
        assert (booked(), Payment.objects.count(), SandboxIntent.objects.count()) == (1, 1, 2)

    def test_declined_again_it_is_one_more_try(self, failed):
        for _ in range(2):
            with pytest.raises(CardDeclined):
                self.pay(failed)
        assert SandboxIntent.objects.count() == 2

    def test_another_try_since_is_left_alone(self, bob, failed, dying):
        with pytest.raises(CardDeclined):
            self.pay(failed)
        dying(checkout, "payment_begin", lambda: self.pay(failed, "another"))
        with pytest.raises(CardDeclined):
            self.pay(failed)
        assert Payment.objects.get().status == PaymentStatus.PENDING


class TestPromotion:
    def promote(self, seller, listing):
        return promotions.promotion_create(
            actor=seller,
            listing=listing,
            promotion_type="featured",
            duration_days=30,
            budget=Decimal("50.00"),
            once=once(seller),
        )

    def test_cut_off_before_the_charge(self, alice, dying):
        gear = design_of(alice)
        dying(promotions, "payment_begin", lambda: self.promote(alice, gear))
        done = self.promote(alice, gear)
        assert done.promotion.starts_at is not None
        assert self.promote(alice, gear).promotion == done.promotion
        assert (Promotion.objects.count(), booked()) == (1, 1)

    @pytest.mark.parametrize(
        ("at", "after"),  # nothing comes after what raises
        [
            ((at_gateway, "_raise_if_declined"), False),
            ((promotions, "_call_off"), False),
            ((promotions, "_call_off"), True),
        ],
    )
    def test_declined(self, alice, dying, at, after):
        gear = design_of(alice)
        default_of(alice, DECLINED)
        dying(*at, lambda: self.promote(alice, gear), after=after)
        for _ in range(2):
            with pytest.raises(CardDeclined):
                self.promote(alice, gear)
        promotion = Promotion.objects.get()
        assert (promotion.starts_at, promotion.called_off_at is not None) == (None, True)
        assert SandboxIntent.objects.count() == 1


class TestRefund:
    def refund(self, admin, payment):
        return payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("50.00"), once=once(admin))

    @pytest.mark.parametrize("at", [(refunds, "refund_settle"), (refunds, "_at_gateway"), (refunds, "refund_record")])
    @pytest.mark.parametrize("after", [True, False])
    def test_cut_off_anywhere_it_is_one(self, admin, bob, artwork, dying, at, after):
        _order, payment = paid_order(bob, artwork)
        dying(*at, lambda: self.refund(admin, payment), after=after)
        assert self.refund(admin, payment).status == "succeeded"
        assert self.refund(admin, payment) == Refund.objects.get()
        payment.refresh_from_db()
        assert payment.refunded_amount == Decimal("50.00")

    def test_the_sweep_came_first(self, admin, bob, artwork, dying):
        _order, payment = paid_order(bob, artwork)
        dying(refunds, "refund_settle", lambda: self.refund(admin, payment))
        refund_settle(actor=admin, refund_id=Refund.objects.get().pk)
        assert self.refund(admin, payment).status == "succeeded"

    def test_refused_by_the_gateway(self, admin, bob, artwork, dying):
        _order, payment = paid_order(bob, artwork)
        SandboxIntent.objects.update(refunded=SandboxIntent.objects.get().amount)
        dying(refunds, "_refuse", lambda: self.refund(admin, payment), after=True)
        with pytest.raises(GatewayRefused):
            self.refund(admin, payment)
        assert Refund.objects.get().status == "failed"
