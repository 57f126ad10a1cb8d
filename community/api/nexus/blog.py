"""Nexus's blog."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from community.choices import BlogCategory, PostStatus, SharedOn
from community.models import BlogPost
from community.selectors import blog as reads
from community.services import blog
from community.services.page_views import page_view_count
from config.core.markup import markdown_html
from config.core.trees import nested
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import MAX_LIMIT, MessageOut, NexusView
from config.dialects.nexus_comments import AUTHOR, CommentIn, CommentsQuery, ThreadOut, comment_shown
from config.dialects.nexus_comments import row_of as row_of_comment
from config.dialects.nexus_objects import PERSON, PersonOut, person_of

COLUMNS = (*reads.CARD_COLUMNS, *AUTHOR)


class PostsQuery(serializers.Serializer[Any]):
    category = serializers.ChoiceField(BlogCategory.choices, default="", allow_blank=True)
    search = serializers.CharField(max_length=200, default="", allow_blank=True)


class FeaturedQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, default=5)


class CategoryOut(serializers.Serializer[Any]):
    slug = serializers.ChoiceField(BlogCategory.choices)
    name = serializers.CharField()
    post_count = serializers.IntegerField()


class PostCardOut(serializers.Serializer[Any]):
    """A post in a few words."""

    id = serializers.IntegerField()
    author_id = serializers.IntegerField()
    author = PersonOut()
    title = serializers.CharField()
    excerpt = serializers.CharField(allow_null=True)
    featured_image = serializers.URLField(allow_null=True)
    category = serializers.ChoiceField(BlogCategory.choices)
    tags = serializers.ListField(child=serializers.CharField())
    views = serializers.IntegerField()
    likes = serializers.IntegerField()
    comment_count = serializers.IntegerField()
    read_time = serializers.IntegerField(help_text="Minutes.")
    status = serializers.ChoiceField(PostStatus.choices)
    is_featured = serializers.BooleanField()
    published_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class PostOut(PostCardOut):
    """`content` is Markdown as it was written, `content_html` safe HTML of it."""

    content = serializers.CharField()
    content_html = serializers.CharField()
    is_liked = serializers.BooleanField()
    related_posts = PostCardOut(many=True)


class LikedOut(serializers.Serializer[Any]):
    likes = serializers.IntegerField()
    is_liked = serializers.BooleanField()


class ShareIn(serializers.Serializer[Any]):
    platform = serializers.ChoiceField(SharedOn.choices, default=SharedOn.COPY)


class SharedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    platform = serializers.ChoiceField(SharedOn.choices)
    share_url = serializers.URLField()


class CommentOut(ThreadOut):
    post_id = serializers.IntegerField()
    author_id = serializers.IntegerField()
    author = PersonOut()


class Posts(NexusView):
    always_envelope = True
    page_limit = 10

    @operation(query=PostsQuery, answer=PostCardOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self.page(reads.posts_published(**self.query()).values(*COLUMNS), partial(cards, request))

    @operation(answer=CategoryOut, rows="all", who=AllowAny)
    def categories(self, request: Request) -> Response:
        counts = reads.posts_by_category()
        return Response(
            [{"slug": each.value, "name": str(each.label), "post_count": counts[each.value]} for each in BlogCategory]
        )

    @operation(query=FeaturedQuery, answer=PostCardOut, rows="all", who=AllowAny)
    def featured(self, request: Request) -> Response:
        limit = min(self.query()["limit"], MAX_LIMIT)
        return Response(cards(request, reads.posts_featured().values(*COLUMNS)[:limit]))

    @operation(answer=PostOut, who=AllowAny)
    def retrieve(self, request: Request, id: int) -> Response:
        post = reads.post_visible(actor=request.user, post_id=id)
        if post.status == PostStatus.PUBLISHED:
            agent = request.headers.get("User-Agent", "")
            page_view_count(actor=request.user, page=post, address=self.address, agent=agent)
        return self.answer(
            {
                **cards(request, [row_of(post)])[0],
                "content": post.content,
                "content_html": markdown_html(post.content),
                "is_liked": reads.is_post_liked(actor=request.user, post_id=post.pk),
                "related_posts": cards(request, reads.posts_related(post=post).values(*COLUMNS)),
            }
        )

    @operation(answer=LikedOut)
    def like(self, request: Request, id: int) -> Response:
        return self.answer({"likes": blog.post_like(actor=self.caller, post_id=id), "is_liked": True})

    @operation(answer=LikedOut)
    def unlike(self, request: Request, id: int) -> Response:
        return self.answer({"likes": blog.post_unlike(actor=self.caller, post_id=id), "is_liked": False})

    @operation(body=ShareIn, answer=SharedOut, who=AllowAny)
    def share(self, request: Request, id: int) -> Response:
        platform = SharedOn(self.body()["platform"])
        post = blog.post_share(post_id=id, platform=platform)
        address = f"{settings.FRONTEND_URL.rstrip('/')}/blog/{post.pk}"
        return self.answer({"message": "Post shared", "platform": platform.value, "share_url": address})


class Comments(NexusView):
    @operation(body=CommentIn, answer=CommentOut, status=201)
    def create(self, request: Request, id: int) -> Response:
        comment = blog.post_comment(actor=self.caller, post_id=id, **self.body())
        return self.answer(self._shown([row_of_comment(comment)])[0])

    @operation(query=CommentsQuery, answer=CommentOut, rows="page", who=AllowAny)
    def list(self, request: Request, id: int) -> Response:
        """Those that answer none, the newest first; under each its answers, the oldest first."""
        thread = self.query().get("thread")
        if thread is not None:
            rows = reads.thread_of_comment(actor=request.user, post_id=id, comment_id=thread, columns=AUTHOR)
            return self.page(rows, self._shown)
        return self.page(reads.comments_of_post(actor=request.user, post_id=id, columns=AUTHOR), self._threads)

    def _threads(self, rows: Any) -> Any:
        answers = reads.first_answers([row["id"] for row in rows if row["answers_count"]], columns=AUTHOR)
        return nested(self._shown(rows), self._shown(answers))

    def _shown(self, rows: Any) -> Any:
        files = Files(self.request)
        return [comment_shown(row, files, page=("post_id", "post_id"), by="author") for row in rows]


class OneComment(NexusView):
    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int, comment_id: int) -> Response:
        """Takes off what it says; its answers stay. For its author and moderators (ours)."""
        blog.comment_remove(actor=self.caller, comment_id=comment_id, post_id=id)
        return self.answer({"message": "Comment deleted"})


def row_of(post: BlogPost) -> dict[str, Any]:
    """A post's columns, and its author's, as `card` takes them."""
    own = {column: getattr(post, column) for column in reads.CARD_COLUMNS}
    return own | {AUTHOR[at]: getattr(post.author, column) for at, column in enumerate(PERSON)}


def cards(request: Request, rows: Iterable[Any]) -> list[dict[str, Any]]:
    files = Files(request)
    return [card(row, files) for row in rows]


def card(row: Any, files: Files) -> dict[str, Any]:
    """Of the columns COLUMNS of a row."""
    return {
        "id": row["id"],
        "author_id": row["author_id"],
        "author": person_of(row, "author__", files),
        "title": row["title"],
        "excerpt": row["excerpt"] or None,
        "featured_image": files.public(str(row["featured_image"] or "")),
        "category": row["category"],
        "tags": row["tags"],
        "views": row["views_count"],
        "likes": row["likes_count"],
        "comment_count": row["comments_count"],
        "read_time": row["read_time"],
        "status": row["status"],
        "is_featured": row["is_featured"],
        "published_at": row["published_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
