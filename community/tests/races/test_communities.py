"""Members who come, go, post and react at the same moment, each with a connection of their own."""

import pytest

from accounts.tests.factories import StaffFactory, UserFactory
from commerce.tests.steps import at_once
from community.choices import CommunityStatus
from community.errors import NotAMember
from community.models import Community, CommunityMember, CommunityPost, PostReaction
from community.services.communities import community_create, community_decide, community_join, community_leave
from community.services.posts import post_create, post_delete, post_react
from community.tests.factories import CommunityFactory
from config.core.errors import Missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def community():
    return CommunityFactory(creator=UserFactory(username="alice"))


def test_ten_join_and_one_of_them_ten_times(community):
    people = [UserFactory() for _ in range(5)]
    joining = [people[0]] * 5 + people
    at_once(*[lambda user=user: community_join(actor=user, community_id=community.pk) for user in joining])
    community.refresh_from_db()
    assert (community.member_count, CommunityMember.objects.count()) == (6, 6)


@pytest.mark.parametrize("number", range(3))
def test_a_member_who_leaves_while_posting(community, number):
    bob = UserFactory()
    community_join(actor=bob, community_id=community.pk)
    results = at_once(
        *[lambda: post_create(actor=bob, community_id=community.pk, content="Bye")] * 3,
        lambda: community_leave(actor=bob, community_id=community.pk),
    )
    assert {type(result) for result in results} <= {CommunityPost, NotAMember, Community}
    community.refresh_from_db()
    assert (community.member_count, community.post_count) == (1, CommunityPost.objects.count())
    left = CommunityMember.objects.get(user=bob)
    assert all(post.created_at <= left.changed_at for post in CommunityPost.objects.all())


def test_nobody_posts_into_one_that_is_suspended(community):
    results = at_once(
        *[lambda: post_create(actor=community.creator, community_id=community.pk, content="Hi")] * 4,
        lambda: community_decide(actor=StaffFactory(), community_id=community.pk, status=CommunityStatus.SUSPENDED),
    )
    assert {type(result) for result in results} <= {CommunityPost, Missing, Community}
    community.refresh_from_db()
    assert (community.status, community.post_count) == ("suspended", CommunityPost.objects.count())


def test_reactions_at_once_are_counted_once_a_person(community):
    people = [community.creator, *(UserFactory() for _ in range(3))]
    for user in people[1:]:
        community_join(actor=user, community_id=community.pk)
    post = post_create(actor=community.creator, community_id=community.pk, content="Hi")
    at_once(
        *[
            lambda user=user, reaction=reaction: post_react(
                actor=user, community_id=community.pk, post_id=post.pk, reaction=reaction
            )
            for user in people
            for reaction in ("like", "fire")
        ]
    )
    post.refresh_from_db()
    assert (post.likes + post.fires, post.popularity, PostReaction.objects.count()) == (4, 4, 4)


def test_a_post_is_deleted_once(community):
    post = post_create(actor=community.creator, community_id=community.pk, content="Hi")
    at_once(*[lambda: post_delete(actor=community.creator, community_id=community.pk, post_id=post.pk)] * 4)
    community.refresh_from_db()
    assert community.post_count == 0


def test_a_name_is_taken_once():
    people = [UserFactory() for _ in range(4)]
    made = at_once(
        *[
            lambda user=user: community_create(actor=user, name="Voxels", description="Boxes", category="Art")
            for user in people
        ]
    )
    assert sorted(type(result).__name__ for result in made) == ["Community", *["NameTaken"] * 3]
    assert Community.objects.count() == 1
