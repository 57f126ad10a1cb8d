"""The embedded gateway: its states, its keys, its refusals, and what happens when two come at once."""

from decimal import Decimal

import pytest

from commerce.errors import GatewayRefused, MethodUnavailable
from commerce.gateways.base import Gateway, GatewayRefundStatus, Intent, IntentStatus
from commerce.gateways.chosen import card_gateway, gateway
from commerce.gateways.sandbox import SandboxGateway, challenge_finish
from commerce.gateways.sandbox_cards import token_of_test_card
from commerce.models import SandboxIntent, SandboxRefund
from commerce.tests.steps import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sandbox_allowed(settings):
    settings.SANDBOX_ALLOWED = True
    settings.STRIPE_SECRET_KEY = ""
    settings.PUBLIC_URL = "https://atelier.example"


def created(key="create-1", amount="25.00", currency="USD") -> Intent:
    return SandboxGateway().create(
        amount=Decimal(amount), currency=currency, key=key, description="Order 1", metadata={"payment": "1"}
    )


def confirmed(method="pm_card_visa", key="confirm-1", return_url="", **intent) -> Intent:
    return SandboxGateway().confirm(
        reference=created(**intent).reference, payment_method=method, return_url=return_url, key=key
    )


def challenge_of(intent: Intent):
    return SandboxIntent.objects.get(reference=intent.reference).challenge


class TestWhichGateway:
    def test_without_a_stripe_key_the_sandbox_takes_cards(self):
        taker: Gateway = card_gateway()
        assert taker.name == "sandbox"

    def test_a_stripe_key_wins(self, settings):
        settings.STRIPE_SECRET_KEY = "sk_test_x"
        assert card_gateway().name == "stripe"
        assert gateway("sandbox").name == "sandbox"

    def test_without_key_and_permission_there_is_none(self, settings):
        settings.SANDBOX_ALLOWED = False
        with pytest.raises(MethodUnavailable):
            card_gateway()
        with pytest.raises(MethodUnavailable):
            gateway("sandbox")
        with pytest.raises(MethodUnavailable):
            token_of_test_card("4242424242424242")

    @pytest.mark.parametrize("name", ["", "bank_transfer", "cash_on_delivery", "../stripe"])
    def test_other_methods_have_no_gateway(self, name):
        with pytest.raises(MethodUnavailable):
            gateway(name)


class TestCreate:
    def test_a_new_intent_waits_for_a_card(self):
        intent = created()
        assert intent.reference.startswith("pi_sandbox_")
        assert intent.client_secret.startswith(intent.reference + "_secret_")
        assert (intent.status, intent.amount, intent.currency) == (IntentStatus.NEEDS_METHOD, Decimal("25.00"), "USD")
        assert (intent.next_action, intent.failure_code, intent.failure_message) == (None, "", "")

    def test_the_secret_stays_out_of_representations(self):
        assert "_secret_" not in repr(created())

    @pytest.mark.parametrize(
        ("amount", "currency", "units"), [("12", "JPY", 12), ("1.234", "KWD", 1234), ("0.01", "PKR", 1)]
    )
    def test_amounts_are_kept_in_minor_units(self, amount, currency, units):
        intent = created(amount=amount, currency=currency)
        assert SandboxIntent.objects.get().amount == units
        assert intent.amount == Decimal(amount)

    def test_the_same_key_gives_the_same_intent(self):
        assert created() == created()
        assert SandboxIntent.objects.count() == 1

    @pytest.mark.parametrize("other", [{"amount": "26.00"}, {"currency": "EUR"}])
    def test_the_same_key_with_other_values_is_refused(self, other):
        created()
        with pytest.raises(GatewayRefused) as refusal:
            created(**other)
        assert refusal.value.data == {"code": "idempotency_error"}
        assert SandboxIntent.objects.get().amount == 2500

    @pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
    def test_nothing_is_not_an_amount(self, amount):
        with pytest.raises(GatewayRefused):
            created(amount=amount)
        assert not SandboxIntent.objects.exists()


class TestConfirm:
    @pytest.mark.parametrize("method", ["pm_card_visa", "pm_card_mastercard"])
    def test_a_good_card_pays(self, method):
        intent = confirmed(method)
        assert intent.status == IntentStatus.SUCCEEDED
        assert SandboxGateway().retrieve(intent.reference) == intent

    @pytest.mark.parametrize(
        ("method", "code"),
        [
            ("pm_card_chargeDeclined", "card_declined"),
            ("pm_card_visa_chargeDeclined", "card_declined"),
            ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ],
    )
    def test_a_declined_card_is_an_answer_with_a_code(self, method, code):
        intent = confirmed(method)
        assert (intent.status, intent.failure_code) == (IntentStatus.FAILED, code)
        assert intent.failure_message.startswith("Your card")

    def test_after_a_decline_another_card_pays(self):
        confirmed("pm_card_chargeDeclined")
        intent = confirmed("pm_card_visa", key="confirm-2")
        assert (intent.status, intent.failure_code) == (IntentStatus.SUCCEEDED, "")

    def test_3d_secure_sends_to_an_address_nobody_can_guess(self):
        intent = confirmed("pm_card_threeDSecure2Required", return_url="https://shop.example/back?order=1")
        assert intent.status == IntentStatus.NEEDS_ACTION
        assert intent.next_action == {
            "type": "redirect_to_url",
            "redirect_to_url": {
                "url": f"https://atelier.example/sandbox/3d-secure/{challenge_of(intent)}/",
                "return_url": "https://shop.example/back?order=1",
            },
        }

    def test_the_same_key_asks_once(self):
        first = confirmed("pm_card_threeDSecure2Required")
        assert confirmed("pm_card_threeDSecure2Required") == first

    def test_the_same_key_with_another_card_is_refused(self):
        confirmed("pm_card_chargeDeclined")
        with pytest.raises(GatewayRefused) as refusal:
            confirmed("pm_card_visa")
        assert refusal.value.data == {"code": "idempotency_error"}
        assert SandboxIntent.objects.get().status == "requires_payment_method"

    def test_what_has_succeeded_stays_so_whatever_comes_later(self):
        confirmed("pm_card_visa")
        assert confirmed("pm_card_chargeDeclined", key="confirm-2").status == IntentStatus.SUCCEEDED

    @pytest.mark.parametrize("method", ["pm_1234567890", "4242424242424242", "", "tok_visa", "pm_card_visa\x00"])
    def test_unknown_tokens_are_refused_and_not_repeated(self, method):
        with pytest.raises(GatewayRefused) as refusal:
            confirmed(method)
        assert refusal.value.field == "payment_method_id"
        assert method == "" or method not in refusal.value.message
        assert SandboxIntent.objects.get().status == "requires_payment_method"

    @pytest.mark.parametrize(
        "address",
        [
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "/back",
            "https://",
            "http://[",
            "ftp://a.example",
            "https://a.example/\r\nX: y",
            "https://a.example/" + "a" * 500,
            "https://a.example/\x00",
        ],
    )
    def test_a_return_address_is_a_web_address(self, address):
        with pytest.raises(GatewayRefused) as refusal:
            confirmed("pm_card_threeDSecure2Required", return_url=address)
        assert refusal.value.field == "return_url"

    def test_unknown_payments_are_refused(self):
        with pytest.raises(GatewayRefused):
            SandboxGateway().confirm(reference="pi_nothing", payment_method="pm_card_visa", return_url="", key="1")
        with pytest.raises(GatewayRefused):
            SandboxGateway().retrieve("pi_nothing")


class TestChallenge:
    @pytest.mark.parametrize(
        ("succeeded", "status", "code"),
        [
            (True, IntentStatus.SUCCEEDED, ""),
            (False, IntentStatus.FAILED, "payment_intent_authentication_failure"),
        ],
    )
    def test_the_first_answer_counts(self, succeeded, status, code):
        intent = confirmed("pm_card_threeDSecure2Required")
        challenge = challenge_of(intent)
        assert challenge_finish(challenge=challenge, succeeded=succeeded)
        assert not challenge_finish(challenge=challenge, succeeded=not succeeded)
        after = SandboxGateway().retrieve(intent.reference)
        assert (after.status, after.failure_code, after.next_action) == (status, code, None)

    def test_a_new_try_closes_the_page_of_the_last(self):
        intent = confirmed("pm_card_threeDSecure2Required")
        old = challenge_of(intent)
        confirmed("pm_card_threeDSecure2Required", key="confirm-2")
        assert not challenge_finish(challenge=old, succeeded=True)
        assert SandboxGateway().retrieve(intent.reference).status == IntentStatus.NEEDS_ACTION

    def test_a_cancelled_payment_cannot_be_finished(self):
        intent = confirmed("pm_card_threeDSecure2Required")
        challenge = challenge_of(intent)
        SandboxGateway().cancel(intent.reference)
        challenge_finish(challenge=challenge, succeeded=True)
        assert SandboxGateway().retrieve(intent.reference).status == IntentStatus.CANCELLED


class TestCancel:
    def test_gives_up_and_may_be_said_twice(self):
        intent = created()
        assert SandboxGateway().cancel(intent.reference).status == IntentStatus.CANCELLED
        assert SandboxGateway().cancel(intent.reference).status == IntentStatus.CANCELLED
        with pytest.raises(GatewayRefused):
            confirmed("pm_card_visa")

    def test_not_after_success(self):
        intent = confirmed()
        with pytest.raises(GatewayRefused):
            SandboxGateway().cancel(intent.reference)
        assert SandboxGateway().retrieve(intent.reference).status == IntentStatus.SUCCEEDED


class TestRefund:
    def refund(self, intent, amount, key="refund-1", currency="USD"):
        return SandboxGateway().refund(reference=intent.reference, amount=Decimal(amount), currency=currency, key=key)

    def test_part_and_the_rest(self):
        intent = confirmed()
        first = self.refund(intent, "10.00")
        self.refund(intent, "15.00", key="refund-2")
        assert first.status == GatewayRefundStatus.SUCCEEDED
        assert SandboxGateway().retrieve_refund(first.reference) == first
        assert SandboxIntent.objects.get().refunded == 2500

    def test_the_same_key_refunds_once(self):
        intent = confirmed()
        assert self.refund(intent, "25.00") == self.refund(intent, "25.00")
        assert SandboxIntent.objects.get().refunded == 2500

    def test_the_same_key_with_another_amount_is_refused(self):
        intent = confirmed()
        self.refund(intent, "5.00")
        with pytest.raises(GatewayRefused) as refusal:
            self.refund(intent, "6.00")
        assert refusal.value.data == {"code": "idempotency_error"}

    @pytest.mark.parametrize(("amount", "currency"), [("25.01", "USD"), ("0", "USD"), ("-5", "USD"), ("10.00", "EUR")])
    def test_refusals_move_nothing(self, amount, currency):
        intent = confirmed()
        with pytest.raises(GatewayRefused):
            self.refund(intent, amount, currency=currency)
        assert SandboxIntent.objects.get().refunded == 0
        assert not SandboxRefund.objects.exists()

    def test_what_was_not_paid_is_not_refunded(self):
        with pytest.raises(GatewayRefused):
            self.refund(created(), "1.00")

    def test_unknown_refunds_are_refused(self):
        with pytest.raises(GatewayRefused):
            SandboxGateway().retrieve_refund("re_nothing")


@pytest.mark.parametrize(
    ("number", "token"),
    [
        ("4242424242424242", "pm_card_visa"),
        ("4242 4242 4242 4242", "pm_card_visa"),
        ("4000-0000-0000-0002", "pm_card_chargeDeclined"),
        ("4000002760003184", "pm_card_threeDSecure2Required"),
    ],
)
def test_a_test_card_becomes_its_token(number, token):
    assert token_of_test_card(number) == token


def test_a_real_looking_card_is_refused_and_leaves_no_trace(caplog):
    caplog.set_level("DEBUG")
    with pytest.raises(GatewayRefused) as refusal:
        token_of_test_card("4539148803436467")
    assert "4539148803436467" not in refusal.value.message + caplog.text


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_sixty_and_sixty_of_a_hundred_are_not_both_refunded(self):
        intent = confirmed(amount="100.00")
        results = at_once(
            *(
                lambda key=key: SandboxGateway().refund(
                    reference=intent.reference, amount=Decimal(60), currency="USD", key=key
                )
                for key in ("a", "b")
            )
        )
        assert sorted(isinstance(result, GatewayRefused) for result in results) == [False, True]
        assert SandboxIntent.objects.get().refunded == 6000
        assert SandboxRefund.objects.count() == 1

    def test_one_key_refunds_once(self):
        intent = confirmed(amount="100.00")
        first, second = at_once(
            *[lambda: SandboxGateway().refund(reference=intent.reference, amount=Decimal(60), currency="USD", key="a")]
            * 2
        )
        assert first == second
        assert SandboxIntent.objects.get().refunded == 6000

    def test_one_key_creates_one_intent(self):
        first, second = at_once(created, created)
        assert first == second
        assert SandboxIntent.objects.count() == 1

    def test_both_buttons_at_once_are_one_answer(self):
        challenge = challenge_of(confirmed("pm_card_threeDSecure2Required"))
        counted = at_once(
            lambda: challenge_finish(challenge=challenge, succeeded=True),
            lambda: challenge_finish(challenge=challenge, succeeded=False),
        )
        assert sorted(counted) == [False, True]
        intent = SandboxIntent.objects.get()
        assert (intent.status, bool(intent.failure_code)) in {("succeeded", False), ("requires_payment_method", True)}
