"""Reviews by buyers."""

from django.db.models import QuerySet

from commerce.models import ListingReview
from marketplace.models import Listing


def reviews_of(*, listing: Listing) -> QuerySet[ListingReview]:
    """Of a listing that the actor may see, the newest first, each with its author."""
    reviews = ListingReview.objects.filter(listing=listing.pk).select_related("author", "listing")
    return reviews.order_by("-created_at", "-pk")
