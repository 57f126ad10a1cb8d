"""What happens at Stripe beside what we do, at once, on real connections to PostgreSQL. The books stay right."""

import threading
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

from commerce.choices import PayoutMethod
from commerce.errors import BalanceTooLow, ChargebackOpen
from commerce.models import Chargeback, GatewayEvent, LedgerTransaction, Payment, Payout, Refund
from commerce.services.escrow.holds import payment_release
from commerce.services.gateway_events.events import event_apply
from commerce.services.payouts.payouts import payout_process, payout_request
from commerce.services.refunds.refunds import payment_refund, refund_settle
from commerce.tests.at_stripe import now, received
from commerce.tests.steps import at_once, balances, paid_job, paid_order
from config.core.errors import DomainError
from jobs.tests.factories import completed_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sale(stripe, alice, bob) -> Payment:
    """100.00 USD at Stripe: 90.00 alice's, 10.00 the platform's."""
    return sold(alice, bob)


def sold(alice, bob) -> Payment:
    return paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("100.00")))[1]


def refused(results: list[object], *kinds: type[DomainError]) -> list[object]:
    unexpected = [result for result in results if isinstance(result, Exception) and not isinstance(result, kinds)]
    assert not unexpected, unexpected
    return [result for result in results if isinstance(result, kinds)]


# Asking Stripe takes a while: what happens beside it comes before, in between, or after.
DELAYS = (0, 0.02, 0.05, 0.1, 0.5)


def later(delay: float, action: Callable[[], object]) -> object:
    time.sleep(delay)
    return action()


def apply_the_rest() -> None:
    """What the sweep does with events that could not be applied."""
    for event in GatewayEvent.objects.filter(applied_at=None).order_by("pk"):
        assert event_apply(event) == ""


class TestRefunds:
    def test_the_events_of_one_refund_at_once(self, stripe, alice, bob):
        for _ in range(3):
            payment = sold(alice, bob)
            stripe.refund_in_dashboard(payment.gateway_reference, 6000)
            created, refunded = stripe.last_event("refund.created"), stripe.last_event("charge.refunded")
            again = created | {"id": f"{created['id']}again"}
            refused(at_once(*[received(stripe, event) for event in (created, created, refunded, again)]))
            apply_the_rest()
            assert Refund.objects.filter(payment=payment).count() == 1
            assert now(payment).refunded_amount == Decimal("60.00")
            assert LedgerTransaction.objects.filter(refund__payment=payment).count() == 1

    def test_our_refund_and_its_own_events(self, stripe, alice, bob, admin):
        """The events are here before Stripe's answer to us is."""
        for _ in range(3):
            payment = sold(alice, bob)
            stripe.hang(0.4, after_work=True)
            ours = threading.Thread(target=at_once, args=(partial(refund, admin, payment, "60.00"),))
            made_before = len(stripe.refunds)
            ours.start()
            while len(stripe.refunds) == made_before and ours.is_alive():
                time.sleep(0.01)
            kinds = ("refund.created", "charge.refunded")
            refused(at_once(*[received(stripe, stripe.last_event(kind)) for kind in kinds]))
            ours.join(timeout=30)
            made = Refund.objects.get(payment=payment)
            assert (made.made_at_gateway, made.actor_id, made.status) == (False, admin.pk, "succeeded")
            assert now(payment).refunded_amount == Decimal("60.00")

    def test_the_dashboard_and_we_refund_at_once(self, stripe, alice, bob, admin):
        """60 there and 60 here of 100: Stripe takes one, and one is booked."""

        def in_dashboard(payment):
            try:
                stripe.refund_in_dashboard(payment.gateway_reference, 6000)
            except Exception:
                pass
            else:
                received(stripe, stripe.last_event("refund.created"))()

        for _ in range(5):
            payment = sold(alice, bob)
            at_once(partial(in_dashboard, payment), partial(refund, admin, payment, "60.00"))
            apply_the_rest()
            assert now(payment).refunded_amount == Decimal("60.00")
            assert Refund.objects.filter(payment=payment, status="succeeded").count() == 1
            assert not Refund.objects.filter(payment=payment, status="pending").exists()
        assert balances()["gateway", None] == Decimal("-200.00")

    def test_both_fit(self, stripe, alice, bob, admin):
        for _ in range(3):
            payment = sold(alice, bob)
            stripe.refund_in_dashboard(payment.gateway_reference, 4000)
            event = received(stripe, stripe.last_event("refund.created"))
            refused(at_once(event, partial(refund, admin, payment, "60.00")))
            apply_the_rest()
            assert now(payment).status == "refunded"
        assert balances() == {}

    def test_one_that_fails_is_corrected_once(self, stripe, alice, bob, admin):
        for _ in range(3):
            payment = sold(alice, bob)
            made = refund(admin, payment, "60.00")
            stripe.complete_refund(made.gateway_reference, "failed")
            kinds = ("refund.failed", "refund.updated", "charge.refund.updated")
            refused(at_once(*[received(stripe, stripe.last_event(kind)) for kind in kinds]))
            apply_the_rest()
            assert LedgerTransaction.objects.filter(refund=made).count() == 2
            assert (now(payment).status, now(payment).refunded_amount) == ("completed", 0)


class TestChargebacks:
    def test_its_events_at_once(self, stripe, alice, bob):
        for _ in range(3):
            payment = sold(alice, bob)
            created = stripe.dispute(payment.gateway_reference)
            withdrawn = stripe.last_event("charge.dispute.funds_withdrawn")
            refused(at_once(*[received(stripe, event) for event in (created, created, withdrawn, withdrawn)]))
            apply_the_rest()
            chargeback = Chargeback.objects.get(payment=payment)
            assert (chargeback.state, chargeback.withdrawn) == ("open", Decimal("100.00"))
            assert LedgerTransaction.objects.filter(chargeback=chargeback).count() == 2

    def test_an_older_answer_does_not_undo_a_newer_one(self, stripe, sale):
        """The first event's question was answered with "open"; the answer is here after the second one's, "won"."""
        created = stripe.dispute(sale.gateway_reference, fee=0)
        stripe.hang(0, after_work=True)  # the refunds are asked for first
        second_is_here = threading.Event()
        stripe.hang(20, after_work=True, until=second_is_here)
        asked = len(stripe.requests)
        slow = threading.Thread(target=lambda: at_once(received(stripe, created)))
        slow.start()
        while len(stripe.requests) < asked + 2:
            time.sleep(0.01)
        with stripe.lock:  # its answer is "open", and on its way
            pass
        received(stripe, stripe.close_dispute(next(iter(stripe.disputes)), "won"))()
        assert Chargeback.objects.get().state == "won"
        second_is_here.set()
        slow.join(timeout=30)
        chargeback = Chargeback.objects.get()
        assert (chargeback.state, chargeback.withdrawn, chargeback.changes) == ("won", 0, 1)
        assert balances()["gateway", None] == Decimal("-100.00")

    @pytest.mark.parametrize("delay", DELAYS)
    def test_beside_a_payout(self, stripe, sale, alice, delay):
        """Either the payout was first and the balance is below zero, or there is nothing left to be paid out."""
        stripe.dispute(sale.gateway_reference, fee=0)
        withdrawn = received(stripe, stripe.last_event("charge.dispute.funds_withdrawn"))
        refusals = refused(at_once(withdrawn, partial(later, delay, partial(ask, alice))), BalanceTooLow)
        apply_the_rest()
        assert balances().get(("seller", alice.pk), Decimal(0)) == (0 if refusals else Decimal("-90.00"))

    def test_beside_a_payout_that_begins(self, stripe, alice, bob, admin):
        payment = sold(alice, bob)
        payout = ask(alice)
        Payout.objects.update(waits_until=None)
        stripe.dispute(payment.gateway_reference, fee=0)
        withdrawn = received(stripe, stripe.last_event("charge.dispute.funds_withdrawn"))
        refusals = refused(
            at_once(withdrawn, partial(payout_process, actor=admin, payout_id=payout.pk)), ChargebackOpen
        )
        apply_the_rest()
        payout.refresh_from_db()
        assert payout.status == ("pending" if refusals else "processing")
        assert balances()["seller", alice.pk] == Decimal("-90.00")

    def test_beside_a_release(self, stripe, alice, bob, admin):
        """A part is disputed: the rest is released before, or not at all until the bank has decided."""
        for delay in DELAYS:
            payment = paid_job(completed_job(buyer=bob, artist=alice))
            stripe.dispute(payment.gateway_reference, 5000, fee=0)
            withdrawn = received(stripe, stripe.last_event("charge.dispute.funds_withdrawn"))
            release = partial(payment_release, actor=admin, payment_id=payment.pk)
            refusals = refused(at_once(withdrawn, partial(later, delay, release)), ChargebackOpen)
            apply_the_rest()
            assert now(payment).held_amount == (Decimal("800.00") if refusals else 0)
            booked = list(payment.ledger_transactions.order_by("pk").values_list("kind", flat=True))
            assert booked == ["payment", *([] if refusals else ["release"]), "chargeback"]

    def test_beside_our_own_refund(self, stripe, alice, bob, admin):
        """Whichever Stripe took first: the buyer has the money once, or what they have twice is the platform's loss."""

        def dispute(payment):
            stripe.dispute(payment.gateway_reference, fee=0)
            received(stripe, stripe.last_event("charge.dispute.funds_withdrawn"))()

        for _ in range(5):
            payment = sold(alice, bob)
            at_once(partial(dispute, payment), partial(refund, admin, payment, "100.00"))
            apply_the_rest()
            chargeback = Chargeback.objects.get(payment=payment)
            back = now(payment).refunded_amount
            assert chargeback.withdrawn == Decimal("100.00")
            assert back in {0, Decimal("100.00")}
            for left in Refund.objects.filter(payment=payment, status="pending"):
                with pytest.raises(DomainError):
                    refund_settle(actor=admin, refund_id=left.pk)
            lost = Refund.objects.filter(payment=payment, status="succeeded").exists()
            assert chargeback.loss in ({Decimal("100.00")} if lost else {0, Decimal("100.00")})


def refund(admin, payment: Payment, amount: str) -> Refund:
    return payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal(amount))


def ask(seller) -> Payout:
    amount = Decimal("90.00")
    return payout_request(actor=seller, amount=amount, net_amount=amount, method=PayoutMethod.PAYPAL)
