"""A page of a big community costs as much as the page, not as the community."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from community.models import Community, CommunityMember, CommunityPost, PostComment, SupportTicket
from community.selectors import communities as selectors
from community.selectors.tickets import tickets_in_nexus
from community.tests.factories import CommunityFactory
from tests.planning import counted

ROWS = 4000


@pytest.fixture(scope="module")
def big(django_db_setup, django_db_blocker):
    """A community of one who writes all, and comments all under one post."""
    with django_db_blocker.unblock():
        author = UserFactory.create(username="writer", is_staff=True)
        community = CommunityFactory.create(creator=author)
        rows = [
            CommunityPost(
                community=community,
                author=author,
                content="x",
                popularity=number % 97,
                is_pinned=number % 500 == 0,
                created_at=timezone.now() - timedelta(minutes=number),
                changed_at=timezone.now() - timedelta(minutes=number),
            )
            for number in range(ROWS)
        ]
        post = CommunityPost.objects.bulk_create(rows, 2000)[0]
        PostComment.objects.bulk_create(
            [PostComment(community=community, post=post, author=author, content="x") for _ in range(ROWS)], 2000
        )
        SupportTicket.objects.bulk_create(
            [
                SupportTicket(number=f"T{number}", user=author, issue_type="other", subject="x", description="x")
                for number in range(1000)
            ],
            2000,
        )
        counted(CommunityPost, PostComment, SupportTicket)
        yield community, author, post
        for model in (SupportTicket, PostComment, CommunityPost, CommunityMember):
            model._base_manager.all().delete()
        Community.objects.all().delete()
        User.objects.filter(pk=author.pk).delete()


def lists(community, author, post):
    about = {"actor": author, "community_id": community.pk}
    for chosen in ("recent", "popular", "pinned", "mine"):
        yield chosen, selectors.posts_listed(**about, chosen=chosen)[:20]
    yield "comments", selectors.comments_listed(**about, post_id=post.pk)[:20]
    missed = selectors.community_missed(
        community_id=community.pk, since=timezone.now() - timedelta(minutes=5), most=500
    )
    yield "missed posts", missed.posts
    yield "missed comments", missed.comments
    yield "tickets", tickets_in_nexus(actor=author)[:20]
    yield "all tickets", tickets_in_nexus(actor=author, all_people=True)[:20]


@pytest.mark.django_db
def test_pages_read_indexes_and_sort_nothing_big(big):
    tables = {model._meta.db_table for model in (CommunityPost, PostComment, SupportTicket)}
    for name, rows in lists(*big):
        plan = rows.explain()
        assert not [table for table in tables if f"Seq Scan on {table}" in plan], f"{name}\n{plan}"
        assert name.startswith("missed") or "Sort Key" not in plan, f"{name}\n{plan}"
