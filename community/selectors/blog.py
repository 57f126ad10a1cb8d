"""The blog, in rows: posts, the related ones, and comments with the threads below them."""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Count, QuerySet

from accounts.actors import Actor
from community import policies
from community.choices import BlogCategory, PostStatus
from community.models import BlogComment, BlogLike, BlogPost
from config.core.comments import comment_answers, comment_thread, comments_at_the_top
from config.core.errors import Missing
from config.core.text_search import TextIndex, words_of

CARD_COLUMNS: Final = (
    *("id", "author_id", "title", "excerpt", "featured_image", "category", "tags", "views_count", "likes_count"),
    *("comments_count", "read_time", "status", "is_featured", "published_at", "created_at", "updated_at"),
)
RELATED: Final = 3
_TEXT: Final = TextIndex(short=("title_key",), long=("text_key",))


def posts_published(*, category: str = "", search: str = "") -> QuerySet[BlogPost]:
    """The newest first. Every word of `search` must be found in title, excerpt or content."""
    posts = BlogPost.objects.filter(status=PostStatus.PUBLISHED)
    if category:
        posts = posts.filter(category=category)
    if search:
        words = words_of(search)
        posts = posts if words else posts.none()
        for word in words:
            posts = posts.filter(_TEXT.matches(word))
    return posts.order_by("-published_at", "-pk")


def posts_featured() -> QuerySet[BlogPost]:
    return posts_published().filter(is_featured=True)


def post_visible(*, actor: Actor, post_id: int) -> BlogPost:
    """With its author. Raises Missing."""
    post = policies.posts_visible_to(actor).select_related("author").filter(pk=post_id).first()
    if post is None:
        raise Missing("Post")
    return post


def posts_related(*, post: BlogPost) -> QuerySet[BlogPost]:
    """Published ones of the same category, the newest first."""
    return posts_published(category=post.category).exclude(pk=post.pk)[:RELATED]


def is_post_liked(*, actor: Actor, post_id: int) -> bool:
    return actor.pk is not None and BlogLike.objects.filter(post=post_id, user=actor.pk).exists()


def posts_by_category() -> dict[str, int]:
    """How many are published in each."""
    counts = dict.fromkeys(BlogCategory.values, 0)
    published = BlogPost.objects.filter(status=PostStatus.PUBLISHED).order_by()
    return counts | dict(published.values_list("category").annotate(Count("pk")))


def comments_of_post(*, actor: Actor, post_id: int, columns: Iterable[str] = ()) -> QuerySet[BlogComment, Any]:
    """Rows of the comments that answer none, the newest first. Raises Missing."""
    return comments_at_the_top(BlogComment, post_visible(actor=actor, post_id=post_id), columns=columns)


def thread_of_comment(
    *, actor: Actor, post_id: int, comment_id: int, columns: Iterable[str] = ()
) -> QuerySet[BlogComment, Any]:
    """Rows of all answers below a comment, the oldest first. Raises Missing (the post, the comment)."""
    return comment_thread(BlogComment, post_visible(actor=actor, post_id=post_id), comment_id, columns=columns)


def first_answers(comment_ids: Iterable[int], *, columns: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Rows of the first MOST_ANSWERS of each thread."""
    return comment_answers(BlogComment, comment_ids, columns=columns)
