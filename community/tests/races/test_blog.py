"""People at the same post at the same moment, each with a connection of their own: nothing is counted twice or lost."""

import pytest

from accounts.tests.factories import BuyerFactory, StaffFactory
from commerce.tests.steps import at_once
from community.choices import SharedOn
from community.models import BlogComment, BlogLike, BlogShare, PageView
from community.services.blog import (
    comment_remove,
    post_comment,
    post_create,
    post_like,
    post_publish,
    post_share,
    post_unlike,
)
from community.services.page_views import page_view_count

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post():
    staff = StaffFactory()
    return post_publish(actor=staff, post_id=post_create(actor=staff, title="A", content="A", category="news").pk)


def test_likes(post):
    bob, others = BuyerFactory(), [BuyerFactory() for _ in range(3)]
    at_once(*[lambda one=one: post_like(actor=one, post_id=post.pk) for one in [bob, bob, bob, *others]])
    post.refresh_from_db()
    assert post.likes_count == BlogLike.objects.count() == 4
    at_once(*[lambda: post_unlike(actor=bob, post_id=post.pk)] * 3)
    post.refresh_from_db()
    assert post.likes_count == BlogLike.objects.count() == 3


def test_answers_get_numbers_of_their_own(post):
    bob = BuyerFactory()
    top = post_comment(actor=bob, post_id=post.pk, content="Top")
    at_once(*[lambda: post_comment(actor=bob, post_id=post.pk, content="Answer", parent_id=top.pk)] * 5)
    numbers = list(BlogComment.objects.filter(root=top).order_by("number").values_list("number", flat=True))
    assert numbers == [1, 2, 3, 4, 5]
    at_once(*[lambda: comment_remove(actor=bob, comment_id=top.pk)] * 3)
    post.refresh_from_db()
    assert post.comments_count == 5


def test_shares_and_visits(post):
    bob = BuyerFactory()
    at_once(*[lambda: post_share(post_id=post.pk, platform=SharedOn.COPY)] * 4)
    at_once(*[lambda: page_view_count(actor=bob, page=post, address="127.0.0.1", agent="x")] * 4)
    post.refresh_from_db()
    assert (post.shares_count, BlogShare.objects.get().count) == (4, 4)
    assert (post.views_count, PageView.objects.count()) == (1, 1)
