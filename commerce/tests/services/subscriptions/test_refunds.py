"""Staff give money of a subscription back: at the gateway, once, and the books, its person and their right follow."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Notification
from commerce.errors import (
    ChargebackOpen,
    GatewayRefused,
    GatewayUnavailable,
    RefundTooLarge,
    WrongSubscriptionStatus,
)
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import InvoiceReversal, SandboxRefund, SubscriptionInvoice
from commerce.services.subscriptions.refunds import reversals_sweep, subscription_refund
from commerce.services.subscriptions.subscriptions import subscribe, subscription_end
from commerce.tests.at_stripe import post_all
from commerce.tests.services.subscriptions.test_money_back import books, stands
from commerce.tests.shop import plan_of
from commerce.tests.steps import at_once
from config.core.errors import Denied, Invalid, Missing
from config.core.idempotency import Once
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(bob):
    return subscribe(actor=bob, plan_id=plan_of().pk).subscription


@pytest.fixture
def invoice(bought) -> SubscriptionInvoice:
    return bought.invoices.get()


def once(admin, key: str = "k") -> Once:
    return Once(user_id=admin.pk, key=key, operation="admin.subscription", fingerprint="0" * 64)


def trail() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


class TestAtTheSandbox:
    def test_a_part_and_then_the_rest(self, admin, bob, bought, invoice):
        for _ in range(2):  # the same button twice
            part = subscription_refund(
                actor=admin, invoice_id=invoice.pk, amount=Decimal("5.00"), reason="Was down", once=once(admin)
            )
        assert (part.state, part.amount, part.taken, part.words, part.actor) == ("succeeded", 5, 5, "Was down", admin)
        assert (stands(bought), books()) == (("active", False, 5, 0), (14, 0))
        told = Notification.objects.get(user=bob, title="Subscription payment refunded")
        assert told.message == "USD 5.00 of your subscription to Pro were given back: Was down"
        assert trail() == ["subscription.refund_ask", "subscription.refund"]
        entry = AuditEntry.objects.latest("pk")
        assert (entry.target_type, entry.target_id) == ("subscription", str(bought.pk))
        assert entry.after == {
            "invoice": invoice.reference,
            "amount": "5.00",
            "refund": part.pk,
            "refund_status": "succeeded",
        }
        rest = subscription_refund(actor=admin, invoice_id=invoice.pk, reason="All of it")
        assert (rest.amount, stands(bought), books()) == (14, ("cancelled", False, 19, 0), (0, 0))
        assert [refund.amount for refund in SandboxRefund.objects.order_by("pk")] == [500, 1400]
        with pytest.raises(RefundTooLarge):
            subscription_refund(actor=admin, invoice_id=invoice.pk, reason="Again")
        assert InvoiceReversal.objects.count() == 2

    @pytest.mark.parametrize(
        ("amount", "reason", "field"),
        [("19.01", "x", "amount"), ("0", "x", "amount"), ("-1", "x", "amount"), ("1.001", "x", "amount")]
        + [("1.00", " ", "reason")],
    )
    def test_what_cannot_be(self, admin, invoice, amount, reason, field):
        with pytest.raises(Invalid) as refusal:
            subscription_refund(actor=admin, invoice_id=invoice.pk, amount=Decimal(amount), reason=reason)
        assert (refusal.value.field, InvoiceReversal.objects.count(), trail()) == (field, 0, [])

    def test_who_may_not_and_what_is_not_there(self, admin, staff, bob, invoice):
        for person in (staff, bob):
            with pytest.raises(Denied):
                subscription_refund(actor=person, invoice_id=invoice.pk, reason="x")
        with pytest.raises(Missing):
            subscription_refund(actor=admin, invoice_id=0, reason="x")
        SubscriptionInvoice.objects.filter(pk=invoice.pk).update(paid_at=None, booked=None)
        with pytest.raises(RefundTooLarge):
            subscription_refund(actor=admin, invoice_id=invoice.pk, reason="x")
        SubscriptionInvoice.objects.filter(pk=invoice.pk).update(paid_at=invoice.paid_at, booked=invoice.booked)
        assert (InvoiceReversal.objects.count(), trail()) == (0, [])

    def test_a_silent_gateway_is_asked_again(self, admin, bought, invoice, monkeypatch, time_machine):
        def silent(*_args, **_kwargs):
            raise GatewayUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(SandboxGateway, "refund", silent)
            waiting = subscription_refund(actor=admin, invoice_id=invoice.pk, reason="x", once=once(admin))
            assert (waiting.state, waiting.reference, stands(bought), books()) == (
                *("pending", ""),
                ("active", False, 0, 0),
                (19, 0),
            )
            with pytest.raises(RefundTooLarge):  # it is set aside
                subscription_refund(actor=admin, invoice_id=invoice.pk, amount=Decimal(1), reason="x")
        time_machine.move_to(timezone.now() + timedelta(minutes=1))
        assert [reversals_sweep(), reversals_sweep()] == [1, 0]
        assert (stands(bought), books(), SandboxRefund.objects.count()) == (("cancelled", False, 19, 0), (0, 0), 1)
        again = subscription_refund(actor=admin, invoice_id=invoice.pk, reason="x", once=once(admin))
        assert (again.pk, again.state, SandboxRefund.objects.count()) == (waiting.pk, "succeeded", 1)

    def test_refused(self, admin, bought, invoice, monkeypatch):
        def refuse(*_args, **_kwargs):
            raise GatewayRefused("Your balance is too low.")

        with monkeypatch.context() as patch:
            patch.setattr(SandboxGateway, "refund", refuse)
            for _ in range(2):
                with pytest.raises(GatewayRefused, match="balance is too low"):
                    subscription_refund(actor=admin, invoice_id=invoice.pk, reason="x", once=once(admin))
        row = InvoiceReversal.objects.get()
        assert (row.state, row.failure_message, row.taken) == ("failed", "Your balance is too low.", 0)
        assert (stands(bought), books()) == (("active", False, 0, 0), (19, 0))
        assert trail() == ["subscription.refund_ask", "subscription.refund_refused"]
        assert subscription_refund(actor=admin, invoice_id=invoice.pk, reason="x").state == "succeeded"


class TestAtStripe:
    @pytest.fixture
    def bought(self, bob, stripe):
        return subscribe(actor=bob, plan_id=plan_of().pk, token=stripe.card_from_the_browser()).subscription

    def test_its_events_are_ours(self, admin, bought, invoice, stripe):
        subscription_refund(actor=admin, invoice_id=invoice.pk, amount=Decimal(5), reason="x")
        for _ in range(2):
            post_all(Client(), stripe)
        assert (stands(bought), books(), InvoiceReversal.objects.count()) == (("active", False, 5, 0), (14, 0), 1)

    def test_the_answer_was_lost(self, admin, bought, invoice, stripe, monkeypatch):
        """Its events tell of it first; what the sweep then finds is the same refund."""

        class DiedError(BaseException):
            pass

        def die(*_args, **_kwargs):
            raise DiedError

        with monkeypatch.context() as patch, pytest.raises(DiedError):
            patch.setattr("commerce.services.subscriptions.refunds.refund_said", die)
            subscription_refund(actor=admin, invoice_id=invoice.pk, amount=Decimal(5), reason="x")
        assert (len(stripe.refunds), InvoiceReversal.objects.get().reference) == (1, "")
        InvoiceReversal.objects.update(created_at=timezone.now() - timedelta(minutes=1))
        post_all(Client(), stripe)
        reversals_sweep()
        row = InvoiceReversal.objects.get()
        assert (row.state, [row.reference], books()) == ("succeeded", list(stripe.refunds), (14, 0))

    def test_one_that_stays_pending_and_fails(self, admin, bought, invoice, stripe):
        stripe.refunds_stay_pending = True
        row = subscription_refund(actor=admin, invoice_id=invoice.pk, reason="x")
        assert (row.state, row.reference != "", books()) == ("pending", True, (19, 0))
        stripe.complete_refund(row.reference, "failed")
        InvoiceReversal.objects.update(created_at=timezone.now() - timedelta(minutes=1))
        assert reversals_sweep() == 0
        row.refresh_from_db()
        assert (row.state, row.failure_message != "", stands(bought)[0]) == ("failed", True, "active")

    def test_not_while_a_bank_decides(self, admin, bought, invoice, stripe):
        stripe.dispute(stripe.newest_intent(bought.gateway_reference))
        post_all(Client(), stripe)
        with pytest.raises(ChargebackOpen):
            subscription_refund(actor=admin, invoice_id=invoice.pk, reason="x")


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_exceed_the_invoice(admin, bought, invoice):
    ask = [
        lambda: subscription_refund(actor=admin, invoice_id=invoice.pk, amount=Decimal("12.00"), reason="x")
        for _ in range(2)
    ]
    results = at_once(*ask)
    assert sorted(type(result).__name__ for result in results) == ["InvoiceReversal", "RefundTooLarge"]
    assert (books(), SandboxRefund.objects.count()) == ((7, 0), 1)


class TestEnding:
    @pytest.mark.parametrize(("at_period_end", "status"), [(True, "active"), (False, "cancelled")])
    def test_by_staff(self, admin, bob, bought, at_period_end, status):
        done = subscription_end(
            actor=admin, subscription_id=bought.pk, at_period_end=at_period_end, reason="You asked for it"
        )
        assert (done.status, done.cancel_at_period_end, done.wanted) == (status, at_period_end, "")
        assert SandboxGateway().billing(done.gateway_reference).cancels_at_end is at_period_end
        assert "You asked for it" in Notification.objects.filter(user=bob).latest("pk").message
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.before["status"], entry.after["status"]) == ("subscription.end", "active", status)
        with pytest.raises(WrongSubscriptionStatus):
            subscription_end(actor=admin, subscription_id=bought.pk, at_period_end=True, reason="x")

    def test_who_may_not_and_why(self, admin, staff, bob, bought):
        for person in (staff, bob):
            with pytest.raises(Denied):
                subscription_end(actor=person, subscription_id=bought.pk, at_period_end=False, reason="x")
        with pytest.raises(Invalid):
            subscription_end(actor=admin, subscription_id=bought.pk, at_period_end=False, reason=" ")
        with pytest.raises(Missing):
            subscription_end(actor=admin, subscription_id=0, at_period_end=False, reason="x")
        assert (stands(bought)[0], trail()) == ("active", [])
