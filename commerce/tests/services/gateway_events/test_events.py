"""What gateways tell us over the network: believed when signed, stored once, applied in any order, never lost."""

import time
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
import requests
from django.utils import timezone

from accounts.actors import SYSTEM
from commerce.choices import PaymentStatus, RefundStatus
from commerce.models import GatewayEvent, LedgerTransaction, Payment, Refund
from commerce.services.gateway_events import events
from commerce.services.gateway_events.events import event_receive, events_sweep
from commerce.services.payments.at_gateway import payment_confirm, payment_process
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.at_stripe import WEBHOOK, post
from commerce.tests.steps import at_once, balances, order_of, payment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(stripe, bob, artwork) -> Payment:
    """Open at Stripe, waiting for 3-D Secure: from here events alone can move it."""
    payment = payment_of(order_of(bob, artwork))
    payment_process(actor=bob, payment_id=payment.pk)
    payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_threeDSecure2Required")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.REQUIRES_ACTION
    return payment


def finished(stripe, payment, outcome="succeed"):
    stripe.complete_challenge(payment.gateway_reference, outcome)
    kind = "payment_intent.succeeded" if outcome == "succeed" else "payment_intent.payment_failed"
    return stripe.last_event(kind)


def status_of(payment) -> str:
    return Payment.objects.values_list("status", flat=True).get(pk=payment.pk)


class TestApplied:
    def test_a_success_completes_the_payment(self, client, stripe, payment):
        response = post(client, stripe, finished(stripe, payment))
        assert (response.status_code, response.json()) == (200, {"received": True})
        assert status_of(payment) == PaymentStatus.COMPLETED
        event = GatewayEvent.objects.get()
        assert (event.gateway, event.event_type) == ("stripe", "payment_intent.succeeded")
        assert event.reference == payment.gateway_reference
        assert event.applied_at is not None
        assert (event.next_try_at, event.attempts, event.error) == (None, 0, "")

    def test_a_failure_fails_it(self, client, stripe, payment):
        post(client, stripe, finished(stripe, payment, "fail"))
        payment.refresh_from_db()
        assert (payment.status, payment.failure_code) == (
            PaymentStatus.FAILED,
            "payment_intent_authentication_failure",
        )

    def test_twice_is_once(self, client, stripe, payment):
        event = finished(stripe, payment)
        post(client, stripe, event)
        asked = len(stripe.requests)
        assert post(client, stripe, event, timestamp=int(time.time()) - 60).status_code == 200
        assert len(stripe.requests) == asked
        assert GatewayEvent.objects.count() == 1
        assert LedgerTransaction.objects.count() == 1

    def test_events_out_of_order_end_in_the_present_state(self, client, stripe, payment):
        asked_for = stripe.last_event("payment_intent.requires_action")
        post(client, stripe, finished(stripe, payment))
        post(client, stripe, asked_for)
        assert status_of(payment) == PaymentStatus.COMPLETED
        assert GatewayEvent.objects.filter(applied_at__isnull=False).count() == 2

    def test_what_an_event_claims_is_not_believed(self, client, stripe, payment):
        """Signed, and yet wrong: the state is asked for."""
        claim = finished(stripe, payment, "fail") | {"id": "evt_claim", "type": "payment_intent.succeeded"}
        claim["data"]["object"]["status"] = "succeeded"
        post(client, stripe, claim)
        assert status_of(payment) == PaymentStatus.FAILED
        assert not LedgerTransaction.objects.exists()

    def test_what_an_event_is_about_is_kept(self, client, stripe, payment):
        post(client, stripe, finished(stripe, payment))
        created = stripe.dispute(payment.gateway_reference)
        assert post(client, stripe, created).status_code == 200
        event = GatewayEvent.objects.get(event_type="charge.dispute.created", applied_at__isnull=False)
        assert (event.reference, event.object_reference) == (payment.gateway_reference, created["data"]["object"]["id"])

    @pytest.mark.parametrize("kind", ["payment_intent.created", "charge.succeeded", "customer.created"])
    def test_events_nobody_follows_are_acknowledged_and_forgotten(self, client, stripe, payment, kind):
        event = stripe.last_event("payment_intent.created") | {"type": kind}
        asked = len(stripe.requests)
        assert post(client, stripe, event).status_code == 200
        assert not GatewayEvent.objects.exists()
        assert len(stripe.requests) == asked

    def test_the_payment_of_a_subscriptions_invoice_is_its_invoices_matter(self, client, stripe, payment):
        event = finished(stripe, payment)
        event["data"]["object"]["metadata"] = {}
        assert post(client, stripe, event).status_code == 200
        assert (GatewayEvent.objects.count(), status_of(payment)) == (0, PaymentStatus.REQUIRES_ACTION)

    def test_a_pending_refund_is_settled(self, client, stripe, payment, admin):
        post(client, stripe, finished(stripe, payment))
        stripe.refunds_stay_pending = True
        refund = payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("100.00"))
        assert refund.status == RefundStatus.PENDING
        stripe.complete_refund(refund.gateway_reference)
        post(client, stripe, stripe.last_event("refund.updated"))
        refund.refresh_from_db()
        assert refund.status == RefundStatus.SUCCEEDED
        assert status_of(payment) == PaymentStatus.PARTIALLY_REFUNDED
        assert balances()["gateway", None] == Decimal("-199.99")

    def test_a_refund_whose_answer_was_lost_is_known_by_its_key(self, client, stripe, payment, admin):
        post(client, stripe, finished(stripe, payment))
        stripe.drop(after_work=True)
        refund = payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("100.00"))
        assert (refund.status, refund.gateway_reference) == (RefundStatus.PENDING, "")
        post(client, stripe, stripe.last_event("refund.created"))
        refund = Refund.objects.get()
        assert (refund.status, refund.gateway_reference) == (RefundStatus.SUCCEEDED, next(iter(stripe.refunds)))
        assert (refund.made_at_gateway, refund.actor) == (False, admin)


class TestLate:
    def test_before_our_own_commit(self, client, stripe, payment):
        """The gateway may be faster than the transaction that learns its reference."""
        reference, payment.gateway_reference = payment.gateway_reference, ""
        payment.save()
        stripe.complete_challenge(reference)
        assert post(client, stripe, stripe.last_event("payment_intent.succeeded")).status_code == 200
        event = GatewayEvent.objects.get()
        assert (event.applied_at, event.attempts, event.error) == (None, 1, "unknown payment")
        assert status_of(payment) == PaymentStatus.REQUIRES_ACTION

        payment.gateway_reference = reference
        payment.save()
        assert events_sweep() == 0  # not yet its time
        GatewayEvent.objects.update(next_try_at=timezone.now())
        assert events_sweep() == 1
        assert status_of(payment) == PaymentStatus.COMPLETED

    def test_while_the_gateway_is_down(self, client, stripe, payment):
        event = finished(stripe, payment)
        with stripe.down():
            assert post(client, stripe, event).status_code == 200
        stored = GatewayEvent.objects.get()
        assert (stored.applied_at, stored.attempts, stored.error) == (None, 1, "gateway_unavailable")
        assert post(client, stripe, event).status_code == 200  # a second delivery applies what is still open
        assert status_of(payment) == PaymentStatus.COMPLETED
        stored.refresh_from_db()
        assert stored.applied_at is not None
        assert (stored.next_try_at, stored.error) == (None, "")

    def test_waiting_grows_and_ends(self, client, stripe, payment):
        event = finished(stripe, payment)
        event["data"]["object"]["id"] = "pi_of_somebody_else"
        post(client, stripe, event)
        waits = []
        for _ in range(12):
            stored = GatewayEvent.objects.get()
            waits.append((stored.next_try_at - timezone.now()).total_seconds())
            GatewayEvent.objects.update(next_try_at=timezone.now())
            assert events_sweep() == 0
        assert waits[:3] == pytest.approx([10, 20, 40], abs=3)
        assert waits[-1] == pytest.approx(3600, abs=3)
        GatewayEvent.objects.update(next_try_at=timezone.now(), received_at=timezone.now() - timedelta(days=1, hours=1))
        events_sweep()
        stored = GatewayEvent.objects.get()
        assert (stored.applied_at, stored.next_try_at) == (None, None)

    def test_a_gateway_that_is_down_is_asked_once_a_sweep(self, client, stripe, payment):
        with stripe.down():
            post(client, stripe, stripe.last_event("payment_intent.requires_action"))
            post(client, stripe, finished(stripe, payment))
            GatewayEvent.objects.update(next_try_at=timezone.now())
            asked = len(stripe.requests)
            assert events_sweep() == 0
            assert len(stripe.requests) == asked + 1
        GatewayEvent.objects.update(next_try_at=timezone.now())
        assert events_sweep() == 2

    def test_one_events_trouble_does_not_keep_the_others_waiting(self, client, stripe, payment):
        with stripe.down():
            post(client, stripe, finished(stripe, payment))
        GatewayEvent.objects.create(
            gateway="gone", event_id="1", event_type="payment_intent.succeeded", reference="x", attempts=1
        )
        GatewayEvent.objects.update(next_try_at=timezone.now())
        assert events_sweep() == 1
        assert status_of(payment) == PaymentStatus.COMPLETED


class TestRefused:
    def refused(self, response):
        assert response.status_code == 400
        assert response.json() == {"detail": "The signature of this event is not valid."}
        assert not GatewayEvent.objects.exists()

    def test_one_byte_changed(self, client, stripe, payment):
        body, headers = stripe.signed(finished(stripe, payment))
        headers = {"Stripe-Signature": headers["Stripe-Signature"]}
        for place in (10, len(body) // 2, len(body) - 1):
            changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            self.refused(client.post(WEBHOOK, changed, content_type="application/json", headers=headers))
        assert status_of(payment) == PaymentStatus.REQUIRES_ACTION

    def test_another_key(self, client, stripe, payment, settings):
        event = finished(stripe, payment)
        self.refused(post(client, stripe, event, secret="whsec_other"))
        self.refused(post(client, stripe, event, secret=settings.SANDBOX_WEBHOOK_SECRET))
        self.refused(post(client, stripe, event, secret=""))

    def test_a_key_of_the_senders_choice(self, client, stripe, payment):
        event = finished(stripe, payment)
        for extra in (
            {"X-Djstripe-Webhook-Secret": "mine"},
            {"Stripe-Webhook-Secret": "mine"},
            {"Cookie": "secret=mine"},
        ):
            self.refused(post(client, stripe, event, secret="mine", extra=extra))
        self.refused(post(client, stripe, event, secret="mine", path=f"{WEBHOOK}?secret=mine"))

    def test_older_than_five_minutes(self, client, stripe, payment):
        self.refused(post(client, stripe, finished(stripe, payment), timestamp=int(time.time()) - 301))

    def test_no_signature(self, client, stripe, payment):
        self.refused(client.post(WEBHOOK, stripe.signed(finished(stripe, payment))[0], content_type="application/json"))

    def test_no_secret_of_ours(self, client, stripe, payment, settings):
        settings.STRIPE_WEBHOOK_SECRET = ""
        self.refused(post(client, stripe, finished(stripe, payment), secret=""))

    def test_an_empty_body(self, client, stripe):
        self.refused(client.post(WEBHOOK, b"", content_type="application/json"))

    def test_too_large_a_body(self, client, stripe):
        response = client.post(WEBHOOK, b"x" * (256 * 1024 + 1), content_type="application/json")
        assert response.status_code == 413

    @pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
    def test_only_post(self, client, stripe, method):
        response = getattr(client, method)(WEBHOOK)
        assert (response.status_code, response["Allow"]) == (405, "POST")

    @pytest.mark.parametrize("name", ["paypal", "bank_transfer", "STRIPE"])
    def test_other_senders(self, client, name):
        assert client.post(f"/api/webhooks/{name}", b"{}", content_type="application/json").status_code == 404

    def test_gateways_that_are_not_set_up(self, client, settings):
        settings.STRIPE_SECRET_KEY = ""
        settings.SANDBOX_ALLOWED = False
        for name in ("stripe", "sandbox", "jazzcash"):
            assert client.post(f"/api/webhooks/{name}", b"{}", content_type="application/json").status_code == 404

    def test_nothing_secret_is_logged(self, client, stripe, payment, caplog, settings):
        caplog.set_level("DEBUG")
        secret = stripe.intents[payment.gateway_reference]["client_secret"]
        event = finished(stripe, payment)
        post(client, stripe, event, secret="whsec_other")
        with stripe.down():
            post(client, stripe, event)
        post(client, stripe, event)
        assert caplog.records
        for hidden in (secret, settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET):
            assert hidden not in caplog.text

    def test_a_foreign_key_does_not_open_the_sandbox(self, client, stripe, payment):
        assert post(client, stripe, finished(stripe, payment), path="/api/webhooks/sandbox").status_code == 400


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def receive(self, stripe, event):
        event_receive(gateway="stripe", body=stripe.signed(event)[0], headers=stripe.signed(event)[1])

    def test_the_same_event(self, stripe, payment):
        event = finished(stripe, payment)
        results = at_once(*[partial(self.receive, stripe, event)] * 4)
        assert results == [None] * 4
        assert GatewayEvent.objects.count() == 1
        assert LedgerTransaction.objects.count() == 1
        assert payment.history.filter(after=PaymentStatus.COMPLETED).count() == 1

    def test_the_event_and_the_payers_return(self, stripe, payment, bob):
        from commerce.services.payments.at_gateway import payment_after_3d_secure

        event = finished(stripe, payment)
        results = at_once(
            partial(self.receive, stripe, event), partial(payment_after_3d_secure, actor=bob, payment_id=payment.pk)
        )
        assert not [result for result in results if isinstance(result, Exception)]
        assert LedgerTransaction.objects.count() == 1
        assert payment.history.filter(after=PaymentStatus.COMPLETED).count() == 1

    def test_the_event_and_the_sweep(self, stripe, payment):
        event = finished(stripe, payment)
        with stripe.down():
            self.receive(stripe, event)
        GatewayEvent.objects.update(next_try_at=timezone.now())
        at_once(partial(self.receive, stripe, event), events_sweep)
        assert LedgerTransaction.objects.count() == 1
        assert GatewayEvent.objects.filter(applied_at__isnull=False).count() == 1

    def test_a_refund_and_its_own_event(self, stripe, payment, admin):
        """The event arrives while the transaction that asked for the refund is still open."""
        self.receive(stripe, finished(stripe, payment))
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("60.00"))
        created = stripe.last_event("refund.created")
        at_once(
            partial(payment_refund, actor=admin, payment_id=payment.pk, amount=Decimal("60.00")),
            partial(self.receive, stripe, created),
            partial(self.receive, stripe, stripe.last_event("charge.refunded")),
        )
        assert Payment.objects.get(pk=payment.pk).refunded_amount == Decimal("120.00")
        assert LedgerTransaction.objects.filter(refund__isnull=False).count() == 2


def test_settling_is_done_as_the_platform(stripe, payment, client):
    post(client, stripe, finished(stripe, payment))
    change = payment.history.get(after=PaymentStatus.COMPLETED)
    assert change.actor_id is SYSTEM.pk
    assert events.SYSTEM is SYSTEM


def test_a_delivery_over_the_network(live_server, stripe, payment):
    event = finished(stripe, payment)
    address = f"{live_server.url}{WEBHOOK}"
    assert stripe.deliver(event, address, tamper=True) == 400
    assert stripe.deliver(event, address) == 200
    assert stripe.deliver(event, address) == 200
    assert status_of(payment) == PaymentStatus.COMPLETED
    assert GatewayEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_banks_page_and_the_event_it_causes(live_server, stripe, bob, artwork):
    stripe.webhook_url = f"{live_server.url}{WEBHOOK}"
    payment = payment_of(order_of(bob, artwork))
    payment_process(actor=bob, payment_id=payment.pk)
    payment, intent = payment_confirm(
        actor=bob,
        payment_id=payment.pk,
        payment_method="pm_card_threeDSecure2Required",
        return_url="https://shop.example/back",
    )
    page = intent.next_action["redirect_to_url"]["url"]
    answer = requests.post(page, {"outcome": "succeed"}, timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "https://shop.example/back")
    deadline = time.monotonic() + 20
    while not GatewayEvent.objects.filter(event_type="payment_intent.succeeded", applied_at__isnull=False).exists():
        assert time.monotonic() < deadline, "the event did not arrive"
        time.sleep(0.05)
    assert status_of(payment) == PaymentStatus.COMPLETED
