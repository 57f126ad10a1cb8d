"""Our side of Stripe against a local server that speaks its API: states, keys, declines, and a network that fails."""

import time
from decimal import Decimal

import pytest

from commerce.errors import EventNotGenuine, GatewayRefused, GatewayUnavailable, MethodUnavailable
from commerce.gateways import stripe_client as stripe_module
from commerce.gateways.base import GatewayRefundStatus, Intent, IntentStatus
from commerce.gateways.stripe import StripeGateway
from tests.stand_ins.stripe import StripeStandIn


@pytest.fixture
def server(settings):
    with StripeStandIn() as stand_in:
        settings.STRIPE_SECRET_KEY = stand_in.key
        settings.STRIPE_API_BASE = stand_in.url
        settings.STRIPE_WEBHOOK_SECRET = stand_in.webhook_secret
        yield stand_in


@pytest.fixture
def impatient(monkeypatch):
    """A second instead of ten, so that a silent gateway does not hold up the tests."""
    monkeypatch.setattr(stripe_module, "REQUEST_SECONDS", 1.0)
    stripe_module.client_of.cache_clear()
    yield
    stripe_module.client_of.cache_clear()


def created(key="a1", amount="12.50", currency="USD") -> Intent:
    return StripeGateway().create(
        amount=Decimal(amount),
        currency=currency,
        key=key,
        description="Order 7",
        metadata={"transaction_id": "TXN1"},
    )


def confirmed(intent: Intent, method="pm_card_visa", key="c1", return_url="") -> Intent:
    return StripeGateway().confirm(reference=intent.reference, payment_method=method, return_url=return_url, key=key)


def refunded(intent: Intent, amount, key="r1", currency="USD"):
    return StripeGateway().refund(reference=intent.reference, amount=Decimal(amount), currency=currency, key=key)


class TestPaying:
    def test_an_intent_is_made_for_cards_in_minor_units(self, server):
        intent = created()
        at_stripe = server.intents[intent.reference]
        assert (at_stripe["amount"], at_stripe["currency"]) == (1250, "usd")
        assert at_stripe["metadata"] == {"transaction_id": "TXN1"}
        assert intent == Intent(
            reference=intent.reference,
            status=IntentStatus.NEEDS_METHOD,
            client_secret=at_stripe["client_secret"],
            amount=Decimal("12.50"),
            currency="USD",
        )
        assert b"allowed_payment_method_types[0]=card" in server.requests[-1].body.replace(b"%5B", b"[").replace(
            b"%5D", b"]"
        )

    @pytest.mark.parametrize(
        ("amount", "currency", "units"),
        [
            ("500", "JPY", 500),
            ("1.230", "KWD", 1230),
            ("850.00", "PKR", 85000),
            ("100", "ISK", 10000),
            ("7", "UGX", 700),
        ],
    )
    def test_every_currency_in_its_own_units(self, server, amount, currency, units):
        intent = created(amount=amount, currency=currency)
        assert server.intents[intent.reference]["amount"] == units
        assert (intent.amount, intent.currency) == (Decimal(amount), currency)

    def test_a_good_card_pays(self, server):
        intent = confirmed(created())
        assert intent.status == IntentStatus.SUCCEEDED
        assert StripeGateway().retrieve(intent.reference) == intent

    @pytest.mark.parametrize(
        ("method", "code", "words"),
        [
            ("pm_card_chargeDeclined", "card_declined", "Your card was declined."),
            ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds", "Your card has insufficient funds."),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card", "Your card has expired."),
        ],
    )
    def test_a_declined_card_is_an_answer(self, server, method, code, words):
        intent = confirmed(created(), method)
        assert (intent.status, intent.failure_code, intent.failure_message) == (IntentStatus.FAILED, code, words)
        assert StripeGateway().retrieve(intent.reference) == intent

    def test_3d_secure_with_a_return_address_redirects(self, server):
        intent = confirmed(created(), "pm_card_threeDSecure2Required", return_url="https://shop.example/back")
        assert intent.status == IntentStatus.NEEDS_ACTION
        assert intent.next_action == {
            "type": "redirect_to_url",
            "redirect_to_url": {
                "url": f"{server.url}/3d-secure/{intent.reference}",
                "return_url": "https://shop.example/back",
            },
        }

    def test_3d_secure_without_one_is_left_to_stripes_own_script(self, server):
        intent = confirmed(created(), "pm_card_threeDSecure2Required")
        assert intent.next_action is not None
        assert intent.next_action["type"] == "use_stripe_sdk"
        assert b"use_stripe_sdk=true" in server.requests[-1].body

    @pytest.mark.parametrize(
        ("outcome", "status", "code"),
        [
            ("succeed", IntentStatus.SUCCEEDED, ""),
            ("fail", IntentStatus.FAILED, "payment_intent_authentication_failure"),
        ],
    )
    def test_after_3d_secure(self, server, outcome, status, code):
        intent = confirmed(created(), "pm_card_threeDSecure2Required")
        server.complete_challenge(intent.reference, outcome)
        after = StripeGateway().retrieve(intent.reference)
        assert (after.status, after.failure_code, after.next_action) == (status, code, None)

    def test_money_that_is_still_on_its_way(self, server):
        server.payments_stay_processing = True
        intent = confirmed(created())
        assert intent.status == IntentStatus.PROCESSING
        server.complete_processing(intent.reference)
        assert StripeGateway().retrieve(intent.reference).status == IntentStatus.SUCCEEDED

    def test_cancelling(self, server):
        intent = created()
        assert StripeGateway().cancel(intent.reference).status == IntentStatus.CANCELLED
        assert StripeGateway().cancel(intent.reference).status == IntentStatus.CANCELLED

    def test_what_succeeded_is_not_cancelled(self, server):
        intent = confirmed(created())
        with pytest.raises(GatewayRefused) as refusal:
            StripeGateway().cancel(intent.reference)
        assert refusal.value.data == {"code": "payment_intent_unexpected_state"}


class TestKeys:
    def test_the_same_key_creates_once(self, server):
        assert created() == created()
        assert len(server.intents) == 1

    def test_the_same_key_with_another_amount_is_refused(self, server):
        created()
        with pytest.raises(GatewayRefused) as refusal:
            created(amount="13.00")
        assert refusal.value.data == {"code": "idempotency_error"}

    def test_one_key_may_serve_creation_and_confirmation(self, server):
        assert confirmed(created("same"), key="same").status == IntentStatus.SUCCEEDED

    def test_a_repeated_confirmation_tells_the_present_and_not_the_first_answer(self, server):
        intent = confirmed(created(), "pm_card_threeDSecure2Required")
        server.complete_challenge(intent.reference)
        assert confirmed(intent, "pm_card_threeDSecure2Required").status == IntentStatus.SUCCEEDED

    def test_confirming_what_is_paid_charges_nothing_more(self, server):
        intent = confirmed(created())
        assert confirmed(intent, key="c2").status == IntentStatus.SUCCEEDED
        assert len([event for event in server.events if event["type"] == "payment_intent.succeeded"]) == 1

    def test_confirming_what_was_cancelled_is_refused(self, server):
        intent = created()
        StripeGateway().cancel(intent.reference)
        with pytest.raises(GatewayRefused):
            confirmed(intent)

    def test_an_answer_lost_on_the_way_is_asked_for_again(self, server):
        intent = created()
        server.drop()
        with pytest.raises(GatewayUnavailable):
            confirmed(intent)
        assert server.intents[intent.reference]["status"] == "succeeded"
        assert confirmed(intent).status == IntentStatus.SUCCEEDED
        assert len([event for event in server.events if event["type"] == "payment_intent.succeeded"]) == 1

    def test_a_refund_whose_answer_was_lost_is_not_paid_twice(self, server):
        intent = confirmed(created())
        server.drop()
        with pytest.raises(GatewayUnavailable):
            refunded(intent, "5.00")
        assert refunded(intent, "5.00").status == GatewayRefundStatus.SUCCEEDED
        assert [refund["amount"] for refund in server.refunds.values()] == [500]


class TestRefunds:
    def test_part_and_rest_and_no_more(self, server):
        intent = confirmed(created())
        first = refunded(intent, "10.00")
        assert first.status == GatewayRefundStatus.SUCCEEDED
        assert StripeGateway().retrieve_refund(first.reference) == first
        with pytest.raises(GatewayRefused):
            refunded(intent, "2.51", key="r2")
        refunded(intent, "2.50", key="r3")
        with pytest.raises(GatewayRefused) as refusal:
            refunded(intent, "0.01", key="r4")
        assert refusal.value.data == {"code": "charge_already_refunded"}

    def test_one_that_takes_its_time(self, server):
        server.refunds_stay_pending = True
        intent = confirmed(created())
        refund = refunded(intent, "5.00")
        assert refund.status == GatewayRefundStatus.PENDING
        server.complete_refund(refund.reference, "failed")
        after = StripeGateway().retrieve_refund(refund.reference)
        assert (after.status, after.message) == (GatewayRefundStatus.FAILED, "lost or stolen card")

    def test_what_was_not_paid_is_not_refunded(self, server):
        with pytest.raises(GatewayRefused):
            refunded(created(), "1.00")


class TestTrouble:
    @pytest.mark.parametrize("status", [500, 503, 429, 409])
    def test_stripe_is_not_well(self, server, status):
        server.fail(status)
        with pytest.raises(GatewayUnavailable):
            created()
        assert created().status == IntentStatus.NEEDS_METHOD  # with the same key, once it is well again

    def test_the_line_breaks(self, server):
        with server.down(), pytest.raises(GatewayUnavailable):
            created()
        assert len(server.intents) == 0

    def test_nobody_is_there(self, settings):
        settings.STRIPE_SECRET_KEY = "sk_test_x"
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        with pytest.raises(GatewayUnavailable):
            created()

    def test_silence_ends_with_the_time_out(self, server, impatient):
        server.hang(30)
        begin = time.monotonic()
        with pytest.raises(GatewayUnavailable):
            created()
        assert time.monotonic() - begin < 5

    def test_an_answer_that_is_none(self, server, monkeypatch):
        monkeypatch.setattr(server, "intents", {"pi_odd": {"id": "pi_odd", "object": "payment_intent"}})
        with pytest.raises(GatewayUnavailable):
            StripeGateway().retrieve("pi_odd")

    def test_unknown_things_are_refused(self, server):
        for call in (
            lambda: StripeGateway().retrieve("pi_nothing"),
            lambda: StripeGateway().retrieve_refund("re_nothing"),
            lambda: confirmed(created(), "pm_nothing"),
        ):
            with pytest.raises(GatewayRefused) as refusal:
                call()
            assert refusal.value.data == {"code": "resource_missing"}

    def test_a_field_that_was_wrong_is_named_as_the_caller_knows_it(self, server):
        with pytest.raises(GatewayRefused) as refusal:
            confirmed(created(), "pm_nothing")
        assert refusal.value.field == "payment_method_id"
        with pytest.raises(GatewayRefused) as refusal:
            confirmed(created(), return_url="javascript:alert(1)", key="c2")
        assert refusal.value.field == "return_url"

    @pytest.mark.parametrize("method", ["4242424242424242", "", "pm_\x00", "pm_a/../b", "pm_" + "a" * 300, "1"])
    def test_only_tokens_go_to_stripe(self, server, method):
        intent = created()
        with pytest.raises(GatewayRefused):
            confirmed(intent, method)
        assert server.requests[-1].path == "/v1/payment_intents"

    def test_a_wrong_key_of_ours_tells_the_payer_nothing(self, server, settings):
        settings.STRIPE_SECRET_KEY = "sk_test_wrong"
        with pytest.raises(GatewayRefused) as refusal:
            created()
        assert "sk_test" not in refusal.value.message

    def test_without_a_key_there_is_no_stripe(self, settings):
        settings.STRIPE_SECRET_KEY = ""
        with pytest.raises(MethodUnavailable):
            StripeGateway()

    def test_nothing_secret_is_logged(self, server, settings, caplog):
        caplog.set_level("DEBUG")
        intent = confirmed(created(), "pm_card_chargeDeclined")
        confirmed(intent, "pm_card_threeDSecure2Required", key="c2")
        server.fail(500)
        with pytest.raises(GatewayUnavailable):
            confirmed(intent, key="c3")
        with pytest.raises(GatewayRefused):
            confirmed(intent, "4242424242424242", key="c4")
        with pytest.raises(GatewayRefused):
            confirmed(intent, "pm_nothing", key="c5")
        assert caplog.records
        for secret in (intent.client_secret, settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, "4242"):
            assert secret not in caplog.text

    def test_errors_carry_no_answers_of_stripe_along(self, server):
        server.fail(500)
        with pytest.raises(GatewayUnavailable) as trouble:
            created()
        assert trouble.value.__cause__ is None
        assert trouble.value.__suppress_context__


class TestEvents:
    def event(self, server, kind="payment_intent.succeeded"):
        intent = confirmed(created())
        if kind == "charge.dispute.created":
            server.dispute(intent.reference)
        elif kind != "payment_intent.succeeded":
            refunded(intent, "1.00")
        return intent, server.last_event(kind)

    @pytest.mark.parametrize(
        "kind", ["payment_intent.succeeded", "charge.refunded", "charge.dispute.created", "refund.created"]
    )
    def test_whatever_it_is_about_the_payment_is_found(self, server, kind):
        intent, event = self.event(server, kind)
        read = StripeGateway().read_event(*server.signed(event))
        assert (read.id, read.type, read.reference) == (event["id"], kind, intent.reference)
        assert read.object_reference == {
            "refund.created": next(iter(server.refunds), ""),
            "charge.dispute.created": next(iter(server.disputes), ""),
        }.get(kind, "")

    def test_header_names_have_no_case(self, server):
        _, event = self.event(server)
        body, headers = server.signed(event)
        read = StripeGateway().read_event(body, {name.lower(): value for name, value in headers.items()})
        assert read.id == event["id"]

    def refused(self, body, headers):
        with pytest.raises(EventNotGenuine):
            StripeGateway().read_event(body, headers)

    def test_one_byte_changed(self, server):
        body, headers = server.signed(self.event(server)[1])
        self.refused(body.replace(b"evt_", b"evu_", 1), headers)
        self.refused(body + b" ", headers)

    def test_signed_with_another_key(self, server):
        self.refused(*server.signed(self.event(server)[1], secret="whsec_other"))

    def test_older_than_the_tolerance(self, server):
        event = self.event(server)[1]
        now = int(time.time())
        assert StripeGateway().read_event(*server.signed(event, timestamp=now - 290)).id == event["id"]
        self.refused(*server.signed(event, timestamp=now - 310))

    def test_the_time_is_signed_as_well(self, server):
        body, headers = server.signed(self.event(server)[1], timestamp=int(time.time()) - 3600)
        signature = headers["Stripe-Signature"].split(",", 1)[1]
        self.refused(body, headers | {"Stripe-Signature": f"t={int(time.time())},{signature}"})

    @pytest.mark.parametrize("value", [None, "", "t=1", "v1=abc", "t=x,v1=y", "t=1,v1=", ",,,", "t=1,v1=é"])
    def test_signatures_that_are_none(self, server, value):
        body, headers = server.signed(self.event(server)[1])
        del headers["Stripe-Signature"]
        self.refused(body, headers if value is None else headers | {"Stripe-Signature": value})

    @pytest.mark.parametrize("secret", ["", " ", "\n"])
    def test_without_a_secret_of_ours_nothing_is_believed(self, server, settings, secret):
        event = self.event(server)[1]
        settings.STRIPE_WEBHOOK_SECRET = secret
        self.refused(*server.signed(event, secret=secret))

    def test_the_sender_cannot_choose_the_key(self, server):
        body, headers = server.signed(self.event(server)[1], secret="mine")
        for name in ("X-Djstripe-Webhook-Secret", "Stripe-Webhook-Secret", "X-Webhook-Secret", "Authorization"):
            self.refused(body, headers | {name: "mine"})

    @pytest.mark.parametrize(
        "event",
        [
            {},
            {"id": "evt_1", "type": "x"},
            {"id": 1, "type": "payment_intent.succeeded", "data": {"object": {"object": "payment_intent", "id": "pi"}}},
            {"id": "evt_1", "type": "x", "data": {"object": []}},
            {"id": "evt_1", "type": "x", "data": {"object": {"object": "payment_intent"}}},
        ],
    )
    def test_signed_nonsense(self, server, event):
        self.refused(*server.signed(event))

    def test_bodies_that_are_no_text(self, server):
        self.refused(b"\xff\xfe", {"Stripe-Signature": "t=1,v1=1"})
