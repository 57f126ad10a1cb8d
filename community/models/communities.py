"""Communities: who is in them, and what they write there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.choices import CommunityRole, CommunityStatus, MemberStatus, Reaction
from config.core.fields import FoldedField
from config.core.history import StatusHistory
from config.core.text_search import Searched, SearchKey


class Community(Searched):
    """A place where people post. `member_count` counts active members, `post_count` posts that were not deleted."""

    name = models.CharField(max_length=100)
    name_key = FoldedField(of="name", unique=True)
    description = models.TextField(max_length=5000)
    search_key = SearchKey("name")
    description_key = SearchKey("description")
    icon = models.CharField(max_length=300, help_text="An emoji or an address.")
    banner_gradient = models.CharField(max_length=200)
    category = models.CharField(max_length=50)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="communities_made")
    member_count = models.PositiveIntegerField(default=0, editable=False)
    post_count = models.PositiveIntegerField(default=0, editable=False)
    status = models.CharField(max_length=10, choices=CommunityStatus, default=CommunityStatus.PENDING, editable=False)
    is_private = models.BooleanField(default=False)
    require_approval = models.BooleanField(default=False)
    rules = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "communities"
        indexes = [
            models.Index(fields=["status", "-member_count", "-id"], name="communities_largest"),
            models.Index(fields=["status", "category", "-member_count", "-id"], name="communities_of_category"),
            models.Index(fields=["status", "-created_at", "-id"], name="communities_by_status"),
            models.Index(fields=["-created_at", "-id"], name="communities_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class CommunityChange(StatusHistory):
    """The history of a community's status. Rows are only added."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=10, choices=CommunityStatus, blank=True)
    after = models.CharField(max_length=10, choices=CommunityStatus)


class CommunityMember(models.Model):
    """A person in a community, or who asks to be, was invited, was shut out or left. The row stays."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=CommunityRole, default=CommunityRole.MEMBER)
    rank = models.PositiveSmallIntegerField(default=2, editable=False, help_text="0 admin, 1 moderator, 2 member.")
    status = models.CharField(max_length=10, choices=MemberStatus, default=MemberStatus.ACTIVE)
    joined_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now, editable=False, help_text="When the status last changed.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "user"], name="community_member_once")]
        indexes = [
            models.Index(fields=["community", "status", "rank", "joined_at", "id"], name="community_members_in_order"),
            models.Index(fields=["community", "status", "role", "joined_at", "id"], name="community_members_of_role"),
            models.Index(fields=["community", "changed_at", "id"], name="community_members_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.community_id}: {self.status}"


class CommunityPost(models.Model):
    """What a member writes. A deleted one is kept, and shown to nobody but moderators in the admin site.

    `popularity` is the sum of its reactions and comments. `changed_at` moves with whatever a reader sees of it.
    """

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="posts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="community_posts")
    content = models.TextField(max_length=5000)
    image_url = models.CharField(max_length=1000, blank=True)
    model_url = models.CharField(max_length=1000, blank=True)
    likes = models.PositiveIntegerField(default=0, editable=False)
    loves = models.PositiveIntegerField(default=0, editable=False)
    wows = models.PositiveIntegerField(default=0, editable=False)
    fires = models.PositiveIntegerField(default=0, editable=False)
    comment_count = models.PositiveIntegerField(default=0, editable=False)
    share_count = models.PositiveIntegerField(default=0, editable=False)
    popularity = models.PositiveIntegerField(default=0, editable=False)
    is_pinned = models.BooleanField(default=False)
    is_deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["community", "-is_pinned", "-created_at", "-id"],
                name="community_posts_recent",
                condition=Q(is_deleted=False),
            ),
            models.Index(
                fields=["community", "-popularity", "-created_at", "-id"],
                name="community_posts_popular",
                condition=Q(is_deleted=False),
            ),
            models.Index(
                fields=["author", "-created_at", "-id"], name="community_posts_by_author", condition=Q(is_deleted=False)
            ),
            models.Index(
                fields=["community", "author", "-is_pinned", "-created_at", "-id"],
                name="community_posts_of_author",
                condition=Q(is_deleted=False),
            ),
            models.Index(fields=["community", "changed_at", "id"], name="community_posts_changed"),
        ]

    def __str__(self) -> str:
        return f"Post {self.pk} in {self.community_id}"


class PostReaction(models.Model):
    """One a person and post."""

    post = models.ForeignKey(CommunityPost, on_delete=models.CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reaction_type = models.CharField(max_length=5, choices=Reaction)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "user"], name="post_reaction_once")]

    def __str__(self) -> str:
        return f"{self.reaction_type} of {self.user_id} for {self.post_id}"


class PostComment(models.Model):
    """On a post, or on another comment of it; `root` is the one at the top. A deleted one keeps its place and answers.

    Both refer to comments without CASCADE: Django would follow a deep tree level by level.
    """

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(CommunityPost, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="post_comments")
    content = models.TextField(max_length=2000)
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    root = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="answers")
    likes = models.PositiveIntegerField(default=0, editable=False)
    is_deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["post", "-created_at", "-id"], name="post_comments_at_the_top", condition=Q(root__isnull=True)
            ),
            models.Index(fields=["root", "id"], name="post_comments_of_root"),
            models.Index(fields=["community", "created_at", "id"], name="post_comments_of_community"),
        ]

    def __str__(self) -> str:
        return f"Comment {self.pk} on {self.post_id}"
