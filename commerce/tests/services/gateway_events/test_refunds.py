"""Refunds made in Stripe's dashboard, and refunds that fail after they had succeeded."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Delivery, Notification
from accounts.tests.factories import ArtistFactory, SuperuserFactory
from commerce.choices import HireStatus, PaymentStatus, RefundStatus
from commerce.errors import GatewayRefused, RefundTooLarge
from commerce.models import GatewayEvent, LedgerTransaction, Payment, Refund, ShareMovement, ShareReversal
from commerce.services.checkout.downloads import order_line_download
from commerce.services.escrow.files import purchase_refund
from commerce.services.escrow.holds import payment_release
from commerce.services.gateway_events.events import events_sweep
from commerce.services.payments.at_gateway import payment_confirm, payment_process
from commerce.services.refunds.refunds import payment_refund, refund_settle, refunds_sweep
from commerce.tests.at_stripe import now, post, post_all
from commerce.tests.shop import design_of
from commerce.tests.steps import balances, order_of, paid_job, paid_order, payment_of
from config.core.errors import Denied
from jobs.tests.factories import completed_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(stripe, bob, artwork) -> Payment:
    """bob paid 299.99 at Stripe for alice's work: 269.99 hers, 30.00 the platform's."""
    _order, payment = paid_order(bob, artwork)
    assert payment.gateway == "stripe"
    return payment


def told(user, kind="payment_refunded") -> list[str]:
    return list(Notification.objects.filter(user=user, notification_type=kind).values_list("message", flat=True))


class TestInTheDashboard:
    def test_a_whole_refund_is_recorded_and_booked_like_ours(self, client, stripe, sale, alice, bob):
        made = stripe.refund_in_dashboard(sale.gateway_reference)
        post(client, stripe, stripe.last_event("refund.created"))
        refund = Refund.objects.get()
        assert (refund.made_at_gateway, refund.actor, refund.share) == (True, None, None)
        assert (refund.amount, refund.status, refund.gateway_reference) == (
            Decimal("299.99"),
            RefundStatus.SUCCEEDED,
            made["id"],
        )
        payment = now(sale)
        assert (payment.status, payment.refunded_amount, payment.hire_status) == (
            PaymentStatus.REFUNDED,
            Decimal("299.99"),
            HireStatus.CANCELLED,
        )
        change = payment.history.get(after=PaymentStatus.REFUNDED)
        assert (change.actor, change.reason) == (None, "made at stripe")
        assert balances() == {}
        assert LedgerTransaction.objects.get(refund=refund).key == f"refund:{refund.pk}"
        for person in (alice, bob):
            person.refresh_from_db()
            assert (person.spent, person.earned) == (0, 0)
        assert told(bob) == [f"PKR 299.99 of payment {sale.transaction_id} were refunded"]
        assert told(alice) == [f"PKR 269.99 of your earning for order #{sale.order_id} were taken back by a refund"]
        line = sale.order.lines.get()
        with pytest.raises(Denied):
            order_line_download(actor=bob, order_id=sale.order_id, item_id=line.pk)

    def test_all_its_events_twice_and_backwards_are_one_refund(self, client, stripe, sale):
        stripe.refund_in_dashboard(sale.gateway_reference, 10000)
        post_all(client, stripe)
        post_all(client, stripe)
        for event in reversed(stripe.events):
            post(client, stripe, event | {"id": f"{event['id']}again"})
        assert Refund.objects.get().amount == Decimal("100.00")
        assert LedgerTransaction.objects.filter(refund__isnull=False).count() == 1
        assert now(sale).status == PaymentStatus.PARTIALLY_REFUNDED
        assert balances()["gateway", None] == Decimal("-199.99")

    @pytest.mark.parametrize("kind", ["refund.created", "charge.refunded"])
    def test_one_of_its_events_is_enough(self, client, stripe, sale, kind):
        stripe.refund_in_dashboard(sale.gateway_reference, 10000)
        stripe.refund_in_dashboard(sale.gateway_reference, 5000)
        post(client, stripe, stripe.last_event(kind))
        assert sorted(Refund.objects.values_list("amount", flat=True)) == [Decimal("50.00"), Decimal("100.00")]
        assert now(sale).refunded_amount == Decimal("150.00")

    def test_it_is_shared_by_the_sellers_in_proportion(self, client, stripe, alice, bob):
        dora = ArtistFactory()
        works = [ArtworkFactory(seller=alice, price="200.00"), ArtworkFactory(seller=dora, price="100.00")]
        _order, payment = paid_order(bob, *works)
        stripe.refund_in_dashboard(payment.gateway_reference, 6000)
        post(client, stripe, stripe.last_event("refund.created"))
        assert balances() == {
            ("gateway", None): Decimal("-240.00"),
            ("fees", None): Decimal("24.00"),
            ("seller", alice.pk): Decimal("144.00"),
            ("seller", dora.pk): Decimal("72.00"),
        }
        assert sum(ShareMovement.objects.filter(kind="refund").values_list("gross", flat=True)) == Decimal("-60.00")

    def test_what_the_event_claims_is_not_believed(self, client, stripe, sale):
        stripe.refund_in_dashboard(sale.gateway_reference, 100)
        claim = stripe.last_event("refund.created")
        claim["data"]["object"] |= {"amount": 29999, "id": "re_claimed"}
        post(client, stripe, claim)
        assert Refund.objects.get().amount == Decimal("1.00")

    def test_the_reason_given_there_is_kept(self, client, stripe, sale):
        made = stripe.refund_in_dashboard(sale.gateway_reference, 100)
        stripe.refunds[made["id"]]["reason"] = "requested_by_customer"
        post(client, stripe, stripe.last_event("refund.created"))
        assert Refund.objects.get().reason == "made at stripe: requested by customer"

    def test_one_that_takes_its_time_is_reserved(self, client, stripe, sale, admin):
        stripe.refunds_stay_pending = True
        made = stripe.refund_in_dashboard(sale.gateway_reference, 20000)
        post(client, stripe, stripe.last_event("refund.created"))
        refund = Refund.objects.get()
        assert (refund.status, refund.made_at_gateway) == (RefundStatus.PENDING, True)
        with pytest.raises(RefundTooLarge, match=r"At most 99\.99"):
            payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("100.00"))
        stripe.complete_refund(made["id"])
        Refund.objects.update(created_at=timezone.now() - timedelta(minutes=1))
        assert refunds_sweep() == 1
        assert now(sale).refunded_amount == Decimal("200.00")

    def test_one_that_failed_before_we_heard_of_it_is_none(self, client, stripe, sale):
        made = stripe.refund_in_dashboard(sale.gateway_reference)
        stripe.complete_refund(made["id"], "failed")
        post_all(client, stripe)
        assert not Refund.objects.exists()
        assert now(sale).status == PaymentStatus.COMPLETED

    def test_it_may_be_told_before_its_payment(self, client, stripe, bob, artwork):
        payment = payment_of(order_of(bob, artwork))
        payment_process(actor=bob, payment_id=payment.pk)
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_threeDSecure2Required")
        payment = now(payment)
        stripe.complete_challenge(payment.gateway_reference)
        stripe.refund_in_dashboard(payment.gateway_reference, 10000)
        post(client, stripe, stripe.last_event("refund.created"))
        payment = now(payment)
        assert (payment.status, payment.refunded_amount) == (PaymentStatus.PARTIALLY_REFUNDED, Decimal("100.00"))

    def test_of_a_payment_nobody_knows_it_waits(self, client, stripe, sale):
        stripe.refund_in_dashboard(sale.gateway_reference, 100)
        event = stripe.last_event("refund.created")
        event["data"]["object"]["payment_intent"] = "pi_of_somebody_else"
        assert post(client, stripe, event).status_code == 200
        stored = GatewayEvent.objects.get(event_type="refund.created")
        assert (stored.applied_at, stored.error) == (None, "unknown payment")
        assert not Refund.objects.exists()

    def test_while_stripe_is_down_it_waits(self, client, stripe, sale):
        stripe.refund_in_dashboard(sale.gateway_reference, 100)
        with stripe.down():
            post(client, stripe, stripe.last_event("refund.created"))
        assert not Refund.objects.exists()
        GatewayEvent.objects.update(next_try_at=timezone.now())
        assert events_sweep() == 1
        assert now(sale).refunded_amount == Decimal("1.00")

    @pytest.mark.parametrize(
        ("wrong", "error"), [({"amount": 30000}, "refund_too_large"), ({"currency": "usd"}, "gateway_refused")]
    )
    def test_more_than_was_paid_or_another_currency_is_not_booked(self, client, stripe, sale, wrong, error):
        made = stripe.refund_in_dashboard(sale.gateway_reference, 100)
        stripe.refunds[made["id"]] |= wrong
        before = balances()
        post(client, stripe, stripe.last_event("refund.created"))
        assert GatewayEvent.objects.get(event_type="refund.created").error == error
        assert (Refund.objects.count(), balances()) == (0, before)

    def test_ours_in_flight_is_not_booked_twice(self, client, stripe, sale, admin):
        """Stripe has made it, its answer is lost, and its events are here before our next try."""
        stripe.drop(after_work=True)
        refund = payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("100.00"))
        assert refund.status == RefundStatus.PENDING
        post_all(client, stripe)
        refund_settle(actor=admin, refund_id=refund.pk)
        refund = Refund.objects.get()
        assert (refund.status, refund.actor, refund.made_at_gateway) == (RefundStatus.SUCCEEDED, admin, False)
        assert now(sale).refunded_amount == Decimal("100.00")

    def test_ours_that_was_refused_only_the_second_time(self, client, stripe, sale, admin, settings):
        """Made, its answer lost, and our key at Stripe exchanged before the next try: it was made all the same."""
        stripe.drop(after_work=True)
        refund = payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("100.00"))
        settings.STRIPE_SECRET_KEY = "sk_test_old"
        with pytest.raises(GatewayRefused):
            refund_settle(actor=admin, refund_id=refund.pk)
        refund.refresh_from_db()
        assert (refund.status, now(sale).refunded_amount) == (RefundStatus.FAILED, 0)
        settings.STRIPE_SECRET_KEY = stripe.key
        post_all(client, stripe)
        refund = Refund.objects.get()
        assert (refund.status, refund.failure_message, refund.actor) == (RefundStatus.SUCCEEDED, "", admin)
        assert now(sale).refunded_amount == Decimal("100.00")

    def test_the_dashboard_takes_what_we_had_only_reserved(self, client, stripe, sale, admin):
        with stripe.down():
            ours = payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("200.00"))
        stripe.refund_in_dashboard(sale.gateway_reference, 20000)
        post(client, stripe, stripe.last_event("refund.created"))
        with pytest.raises(GatewayRefused, match="greater than unrefunded"):
            refund_settle(actor=admin, refund_id=ours.pk)
        ours.refresh_from_db()
        assert ours.status == RefundStatus.FAILED
        assert now(sale).refunded_amount == Decimal("200.00")

    def test_of_what_is_held_it_takes_that_first(self, client, stripe, alice, bob):
        payment = paid_job(completed_job(buyer=bob, artist=alice))
        stripe.refund_in_dashboard(payment.gateway_reference, 5000)
        post(client, stripe, stripe.last_event("refund.created"))
        assert balances() == {("gateway", None): Decimal("-800.00"), ("held", alice.pk): Decimal("800.00")}
        assert now(payment).held_amount == Decimal("800.00")


class TestFailsAfterItHadSucceeded:
    def failed(self, client, stripe, refund, **how):
        stripe.complete_refund(refund.gateway_reference, "failed", **how)
        post_all(client, stripe)
        refund.refresh_from_db()
        return refund

    def test_a_correction_puts_everything_back(self, client, stripe, sale, admin, alice, bob):
        paid = balances()
        refund = payment_refund(actor=admin, payment_id=sale.pk)
        assert balances() == {}
        self.failed(client, stripe, refund)
        assert (refund.status, refund.failure_message) == (RefundStatus.FAILED, "lost or stolen card")
        payment = now(sale)
        assert (payment.status, payment.refunded_amount, payment.hire_status) == (
            PaymentStatus.COMPLETED,
            Decimal(0),
            HireStatus.RELEASED,
        )
        assert payment.history.last().reason == "refund failed: lost or stolen card"
        assert balances() == paid
        assert list(refund.ledger_transactions.order_by("pk").values_list("kind", "key")) == [
            ("refund", f"refund:{refund.pk}"),
            ("correction", f"refund:{refund.pk}:failed"),
        ]
        share = payment.shares.get()
        assert (share.refunded_gross, share.refunded_fee, share.reversals.count()) == (0, 0, 0)
        alice.refresh_from_db()
        bob.refresh_from_db()
        assert (alice.earned, bob.spent) == (Decimal("269.99"), Decimal("299.99"))
        assert order_line_download(actor=bob, order_id=sale.order_id, item_id=sale.order.lines.get().pk).url

    def test_staff_and_the_seller_are_told(self, client, stripe, sale, admin, alice, bob, staff):
        refund = payment_refund(actor=admin, payment_id=sale.pk)
        self.failed(client, stripe, refund, reason="expired_or_canceled_card")
        words = (
            f"The refund of PKR 299.99 for order #{sale.order_id} did not reach the buyer (expired or canceled card)"
        )
        assert told(admin, "refund_failed") == [
            f"{words}. It is booked back; give it back in another way ({sale.transaction_id})"
        ]
        assert told(alice, "refund_failed") == [f"{words}. PKR 269.99 of your earning are there again"]
        assert told(bob, "refund_failed") == told(staff, "refund_failed") == []
        assert Delivery.objects.filter(user=admin, template="payment_alert").count() == 1

    def test_its_events_twice_correct_it_once(self, client, stripe, sale, admin):
        refund = payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("100.00"))
        self.failed(client, stripe, refund)
        for event in reversed(stripe.events):
            post(client, stripe, event | {"id": f"{event['id']}again"})
        assert LedgerTransaction.objects.filter(refund=refund).count() == 2
        assert now(sale).refunded_amount == 0

    def test_others_stay_as_they_are(self, client, stripe, alice, bob, admin):
        dora = ArtistFactory()
        works = [ArtworkFactory(seller=alice, price="33.33"), ArtworkFactory(seller=dora, price="66.68")]
        _order, payment = paid_order(bob, *works)
        first = payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("10.01"))
        before = balances()
        second = payment_refund(actor=admin, payment_id=payment.pk)
        self.failed(client, stripe, second)
        payment = now(payment)
        assert (payment.status, payment.refunded_amount) == (PaymentStatus.PARTIALLY_REFUNDED, Decimal("10.01"))
        assert balances() == before
        self.failed(client, stripe, first)
        assert now(payment).status == PaymentStatus.COMPLETED
        assert not ShareReversal.objects.exists()

    def test_it_may_be_given_back_again(self, client, stripe, sale, admin):
        self.failed(client, stripe, payment_refund(actor=admin, payment_id=sale.pk))
        assert payment_refund(actor=admin, payment_id=sale.pk).status == RefundStatus.SUCCEEDED
        assert now(sale).status == PaymentStatus.REFUNDED
        assert balances() == {}

    def test_what_was_in_hold_is_in_hold_again(self, client, stripe, alice, bob, admin):
        payment = paid_job(completed_job(buyer=bob, artist=alice))
        refund = payment_refund(actor=admin, payment_id=payment.pk)
        assert now(payment).hire_status == HireStatus.CANCELLED
        self.failed(client, stripe, refund)
        payment = now(payment)
        assert (payment.held_amount, payment.hire_status) == (Decimal("850.00"), HireStatus.PENDING)
        assert balances() == {("gateway", None): Decimal("-850.00"), ("held", alice.pk): Decimal("850.00")}
        payment_release(actor=admin, payment_id=payment.pk)
        assert balances()["seller", alice.pk] == Decimal("765.00")

    def test_of_one_line_it_is_that_line_s_again(self, client, stripe, alice, bob):
        rack = design_of(alice, title="Rack", mesh=None)
        order, payment = paid_order(bob, rack, design_of(alice, title="Wheel"), channel="v1")
        before = balances()
        refund = purchase_refund(actor=bob, line=order.lines.get(title="Rack"))
        self.failed(client, stripe, refund)
        held = {share.line.title: share.held_gross for share in payment.shares.select_related("line")}
        assert held == {"Rack": Decimal("30.00"), "Wheel": 0}
        assert balances() == before

    def test_one_made_in_the_dashboard_too(self, client, stripe, sale):
        paid = balances()
        stripe.refund_in_dashboard(sale.gateway_reference)
        post_all(client, stripe)
        self.failed(client, stripe, Refund.objects.get())
        assert (now(sale).status, balances()) == (PaymentStatus.COMPLETED, paid)

    def test_one_that_had_not_succeeded_needs_no_correction(self, client, stripe, sale, admin):
        stripe.refunds_stay_pending = True
        refund = payment_refund(actor=admin, payment_id=sale.pk)
        self.failed(client, stripe, refund)
        assert refund.status == RefundStatus.FAILED
        assert not LedgerTransaction.objects.filter(refund=refund).exists()

    def test_one_that_had_not_succeeded_is_said_to_administrators(self, client, stripe, sale, admin, alice, bob):
        """Nobody waits for its answer any more: nothing else would say that the buyer has no money."""
        stripe.refunds_stay_pending = True
        refund = payment_refund(actor=admin, payment_id=sale.pk)
        for _ in range(2):
            self.failed(client, stripe, refund)
        assert told(admin, "refund_failed") == [
            f"The refund of PKR 299.99 for order #{sale.order_id} did not reach the buyer (lost or stolen card). "
            f"Nothing was booked; give it back in another way ({sale.transaction_id})"
        ]
        assert told(alice, "refund_failed") == told(bob, "refund_failed") == []
        client.force_login(SuperuserFactory())
        page = client.get(f"/admin/commerce/payment/{sale.pk}/change/").content.decode()
        assert "Refund of 299.99 PKR failed" in page

    def test_one_that_is_refused_while_nobody_waits_is_said_too(self, stripe, sale, admin):
        with stripe.down():
            payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("200.00"))
        stripe.refund_in_dashboard(sale.gateway_reference, 20000)
        Refund.objects.update(created_at=timezone.now() - timedelta(minutes=1))
        assert refunds_sweep() == 0
        assert [words.partition(" for ")[0] for words in told(admin, "refund_failed")] == ["The refund of PKR 200.00"]
        with pytest.raises(GatewayRefused):  # asked for now, it is said in the answer
            payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("200.00"))
        assert len(told(admin, "refund_failed")) == 1
