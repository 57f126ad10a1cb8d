"""Communities: who is let in, sent away and shut out, and what staff decide."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import BuyerFactory, StaffFactory, UserFactory
from community import policies
from community.choices import CommunityRole, CommunityStatus, MemberStatus
from community.errors import NotAMember, ShutOut
from community.models import Community, CommunityChange, CommunityMember, CommunityPost, PostReaction
from community.selectors.communities import listening
from community.services.communities import (
    TOLD_AGAIN_AFTER,
    community_create,
    community_decide,
    community_join,
    community_leave,
    member_invite,
    member_remove,
    member_update,
)
from community.services.posts import comment_create, post_create, post_delete, post_react, post_update
from community.tests.factories import BlockFactory, CommunityFactory
from config.core.errors import Conflict, Denied, Invalid, Missing
from config.core.models import AuditEntry

pytestmark = pytest.mark.django_db
ACTIVE, PENDING, INVITED, BANNED, LEFT = MemberStatus.values


@pytest.fixture
def alice():
    return UserFactory(username="alice")


@pytest.fixture
def bob():
    return BuyerFactory(username="bob")


@pytest.fixture
def charlie():
    return BuyerFactory(username="charlie")


@pytest.fixture
def community(alice):
    return CommunityFactory(creator=alice, name="Low Poly")


def joined(community, user, role=CommunityRole.MEMBER):
    community_join(actor=user, community_id=community.pk)
    if role != CommunityRole.MEMBER:
        member_update(actor=community.creator, community_id=community.pk, user_id=user.pk, role=role)
    return user


def count(community):
    community.refresh_from_db()
    return community.member_count


def status_of(community, user):
    return CommunityMember.objects.get(community=community, user=user).status


def made(actor, **looks):
    return community_create(actor=actor, name="Low poly", description="Few corners", category="Art", **looks)


class TestHowItLooks:
    @pytest.mark.parametrize("icon", ["🧊", "LP", "https://atelier.example/media/uploads/1/cube.png"])
    def test_an_emoji_or_an_address(self, alice, icon):
        assert made(alice, icon=icon).icon == icon

    @pytest.mark.parametrize(
        "gradient", ["from-[#1da1f2]/50 dark:to-blue-500", "linear-gradient(90deg, #fff 0%, teal)"]
    )
    def test_colours(self, alice, gradient):
        assert made(alice, banner_gradient=gradient).banner_gradient == gradient

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(
                ("icon", value)
                for value in ("javascript:alert(1)", "java\tscript:1", "https:evil.example", "//evil.example")
            ),
            *(
                ("icon", value)
                for value in ("http:\\\\evil.example", "data:text/html,x", "https://good.example@evil.example")
            ),
            *(
                ("banner_gradient", value)
                for value in ("url(//evil.example/x)", "red;color:blue", 'red" onload="1', "URL (x)")
            ),
        ],
    )
    def test_what_a_browser_would_load_or_run_is_refused(self, alice, field, value):
        with pytest.raises(Invalid) as refusal:
            made(alice, **{field: value})
        assert (refusal.value.field, Community.objects.count()) == (field, 0)


class TestDecisions:
    def test_staff_approve_once(self, alice, staff):
        community = CommunityFactory(creator=alice, status="pending", name="Voxels")
        for _again in range(2):
            community_decide(actor=staff, community_id=community.pk, status=CommunityStatus.ACTIVE)
        assert list(CommunityChange.objects.values_list("before", "after", "actor")) == [
            ("pending", "active", staff.pk)
        ]
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.before["status"], entry.after["status"]) == (
            "community.approve",
            "pending",
            "active",
        )
        assert Notification.objects.get(user=alice).message == 'Your community "Voxels" is now active'

    def test_who_made_a_suspended_one_writes_nothing_there(self, alice, bob, staff, community):
        joined(community, bob)
        post = post_create(actor=bob, community_id=community.pk, content="Hello")
        community_decide(actor=staff, community_id=community.pk, status=CommunityStatus.SUSPENDED)
        where = {"actor": community.creator, "community_id": community.pk, "post_id": post.pk}
        for write in (
            lambda: comment_create(content="Still here", **where),
            lambda: post_react(reaction="like", **where),
            lambda: post_update(changes={"is_pinned": True}, **where),
        ):
            with pytest.raises(Missing):
                write()
        post.refresh_from_db()
        assert (post.comment_count, post.likes, post.is_pinned) == (0, 0, False)
        assert not Notification.objects.filter(user=bob).exists()

    def test_a_suspended_one_is_closed(self, alice, bob, staff, community):
        joined(community, bob)
        community_decide(actor=staff, community_id=community.pk, status=CommunityStatus.SUSPENDED)
        for actor in (alice, bob):
            with pytest.raises(Missing):
                post_create(actor=actor, community_id=community.pk, content="Hello")
        assert listening([(community.pk, bob), (community.pk, alice)]) == [False, True]
        assert CommunityPost.objects.count() == 0

    def test_only_staff_decide(self, alice, moderator, community):
        for actor in (alice, moderator):
            with pytest.raises(Denied):
                community_decide(actor=actor, community_id=community.pk, status=CommunityStatus.SUSPENDED)
        with pytest.raises(Conflict):
            community_decide(actor=StaffFactory(), community_id=community.pk, status=CommunityStatus.PENDING)
        assert (CommunityChange.objects.count(), AuditEntry.objects.count()) == (0, 0)


class TestPrivate:
    """By approval or invitation alone."""

    @pytest.fixture
    def community(self, alice):
        return CommunityFactory(creator=alice, is_private=True)

    def test_asking_and_being_accepted(self, alice, bob, charlie, community):
        joined(community, bob)
        assert (status_of(community, bob), count(community)) == (PENDING, 1)
        assert Notification.objects.get(user=alice).data["user_id"] == bob.pk
        with pytest.raises(NotAMember):
            post_create(actor=bob, community_id=community.pk, content="Hello")
        with pytest.raises(Denied):
            member_update(actor=bob, community_id=community.pk, user_id=bob.pk, status=MemberStatus.ACTIVE)
        for _again in range(2):
            member_update(actor=alice, community_id=community.pk, user_id=bob.pk, status=MemberStatus.ACTIVE)
        assert (status_of(community, bob), count(community)) == (ACTIVE, 2)
        assert Notification.objects.filter(user=bob).count() == 1
        assert listening([(community.pk, bob), (community.pk, charlie)]) == [True, False]

    def test_an_invitation(self, alice, bob, charlie, community):
        with pytest.raises(Denied):
            member_invite(actor=charlie, community_id=community.pk, user_id=bob.pk)
        for _again in range(2):
            member_invite(actor=alice, community_id=community.pk, user_id=bob.pk)
        assert (status_of(community, bob), count(community)) == (INVITED, 1)
        with pytest.raises(Invalid):
            member_update(actor=alice, community_id=community.pk, user_id=bob.pk, status=MemberStatus.ACTIVE)
        joined(community, bob)
        assert (status_of(community, bob), count(community)) == (ACTIVE, 2)

    def test_who_blocks_is_not_invited(self, alice, bob, community):
        BlockFactory(blocker=bob, blocked=alice)
        member_invite(actor=alice, community_id=community.pk, user_id=bob.pk)
        assert (status_of(community, bob), Notification.objects.count()) == (LEFT, 0)

    def test_who_goes_and_comes_is_told_of_once(self, alice, bob, community):
        for _again in range(3):
            joined(community, bob)
            community_leave(actor=bob, community_id=community.pk)
        for _again in range(3):
            member_invite(actor=alice, community_id=community.pk, user_id=bob.pk)
            community_leave(actor=bob, community_id=community.pk)
        assert [Notification.objects.get(user=person).data for person in (alice, bob)] == [
            {"community_id": community.pk, "user_id": bob.pk},
            {"community_id": community.pk, "is_invitation": True},
        ]
        Notification.objects.update(created_at=timezone.now() - TOLD_AGAIN_AFTER)
        joined(community, bob)
        assert Notification.objects.filter(user=alice).count() == 2

    def test_whom_its_maker_has_blocked_does_not_come_back(self, alice, bob, charlie, community):
        Community.objects.update(is_private=False)
        joined(community, bob)
        BlockFactory(blocker=alice, blocked=bob)
        joined(community, bob)  # changes nothing
        assert status_of(community, bob) == ACTIVE
        community_leave(actor=bob, community_id=community.pk)
        with pytest.raises(ShutOut):
            community_join(actor=bob, community_id=community.pk)
        assert (status_of(community, bob), count(community)) == (LEFT, 1)
        BlockFactory(blocker=charlie, blocked=alice)  # it is theirs to come or stay away
        joined(community, charlie)
        assert status_of(community, charlie) == ACTIVE

    def test_who_leaves_asks_again(self, alice, bob, community):
        member_invite(actor=alice, community_id=community.pk, user_id=bob.pk)
        joined(community, bob)
        community_leave(actor=bob, community_id=community.pk)
        joined(community, bob)
        assert (status_of(community, bob), count(community)) == (PENDING, 1)
        community_leave(actor=bob, community_id=community.pk)
        assert (status_of(community, bob), count(community)) == (LEFT, 1)


@pytest.mark.parametrize("status", CommunityStatus.values)
def test_who_sees_one_finds_it(alice, bob, status):
    community = CommunityFactory(creator=alice, status=status)
    for actor in (alice, bob, StaffFactory(), AnonymousUser()):
        found = policies.communities_visible_to(actor).filter(pk=community.pk).exists()
        assert policies.may_see_community(actor, community) == found


class TestModerators:
    def test_one_who_is_shut_out_does_not_come_back(self, alice, bob, community):
        joined(community, bob)
        post = post_create(actor=bob, community_id=community.pk, content="Spam")
        member_update(actor=alice, community_id=community.pk, user_id=bob.pk, status=MemberStatus.BANNED)
        assert count(community) == 1
        for refused, action in (
            (ShutOut, lambda: community_join(actor=bob, community_id=community.pk)),
            (NotAMember, lambda: post_create(actor=bob, community_id=community.pk, content="More")),
            (Denied, lambda: post_react(actor=bob, community_id=community.pk, post_id=post.pk, reaction="like")),
            (
                Denied,
                lambda: post_update(
                    actor=bob, community_id=community.pk, post_id=post.pk, changes={"content": "More spam"}
                ),
            ),
            (Missing, lambda: community_leave(actor=bob, community_id=community.pk)),
        ):
            with pytest.raises(refused):
                action()
        assert listening([(community.pk, bob)]) == [False]
        assert count(community) == 1
        member_update(actor=alice, community_id=community.pk, user_id=bob.pk, status=MemberStatus.ACTIVE)
        assert count(community) == 2

    def test_they_act_on_those_below_alone(self, alice, bob, charlie, community):
        dora = joined(community, UserFactory(), CommunityRole.MODERATOR)
        joined(community, bob, CommunityRole.MODERATOR)
        joined(community, charlie)
        for victim in (alice, bob, dora):
            with pytest.raises(Denied):
                member_remove(actor=dora, community_id=community.pk, user_id=victim.pk)
            with pytest.raises(Denied):
                member_update(actor=dora, community_id=community.pk, user_id=victim.pk, status=MemberStatus.BANNED)
        with pytest.raises(Denied):
            member_update(actor=dora, community_id=community.pk, user_id=charlie.pk, role=CommunityRole.ADMIN)
        member_remove(actor=dora, community_id=community.pk, user_id=charlie.pk)
        assert (status_of(community, charlie), count(community)) == (LEFT, 3)

    def test_nobody_takes_a_community_from_who_made_it(self, alice, bob, community):
        joined(community, bob, CommunityRole.ADMIN)
        for actor in (bob, StaffFactory()):
            with pytest.raises(Denied):
                member_update(actor=actor, community_id=community.pk, user_id=alice.pk, role=CommunityRole.MEMBER)
            with pytest.raises(Denied):
                member_remove(actor=actor, community_id=community.pk, user_id=alice.pk)
        assert status_of(community, alice) == ACTIVE


def test_the_platforms_moderator_leaves_an_entry(alice, bob, moderator, community):
    joined(community, bob)
    one, other = (post_create(actor=bob, community_id=community.pk, content=text) for text in ("one", "other"))
    post_delete(actor=moderator, community_id=community.pk, post_id=one.pk, reason="Spam")
    post_delete(actor=alice, community_id=community.pk, post_id=other.pk)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id, entry.after) == (
        "post.delete",
        str(one.pk),
        {"is_deleted": True, "reason": "Spam"},
    )


def test_counters_are_those_of_the_rows(alice, bob, community):
    joined(community, bob)
    posts = [post_create(actor=bob, community_id=community.pk, content="x") for _ in range(3)]
    post_delete(actor=bob, community_id=community.pk, post_id=posts[0].pk)
    for user, reaction in ((alice, "like"), (bob, "wow"), (alice, "wow")):
        post_react(actor=user, community_id=community.pk, post_id=posts[1].pk, reaction=reaction)
    comment_create(actor=alice, community_id=community.pk, post_id=posts[1].pk, content="Nice")
    post = CommunityPost.objects.get(pk=posts[1].pk)
    community.refresh_from_db()
    assert (community.post_count, post.likes, post.wows, post.comment_count, post.popularity) == (2, 0, 2, 1, 3)
    assert PostReaction.objects.count() == 2


def test_nobody_hears_of_comments_of_whom_they_block(alice, bob, community):
    joined(community, bob)
    post = post_create(actor=bob, community_id=community.pk, content="x")
    BlockFactory(blocker=bob, blocked=alice)
    comment_create(actor=alice, community_id=community.pk, post_id=post.pk, content="Look at me")
    assert Notification.objects.count() == 0
