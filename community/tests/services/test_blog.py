"""The blog: staff write it, all like and comment it; who is told, and what a refusal leaves."""

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Delivery, Notification
from community.models import BlogComment, BlogPost
from community.services.blog import (
    comment_remove,
    post_comment,
    post_create,
    post_delete,
    post_picture_set,
    post_publish,
    post_update,
    post_withdraw,
)
from community.tests.factories import BlockFactory
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry, DiscardedFile
from tests.roles.requests.request import picture

pytestmark = pytest.mark.django_db
VALUES = {"title": "Retopology", "content": "word " * 450, "category": "tutorials"}


@pytest.fixture
def post(staff):
    return post_publish(actor=staff, post_id=post_create(actor=staff, **VALUES).pk)


def trail():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_post_s_life(staff):
    post = post_create(actor=staff, **VALUES)
    assert (post.status, post.read_time, post.author, post.published_at) == ("draft", 3, staff, None)
    published = post_publish(actor=staff, post_id=post.pk)
    first = published.published_at
    assert first is not None
    post_withdraw(actor=staff, post_id=post.pk)
    assert post_publish(actor=staff, post_id=post.pk).published_at == first
    changed = post_update(actor=staff, post_id=post.pk, content="Short.", tags=["a", " b "])
    assert (changed.read_time, changed.tags) == (1, ["a", "b"])
    post_delete(actor=staff, post_id=post.pk)
    assert BlogPost.objects.count() == 0
    assert trail() == ["post.add", *(f"post.{verb}" for verb in ("publish", "withdraw", "publish", "change", "delete"))]


def test_only_staff_write(moderator, bob, post):
    for actor in (moderator, bob):
        with pytest.raises(Denied):
            post_create(actor=actor, **VALUES)
        for decide in (post_publish, post_withdraw, post_delete, post_update):
            with pytest.raises(Denied):
                decide(actor=actor, post_id=post.pk)
        with pytest.raises(Denied):
            post_picture_set(actor=actor, post_id=post.pk, upload=picture())
    assert BlogPost.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        *({"title": " "}, {"title": "x" * 201}, {"content": ""}, {"content": "x" * 50_001}, {"category": "x"}),
        *({"tags": "a"}, {"tags": ["x"] * 21}, {"tags": [""]}, {"excerpt": "x" * 501}),
    ],
)
def test_what_a_post_cannot_be(staff, change):
    with pytest.raises(Invalid) as refusal:
        post_create(actor=staff, **VALUES | change)
    assert refusal.value.field == next(iter(change))
    assert (BlogPost.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_its_picture_is_drawn_anew(staff, post):
    name = post_picture_set(actor=staff, post_id=post.pk, upload=picture()).featured_image.name
    assert name.startswith("blog/") and default_storage.exists(name) and not DiscardedFile.objects.exists()
    with pytest.raises(Invalid):
        post_picture_set(actor=staff, post_id=post.pk, upload=SimpleUploadedFile("x.svg", b"<svg onload='x()'/>"))
    assert not post_picture_set(actor=staff, post_id=post.pk, upload=None).featured_image
    assert DiscardedFile.objects.get().name == name


def told():
    return set(Notification.objects.values_list("user__username", flat=True))


def test_who_is_told_of_a_comment(staff, bob, charlie, post):
    first = post_comment(actor=bob, post_id=post.pk, content="Fine")
    assert told() == {"staff"}
    mail = Delivery.objects.get(template="comment_notification")
    assert mail.context["link"] == f"/blog/{post.pk}" and mail.context["comment"] == "Fine"
    Notification.objects.all().delete()
    post_comment(actor=charlie, post_id=post.pk, content="Indeed", parent_id=first.pk)
    assert told() == {"staff", "bob"}
    Notification.objects.all().delete()
    post_comment(actor=staff, post_id=post.pk, content="Thanks", parent_id=first.pk)
    assert told() == {"bob"}


def test_nobody_is_told_of_a_comment_by_whom_they_block(staff, bob, charlie, post):
    first = post_comment(actor=bob, post_id=post.pk, content="Fine")
    Notification.objects.all().delete()
    BlockFactory(blocker=bob, blocked=charlie)
    post_comment(actor=charlie, post_id=post.pk, content="Ha", parent_id=first.pk)
    assert told() == {"staff"}


def test_removing_a_comment(staff, moderator, bob, charlie, post):
    one, other = (post_comment(actor=bob, post_id=post.pk, content="Spam") for _ in range(2))
    with pytest.raises(Denied):
        comment_remove(actor=charlie, comment_id=one.pk)
    with pytest.raises(Missing):
        comment_remove(actor=bob, comment_id=0)
    for _ in range(2):
        comment_remove(actor=bob, comment_id=one.pk)
    comment_remove(actor=moderator, comment_id=other.pk, reason="spam")
    post.refresh_from_db()
    assert post.comments_count == 0
    assert BlogComment.objects.filter(removed_at=None).count() == 0
    assert trail()[-1] == "post_comment.remove"
