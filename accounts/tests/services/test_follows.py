"""Following, and views of people's pages."""

from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Follow, ProfileView
from accounts.selectors.people import follower_count, profile_view_total
from accounts.services.follows import FollowsHimself, follow, unfollow
from accounts.services.profile_views import profile_view_count
from accounts.services.visitors import visitor_of, visitor_of_account
from accounts.tests.factories import ArtistFactory, BuyerFactory, StaffFactory
from commerce.tests.steps import at_once
from community.services.blocks import block_add
from config.core.errors import Denied, Limited, Missing

pytestmark = pytest.mark.django_db
STRANGER = AnonymousUser()


@pytest.fixture
def alice():
    return ArtistFactory.create(username="alice", profile=True)


@pytest.fixture
def bob():
    return BuyerFactory.create(username="bob")


def counts(*people):
    found = []
    for user in people:
        user.refresh_from_db()
        found.append((user.followers_count, user.following_count))
    return found


class TestFollowing:
    def test_once_a_person(self, alice, bob):
        charlie = BuyerFactory.create()
        first = follow(actor=bob, user_id=alice.pk)
        assert follow(actor=bob, user_id=alice.pk) == first
        follow(actor=charlie, user_id=alice.pk)
        assert follower_count(user_id=alice.pk) == 2
        assert follower_count(user_id=bob.pk) == 0

    def test_taking_it_back(self, alice, bob):
        follow(actor=bob, user_id=alice.pk)
        assert unfollow(actor=alice, user_id=bob.pk) is False
        assert unfollow(actor=bob, user_id=alice.pk) is True
        assert unfollow(actor=bob, user_id=alice.pk) is False
        assert not Follow.objects.exists()

    def test_it_is_counted_on_both_sides(self, alice, bob):
        for _ in range(2):
            follow(actor=bob, user_id=alice.pk)
        assert counts(alice, bob) == [(1, 0), (0, 1)]
        follow(actor=alice, user_id=bob.pk)
        assert counts(alice, bob) == [(1, 1), (1, 1)]
        for _ in range(2):
            unfollow(actor=bob, user_id=alice.pk)
        assert counts(alice, bob) == [(0, 1), (1, 0)]

    def test_the_followed_is_told_once(self, alice, bob):
        for _ in range(3):
            follow(actor=bob, user_id=alice.pk)
            unfollow(actor=bob, user_id=alice.pk)
        told = alice.notifications.get()
        assert (told.notification_type, told.message) == ("new_follower", "Bob Example is now following you")
        assert told.data == {"follower_id": bob.pk, "username": "bob"}
        mail = alice.deliveries.get(channel="email")
        assert mail.template == "new_follower"
        assert mail.context == {"follower_name": "Bob Example", "profile_url": "http://localhost:3000/profile/bob"}

    @pytest.mark.parametrize(
        ("name", "told"),
        [("Dr. J. Doe", "Dr. J. Doe"), ("Win at evil.example", "bob"), ("see https://x", "bob"), ("", "bob")],
    )
    def test_a_name_that_is_an_address_is_not_sent_to_others(self, alice, bob, name, told):
        bob.first_name, bob.last_name = name, ""
        follow(actor=bob, user_id=alice.pk)
        assert alice.notifications.get().message == f"{told} is now following you"

    def test_all_of_it_or_nothing(self, alice, bob, monkeypatch):
        def fails(*_args, **_kwargs):
            raise RuntimeError

        monkeypatch.setattr("accounts.services.follows.notification_send", fails)
        with pytest.raises(RuntimeError):
            follow(actor=bob, user_id=alice.pk)
        assert counts(alice, bob) == [(0, 0), (0, 0)]
        assert not Follow.objects.exists()

    def test_so_many_an_hour(self, alice, bob, settings, monkeypatch):
        settings.RATE_LIMITS = "on"
        monkeypatch.setattr("accounts.services.limits.FOLLOWS", 1)
        follow(actor=bob, user_id=alice.pk)
        with pytest.raises(Limited):
            follow(actor=bob, user_id=alice.pk)

    def test_not_whom_one_is_blocked_by(self, alice, bob):
        follow(actor=bob, user_id=alice.pk)
        follow(actor=alice, user_id=bob.pk)
        block_add(actor=alice, user_id=bob.pk)
        assert counts(alice, bob) == [(0, 1), (1, 0)]
        with pytest.raises(Denied):
            follow(actor=bob, user_id=alice.pk)
        assert counts(alice, bob) == [(0, 1), (1, 0)]

    def test_not_oneself(self, alice):
        with pytest.raises(FollowsHimself):
            follow(actor=alice, user_id=alice.pk)
        assert counts(alice) == [(0, 0)]

    def test_nobody_who_is_not_there(self, bob):
        closed = ArtistFactory.create(is_active=False)
        for user_id in (closed.pk, 2**62):
            with pytest.raises(Missing):
                follow(actor=bob, user_id=user_id)
        assert not Follow.objects.exists()


def look(person, **changes):
    visit = {"actor": STRANGER, "address": "192.0.2.1", "agent": "Mozilla/5.0"} | changes
    profile_view_count(user_id=person.pk, **visit)
    return ProfileView.objects.filter(user=person).count()


class TestProfileViews:
    def test_one_a_visitor_and_day(self, alice, bob):
        assert look(alice) == 1
        assert look(alice) == 1
        assert look(alice, address="192.0.2.2") == 2
        assert look(alice, actor=bob) == 3
        assert look(alice, actor=bob, address="192.0.2.9") == 3

    def test_neither_the_owner_nor_staff_nor_robots(self, alice):
        assert look(alice, actor=alice) == 0
        assert look(alice, actor=StaffFactory.create()) == 0
        assert look(alice, actor=SYSTEM) == 0
        assert look(alice, agent="Googlebot/2.1") == 0

    def test_counted_by_days_both_included(self, alice):
        today = timezone.now().date()
        for days, visitor in ((0, "a"), (6, "b"), (7, "c")):
            ProfileView.objects.create(user=alice, visitor=visitor, day=today - timedelta(days=days))
        assert profile_view_total(user_id=alice.pk, first=today - timedelta(days=6), last=today) == 2

    def test_who_it_was_is_not_kept(self, bob):
        visit = {"address": "192.0.2.1", "agent": "Mozilla/5.0"}
        one, other = (visitor_of(bob, purpose=purpose, **visit) for purpose in ("one", "other"))
        assert one != other
        assert one == visitor_of_account(bob.pk, purpose="one")
        assert len(one) == 32


def test_reading_a_public_profile_counts(client, alice):
    for _ in range(2):
        answer = client.get(f"/api/artist-profiles/{alice.pk}/", headers={"user-agent": "Mozilla/5.0"})
        assert answer.status_code == 200
    assert ProfileView.objects.get().user == alice


@pytest.mark.django_db(transaction=True)
def test_counters_under_many_at_once():
    """Two who follow each other do not wait for one another in a circle; many followers at once are all counted."""
    alice, bob = BuyerFactory.create(username="alice"), BuyerFactory.create(username="bob")
    others = BuyerFactory.create_batch(4)
    pairs = [(alice, bob), (bob, alice), (alice, bob), (bob, alice), *((other, alice) for other in others)]
    at_once(*(partial(follow, actor=actor, user_id=followed.pk) for actor, followed in pairs))
    assert counts(alice, bob) == [(5, 1), (1, 1)]
    assert Follow.objects.count() == 6
