"""Artworks, and the picture that each shows."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.choices import ArtworkType
from marketplace.models.listings import Listing, ListingManager


class Artwork(Listing):
    """A picture, sold as a file, as an object or as both."""

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="artwork"
    )
    artwork_type = models.CharField(max_length=10, choices=ArtworkType)
    edition_size = models.PositiveIntegerField(null=True, blank=True, help_text="Empty for an open edition.")
    picture = models.ForeignKey("Picture", on_delete=models.RESTRICT, null=True, related_name="+")
    sold_picture = models.ForeignKey(
        "Picture",
        on_delete=models.RESTRICT,
        null=True,
        editable=False,
        related_name="+",
        help_text="Of a work that was on sale: what its buyers get until a moderator has approved its new picture.",
    )

    objects: ClassVar[ListingManager["Artwork"]] = ListingManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(edition_size__isnull=True) | Q(edition_size__gte=1), name="artwork_edition_positive"
            )
        ]
        indexes = [models.Index(fields=["artwork_type", "listing"], name="artwork_by_type")]
