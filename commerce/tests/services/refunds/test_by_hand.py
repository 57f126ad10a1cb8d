"""Money that an administrator hands back: each accepted refund is one row that is booked once, or is refused."""

from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

from accounts.services.levels import groups_prepare
from commerce.choices import DisputeOutcome, PaymentMethod
from commerce.errors import DisputeOpen, RefundTooLarge, RefundWaits, WrongPaymentStatus
from commerce.models import LedgerTransaction, Payment, PaymentShare, Refund
from commerce.services.audit.refund_trail import refund_trail_faults
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.escrow.disputes import dispute_decide, dispute_open
from commerce.services.escrow.files import purchase_refund
from commerce.services.payments.completion import payment_complete
from commerce.services.refunds.refunds import payment_refund
from commerce.services.states.payments import payment_lock
from commerce.tests.shop import design_of
from commerce.tests.steps import at_once, balances, order_of, payment_of, payment_of_job
from config.core.errors import Denied, DomainError, Invalid
from config.core.idempotency import Once
from config.core.models import AuditEntry
from jobs.tests.factories import completed_job
from marketplace.tests.factories import ArtworkFactory

METHODS = [PaymentMethod.BANK_TRANSFER, PaymentMethod.CASH_ON_DELIVERY, PaymentMethod.JAZZCASH]
TWENTY = Decimal("20.00")


def came_in(payment: Payment, admin) -> Payment:
    with transaction.atomic():
        locked = payment_lock(payment.pk)
        payment_complete(locked, actor=admin, gateway=locked.payment_method, reason="arrived")
    return locked


def sold(bob, alice, admin, method=PaymentMethod.BANK_TRANSFER, price="60.00") -> Payment:
    listing = ArtworkFactory.create(seller=alice, artwork_type="physical", price=price)
    return came_in(payment_of(order_of(bob, listing), method), admin)


def ask(admin, payment, amount: str | None = "20.00", **how) -> Refund:
    part = Decimal(amount) if amount is not None else None
    return payment_refund(actor=admin, payment_id=payment.pk, amount=part, **how)


def booked(payment) -> Decimal:
    payment.refresh_from_db()
    return payment.refunded_amount


def accepted(results: list) -> list[Refund]:
    unexpected = [each for each in results if isinstance(each, Exception) and not isinstance(each, DomainError)]
    assert not unexpected, unexpected
    return [each for each in results if isinstance(each, Refund)]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("method", METHODS)
    def test_each_of_three_is_booked(self, bob, alice, admin, method):
        for _ in range(3):
            payment = sold(bob, alice, admin, method)
            made = accepted(at_once(*[partial(ask, admin, payment, reason=f"claim {n}") for n in range(3)]))
            assert len({refund.pk for refund in made}) == len(made) == 3
            assert {refund.reason for refund in payment.refunds.all()} == {"claim 0", "claim 1", "claim 2"}
            assert booked(payment) == Decimal("60.00")
        assert not list(refund_trail_faults())

    @pytest.mark.parametrize("method", METHODS)
    def test_what_does_not_fit_any_more_is_refused(self, bob, alice, admin, method):
        payment = sold(bob, alice, admin, method)
        made = accepted(at_once(*[partial(ask, admin, payment, "25.00") for _ in range(4)]))
        assert len(made) == 2
        assert booked(payment) == Decimal("50.00")

    def test_the_whole_rest_is_given_once(self, bob, alice, admin):
        payment = sold(bob, alice, admin)
        made = accepted(at_once(*[partial(ask, admin, payment, None) for _ in range(4)]))
        assert (len(made), booked(payment)) == (1, Decimal("60.00"))

    @pytest.mark.parametrize("outcome", [DisputeOutcome.REFUND, DisputeOutcome.SPLIT])
    @pytest.mark.parametrize("amount", ["20.00", None])
    def test_a_refund_together_with_the_decision_of_a_dispute(self, bob, alice, admin, outcome, amount):
        for _ in range(3):
            job = completed_job(buyer=bob, artist=alice)
            payment = came_in(payment_of_job(job, PaymentMethod.BANK_TRANSFER), admin)
            dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="It is late.")
            split = {"artist_amount": payment.amount - TWENTY, "buyer_amount": TWENTY}
            decide = partial(
                dispute_decide,
                actor=admin,
                dispute_id=dispute.pk,
                outcome=outcome,
                answer="We looked at it.",
                **(split if outcome == DisputeOutcome.SPLIT else {}),
            )
            results = at_once(decide, partial(ask, admin, payment, amount))
            assert not isinstance(results[0], Exception)
            waiting = payment.refunds.filter(status="pending").first()
            if waiting is not None:
                assert ask(admin, payment, None, refund=waiting.pk).pk == waiting.pk
            # The dispute's own, and no other: what was asked for beside it was refused, or was this one.
            [refund] = payment.refunds.all()
            assert booked(payment) == refund.amount
        assert not list(refund_trail_faults())

    def test_one_that_waits_is_handed_over_once(self, bob, alice, admin):
        payment = sold(bob, alice, admin)
        order_cancel(actor=bob, order_id=payment.order_id)
        waiting = payment.refunds.get()
        made = accepted(at_once(*[partial(ask, admin, payment, None, refund=waiting.pk) for _ in range(4)]))
        assert ([refund.pk for refund in made], booked(payment)) == ([waiting.pk], Decimal("60.00"))
        assert balances() == {}

    def test_the_same_key_is_one_refund(self, bob, alice, admin):
        payment, once = sold(bob, alice, admin), Once(admin.pk, "k", "refund", "f" * 64)
        made = accepted(at_once(*[partial(ask, admin, payment, once=once) for _ in range(4)]))
        assert (len(made), len({refund.pk for refund in made}), booked(payment)) == (4, 1, TWENTY)
        assert not list(refund_trail_faults())

    def test_the_price_of_a_line_is_taken_back_beside_refunds(self, bob, alice, admin):
        order = order_of(
            bob, design_of(alice, "60.00", mesh=None), ArtworkFactory(seller=alice, price="60.00", currency="USD")
        )
        payment = came_in(payment_of(order, PaymentMethod.BANK_TRANSFER), admin)
        line = order.lines.order_by("pk").first()
        assert PaymentShare.objects.get(line=line).held_gross == 60
        results = at_once(
            partial(purchase_refund, actor=bob, line=line), *[partial(ask, admin, payment, "10.00") for _ in range(3)]
        )
        made = accepted(results[1:])
        taken_back = results[0]
        if isinstance(taken_back, Refund):
            assert ask(admin, payment, None, refund=taken_back.pk).amount == taken_back.amount
            made.append(taken_back)
        assert booked(payment) == sum(refund.amount for refund in made)


@pytest.mark.django_db
class TestWaiting:
    """Refunds that nobody asked an administrator for."""

    @pytest.fixture
    def payment(self, bob, alice, admin) -> Payment:
        """Of a job of 850.00, of which a dispute gave 200.00 back."""
        payment = came_in(payment_of_job(completed_job(buyer=bob, artist=alice), PaymentMethod.BANK_TRANSFER), admin)
        dispute = dispute_open(actor=bob, payment_id=payment.pk, reason="It is late.")
        dispute_decide(
            actor=admin,
            dispute_id=dispute.pk,
            outcome=DisputeOutcome.SPLIT,
            artist_amount=Decimal("650.00"),
            buyer_amount=Decimal("200.00"),
            answer="We looked at it.",
        )
        return payment

    @pytest.mark.parametrize("amount", ["200.00", None])
    def test_a_request_that_could_mean_it_or_another_is_refused(self, payment, admin, amount):
        with pytest.raises(RefundWaits) as refusal:
            ask(admin, payment, amount)
        assert (refusal.value.field, str(payment.refunds.get().pk) in refusal.value.message) == ("refund", True)
        assert (payment.refunds.count(), booked(payment)) == (1, 0)

    def test_another_amount_is_another_refund(self, payment, admin):
        assert ask(admin, payment, "50.00").amount == Decimal("50.00")
        assert (payment.refunds.count(), booked(payment)) == (2, Decimal("50.00"))
        with pytest.raises(RefundTooLarge):
            ask(admin, payment, "600.01")

    def test_it_is_named(self, payment, admin):
        waiting = payment.refunds.get()
        with pytest.raises(Invalid):
            ask(admin, payment, "199.00", refund=waiting.pk)
        assert ask(admin, payment, "200.00", refund=waiting.pk) == waiting
        with pytest.raises(Invalid) as refusal:
            ask(admin, payment, "200.00", refund=waiting.pk)
        assert refusal.value.field == "refund"
        assert booked(payment) == Decimal("200.00")
        ask(admin, payment, "200.00")
        assert booked(payment) == Decimal("400.00")

    def test_not_one_of_another_payment(self, payment, bob, alice, admin):
        other = sold(bob, alice, admin)
        with pytest.raises(Invalid):
            ask(admin, other, None, refund=payment.refunds.get().pk)
        assert (booked(other), booked(payment)) == (0, 0)

    @pytest.mark.parametrize("amount", [None, "50.00"])
    def test_all_of_it_when_nothing_else_is_left(self, bob, alice, admin, amount):
        payment = sold(bob, alice, admin)
        ask(admin, payment, "10.00")
        order_cancel(actor=bob, order_id=payment.order_id)
        waiting = payment.refunds.get(status="pending")
        with pytest.raises(RefundTooLarge):
            ask(admin, payment, "0.01")
        assert ask(admin, payment, amount) == waiting
        assert (booked(payment), balances()) == (Decimal("60.00"), {})
        with pytest.raises(WrongPaymentStatus):
            ask(admin, payment, amount)

    def test_nobody_else_says_that_it_was_handed_over(self, bob, alice, admin, staff):
        payment = sold(bob, alice, admin)
        order_cancel(actor=bob, order_id=payment.order_id)
        for other in (bob, alice, staff):
            with pytest.raises(Denied):
                payment_refund(actor=other, payment_id=payment.pk, refund=payment.refunds.get().pk)
        assert booked(payment) == 0

    def test_none_while_a_dispute_is_open(self, bob, alice, admin):
        payment = came_in(payment_of_job(completed_job(buyer=bob, artist=alice), PaymentMethod.BANK_TRANSFER), admin)
        dispute_open(actor=bob, payment_id=payment.pk, reason="It is late.")
        with pytest.raises(DisputeOpen):
            ask(admin, payment)
        assert not payment.refunds.exists()


@pytest.mark.django_db
class TestOneLine:
    def test_the_others_keep_what_they_earned(self, bob, alice, dora, admin):
        pieces = [ArtworkFactory(seller=seller, artwork_type="physical", price="60.00") for seller in (alice, dora)]
        payment = came_in(payment_of(order_of(bob, *pieces), PaymentMethod.BANK_TRANSFER), admin)
        first, second = payment.order.lines.order_by("pk")
        ask(admin, payment, "10.00", item=second.pk)
        ask(admin, payment, None, item=second.pk)
        assert balances()[("seller", alice.pk)] == Decimal("54.00")
        assert ("seller", dora.pk) not in balances()
        with pytest.raises(RefundTooLarge):
            ask(admin, payment, "1.00", item=second.pk)
        assert booked(payment) == Decimal("60.00")
        stranger = sold(bob, alice, admin).order.lines.get()
        with pytest.raises(Invalid) as refusal:
            ask(admin, payment, "1.00", item=stranger.pk)
        assert refusal.value.field == "item"


@pytest.mark.django_db
class TestProof:
    def test_an_answer_without_a_refund_of_its_own_is_found(self, bob, alice, admin):
        payment = sold(bob, alice, admin)
        refund = ask(admin, payment)
        assert not list(refund_trail_faults())
        told = AuditEntry.objects.get(action="payment.refund")
        again = AuditEntry(actor=admin, action=told.action, target_type="payment", target_id=str(payment.pk))
        again.after = told.after
        again.save()
        assert list(refund_trail_faults()) == [
            f"audit entry {again.pk}: refund {refund.pk} is that of entry {told.pk} already"
        ]

    def test_a_succeeded_refund_that_is_booked_twice_or_not_is_found(self, bob, alice, admin):
        from commerce.services.audit.ledger import ledger_faults

        refund = ask(admin, sold(bob, alice, admin))
        with transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(status="pending")
            assert any(f"refund {refund.pk} was said to have succeeded" in fault for fault in refund_trail_faults())
            transaction.set_rollback(True)
        with transaction.atomic():
            LedgerTransaction.objects.create(kind="refund", key="stray", refund=refund)
            assert f"refund {refund.pk} has succeeded and is booked 2 times" in list(ledger_faults())
            transaction.set_rollback(True)


@pytest.mark.django_db
class TestAdminSite:
    PAYMENTS, REFUNDS = "/admin/commerce/payment/", "/admin/commerce/refund/"

    @pytest.fixture
    def page(self, client, admin):
        groups_prepare()
        client.force_login(admin)
        return client

    def confirmed(self, page, url, action, row, **sent):
        """Choose the action; the page that asks again, as the fields its button sends."""
        answer = page.post(url, {"action": action, "_selected_action": [row.pk], **sent})
        assert answer.status_code == 200
        return dict(answer.context["sent"]) | {"confirmed": "yes"}

    def test_a_button_pressed_twice_refunds_once(self, page, bob, alice, admin):
        payment = sold(bob, alice, admin)
        button = self.confirmed(page, self.PAYMENTS, "refund", payment, amount="20.00", reason="Late")
        for _ in range(2):
            assert "1 done." in page.post(self.PAYMENTS, button, follow=True).content.decode()
        assert (payment.refunds.get().reason, booked(payment)) == ("Late", TWENTY)
        again = self.confirmed(page, self.PAYMENTS, "refund", payment, amount="20.00", reason="Late")
        page.post(self.PAYMENTS, again, follow=True)
        assert booked(payment) == Decimal("40.00")
        assert not list(refund_trail_faults())

    def test_at_a_gateway_too(self, page, bob, alice):
        from commerce.tests.steps import paid_order

        _order, payment = paid_order(bob, ArtworkFactory(seller=alice, price="60.00"))
        button = self.confirmed(page, self.PAYMENTS, "refund", payment, reason="Late")
        for _ in range(2):
            assert "1 done." in page.post(self.PAYMENTS, button, follow=True).content.decode()
        assert (payment.refunds.count(), booked(payment)) == (1, Decimal("60.00"))

    @pytest.mark.parametrize("amount", ["x", "-1", "1e9999", "0.005"])
    def test_an_amount_that_is_none(self, page, bob, alice, admin, amount):
        payment = sold(bob, alice, admin)
        sent = {
            "action": "refund",
            "_selected_action": [payment.pk],
            "amount": amount,
            "confirmed": "yes",
            "reason": "Late",
        }
        assert page.post(self.PAYMENTS, sent, follow=True).status_code == 200
        assert (payment.refunds.count(), booked(payment)) == (0, 0)

    def test_a_waiting_one_is_handed_over_once(self, page, bob, alice, admin):
        payment = sold(bob, alice, admin)
        order_cancel(actor=bob, order_id=payment.order_id)
        refund = payment.refunds.get()
        assert page.get(self.REFUNDS).status_code == 200
        button = self.confirmed(page, self.REFUNDS, "handed_over", refund)
        assert "1 done." in page.post(self.REFUNDS, button, follow=True).content.decode()
        assert "No such refund" in page.post(self.REFUNDS, button, follow=True).content.decode()
        assert booked(payment) == Decimal("60.00")

    def test_staff_look_and_do_nothing(self, client, staff, bob, alice, admin):
        groups_prepare()
        client.force_login(staff)
        payment = sold(bob, alice, admin)
        order_cancel(actor=bob, order_id=payment.order_id)
        waiting = payment.refunds.get()
        for url, action, row in ((self.PAYMENTS, "refund", payment), (self.REFUNDS, "handed_over", waiting)):
            client.post(url, {"action": action, "_selected_action": [row.pk], "confirmed": "yes"}, follow=True)
        assert booked(payment) == 0
