"""What people write under listings."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from marketplace.models.listings import Listing


class ListingComment(models.Model):
    """A comment, or an answer to one. All answers below a comment, however deep, are its thread: `root` is that
    comment, and `number` their place among each other, so that a thread is read without going from one to the next.
    """

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="listing_comments")
    # Nothing follows these two row by row: the comments of a listing go together, and none goes alone (`removed_at`).
    parent = models.ForeignKey("self", on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+")
    root = models.ForeignKey("self", on_delete=models.DO_NOTHING, null=True, blank=True, related_name="thread")
    number = models.PositiveIntegerField(null=True, blank=True, editable=False, help_text="In its thread, from 1.")
    answers_count = models.PositiveIntegerField(default=0, editable=False, help_text="In the thread that it begins.")
    content = models.TextField(max_length=2000)
    likes_count = models.PositiveIntegerField(default=0, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="What it says is not shown.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["root", "number"], name="comment_number_once"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True, root__isnull=True, number__isnull=True)
                | Q(parent__isnull=False, root__isnull=False, number__gte=1),
                name="comment_in_a_thread",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="comment_not_under_itself"),
        ]
        indexes = [
            models.Index(
                fields=["listing", "-created_at", "-id"], name="comments_newest", condition=Q(parent__isnull=True)
            ),
            models.Index(fields=["author", "-created_at"], name="comments_of_author"),
        ]

    def __str__(self) -> str:
        return f"Comment {self.pk} on {self.listing_id}"
