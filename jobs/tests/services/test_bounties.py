"""Bounties: written, changed, applied to, delivered."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Notification
from community.services.blocks import block_add
from config.core.errors import Denied, Invalid, Missing
from jobs.errors import AlreadyApplied, BountyNotOpen, OwnBounty, WrongBountyStatus
from jobs.models import Bounty, BountyApplication
from jobs.selectors import bounties_listed, bounty_applications
from jobs.services.bounties import bounty_apply, bounty_create, bounty_deliver
from jobs.tests.factories import BountyFactory, applied

pytestmark = pytest.mark.django_db


def test_written(bob):
    bounty = bounty_create(actor=bob, title="Airship 🚀", description="Rigged", budget=Decimal("400"))
    assert (bounty.status, bounty.currency, bounty.applicants_count, bounty.history.count()) == ("open", "USD", 0, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"description": "\n"}, "description"),
        ({"budget": Decimal(0)}, "budget"),
        ({"budget": Decimal("0.001")}, "budget"),
        ({"deadline": timezone.now()}, "deadline"),
    ],
)
def test_what_is_refused(bob, changes, field):
    with pytest.raises(Invalid) as refusal:
        bounty_create(actor=bob, **({"title": "A", "description": "B", "budget": Decimal(1)} | changes))
    assert (refusal.value.field, Bounty.objects.count()) == (field, 0)


class TestApplying:
    def test_once(self, bob, alice):
        bounty = BountyFactory(creator=bob)
        bounty_apply(actor=alice, bounty_id=bounty.pk, message="I can", portfolio_url="https://alice.example")
        bounty.refresh_from_db()
        assert (bounty.applicants_count, Notification.objects.get(user=bob).title) == (1, "New application")
        with pytest.raises(AlreadyApplied):
            bounty_apply(actor=alice, bounty_id=bounty.pk, message="Again")
        bounty.refresh_from_db()
        assert bounty.applicants_count == 1

    def test_not_to_who_has_blocked_them(self, bob, alice):
        bounty = BountyFactory(creator=bob)
        block_add(actor=bob, user_id=alice.pk)
        with pytest.raises(Denied):
            bounty_apply(actor=alice, bounty_id=bounty.pk, message="You again")
        bounty.refresh_from_db()
        assert (bounty.applicants_count, BountyApplication.objects.count()) == (0, 0)
        assert not Notification.objects.filter(user=bob).exists()

    def test_refused(self, bob, alice):
        now = timezone.now()
        late = BountyFactory(creator=bob, deadline=now - timedelta(seconds=1))
        closed = BountyFactory(creator=bob, status="closed")
        gone = BountyFactory(creator=bob, removed_at=now)
        own = BountyFactory(creator=alice)
        for bounty, error in ((late, BountyNotOpen), (closed, BountyNotOpen), (gone, Missing), (own, OwnBounty)):
            with pytest.raises(error):
                bounty_apply(actor=alice, bounty_id=bounty.pk, message="I can")
        with pytest.raises(Invalid):
            bounty_apply(actor=alice, bounty_id=BountyFactory().pk, message=" ")
        assert not BountyApplication.objects.exists()

    def test_who_may_read_them(self, bob, alice, charlie, admin):
        bounty = applied(BountyFactory(creator=bob), alice)
        for actor in (bob, admin):
            assert bounty_applications(actor=actor, bounty_id=bounty.pk).count() == 1
        for actor in (alice, charlie):
            with pytest.raises(Denied):
                bounty_applications(actor=actor, bounty_id=bounty.pk)


def test_delivering(bob, alice, charlie):
    now = timezone.now()
    bounty = BountyFactory(creator=bob, winner=alice, awarded_at=now, status="in_progress")
    with pytest.raises(Denied):
        bounty_deliver(actor=charlie, bounty_id=bounty.pk)
    assert bounty_deliver(actor=alice, bounty_id=bounty.pk).delivered_at is not None
    assert Notification.objects.get(user=bob).title == "Work delivered"
    with pytest.raises(WrongBountyStatus):
        bounty_deliver(actor=alice, bounty_id=bounty.pk)


def test_what_is_listed(bob, alice):
    airship = BountyFactory(creator=bob, title="Steampunk airship")
    BountyFactory(creator=bob, title="Castle", description="Walls", status="closed")
    BountyFactory(creator=bob, removed_at=timezone.now())
    BountyFactory(creator__is_active=False)
    assert bounties_listed(actor=alice).count() == 2
    assert list(bounties_listed(actor=alice, search="AIRSHIP")) == [airship]
    assert bounties_listed(actor=alice, status="closed").get().title == "Castle"
    assert bounties_listed(actor=alice, creator_id=alice.pk).count() == 0
