"""Cardholders' disputes at Stripe: what they take, what they keep from happening, and how they end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.models import Delivery, Notification
from accounts.tests.factories import ArtistFactory
from adminpanel.selectors.figures import standing_at
from commerce.choices import HireStatus, PaymentStatus, PayoutMethod
from commerce.errors import BalanceTooLow, ChargebackOpen, RefundTooLarge
from commerce.models import Chargeback, GatewayEvent, LedgerTransaction, Payment, Payout, Refund, ShareMovement
from commerce.selectors.escrow import payments_to_release
from commerce.selectors.payments import payment_stats
from commerce.services.audit.ledger import ledger_faults
from commerce.services.checkout.downloads import order_line_download
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.escrow.disputes import dispute_decide, dispute_open
from commerce.services.escrow.files import escrow_files_sweep, purchase_refund
from commerce.services.escrow.holds import payment_release, payments_release_due
from commerce.services.payouts.payouts import payout_complete, payout_fail, payout_process, payout_request
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.at_stripe import now, post, post_all
from commerce.tests.services.campaigns.test_promotions import promote
from commerce.tests.services.payments.test_saved_cards_at_stripe import default_of
from commerce.tests.shop import design_of
from commerce.tests.steps import balances, paid_job, paid_order
from config.core.errors import Denied
from jobs.tests.factories import completed_job, hired_job
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory, MeshFileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(stripe, bob, artwork) -> Payment:
    """bob paid 299.99 at Stripe for alice's work: 269.99 hers, 30.00 the platform's."""
    return paid_order(bob, artwork)[1]


@pytest.fixture
def dollars(stripe, bob, alice) -> Payment:
    """The same of 100.00 USD, which may be paid out: 90.00 hers."""
    return paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("100.00")))[1]


@pytest.fixture
def held(stripe, bob, alice) -> Payment:
    """850.00 in escrow for alice, of a job completed long ago."""
    return paid_job(completed_job(buyer=bob, artist=alice, completed_at=timezone.now() - timedelta(days=15)))


def disputed(client, stripe, payment, amount=None, **how) -> Chargeback:
    before = len(stripe.events)
    stripe.dispute(payment.gateway_reference, amount, **how)
    post_all(client, stripe, since=before)
    return Chargeback.objects.latest("pk")


def closed(client, stripe, chargeback, outcome, **how) -> Chargeback:
    before = len(stripe.events)
    stripe.close_dispute(chargeback.gateway_reference, outcome, **how)
    post_all(client, stripe, since=before)
    chargeback.refresh_from_db()
    return chargeback


def told(user) -> list[str]:
    found = Notification.objects.filter(user=user, notification_type="chargeback_updated").order_by("pk")
    return list(found.values_list("message", flat=True))


def download(payment, buyer):
    line = payment.order.lines.get()
    return order_line_download(actor=buyer, order_id=line.order_id, item_id=line.pk)


def ask(seller, amount: str, method=PayoutMethod.PAYPAL):
    payout = payout_request(actor=seller, amount=Decimal(amount), net_amount=Decimal(amount), method=method)
    Payout.objects.filter(pk=payout.pk).update(waits_until=None)  # not the account's first one
    return payout


class TestOpen:
    def test_what_is_withdrawn_is_booked_in_proportion_and_its_fee_is_an_expense(self, client, stripe, sale, alice):
        chargeback = disputed(client, stripe, sale)
        assert (chargeback.payment, chargeback.state, chargeback.reason) == (sale, "open", "fraudulent")
        assert (chargeback.amount, chargeback.withdrawn, chargeback.loss) == (Decimal("299.99"), Decimal("299.99"), 0)
        assert (chargeback.fee, chargeback.fee_currency) == (Decimal("15.00"), "PKR")
        about = stripe.disputes[chargeback.gateway_reference]
        assert chargeback.evidence_due_at == datetime.fromtimestamp(about["evidence_details"]["due_by"], UTC)
        assert chargeback.opened_at == datetime.fromtimestamp(about["created"], UTC)
        assert balances() == {("gateway", None): Decimal("15.00"), ("expenses", None): Decimal("-15.00")}
        booked = LedgerTransaction.objects.filter(chargeback=chargeback).order_by("pk")
        assert list(booked.values_list("kind", "key")) == [
            ("chargeback", f"chargeback:{chargeback.pk}:1"),
            ("chargeback", f"chargeback:{chargeback.pk}:1:fee"),
        ]
        alice.refresh_from_db()
        assert alice.earned == 0

    def test_the_payment_stays_as_it_is_until_the_bank_has_decided(self, client, stripe, sale, bob):
        disputed(client, stripe, sale)
        payment = now(sale)
        assert (payment.status, payment.refunded_amount, payment.hire_status) == (
            PaymentStatus.COMPLETED,
            0,
            HireStatus.RELEASED,
        )
        bob.refresh_from_db()
        assert bob.spent == Decimal("299.99")
        assert download(sale, bob).url

    def test_administrators_and_the_seller_are_told(self, client, stripe, sale, alice, bob, admin, staff):
        chargeback = disputed(client, stripe, sale)
        words = f"The buyer disputes the payment for order #{sale.order_id} at his bank"
        due = f"{chargeback.evidence_due_at:%d %B %Y, %H:%M} UTC"
        assert told(admin) == [
            f"{words} ({sale.transaction_id}; disputed: PKR 299.99; withdrawn: PKR 299.99; reason: fraudulent; "
            f"evidence is due by {due})"
        ]
        assert told(alice) == [f"{words}. PKR 269.99 of your earning were taken back"]
        assert told(bob) == told(staff) == []
        assert set(Delivery.objects.filter(template="payment_alert").values_list("user", flat=True)) == {
            admin.pk,
            alice.pk,
        }

    def test_a_part_is_shared_by_the_sellers_in_proportion(self, client, stripe, alice, bob):
        dora = ArtistFactory()
        works = [ArtworkFactory(seller=alice, price="200.00"), ArtworkFactory(seller=dora, price="100.00")]
        _order, payment = paid_order(bob, *works)
        disputed(client, stripe, payment, 6000, fee=0)
        assert balances() == {
            ("gateway", None): Decimal("-240.00"),
            ("fees", None): Decimal("24.00"),
            ("seller", alice.pk): Decimal("144.00"),
            ("seller", dora.pk): Decimal("72.00"),
        }
        assert [share.withdrawn_gross for share in payment.shares.order_by("pk")] == [
            Decimal("40.00"),
            Decimal("20.00"),
        ]

    def test_nothing_of_it_can_be_refunded(self, client, stripe, sale, admin, bob):
        disputed(client, stripe, sale, 10000)
        for refuse in (
            lambda: payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("1.00")),
            lambda: payment_refund(actor=admin, payment_id=sale.pk),
        ):
            with pytest.raises(ChargebackOpen):
                refuse()
        assert not Refund.objects.exists()
        as_admin = APIClient(HTTP_AUTHORIZATION=f"Bearer {access_token(admin)}")
        answer = as_admin.post(f"/api/admin/payments/{sale.pk}/refund/", {"amount": "1.00"}, format="json")
        assert (answer.status_code, answer.json()) == (
            400,
            {
                "error": "The buyer's bank disputes this payment. Nothing of it can be refunded or released until that "
                "is decided.",
                "code": "chargeback_open",
            },
        )

    def test_its_order_can_not_be_cancelled(self, client, stripe, admin, alice, bob):
        order, payment = paid_order(bob, EquipmentFactory.create(seller=alice))
        disputed(client, stripe, payment)
        with pytest.raises(ChargebackOpen):
            order_cancel(actor=admin, order_id=order.pk)
        order.refresh_from_db()
        assert order.status == "confirmed"

    def test_more_than_is_left_is_the_platform_s_loss(self, client, stripe, sale, admin, alice):
        """The bank claims the whole of a charge of which a part went back already."""
        payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("100.00"))
        chargeback = disputed(client, stripe, sale, fee=0)
        assert (chargeback.withdrawn, chargeback.loss) == (Decimal("299.99"), Decimal("100.00"))
        assert balances() == {("gateway", None): Decimal("100.00"), ("expenses", None): Decimal("-100.00")}
        closed(client, stripe, chargeback, "lost")
        assert (now(sale).status, now(sale).refunded_amount) == (PaymentStatus.REFUNDED, Decimal("299.99"))
        assert balances() == {("gateway", None): Decimal("100.00"), ("expenses", None): Decimal("-100.00")}

    def test_a_refund_made_before_it_whose_event_is_late_comes_first(self, client, stripe, sale, alice):
        stripe.refund_in_dashboard(sale.gateway_reference, 10000)
        chargeback = disputed(client, stripe, sale, 19999, fee=0)
        assert Refund.objects.get().amount == Decimal("100.00")
        assert (chargeback.withdrawn, chargeback.loss) == (Decimal("199.99"), 0)
        assert balances() == {}

    def test_a_pending_refund_keeps_what_it_has_reserved(self, client, stripe, sale, admin):
        stripe.refunds_stay_pending = True
        refund = payment_refund(actor=admin, payment_id=sale.pk, amount=Decimal("100.00"))
        chargeback = disputed(client, stripe, sale, fee=0)
        assert (chargeback.withdrawn, chargeback.loss) == (Decimal("299.99"), Decimal("100.00"))
        stripe.complete_refund(refund.gateway_reference)
        post(client, stripe, stripe.last_event("refund.updated"))
        assert now(sale).refunded_amount == Decimal("100.00")

    def test_what_the_event_claims_is_not_believed(self, client, stripe, sale):
        claim = stripe.dispute(sale.gateway_reference, 100)
        claim["data"]["object"] |= {"amount": 29999, "status": "lost", "id": "du_claimed"}
        post(client, stripe, claim)
        chargeback = Chargeback.objects.get()
        assert (chargeback.amount, chargeback.state) == (Decimal("1.00"), "open")

    @pytest.mark.parametrize("currency", ["usd", "eur"])
    def test_a_dispute_in_another_currency_is_not_booked(self, client, stripe, sale, currency):
        created = stripe.dispute(sale.gateway_reference)
        next(iter(stripe.disputes.values()))["currency"] = currency
        before = balances()
        post(client, stripe, created)
        assert GatewayEvent.objects.get(event_type="charge.dispute.created").error == "gateway_refused"
        assert (Chargeback.objects.count(), balances()) == (0, before)

    def test_stripe_s_own_books_may_be_in_another_currency(self, client, stripe, sale):
        """The account has dollars: what was withdrawn of the payment is known, the fee is in dollars."""
        stripe.dispute(sale.gateway_reference, status="warning_needs_response")
        dispute = next(iter(stripe.disputes))
        stripe.withdraw(dispute, currency="usd", rate=0.0036)
        post_all(client, stripe)
        chargeback = Chargeback.objects.get()
        assert (chargeback.withdrawn, chargeback.fee, chargeback.fee_currency) == (
            Decimal("299.99"),
            Decimal("15.00"),
            "USD",
        )
        fee = LedgerTransaction.objects.get(key__endswith=":fee")
        assert set(fee.entries.values_list("account__kind", "account__currency", "amount")) == {
            ("gateway", "USD", Decimal("15.00")),
            ("expenses", "USD", Decimal("-15.00")),
        }
        stripe.reinstate(dispute, 54, currency="usd")  # half of the 1.08 that was taken
        post(client, stripe, stripe.last_event("charge.dispute.funds_reinstated"))
        chargeback.refresh_from_db()
        assert chargeback.withdrawn == Decimal("150.00")


class TestInquiry:
    def inquiry(self, client, stripe, payment):
        return disputed(client, stripe, payment, status="warning_needs_response")

    def test_it_withdraws_nothing(self, client, stripe, sale, admin, alice):
        before = balances()
        chargeback = self.inquiry(client, stripe, sale)
        assert (chargeback.state, chargeback.withdrawn, chargeback.fee) == ("inquiry", 0, 0)
        assert balances() == before
        words = f"The buyer's bank asks about the payment for order #{sale.order_id}"
        assert told(alice) == [words]
        assert told(admin)[0].startswith(f"{words} ({sale.transaction_id}; disputed: PKR 299.99; withdrawn: PKR 0.00;")

    def test_refunding_it_ends_it(self, client, stripe, sale, admin):
        chargeback = self.inquiry(client, stripe, sale)
        payment_refund(actor=admin, payment_id=sale.pk)
        post_all(client, stripe)
        chargeback.refresh_from_db()
        assert (chargeback.state, chargeback.withdrawn) == ("closed", 0)
        assert now(sale).status == PaymentStatus.REFUNDED
        assert balances() == {}

    def test_it_may_become_a_chargeback(self, client, stripe, sale):
        chargeback = self.inquiry(client, stripe, sale)
        stripe.withdraw(chargeback.gateway_reference)
        post_all(client, stripe)
        chargeback.refresh_from_db()
        assert (chargeback.state, chargeback.withdrawn) == ("open", Decimal("299.99"))
        assert list(chargeback.history.order_by("pk").values_list("before", "after")) == [
            ("", "inquiry"),
            ("inquiry", "open"),
        ]

    def test_what_is_held_is_not_released_meanwhile(self, client, stripe, held, admin):
        chargeback = self.inquiry(client, stripe, held)
        with pytest.raises(ChargebackOpen):
            payment_release(actor=admin, payment_id=held.pk)
        assert payments_release_due() == 0
        closed(client, stripe, chargeback, "warning_closed")
        assert payments_release_due() == 1

    def test_the_money_is_not_paid_out_meanwhile(self, client, stripe, dollars, alice):
        chargeback = self.inquiry(client, stripe, dollars)
        with pytest.raises(BalanceTooLow) as refusal:
            ask(alice, "90.00")
        assert refusal.value.message == "Your available balance is 0.00 USD, for a buyer's bank disputes 90.00."
        closed(client, stripe, chargeback, "warning_closed")
        assert ask(alice, "90.00").status == "pending"

    def test_of_a_part_only_that_part(self, client, stripe, dollars, alice):
        disputed(client, stripe, dollars, 3000, status="warning_needs_response")
        with pytest.raises(BalanceTooLow, match=r"available balance is 63\.00 USD"):
            ask(alice, "63.01")
        assert ask(alice, "63.00").balance_before == Decimal("63.00")


class TestEnds:
    def test_won_puts_everything_back(self, client, stripe, sale, alice, admin):
        paid = balances()
        chargeback = closed(client, stripe, disputed(client, stripe, sale, fee=0), "won")
        assert (chargeback.state, chargeback.withdrawn, chargeback.loss) == ("won", 0, 0)
        assert chargeback.closed_at is not None
        assert balances() == paid
        assert (now(sale).status, now(sale).refunded_amount) == (PaymentStatus.COMPLETED, 0)
        alice.refresh_from_db()
        assert alice.earned == Decimal("269.99")
        words = f"The bank decided against the buyer's dispute of the payment for order #{sale.order_id}"
        assert told(alice)[-1] == f"{words}. PKR 269.99 of your earning are there again"
        assert payment_refund(actor=admin, payment_id=sale.pk).amount == Decimal("299.99")

    def test_the_fee_of_one_that_was_won_stays_spent_unless_it_comes_back(self, client, stripe, sale):
        chargeback = disputed(client, stripe, sale)
        closed(client, stripe, chargeback, "won", reinstated=False)
        stripe.reinstate(chargeback.gateway_reference)
        post_all(client, stripe)
        assert balances()["expenses", None] == Decimal("-15.00")
        next(iter(stripe.disputes.values()))["balance_transactions"][1]["fee"] = -1500
        post(client, stripe, stripe.last_event("charge.dispute.closed") | {"id": "evt_again"})
        assert ("expenses", None) not in balances()

    def test_won_and_not_paid_back_yet(self, client, stripe, sale, admin):
        """Stripe gives the money back some time later: until then nobody has it."""
        chargeback = closed(client, stripe, disputed(client, stripe, sale), "won", reinstated=False)
        assert (chargeback.state, chargeback.withdrawn) == ("won", Decimal("299.99"))
        assert now(sale).status == PaymentStatus.COMPLETED
        with pytest.raises(RefundTooLarge, match="Nothing is left"):
            payment_refund(actor=admin, payment_id=sale.pk)
        stripe.reinstate(chargeback.gateway_reference)
        post(client, stripe, stripe.last_event("charge.dispute.funds_reinstated"))
        chargeback.refresh_from_db()
        assert chargeback.withdrawn == 0

    def test_lost_it_has_gone_back_to_the_buyer(self, client, stripe, sale, alice, bob, admin):
        chargeback = disputed(client, stripe, sale)
        before = balances()
        closed(client, stripe, chargeback, "lost")
        payment = now(sale)
        assert (payment.status, payment.refunded_amount, payment.hire_status) == (
            PaymentStatus.REFUNDED,
            Decimal("299.99"),
            HireStatus.CANCELLED,
        )
        assert payment.history.last().reason == "chargeback lost"
        assert balances() == before
        bob.refresh_from_db()
        assert bob.spent == 0
        with pytest.raises(Denied):
            download(sale, bob)
        assert told(alice)[-1] == (
            f"The bank decided for the buyer's dispute of the payment for order #{sale.order_id}"
        )
        assert told(admin)[-1].endswith("; disputed: PKR 299.99; withdrawn: PKR 299.99; reason: fraudulent)")
        moved = ShareMovement.objects.filter(kind="chargeback").order_by("pk").values_list("gross", "earning")
        assert list(moved) == [(0, Decimal("-269.99")), (Decimal("-299.99"), 0)]

    def test_lost_in_part(self, client, stripe, sale, bob):
        closed(client, stripe, disputed(client, stripe, sale, 10000), "lost")
        payment = now(sale)
        assert (payment.status, payment.refunded_amount) == (PaymentStatus.PARTIALLY_REFUNDED, Decimal("100.00"))
        assert download(sale, bob).url

    def test_an_appeal_may_still_win_what_was_lost(self, client, stripe, sale, bob):
        paid = balances()
        chargeback = closed(client, stripe, disputed(client, stripe, sale, fee=0), "lost")
        stripe.disputes[chargeback.gateway_reference]["status"] = "appeal_under_review"
        post(client, stripe, stripe.last_event("charge.dispute.closed") | {"id": "evt_appeal"})
        chargeback.refresh_from_db()
        assert (chargeback.state, chargeback.closed_at, now(sale).status) == ("open", None, PaymentStatus.COMPLETED)
        closed(client, stripe, chargeback, "won")
        assert balances() == paid
        assert download(sale, bob).url
        assert list(chargeback.history.order_by("pk").values_list("after", flat=True)) == [
            "open",
            "lost",
            "open",
            "won",
        ]

    def test_after_a_payout_the_balance_goes_below_zero_and_the_next_sale_nets_it(
        self, client, stripe, dollars, alice, bob, admin
    ):
        payout = ask(alice, "90.00")
        payout_complete(actor=admin, payout_id=payout.pk)
        closed(client, stripe, disputed(client, stripe, dollars), "lost")
        assert balances()["seller", alice.pk] == Decimal("-90.00")
        paid_order(bob, ArtworkFactory.create(seller=alice, currency="USD", price=Decimal("150.00")))
        assert balances()["seller", alice.pk] == Decimal("45.00")

    @pytest.mark.parametrize("outcome", ["won", "lost"])
    def test_events_twice_late_and_in_any_order_end_in_the_present_state(self, client, stripe, sale, outcome):
        stripe.dispute(sale.gateway_reference, fee=0)
        stripe.close_dispute(next(iter(stripe.disputes)), outcome)
        for event in [*reversed(stripe.events), *stripe.events]:
            if event["type"].startswith("charge.dispute"):
                post(client, stripe, event | {"id": f"{event['id']}{GatewayEvent.objects.count()}"})
        chargeback = Chargeback.objects.get()
        assert (chargeback.state, chargeback.changes) == (outcome, 1)
        assert not GatewayEvent.objects.filter(applied_at=None).exists()
        assert now(sale).status == {"won": PaymentStatus.COMPLETED, "lost": PaymentStatus.REFUNDED}[outcome]

    def test_one_that_was_prevented_before_it_cost_anything(self, client, stripe, sale):
        before = balances()
        chargeback = disputed(client, stripe, sale, status="warning_needs_response")
        closed(client, stripe, chargeback, "prevented")
        assert (chargeback.state, balances()) == ("closed", before)

    def test_two_of_one_payment(self, client, stripe, sale):
        first = disputed(client, stripe, sale, 10000, fee=0)
        second = disputed(client, stripe, sale, 19999, fee=0)
        assert balances() == {}
        closed(client, stripe, first, "won")
        closed(client, stripe, second, "lost")
        payment = now(sale)
        assert (payment.status, payment.refunded_amount) == (PaymentStatus.PARTIALLY_REFUNDED, Decimal("199.99"))
        assert balances()["gateway", None] == Decimal("-100.00")


class TestHeldMoney:
    def test_it_is_taken_from_hold_and_put_back_there(self, client, stripe, held, alice, admin):
        chargeback = disputed(client, stripe, held, fee=0)
        assert balances() == {}
        assert now(held).held_amount == 0
        closed(client, stripe, chargeback, "won")
        assert balances() == {("gateway", None): Decimal("-850.00"), ("held", alice.pk): Decimal("850.00")}
        assert (now(held).held_amount, now(held).hire_status) == (Decimal("850.00"), HireStatus.PENDING)
        payment_release(actor=admin, payment_id=held.pk)
        assert balances()["seller", alice.pk] == Decimal("765.00")

    def test_the_rest_is_not_released_while_it_is_open(self, client, stripe, held, admin):
        chargeback = disputed(client, stripe, held, 5000)
        for force in (False, True):
            with pytest.raises(ChargebackOpen):
                payment_release(actor=admin, payment_id=held.pk, force=force, reason="now")
        assert not payments_to_release().exists()
        assert payments_release_due() == 0
        closed(client, stripe, chargeback, "lost")
        assert payments_release_due() == 1
        assert balances()["fees", None] == Decimal("80.00")

    def test_a_dispute_between_the_parties_waits_for_it(self, client, stripe, alice, bob, admin):
        payment = paid_job(hired_job(buyer=bob, artist=alice))
        dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="x")
        disputed(client, stripe, payment, 5000)
        for outcome in ("release", "refund"):
            with pytest.raises(ChargebackOpen):
                dispute_decide(actor=admin, dispute_id=dispute.pk, outcome=outcome, answer="So.")
        dispute.refresh_from_db()
        assert dispute.state == "open"

    def test_of_a_file_to_come(self, client, stripe, alice, bob):
        rack = design_of(alice, title="Rack", mesh=None)
        order, payment = paid_order(bob, rack, channel="v1")
        chargeback = disputed(client, stripe, payment, 1000, fee=0)
        with pytest.raises(ChargebackOpen):
            purchase_refund(actor=bob, line=order.lines.get())
        type(rack).objects.filter(pk=rack.pk).update(mesh=MeshFileFactory.create(owner=alice))
        assert escrow_files_sweep() == 0
        closed(client, stripe, chargeback, "lost")
        assert escrow_files_sweep() == 1
        assert balances() == {
            ("gateway", None): Decimal("-20.00"),
            ("fees", None): Decimal("2.00"),
            ("seller", alice.pk): Decimal("18.00"),
        }


class TestPayouts:
    def test_one_that_has_not_begun_waits(self, client, stripe, dollars, alice, admin):
        payout = ask(alice, "90.00")
        chargeback = disputed(client, stripe, dollars)
        for begin in (payout_process, payout_complete):
            with pytest.raises(ChargebackOpen, match="It waits"):
                begin(actor=admin, payout_id=payout.pk)
        payout.refresh_from_db()
        assert payout.status == "pending"
        closed(client, stripe, chargeback, "won")
        assert payout_process(actor=admin, payout_id=payout.pk).status == "processing"

    def test_one_that_is_being_carried_out_has_left(self, client, stripe, dollars, alice, admin):
        payout = ask(alice, "90.00")
        payout_process(actor=admin, payout_id=payout.pk)
        disputed(client, stripe, dollars)
        assert payout_complete(actor=admin, payout_id=payout.pk).status == "completed"

    def test_one_of_other_money_does_not_wait(self, client, stripe, dollars, alice, bob, admin):
        payout = ask(alice, "40.00")
        disputed(client, stripe, dollars, 3000)
        assert payout_process(actor=admin, payout_id=payout.pk).status == "processing"

    def test_it_may_be_called_off(self, client, stripe, dollars, alice, admin):
        payout = ask(alice, "90.00")
        disputed(client, stripe, dollars)
        payout_fail(actor=admin, payout_id=payout.pk, reason="disputed")
        assert ("seller", alice.pk) not in balances()


class TestFigures:
    def test_revenue_and_fees_follow_the_bank_s_decision(self, client, stripe, sale, admin):
        def figures():
            stats = payment_stats(actor=admin)
            standing = standing_at(timezone.now()).total_revenue
            return stats["total_revenue"], stats["platform_fees"], standing

        chargeback = disputed(client, stripe, sale, 10000)
        assert figures() == (Decimal("299.99"), Decimal("30.00"), Decimal("299.99"))
        closed(client, stripe, chargeback, "lost")
        assert figures() == (Decimal("199.99"), Decimal("20.00"), Decimal("199.99"))

    def test_of_a_promotion_all_is_fee(self, client, stripe, alice):
        default_of(alice, stripe.card_from_the_browser())
        promotion = promote(alice, design_of(alice), "50.00").promotion
        assert balances() == {("gateway", None): Decimal("-50.00"), ("fees", None): Decimal("50.00")}
        chargeback = disputed(client, stripe, Payment.objects.get(promotion=promotion), fee=0)
        assert balances() == {}
        closed(client, stripe, chargeback, "lost")
        assert Payment.objects.get(promotion=promotion).status == PaymentStatus.REFUNDED


class TestTheProof:
    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"withdrawn": Decimal("200.00")}, "is booked with 100.000 on gateway, not 200.000"),
            ({"loss": Decimal("1.00")}, "on expenses, not -1.000"),
            ({"fee": Decimal("3.00"), "fee_currency": "PKR"}, "on gateway, not 103.000"),
            ({"state": "lost"}, "its refunds and chargebacks say 100.000"),
        ],
    )
    def test_a_chargeback_that_is_not_booked_as_it_stands(self, client, stripe, sale, changes, fault):
        chargeback = disputed(client, stripe, sale, 10000, fee=0)
        right = {name: getattr(chargeback, name) for name in changes}
        Chargeback.objects.update(**changes)
        assert any(fault in found for found in ledger_faults()), list(ledger_faults())
        Chargeback.objects.update(**right)

    def test_a_share_that_lacks_more_than_was_taken(self, client, stripe, sale):
        chargeback = disputed(client, stripe, sale, 10000, fee=0)
        share = sale.shares.get()
        for column in ("withdrawn_gross", "refunded_gross"):
            right = getattr(share, column)
            sale.shares.update(**{column: right + 1})
            assert [fault for fault in ledger_faults() if fault.startswith(f"share {share.pk}:")]
            sale.shares.update(**{column: right})
        chargeback.reversals.update(gross=Decimal("99.00"))
        assert any("took 99.000 of shares" in fault for fault in ledger_faults())
        chargeback.reversals.update(gross=Decimal("100.00"))
