"""The sandbox bank's page in the payer's browser, and the event it sends to our own webhook."""

import uuid
from decimal import Decimal

import pytest
import requests
from django.test import Client

from commerce.choices import PaymentStatus
from commerce.gateways.sandbox import SandboxGateway, event_send
from commerce.models import GatewayEvent, Payment, SandboxIntent
from commerce.services.payments.at_gateway import payment_confirm, payment_process
from commerce.tasks import sandbox_webhook_send
from commerce.tests.steps import order_of, payment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    """Nobody's: no session, no CSRF token."""
    return Client(enforce_csrf_checks=True)


def page_of(return_url: str = "") -> str:
    """The path of a new challenge's page."""
    sandbox = SandboxGateway()
    intent = sandbox.create(
        amount=Decimal("850.00"), currency="PKR", key=str(uuid.uuid4()), description="", metadata={}
    )
    intent = sandbox.confirm(
        reference=intent.reference,
        payment_method="pm_card_threeDSecure2Required",
        return_url=return_url,
        key="1",
    )
    assert intent.next_action is not None
    url: str = intent.next_action["redirect_to_url"]["url"]
    return url.removeprefix("http://localhost:8000")


def status() -> str:
    return SandboxIntent.objects.get().status


class TestPage:
    def test_it_shows_the_amount_two_buttons_and_where_one_goes_next(self, browser):
        response = browser.get(page_of("https://shop.example/back"))
        text = response.content.decode()
        assert response.status_code == 200
        assert "850.00 PKR" in text
        assert 'value="succeed"' in text
        assert 'value="fail"' in text
        assert "shop.example" in text
        assert "_secret_" not in text
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        assert not response.cookies
        assert status() == "requires_action"

    @pytest.mark.parametrize(
        ("outcome", "after", "word"),
        [("succeed", "succeeded", "succeeded"), ("fail", "requires_payment_method", "failed")],
    )
    def test_an_answer_leads_back_to_the_shop(self, browser, outcome, after, word):
        response = browser.post(page_of("https://shop.example/back?order=1#pay"), {"outcome": outcome})
        reference = SandboxIntent.objects.get().reference
        assert response.status_code == 303
        assert (
            response["Location"]
            == f"https://shop.example/back?order=1&payment_intent={reference}&redirect_status={word}#pay"
        )
        assert status() == after

    def test_without_a_return_address_the_page_says_how_it_ended(self, browser):
        response = browser.post(page_of(), {"outcome": "succeed"})
        assert response.status_code == 200
        assert b"The payment is complete" in response.content

    def test_the_second_answer_changes_nothing(self, browser):
        path = page_of("https://shop.example/back")
        browser.post(path, {"outcome": "fail"})
        response = browser.post(path, {"outcome": "succeed"})
        assert response.status_code == 200
        assert b"The payment was not made" in response.content
        assert b'href="https://shop.example/back"' in response.content
        assert status() == "requires_payment_method"
        assert b"<form" not in browser.get(path).content

    @pytest.mark.parametrize("answer", [{}, {"outcome": ""}, {"outcome": "succeeded"}, {"outcome": "succeed\x00"}])
    def test_other_answers_ask_again(self, browser, answer):
        response = browser.post(page_of(), answer)
        assert response.status_code == 400
        assert b"<form" in response.content
        assert status() == "requires_action"

    def test_markup_in_the_return_address_stays_text(self, browser):
        response = browser.get(page_of('https://shop.example"><script>alert(1)</script>/'))
        assert b"<script>" not in response.content

    def test_addresses_cannot_be_guessed(self, browser):
        page_of()
        assert browser.get(f"/sandbox/3d-secure/{uuid.uuid4()}/").status_code == 404
        assert browser.post(f"/sandbox/3d-secure/{uuid.uuid4()}/", {"outcome": "succeed"}).status_code == 404
        assert browser.get("/sandbox/3d-secure/1/").status_code == 404

    def test_it_is_gone_where_the_sandbox_is_not_allowed(self, browser, settings):
        path = page_of()
        settings.SANDBOX_ALLOWED = False
        assert browser.get(path).status_code == 404
        assert browser.post(path, {"outcome": "succeed"}).status_code == 404
        settings.SANDBOX_ALLOWED = True
        assert status() == "requires_action"


class TestItsEvent:
    @pytest.fixture
    def payment(self, transactional_db, bob, artwork, settings, live_server) -> Payment:
        settings.PUBLIC_URL = live_server.url
        settings.CELERY_TASK_ALWAYS_EAGER = True
        payment = payment_of(order_of(bob, artwork))
        payment_process(actor=bob, payment_id=payment.pk)
        payment, _ = payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_threeDSecure2Required")
        return payment

    @staticmethod
    def answer(live_server, outcome: str) -> None:
        challenge = SandboxIntent.objects.get().challenge
        requests.post(f"{live_server.url}/sandbox/3d-secure/{challenge}/", {"outcome": outcome}, timeout=10)

    @pytest.mark.parametrize(
        ("outcome", "after"), [("succeed", PaymentStatus.COMPLETED), ("fail", PaymentStatus.FAILED)]
    )
    def test_the_answer_alone_settles_the_payment(self, payment, live_server, outcome, after):
        self.answer(live_server, outcome)
        payment.refresh_from_db()
        assert payment.status == after
        event = GatewayEvent.objects.get()
        assert (event.gateway, event.reference) == ("sandbox", payment.gateway_reference)
        assert event.applied_at is not None

    def test_sending_it_again_changes_nothing(self, payment, live_server):
        self.answer(live_server, "succeed")
        event = GatewayEvent.objects.get()
        event_send(event_id=event.event_id, event_type=event.event_type, reference=event.reference)
        assert GatewayEvent.objects.count() == 1

    def test_a_webhook_that_cannot_be_reached_hurts_nobody(self, payment, live_server, settings):
        settings.PUBLIC_URL = "http://127.0.0.1:9"
        self.answer(live_server, "succeed")
        assert SandboxIntent.objects.get().status == "succeeded"
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.REQUIRES_ACTION  # until the payer returns or the sweep comes by

    def test_an_endpoint_that_refuses_is_tried_again(self, payment, settings):
        settings.SANDBOX_WEBHOOK_SECRET = ""
        with pytest.raises(requests.HTTPError):
            event_send(event_id="evt_1", event_type="payment_intent.succeeded", reference=payment.gateway_reference)
        assert requests.RequestException in sandbox_webhook_send.autoretry_for
