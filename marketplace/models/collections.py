"""What people gather of 3-D models, and who follows it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from marketplace.models.listings import Listing


class Collection(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="collections")
    name = models.CharField(max_length=120)
    description = models.TextField(max_length=2000, blank=True)
    is_public = models.BooleanField(default=True)
    models_count = models.PositiveIntegerField(default=0, editable=False, help_text="On sale or not.")
    views_count = models.PositiveIntegerField(default=0, editable=False)
    followers_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="collections_newest", condition=Q(is_public=True)),
            models.Index(fields=["owner", "-created_at", "-id"], name="collections_of_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class CollectionItem(models.Model):
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="collected")
    position = models.PositiveIntegerField(default=0, help_text="The lowest is shown first.")
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "listing"], name="collected_once")]
        indexes = [models.Index(fields=["collection", "position", "added_at", "id"], name="items_of_collection")]

    def __str__(self) -> str:
        return f"{self.listing_id} in {self.collection_id}"


class CollectionFollower(models.Model):
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="followers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="followed_collections")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "user"], name="collection_followed_once")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.collection_id}"
