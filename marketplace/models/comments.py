"""What people write under listings."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from config.core.comments import PageComment, thread_constraints
from marketplace.models.listings import Listing


class ListingComment(PageComment):
    PAGE: ClassVar = "listing"
    CALLED: ClassVar = "model"

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="listing_comments")

    class Meta:
        constraints = thread_constraints("comment")
        indexes = [
            models.Index(
                fields=["listing", "-created_at", "-id"], name="comments_newest", condition=Q(parent__isnull=True)
            ),
            models.Index(fields=["author", "-created_at"], name="comments_of_author"),
        ]
