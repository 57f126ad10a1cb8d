"""Two winners of one bounty at once, on real connections. The books stay right (see conftest)."""

from functools import partial

import pytest

from commerce.models import Payment
from commerce.services.bounties import bounties
from commerce.services.bounties.bounties import bounty_award, bounty_update
from commerce.tests.races.test_campaigns import sound
from commerce.tests.steps import at_once
from jobs.choices import BountyStatus
from jobs.models import Bounty
from jobs.tests.factories import BountyFactory, applied
from tests.interleaving import comes_before

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_winners_at_once(bob, alice, charlie):
    for _ in range(3):
        bounty = applied(BountyFactory(creator=bob), alice, charlie)
        choose = partial(bounty_award, actor=bob, bounty_id=bounty.pk)
        sound(at_once(*(partial(choose, winner_id=user.pk) for user in (alice, charlie))))
        bounty.refresh_from_db()
        [payment] = Payment.objects.filter(bounty=bounty, status="completed")
        assert (bounty.status, bounty.winner_id, payment.held_amount) == ("in_progress", payment.payee_id, 400)


def test_chosen_and_closed_at_once(bob, alice):
    bounty = applied(BountyFactory(creator=bob), alice)
    sound(
        at_once(
            partial(bounty_award, actor=bob, bounty_id=bounty.pk, winner_id=alice.pk),
            partial(bounty_update, actor=bob, bounty_id=bounty.pk, status=BountyStatus.CLOSED),
        )
    )
    assert Bounty.objects.get().status in {"closed", "in_progress"}


def test_accepted_twice_at_once(bob, alice):
    bounty = applied(BountyFactory(creator=bob), alice)
    bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
    accept = partial(bounty_update, actor=bob, bounty_id=bounty.pk, status=BountyStatus.COMPLETED)
    sound(at_once(accept, accept))
    assert Payment.objects.get().held_amount == 0


def test_chosen_twice_at_once_is_chosen(bob, alice, monkeypatch):
    """A double click: the second finds it open, and then with the winner whom the first has chosen meanwhile."""
    bounty = applied(BountyFactory(creator=bob), alice)
    choose = partial(bounties.bounty_update, actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
    others = comes_before(monkeypatch, bounties, "bounty_award", choose)

    late = choose()

    assert [other.bounty.winner_id for other in others] == [late.bounty.winner_id] == [alice.pk]
    assert Payment.objects.get().held_amount == 400
