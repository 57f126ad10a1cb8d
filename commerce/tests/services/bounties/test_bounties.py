"""Bounties with their money: from the choice of a winner to the release, or back to the creator."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.services.people import user_ban
from commerce.choices import DisputeOutcome
from commerce.errors import CardDeclined, GatewayUnavailable, NoDefaultMethod, WrongPaymentStatus
from commerce.gateways.sandbox import SandboxGateway, challenge_finish
from commerce.models import Payment, Refund, SandboxIntent
from commerce.services.bounties.bounties import bounties_sweep, bounty_award, bounty_delete, bounty_update
from commerce.services.escrow.disputes import dispute_decide, dispute_open, dispute_withdraw
from commerce.services.escrow.holds import payment_release
from commerce.services.payments.at_gateway import payment_settle
from commerce.services.refunds.refunds import refund_settle
from commerce.tests.steps import balances
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from jobs.choices import BountyStatus
from jobs.errors import BountyBeingPaid, DisputeOpen, NoApplicant, WrongBountyStatus
from jobs.models import Bounty
from jobs.services.bounties import bounty_deliver
from jobs.tests.factories import BountyFactory, applied

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def bounty(bob, alice, charlie):
    return applied(BountyFactory(creator=bob), alice, charlie)


@pytest.fixture
def won(bounty, bob, alice):
    bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
    return Bounty.objects.get(pk=bounty.pk)


def now(bounty) -> Bounty:
    return Bounty.objects.get(pk=bounty.pk)


def settle_refunds(bob) -> None:
    for pk in Refund.objects.filter(status="pending").values_list("pk", flat=True):
        refund_settle(actor=bob, refund_id=pk)


def held() -> dict:
    found = balances()
    return {kind: amount for (kind, _owner), amount in found.items() if kind in {"held", "seller", "fees"}}


class TestChoosing:
    def test_the_budget_is_held(self, bounty, bob, alice):
        done = bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
        found = done.bounty
        assert (found.status, found.winner, done.waits) == ("in_progress", alice, False)
        assert (found.paid_at is not None, held()) == (True, {"held": 400})
        payment = Payment.objects.get()
        assert (payment.payee, payment.platform_fee, payment.hire_status) == (alice, Decimal("30.00"), "pending")
        titles = Notification.objects.filter(user=alice).values_list("title", flat=True)
        assert set(titles) >= {"You were chosen", "Payment Held"}

    def test_without_a_way_to_pay_nothing_changes(self, bounty, bob, alice, settings):
        settings.STRIPE_SECRET_KEY = "sk_test_unused"
        with pytest.raises(NoDefaultMethod):
            bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
        assert (now(bounty).status, now(bounty).winner, Payment.objects.count()) == ("open", None, 0)

    def test_a_declined_card_changes_nothing(self, bounty, bob, alice, charlie):
        with pytest.raises(CardDeclined):
            bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk, token="pm_card_chargeDeclined")
        assert (now(bounty).status, now(bounty).winner, held()) == ("open", None, {})
        assert bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=charlie.pk).bounty.winner == charlie

    def test_3d_secure(self, bounty, bob, alice, charlie):
        token = "pm_card_threeDSecure2Required"
        done = bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk, token=token)
        assert (done.waits, done.bounty.status, done.bounty.winner) == (True, "open", None)
        with pytest.raises(BountyBeingPaid):
            bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=charlie.pk)
        with pytest.raises(BountyBeingPaid):
            bounty_update(actor=bob, bounty_id=bounty.pk, budget=Decimal(1))
        challenge_finish(challenge=SandboxIntent.objects.get().challenge, succeeded=True)
        payment_settle(actor=bob, payment_id=Payment.objects.get().pk)
        assert (now(bounty).winner, held()) == (alice, {"held": 400})

    def test_3d_secure_never_answered(self, bounty, bob, alice, time_machine):
        token = "pm_card_threeDSecure2Required"
        bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk, token=token)
        time_machine.move_to(timezone.now() + 2 * DAY)
        assert bounties_sweep() == 1
        assert Payment.objects.get().status == "cancelled"
        assert bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk).bounty.status == "in_progress"

    def test_what_is_called_off_is_closed_at_the_gateway_first(self, bounty, bob, alice, time_machine, monkeypatch):
        """Nobody is charged in the moment between: one that cannot be closed is kept, and a gateway asked once."""
        for each in (bounty, applied(BountyFactory(creator=bob), alice)):
            token = "pm_card_threeDSecure2Required"
            bounty_award(actor=bob, bounty_id=each.pk, winner_id=alice.pk, token=token)
        time_machine.move_to(timezone.now() + 2 * DAY)
        asked = []

        def silent(_gateway, reference):
            asked.append(reference)
            raise GatewayUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(SandboxGateway, "cancel", silent)
            assert (bounties_sweep(), len(asked)) == (0, 1)
        first, second = Payment.objects.order_by("pk")
        SandboxIntent.objects.filter(reference=first.gateway_reference).update(status="succeeded")
        assert bounties_sweep() == 1
        assert (now(bounty).winner, held()) == (alice, {"held": 400})
        second.refresh_from_db()
        assert second.status == "cancelled"
        assert SandboxIntent.objects.get(reference=second.gateway_reference).status == "canceled"

    def test_a_declined_card_that_cannot_be_closed_is_still_declined(self, bounty, bob, alice, monkeypatch):
        def silent(*_args):
            raise GatewayUnavailable

        with monkeypatch.context() as patch, pytest.raises(CardDeclined):
            patch.setattr(SandboxGateway, "cancel", silent)
            bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk, token="pm_card_chargeDeclined")
        assert (now(bounty).winner, Payment.objects.get().status) == (None, "failed")

    def test_money_that_comes_after_the_end_goes_back(self, bounty, bob, alice):
        token = "pm_card_threeDSecure2Required"
        bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk, token=token)
        bounty_update(actor=bob, bounty_id=bounty.pk, status=BountyStatus.CLOSED)
        challenge_finish(challenge=SandboxIntent.objects.get().challenge, succeeded=True)
        payment_settle(actor=bob, payment_id=Payment.objects.get().pk)
        settle_refunds(bob)
        assert (now(bounty).status, now(bounty).winner, balances()) == ("closed", None, {})

    def test_a_silent_gateway(self, bounty, bob, alice, monkeypatch):
        def silent(*_args, **_kwargs):
            raise GatewayUnavailable

        with monkeypatch.context() as patch, pytest.raises(GatewayUnavailable):
            patch.setattr(SandboxGateway, "confirm", silent)
            bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
        assert bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk).bounty.winner == alice
        assert Payment.objects.count() == 1

    def test_refused(self, bounty, bob, alice, dora, admin):
        with pytest.raises(NoApplicant):
            bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=dora.pk)
        for actor in (alice, admin):
            with pytest.raises(Denied):
                bounty_award(actor=actor, bounty_id=bounty.pk, winner_id=alice.pk)
        with pytest.raises(Missing):
            bounty_award(actor=bob, bounty_id=0, winner_id=alice.pk)
        with pytest.raises(Invalid):
            bounty_update(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk, title="Other")
        assert not Payment.objects.exists()

    def test_once(self, won, bob, alice, charlie):
        assert bounty_update(actor=bob, bounty_id=won.pk, winner_id=alice.pk).bounty.winner == alice
        with pytest.raises(WrongBountyStatus):
            bounty_update(actor=bob, bounty_id=won.pk, winner_id=charlie.pk)
        assert held() == {"held": 400}


class TestTheEnd:
    def test_accepted(self, won, bob, alice):
        bounty_deliver(actor=alice, bounty_id=won.pk)
        found = bounty_update(actor=bob, bounty_id=won.pk, status=BountyStatus.COMPLETED).bounty
        assert (found.status, held()) == ("completed", {"seller": 370, "fees": 30})
        with pytest.raises(WrongBountyStatus):
            bounty_update(actor=bob, bounty_id=won.pk, status=BountyStatus.COMPLETED, title="x")

    def test_fourteen_silent_days(self, won, alice, time_machine):
        bounty_deliver(actor=alice, bounty_id=won.pk)
        time_machine.move_to(timezone.now() + 13 * DAY)
        assert bounties_sweep() == 0
        time_machine.move_to(timezone.now() + DAY)
        assert bounties_sweep() == 1
        assert (now(won).status, held()) == ("completed", {"seller": 370, "fees": 30})

    def test_sent_back(self, won, bob, alice, time_machine):
        bounty_deliver(actor=alice, bounty_id=won.pk)
        bounty_update(actor=bob, bounty_id=won.pk, status=BountyStatus.IN_PROGRESS)
        time_machine.move_to(timezone.now() + 15 * DAY)
        assert (bounties_sweep(), now(won).status) == (0, "in_progress")

    def test_a_deadline_that_passes_with_money_held(self, bob, alice, time_machine):
        bounty = applied(BountyFactory(creator=bob, deadline=timezone.now() + 3 * DAY), alice)
        bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
        with pytest.raises(WrongBountyStatus):
            bounty_update(actor=bob, bounty_id=bounty.pk, status=BountyStatus.CLOSED)
        time_machine.move_to(timezone.now() + 4 * DAY)
        assert (bounties_sweep(), held()) == (0, {"held": 400})
        bounty_update(actor=bob, bounty_id=bounty.pk, status=BountyStatus.CLOSED)
        settle_refunds(bob)
        assert (now(bounty).status, balances()) == ("closed", {})

    def test_delivered_in_time_is_not_taken_back(self, bob, alice, time_machine):
        bounty = applied(BountyFactory(creator=bob, deadline=timezone.now() + 3 * DAY), alice)
        bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
        bounty_deliver(actor=alice, bounty_id=bounty.pk)
        time_machine.move_to(timezone.now() + 4 * DAY)
        with pytest.raises(WrongBountyStatus):
            bounty_update(actor=bob, bounty_id=bounty.pk, status=BountyStatus.CLOSED)

    def test_sent_back_after_the_deadline_is_not_taken_back_either(self, bob, alice, time_machine):
        bounty = applied(BountyFactory(creator=bob, deadline=timezone.now() + 3 * DAY), alice)
        bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
        bounty_deliver(actor=alice, bounty_id=bounty.pk)
        time_machine.move_to(timezone.now() + 4 * DAY)
        bounty_update(actor=bob, bounty_id=bounty.pk, status=BountyStatus.IN_PROGRESS)
        with pytest.raises(WrongBountyStatus):
            bounty_update(actor=bob, bounty_id=bounty.pk, status=BountyStatus.CLOSED)
        assert (now(bounty).status, held()) == ("in_progress", {"held": 400})
        time_machine.move_to(timezone.now() + 15 * DAY)
        bounty_update(actor=bob, bounty_id=bounty.pk, status=BountyStatus.CLOSED)
        assert now(bounty).status == "closed"

    def test_of_a_winner_whose_account_was_closed_nothing_is_waited_for(self, admin, bob, alice):
        bounty = applied(BountyFactory(creator=bob, deadline=timezone.now() + 300 * DAY), alice)
        bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
        user_ban(actor=admin, user_id=alice.pk)
        bounty_update(actor=bob, bounty_id=bounty.pk, status=BountyStatus.CLOSED)
        settle_refunds(bob)
        assert (now(bounty).status, balances()) == ("closed", {})

    def test_what_such_a_winner_has_delivered_is_not_taken(self, admin, won, bob, alice):
        bounty_deliver(actor=alice, bounty_id=won.pk)
        user_ban(actor=admin, user_id=alice.pk)
        with pytest.raises(WrongBountyStatus):
            bounty_update(actor=bob, bounty_id=won.pk, status=BountyStatus.CLOSED)
        assert (now(won).status, held()) == ("in_progress", {"held": 400})

    def test_without_a_deadline_the_winner_has_fourteen_days(self, won, bob, time_machine):
        time_machine.move_to(timezone.now() + 13 * DAY)
        with pytest.raises(WrongBountyStatus):
            bounty_update(actor=bob, bounty_id=won.pk, status=BountyStatus.CLOSED)
        time_machine.move_to(timezone.now() + DAY)
        bounty_update(actor=bob, bounty_id=won.pk, status=BountyStatus.CLOSED)
        assert now(won).status == "closed"

    def test_closed_by_an_administrator(self, won, admin, bob):
        bounty_update(actor=admin, bounty_id=won.pk, status=BountyStatus.CLOSED)
        settle_refunds(bob)
        assert (balances(), AuditEntry.objects.get(action="bounty.close").before["status"]) == ({}, "in_progress")
        with pytest.raises(WrongBountyStatus):
            bounty_update(actor=bob, bounty_id=won.pk, status=BountyStatus.OPEN)

    def test_the_creator_alone_accepts(self, won, alice, admin):
        for actor in (alice, admin):
            with pytest.raises(Denied):
                bounty_update(actor=actor, bounty_id=won.pk, status=BountyStatus.COMPLETED)
        with pytest.raises(WrongPaymentStatus):
            payment_release(actor=admin, payment_id=Payment.objects.get().pk)


class TestDisputes:
    def test_stop_the_clock(self, won, bob, alice, time_machine):
        bounty_deliver(actor=alice, bounty_id=won.pk)
        dispute = dispute_open(actor=bob, payment_id=Payment.objects.get().pk, reason="Not rigged")
        with pytest.raises(DisputeOpen):
            bounty_update(actor=bob, bounty_id=won.pk, status=BountyStatus.COMPLETED)
        time_machine.move_to(timezone.now() + 20 * DAY)
        assert bounties_sweep() == 0
        dispute_withdraw(actor=bob, dispute_id=dispute.pk)
        assert bounties_sweep() == 1

    def test_decided(self, won, bob, alice, admin):
        dispute = dispute_open(actor=alice, payment_id=Payment.objects.get().pk, reason="Silent")
        dispute_decide(
            actor=admin,
            dispute_id=dispute.pk,
            outcome=DisputeOutcome.SPLIT,
            answer="Half of it is there",
            artist_amount=Decimal(200),
            buyer_amount=Decimal(200),
        )
        settle_refunds(bob)
        assert (now(won).status, held()) == ("completed", {"seller": 185, "fees": 15})

    def test_decided_for_the_creator(self, won, bob, admin):
        dispute = dispute_open(actor=bob, payment_id=Payment.objects.get().pk, reason="Nothing came")
        dispute_decide(actor=admin, dispute_id=dispute.pk, outcome=DisputeOutcome.REFUND, answer="True")
        settle_refunds(bob)
        assert (now(won).status, balances()) == ("closed", {})


class TestDeleting:
    def test_an_open_one(self, bounty, bob, alice):
        bounty_delete(actor=bob, bounty_id=bounty.pk)
        assert (now(bounty).status, now(bounty).removed_at is not None) == ("closed", True)
        assert Notification.objects.filter(user=alice, title="Bounty closed").count() == 1
        with pytest.raises(Missing):
            bounty_delete(actor=bob, bounty_id=bounty.pk)

    def test_not_one_under_way(self, won, bob, admin, alice):
        for actor in (bob, admin):
            with pytest.raises(WrongBountyStatus):
                bounty_delete(actor=actor, bounty_id=won.pk)
        with pytest.raises(Denied):
            bounty_delete(actor=alice, bounty_id=won.pk)
        assert held() == {"held": 400}

    def test_a_finished_one(self, won, bob):
        bounty_update(actor=bob, bounty_id=won.pk, status=BountyStatus.COMPLETED)
        bounty_delete(actor=bob, bounty_id=won.pk)
        assert held() == {"seller": 370, "fees": 30}
