"""The blog: written by staff, liked, shared and commented by all."""

import uuid
from collections.abc import Callable
from typing import Any, Final

from django.core.files.base import File
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from accounts.services.limits import Attempt, attempt_count
from community import policies
from community.choices import BlogCategory, PostStatus, SharedOn
from community.models import BlogComment, BlogLike, BlogPost, BlogShare
from community.services.texts import optional_read, text_read
from config.core import files
from config.core.audit import audit_record, audited
from config.core.comments import comment_take_off, comment_write, hearers
from config.core.errors import Denied, Invalid, Missing
from config.core.images.intake import PRODUCT, image_read
from config.core.markup import MOST_MARKDOWN, minutes_to_read
from marketplace.services.notices import comment_written
from marketplace.services.pictures.renditions import unmarked

LONGEST_COMMENT: Final = 2000
LONGEST_EXCERPT: Final = 500
LONGEST_TITLE: Final = 200
MOST_TAGS: Final = 20
STORAGE: Final = "default"
RECORDED: Final = ("title", "category", "status", "is_featured")


# ---------------------------------------------------------------- written by staff
def post_create(*, actor: User, **values: Any) -> BlogPost:
    """A draft, of which the actor is the author. `values` are those of `post_update`. Raises Denied and Invalid."""
    if not policies.may_write_pages(actor):
        raise Denied
    with transaction.atomic():
        post = BlogPost(author=actor)
        _fill(post, {"title": "", "content": "", "category": "", **values})
        post.save()
        after = {name: getattr(post, name) for name in RECORDED}
        audit_record(actor=actor, action="post.add", target=post, after=after)
    return post


def post_update(*, actor: Actor, post_id: int, **values: Any) -> BlogPost:
    """`title`, `content` (Markdown), `excerpt`, `category`, `tags`, `is_featured`. Raises Denied, Missing, Invalid."""
    return _decide(actor, post_id, "change", lambda post: _fill(post, values))


def post_publish(*, actor: Actor, post_id: int) -> BlogPost:
    """All may read it. One that was published before keeps its date. Raises Denied and Missing."""
    return _decide(actor, post_id, "publish", _publish)


def post_withdraw(*, actor: Actor, post_id: int) -> BlogPost:
    """It is a draft again; likes and comments stay. Raises Denied and Missing."""
    return _decide(actor, post_id, "withdraw", _withdraw)


def post_delete(*, actor: Actor, post_id: int) -> None:
    """With its likes and comments. Raises Denied and Missing."""
    if not policies.may_write_pages(actor):
        raise Denied
    with transaction.atomic():
        post = _lock(post_id)
        before = {name: getattr(post, name) for name in RECORDED}
        audit_record(actor=actor, action="post.delete", target=post, before=before)
        files.file_discard(STORAGE, post.featured_image.name or "")
        post.delete()


def post_picture_set(*, actor: Actor, post_id: int, upload: File | None) -> BlogPost:
    """The picture above it; None takes it away. Drawn anew, so that nothing else of the upload stays.

    Raises Denied, Missing, Invalid (`featured_image`), Busy, Limited and Upstream.
    """
    if not policies.may_write_pages(actor):
        raise Denied
    stored = None
    if upload is not None:
        drawn = unmarked(image_read(upload, owner=actor.pk, use=PRODUCT, name="featured_image").display)
        stored = files.file_write(STORAGE, f"blog/{uuid.uuid4().hex}.jpg", drawn)

    def show(post: BlogPost) -> None:
        files.file_discard(STORAGE, post.featured_image.name or "")
        post.featured_image = stored.name if stored else ""
        files.files_keep([stored] if stored else [])

    try:
        return _decide(actor, post_id, "picture", show)
    except BaseException:
        files.files_drop([stored] if stored else [])
        raise


def _decide(actor: Actor, post_id: int, verb: str, change: Callable[[BlogPost], None]) -> BlogPost:
    if not policies.may_write_pages(actor):
        raise Denied
    with transaction.atomic():
        post = _lock(post_id)
        with audited(actor, f"post.{verb}", post, *RECORDED):
            change(post)
            post.save()
    return post


def _lock(post_id: int) -> BlogPost:
    post = BlogPost.objects.select_for_update(of=("self",)).filter(pk=post_id).first()
    if post is None:
        raise Missing("Post")
    return post


def _fill(post: BlogPost, values: dict[str, Any]) -> None:
    """Raises Invalid."""
    read: dict[str, Callable[[Any], Any]] = {
        "title": lambda value: text_read(value, "title", LONGEST_TITLE),
        "content": lambda value: text_read(value, "content", MOST_MARKDOWN),
        "excerpt": lambda value: optional_read(value, "excerpt", LONGEST_EXCERPT),
        "category": _category,
        "tags": _tags,
        "is_featured": bool,
    }
    for name, value in values.items():
        setattr(post, name, read[name](value))
    post.read_time = minutes_to_read(post.content)


def _category(value: str) -> str:
    if value not in BlogCategory.values:
        raise Invalid("There is no such category.", field="category")
    return value


def _tags(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value) or len(value) > MOST_TAGS:
        raise Invalid(f"A list of at most {MOST_TAGS} texts.", field="tags")
    return [text_read(tag, "tags", 50) for tag in value]


def _publish(post: BlogPost) -> None:
    post.status = PostStatus.PUBLISHED
    post.published_at = post.published_at or timezone.now()


def _withdraw(post: BlogPost) -> None:
    post.status = PostStatus.DRAFT


# ---------------------------------------------------------------- liked and shared
def post_like(*, actor: User, post_id: int) -> int:
    """Like a published post; again changes nothing. Returns the number of likes. Raises Missing."""
    with transaction.atomic():
        post = _lock_published(post_id)
        _, is_new = BlogLike.objects.get_or_create(post=post, user=actor)
        return _likes_counted(post, 1 if is_new else 0)


def post_unlike(*, actor: User, post_id: int) -> int:
    """Take a like back; where there is none, nothing changes. Returns the number of likes. Raises Missing."""
    with transaction.atomic():
        post = _lock_published(post_id)
        gone, _ = BlogLike.objects.filter(post=post, user=actor).delete()
        return _likes_counted(post, -gone)


def post_share(*, post_id: int, platform: SharedOn) -> BlogPost:
    """Count that a published post was shared. Raises Missing."""
    with transaction.atomic():
        post = _lock_published(post_id)
        share, _ = BlogShare.objects.get_or_create(post=post, platform=platform)
        BlogShare.objects.filter(pk=share.pk).update(count=F("count") + 1)
        BlogPost.objects.filter(pk=post.pk).update(shares_count=F("shares_count") + 1)
    return post


def _lock_published(post_id: int) -> BlogPost:
    published = BlogPost.objects.filter(status=PostStatus.PUBLISHED, pk=post_id)
    post = published.select_for_update(of=("self",), no_key=True).select_related("author").first()
    if post is None:
        raise Missing("Post")
    return post


def _likes_counted(post: BlogPost, change: int) -> int:
    if change:
        BlogPost.objects.filter(pk=post.pk).update(likes_count=F("likes_count") + change)
        post.refresh_from_db(fields=["likes_count"])
    return post.likes_count


# ---------------------------------------------------------------- commented
def post_comment(*, actor: User, post_id: int, content: str, parent_id: int | None = None) -> BlogComment:
    """Comment on a published post, or answer a comment on it. Its author is told, and who is answered.

    Raises Missing (the post), ParentElsewhere and Invalid (`content`).
    """
    attempt_count(Attempt.COMMENT, account=actor.pk)
    content = text_read(content, "content", LONGEST_COMMENT)
    with transaction.atomic():
        post = _lock_published(post_id)
        comment = comment_write(BlogComment, post, author=actor, content=content, parent_id=parent_id)
        for person in hearers(comment, post.author):
            if not policies.are_apart(person.pk, actor.pk):
                comment_written(
                    comment,
                    to=person,
                    title=post.title,
                    link=f"/blog/{post.pk}",
                    named=actor.get_full_name() or actor.username,
                    about={"post_id": post.pk},
                )
        return comment


def comment_remove(*, actor: User, comment_id: int, post_id: int | None = None, reason: str = "") -> BlogComment:
    """As `comment_take_off`. Raises Missing and Denied."""
    return comment_take_off(
        BlogComment,
        pages=BlogPost.objects.all(),
        actor=actor,
        comment_id=comment_id,
        page_id=post_id,
        may_moderate=policies.may_moderate_comments(actor),
        action="post_comment.remove",
        reason=reason,
    )
