"""Payment methods that people keep, and charging them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Delivery
from accounts.services.emails import email_compose
from accounts.tests.factories import BuyerFactory
from commerce.choices import PaymentMethod, PaymentStatus, SavedMethodType
from commerce.errors import CardDeclined, CodeExpired, NoDefaultMethod, TooManyMethods, WrongCode, WrongPaymentStatus
from commerce.models import SavedMethod
from commerce.services.payments import saved_methods
from commerce.services.payments.at_gateway import payment_after_3d_secure
from commerce.services.payments.charging import payment_charge_saved
from commerce.services.payments.saved_methods import (
    RawCard,
    code_to_tell,
    method_add,
    method_code_send,
    method_delete,
    method_set_default,
    method_verify,
)
from commerce.tests.steps import balances, order_of, payment_of
from config.core.errors import Invalid, Missing
from config.core.secrets import Secret

pytestmark = pytest.mark.django_db


def card_of(user, token="pm_card_visa", **changes) -> SavedMethod:
    details = {"type": SavedMethodType.CREDIT_CARD, "provider": "stripe", "token": token}
    return method_add(actor=user, **(details | changes))


def default_of(user, token="pm_card_visa") -> SavedMethod:
    return method_set_default(actor=user, method_id=card_of(user, token).pk)


def typed(number: str, **changes) -> RawCard:
    details: dict[str, Any] = {
        "card_number": Secret(number),
        "cvc": Secret("123"),
        "expiry_month": 12,
        "expiry_year": 2025,
    }
    return RawCard(**(details | changes))


class TestAdding:
    def test_a_token_of_the_gateway(self, bob):
        method = card_of(bob, cardholder_name="Bob B", billing_address={"city": "Lahore"})
        method.refresh_from_db()
        assert (method.gateway, method.token, method.brand, method.last_four) == (
            "sandbox",
            "pm_card_visa",
            "visa",
            "4242",
        )
        assert (method.is_default, method.is_verified) == (False, False)
        assert method.billing_address == {"city": "Lahore"}

    @pytest.mark.parametrize(
        ("number", "token", "last_four"),
        [
            ("4242424242424242", "pm_card_visa", "4242"),
            ("4000000000000002", "pm_card_chargeDeclined", "0002"),
            ("4000002760003184", "pm_card_threeDSecure2Required", "3184"),
        ],
    )
    def test_a_test_card_becomes_a_token(self, bob, number, token, last_four):
        method = card_of(bob, "", card=typed(number))
        assert (method.token, method.last_four) == (token, last_four)
        assert (method.expiry_month, method.expiry_year) == (12, 2025)

    @pytest.mark.parametrize("number", ["4539148803436467", "5555555555554444"])
    def test_any_other_number_is_refused(self, bob, number):
        with pytest.raises(Invalid) as refusal:
            card_of(bob, "", card=typed(number))
        assert refusal.value.field == "card_number"
        assert number not in str(refusal.value)
        assert not SavedMethod.objects.exists()

    def test_no_number_is_taken_with_stripe_nor_where_the_sandbox_may_not_run(self, bob, settings):
        for changes in ({"STRIPE_SECRET_KEY": "sk_test_1"}, {"STRIPE_SECRET_KEY": "", "SANDBOX_ALLOWED": False}):
            for name, value in changes.items():
                setattr(settings, name, value)
            with pytest.raises(Invalid) as refusal:
                card_of(bob, "", card=typed("4242424242424242"))
            assert refusal.value.field == "card_number"

    @pytest.mark.parametrize("part", ["cvc", "expiry_month", "expiry_year"])
    def test_a_number_comes_with_its_parts(self, bob, part):
        with pytest.raises(Invalid) as refusal:
            card_of(bob, "", card=typed("4242424242424242", **{part: None}))
        assert refusal.value.field == part

    @pytest.mark.parametrize("token", ["", "pm_nobodys", "4242424242424242"])
    def test_what_is_no_token_is_refused(self, bob, token):
        with pytest.raises(Invalid) as refusal:
            card_of(bob, token)
        assert refusal.value.field == "payment_method_id"

    @pytest.mark.parametrize(
        ("type", "provider"),
        [(SavedMethodType.PAYPAL, "stripe"), (SavedMethodType.CREDIT_CARD, "paypal")],
    )
    def test_type_and_provider_go_together(self, bob, type, provider):
        with pytest.raises(Invalid) as refusal:
            method_add(actor=bob, type=type, provider=provider)
        assert refusal.value.field == "provider"

    @pytest.mark.parametrize(
        ("type", "provider", "email"),
        [
            (SavedMethodType.PAYPAL, "paypal", "bob@paypal.example"),
            (SavedMethodType.BANK_TRANSFER, "stripe", ""),
            (SavedMethodType.DEBIT_CARD, "square", ""),
        ],
    )
    def test_what_is_kept_and_cannot_be_charged(self, bob, type, provider, email):
        method = method_add(actor=bob, type=type, provider=provider, email=email, token="cnon:card-nonce-ok")
        assert (method.gateway, method.token, method.email) == ("", "", email)

    def test_a_paypal_account_without_address_has_the_person_s(self, bob):
        assert method_add(actor=bob, type=SavedMethodType.PAYPAL, provider="paypal").email == bob.email

    def test_no_more_than_can_be_shown(self, bob, monkeypatch):
        monkeypatch.setattr(saved_methods, "MOST", 1)
        card_of(bob)
        with pytest.raises(TooManyMethods):
            card_of(bob)


class TestVerifying:
    def test_the_code_is_in_the_e_mail_and_nowhere_else(self, bob):
        method = card_of(bob)
        code = code_to_tell(user=bob, method_id=method.pk)
        delivery = Delivery.objects.get(template="payment_method_code")
        assert code in email_compose(delivery).body
        assert code not in str(delivery.context) and code not in method.code_digest
        assert len(code) == 6 and code.isdigit()

    def test_the_right_code(self, bob):
        method = card_of(bob)
        verified = method_verify(actor=bob, method_id=method.pk, code=code_to_tell(user=bob, method_id=method.pk))
        assert verified.is_verified and verified.code_digest == ""
        assert method_verify(actor=bob, method_id=method.pk, code="whatever").verified_at == verified.verified_at

    def test_five_wrong_codes(self, bob):
        method = card_of(bob)
        code = code_to_tell(user=bob, method_id=method.pk)
        wrong = "000000" if code != "000000" else "000001"
        for left in (4, 3, 2, 1, 0):
            with pytest.raises(WrongCode) as refusal:
                method_verify(actor=bob, method_id=method.pk, code=wrong)
            assert refusal.value.data == {"tries_left": left}
        with pytest.raises(CodeExpired):
            method_verify(actor=bob, method_id=method.pk, code=code)
        method.refresh_from_db()
        assert not method.is_verified

    def test_after_ten_minutes(self, bob, time_machine):
        method = card_of(bob)
        code = code_to_tell(user=bob, method_id=method.pk)
        time_machine.move_to(timezone.now() + timedelta(minutes=10, seconds=1), tick=False)
        with pytest.raises(CodeExpired):
            method_verify(actor=bob, method_id=method.pk, code=code)

    def test_a_new_code_makes_the_old_one_void(self, bob, time_machine):
        method = card_of(bob)
        old = code_to_tell(user=bob, method_id=method.pk)
        time_machine.move_to(timezone.now() + timedelta(minutes=11), tick=False)
        method_code_send(actor=bob, method_id=method.pk)
        new = code_to_tell(user=bob, method_id=method.pk)
        assert new != old
        with pytest.raises(WrongCode):
            method_verify(actor=bob, method_id=method.pk, code=old)
        assert method_verify(actor=bob, method_id=method.pk, code=new).is_verified

    def test_a_second_method_within_a_minute_gets_its_code_when_it_is_asked_for(self, bob, settings, time_machine):
        settings.RATE_LIMITS = "on"
        card_of(bob)
        second = card_of(bob, token="pm_card_mastercard")
        assert Delivery.objects.filter(template="payment_method_code").count() == 1
        with pytest.raises(CodeExpired):
            method_verify(actor=bob, method_id=second.pk, code="123456")
        time_machine.move_to(timezone.now() + timedelta(minutes=1), tick=False)
        method_code_send(actor=bob, method_id=second.pk)
        code = code_to_tell(user=bob, method_id=second.pk)
        assert method_verify(actor=bob, method_id=second.pk, code=code).is_verified

    def test_another_s(self, bob, charlie):
        method = card_of(bob)
        for verb in (method_code_send, method_set_default, method_delete):
            with pytest.raises(Missing):
                verb(actor=charlie, method_id=method.pk)
        with pytest.raises(Missing):
            method_verify(actor=charlie, method_id=method.pk, code="123456")

    def test_an_e_mail_that_comes_too_late_says_so(self, bob):
        method = card_of(bob)
        delivery = Delivery.objects.get(template="payment_method_code")
        method_delete(actor=bob, method_id=method.pk)
        assert "no code any more" in email_compose(delivery).body


class TestDefault:
    def test_there_is_one(self, bob):
        first, second = default_of(bob), default_of(bob)
        assert list(SavedMethod.objects.filter(is_default=True)) == [second]
        method_set_default(actor=bob, method_id=first.pk)
        assert list(SavedMethod.objects.filter(is_default=True)) == [first]

    def test_deleting_it_leaves_none(self, bob):
        kept, default = card_of(bob), default_of(bob)
        method_delete(actor=bob, method_id=default.pk)
        assert list(SavedMethod.objects.values_list("pk", "is_default")) == [(kept.pk, False)]


class TestCharging:
    @pytest.fixture
    def payment(self, bob, artwork):
        return payment_of(order_of(bob, artwork))

    def test_the_default_is_charged(self, bob, alice, payment):
        default_of(bob)
        charged = payment_charge_saved(actor=bob, payment_id=payment.pk)
        assert (charged.status, charged.gateway) == (PaymentStatus.COMPLETED, "sandbox")
        assert balances()[("seller", alice.pk)] == Decimal("269.99")

    def test_3d_secure_goes_on_as_for_any_card(self, bob, payment):
        default_of(bob, "pm_card_threeDSecure2Required")
        waiting = payment_charge_saved(actor=bob, payment_id=payment.pk, return_url="https://shop.example/back")
        assert waiting.status == PaymentStatus.REQUIRES_ACTION
        _payment, intent = payment_after_3d_secure(actor=bob, payment_id=payment.pk)
        assert intent.next_action["redirect_to_url"]["return_url"] == "https://shop.example/back"
        assert payment_charge_saved(actor=bob, payment_id=payment.pk).status == PaymentStatus.REQUIRES_ACTION

    def test_a_decline_fails_it_and_another_card_pays_it(self, bob, payment):
        default_of(bob, "pm_card_chargeDeclined")
        with pytest.raises(CardDeclined):
            payment_charge_saved(actor=bob, payment_id=payment.pk)
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.FAILED
        assert balances() == {}
        default_of(bob)
        assert payment_charge_saved(actor=bob, payment_id=payment.pk).status == PaymentStatus.COMPLETED

    def test_without_a_default_nothing_happens(self, bob, payment):
        card_of(bob)
        paypal = method_add(actor=bob, type=SavedMethodType.PAYPAL, provider="paypal")
        with pytest.raises(NoDefaultMethod):
            payment_charge_saved(actor=bob, payment_id=payment.pk)
        method_set_default(actor=bob, method_id=paypal.pk)
        with pytest.raises(NoDefaultMethod):
            payment_charge_saved(actor=bob, payment_id=payment.pk)
        payment.refresh_from_db()
        assert (payment.status, payment.gateway_reference) == (PaymentStatus.PENDING, "")

    def test_a_card_of_another_gateway_is_none(self, bob, payment, settings):
        default_of(bob)
        settings.STRIPE_SECRET_KEY = "sk_test_1"
        with pytest.raises(NoDefaultMethod):
            payment_charge_saved(actor=bob, payment_id=payment.pk)

    def test_what_cannot_be_charged(self, bob, charlie, payment, artwork):
        for person in (bob, charlie):
            default_of(person)
        with pytest.raises(Missing):
            payment_charge_saved(actor=charlie, payment_id=payment.pk)
        payment_charge_saved(actor=bob, payment_id=payment.pk)
        with pytest.raises(WrongPaymentStatus):
            payment_charge_saved(actor=bob, payment_id=payment.pk)
        transfer = payment_of(order_of(bob, artwork), PaymentMethod.BANK_TRANSFER)
        with pytest.raises(WrongPaymentStatus):
            payment_charge_saved(actor=bob, payment_id=transfer.pk)

    def test_deleting_the_card_does_not_interrupt_a_payment(self, bob, payment):
        method = default_of(bob, "pm_card_threeDSecure2Required")
        payment_charge_saved(actor=bob, payment_id=payment.pk)
        method_delete(actor=bob, method_id=method.pk)
        waiting, _intent = payment_after_3d_secure(actor=bob, payment_id=payment.pk)
        assert waiting.status == PaymentStatus.REQUIRES_ACTION


def test_people_see_their_own(bob):
    card_of(BuyerFactory())
    mine = card_of(bob)
    assert list(saved_methods.methods_of(actor=bob)) == [mine]
