"""What buyers say about what they bought."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from marketplace.models.listings import Listing


class ListingReview(models.Model):
    """One a buyer and listing. The listing's `rating` and `rating_count` follow."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="listing_reviews")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.CharField(max_length=2000, blank=True)
    answer = models.CharField(max_length=2000, blank=True, help_text="The seller's.")
    answered_at = models.DateTimeField(null=True, blank=True)
    is_reported = models.BooleanField(default=False, help_text="Its seller asks staff to look at it.")
    helpful_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "author"], name="listing_review_once"),
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="listing_rating_1_to_5"),
        ]
        indexes = [models.Index(fields=["listing", "-created_at", "-id"], name="reviews_of_listing")]

    def __str__(self) -> str:
        return f"{self.rating} for {self.listing_id}"


class HelpfulVote(models.Model):
    """Somebody found a review helpful."""

    review = models.ForeignKey(ListingReview, on_delete=models.CASCADE, related_name="helpful_votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="helpful_once")]

    def __str__(self) -> str:
        return f"{self.user_id} found {self.review_id} helpful"
