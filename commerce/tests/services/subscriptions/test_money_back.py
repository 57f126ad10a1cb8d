"""Money of a subscription that goes back at Stripe: the row tells it, the books follow, and so does who may go on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Notification
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import GatewayEvent, InvoiceReversal, SandboxIntent, Subscription, SubscriptionInvoice
from commerce.services.audit.ledger import ledger_faults
from commerce.services.gateway_events.events import events_sweep
from commerce.services.subscriptions.at_gateway import subscriptions_sweep
from commerce.services.subscriptions.reversals import reversals_reconcile
from commerce.services.subscriptions.subscriptions import subscribe
from commerce.tests.at_stripe import post, post_all
from commerce.tests.shop import plan_of
from commerce.tests.steps import balances

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(bob, stripe) -> Subscription:
    return subscribe(actor=bob, plan_id=plan_of().pk, token=stripe.card_from_the_browser()).subscription


@pytest.fixture
def intent(stripe, bought) -> str:
    return stripe.newest_intent(bought.gateway_reference)


def told(stripe) -> None:
    """What Stripe has sent so far, each twice."""
    for _ in range(2):
        post_all(Client(), stripe)
    assert GatewayEvent.objects.filter(applied_at=None).count() == 0


def at_stripe(stripe, subscription, time_machine) -> dict:
    """The subscription there, once the sweep has told what is wanted."""
    time_machine.move_to(timezone.now() + timedelta(minutes=6))
    subscriptions_sweep()
    return stripe.subscriptions[subscription.gateway_reference]


def books() -> tuple[Decimal, Decimal]:
    found = balances()
    return found.get(("subscriptions", None), Decimal(0)), found.get(("expenses", None), Decimal(0))


def stands(subscription) -> tuple[str, bool, Decimal, Decimal]:
    found = Subscription.objects.get(pk=subscription.pk)
    invoice = found.invoices.order_by("pk")[0]
    return found.status, found.cancel_at_period_end, invoice.refunded_amount, invoice.disputed_amount


class TestRefunds:
    def test_a_part_changes_nothing(self, bought, intent, stripe, bob):
        for _ in range(2):
            stripe.refund_in_dashboard(intent, 500)
        told(stripe)
        assert (stands(bought), books()) == (("active", False, 10, 0), (9, 0))
        assert Notification.objects.filter(user=bob, title="Subscription payment refunded").count() == 2

    def test_the_whole_ends_it_at_once(self, bought, intent, stripe, bob, time_machine):
        stripe.refund_in_dashboard(intent, 500)
        stripe.refund_in_dashboard(intent)
        told(stripe)
        assert (stands(bought), books()) == (("cancelled", False, 19, 0), (0, 0))
        assert bought.history.last().reason == "its payment was given back"
        assert Notification.objects.filter(user=bob, title="Subscription ended").exists()
        assert at_stripe(stripe, bought, time_machine)["status"] == "canceled"

    def test_of_a_period_that_is_over(self, bought, intent, stripe, time_machine):
        stripe.renew(bought.gateway_reference)
        time_machine.move_to(bought.current_period_end + timedelta(minutes=6))
        subscriptions_sweep()
        stripe.refund_in_dashboard(intent)
        told(stripe)
        assert (stands(bought), books()) == (("active", False, 19, 0), (19, 0))

    def test_one_that_fails_afterwards(self, admin, bought, intent, stripe):
        refund = stripe.refund_in_dashboard(intent, 500)
        told(stripe)
        stripe.complete_refund(refund["id"], "failed")
        told(stripe)
        row = InvoiceReversal.objects.get()
        assert (row.state, row.amount, row.taken, stands(bought), books()) == (
            *("failed", 5, 0),
            ("active", False, 0, 0),
            (19, 0),
        )
        notice = Notification.objects.get(user=admin)
        assert notice.notification_type == "refund_failed"
        assert notice.message == (
            f"The refund of USD 5.00 for the subscription to {bought.plan.name} did not reach the subscriber (lost or "
            f"stolen card). Nothing of it is booked; give it back in another way (subscription {bought.pk})"
        )

    def test_before_the_invoice_is_known(self, bought, intent, stripe):
        SubscriptionInvoice.objects.update(reference="in_other")
        stripe.refund_in_dashboard(intent, 500)
        post_all(Client(), stripe)
        assert set(GatewayEvent.objects.values_list("error", flat=True)) == {"unknown payment"}
        SubscriptionInvoice.objects.update(reference=next(iter(stripe.invoices)))
        GatewayEvent.objects.update(next_try_at=timezone.now())
        assert events_sweep() == GatewayEvent.objects.count()
        assert books() == (14, 0)

    def test_at_the_sandbox(self, bob):
        found = subscribe(actor=bob, plan_id=plan_of().pk).subscription
        reference = SandboxIntent.objects.get().reference
        SandboxGateway().refund(reference=reference, amount=Decimal(5), currency="USD", key="by hand")
        assert reversals_reconcile(gateway="sandbox", payment=reference) is True
        assert reversals_reconcile(gateway="sandbox", payment="pi_other") is False
        assert (stands(found), books()) == (("active", False, 5, 0), (14, 0))


class TestDisputes:
    def test_nothing_more_is_charged_until_it_is_decided(self, bought, intent, stripe, admin, time_machine):
        stripe.dispute(intent)
        told(stripe)
        assert (stands(bought), books()) == (("active", True, 0, 19), (0, -15))
        titles = Notification.objects.filter(user=admin).values_list("title", flat=True)
        assert list(titles) == ["Payment Disputed"]
        there = at_stripe(stripe, bought, time_machine)
        assert (there["status"], there["cancel_at_period_end"]) == ("active", True)

    def test_lost(self, bought, intent, stripe, time_machine):
        stripe.dispute(intent)
        stripe.close_dispute(next(iter(stripe.disputes)), "lost")
        told(stripe)
        assert (stands(bought)[0], stands(bought)[2:], books()) == ("cancelled", (0, 19), (0, -15))
        assert at_stripe(stripe, bought, time_machine)["status"] == "canceled"

    def test_won(self, bought, intent, stripe, bob, time_machine):
        stripe.dispute(intent)
        told(stripe)
        assert subscribe(actor=bob, plan_id=bought.plan_id).subscription.cancel_at_period_end is False
        stripe.close_dispute(next(iter(stripe.disputes)), "won")
        told(stripe)
        assert (stands(bought), books()) == (("active", False, 0, 0), (19, -15))
        assert at_stripe(stripe, bought, time_machine)["cancel_at_period_end"] is False

    def test_a_bank_that_only_asks(self, bought, intent, stripe):
        stripe.dispute(intent, status="warning_needs_response")
        told(stripe)
        assert (stands(bought), books()) == (("active", False, 0, 0), (19, 0))
        assert (InvoiceReversal.objects.get().state, InvoiceReversal.objects.get().amount) == ("inquiry", 19)


def test_what_is_somebody_elses(stripe):
    event = stripe._event("charge.refunded", {"id": "ch_x", "object": "charge", "payment_intent": "pi_x"})
    post(Client(), stripe, event)
    assert GatewayEvent.objects.get().error == "unknown payment"


@pytest.mark.parametrize(
    ("model", "changes", "words"),
    [
        (InvoiceReversal, {"taken": 6}, "took 6.000, the ledger says 5.000"),
        (SubscriptionInvoice, {"refunded_amount": 6}, "6.000 went back by refund, its rows say 5.000"),
        (InvoiceReversal, {"fee": 1, "fee_currency": "USD"}, "the ledger says 0 on expenses"),
    ],
)
def test_books_that_are_wrong_are_found(bought, intent, stripe, model, changes, words):
    stripe.refund_in_dashboard(intent, 500)
    told(stripe)
    before = model.objects.values(*changes).get()
    model.objects.update(**changes)
    assert any(words in fault for fault in ledger_faults())
    model.objects.update(**before)
