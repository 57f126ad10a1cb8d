"""The blog: posts, what people say about them, and who likes and shares them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.choices import BlogCategory, PostStatus, SharedOn
from config.core.comments import PageComment, thread_constraints
from config.core.text_search import Searched, SearchKey

PUBLISHED = Q(status=PostStatus.PUBLISHED)


class BlogPost(Searched):
    """Staff write them in the Django admin. `content` is Markdown. Only what is published has a `published_at`."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="blog_posts")
    title = models.CharField(max_length=200)
    content = models.TextField()
    excerpt = models.CharField(max_length=500, blank=True)
    title_key = SearchKey("title")
    text_key = SearchKey("excerpt", "content")
    featured_image = models.FileField(max_length=255, blank=True)
    category = models.CharField(max_length=10, choices=BlogCategory)
    tags = models.JSONField(default=list, blank=True)
    views_count = models.PositiveIntegerField(default=0, editable=False)
    likes_count = models.PositiveIntegerField(default=0, editable=False)
    comments_count = models.PositiveIntegerField(default=0, editable=False, help_text="With the answers.")
    shares_count = models.PositiveIntegerField(default=0, editable=False)
    read_time = models.PositiveIntegerField(default=1, editable=False, help_text="Minutes, from the number of words.")
    status = models.CharField(max_length=10, choices=PostStatus, default=PostStatus.DRAFT, editable=False)
    is_featured = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status=PostStatus.DRAFT) | Q(published_at__isnull=False), name="post_published_when"
            )
        ]
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="posts_newest", condition=PUBLISHED),
            models.Index(fields=["category", "-published_at", "-id"], name="posts_by_category", condition=PUBLISHED),
            models.Index(
                fields=["-published_at", "-id"], name="posts_featured", condition=PUBLISHED & Q(is_featured=True)
            ),
            models.Index(fields=["status", "-created_at", "-id"], name="posts_by_status"),
        ]

    def __str__(self) -> str:
        return self.title


class BlogLike(models.Model):
    post = models.ForeignKey(BlogPost, on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blog_likes")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "user"], name="post_like_once")]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.post_id}"


class BlogShare(models.Model):
    """How often a post was shared somewhere."""

    post = models.ForeignKey(BlogPost, on_delete=models.CASCADE, related_name="shares")
    platform = models.CharField(max_length=10, choices=SharedOn)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "platform"], name="post_shares_by_platform")]

    def __str__(self) -> str:
        return f"{self.post_id} on {self.platform}: {self.count}"


class BlogComment(PageComment):
    PAGE: ClassVar = "post"
    CALLED: ClassVar = "post"

    post = models.ForeignKey(BlogPost, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="blog_comments")

    class Meta:
        constraints = thread_constraints("post_comment")
        indexes = [
            models.Index(
                fields=["post", "-created_at", "-id"], name="post_comments_newest", condition=Q(parent__isnull=True)
            ),
        ]
