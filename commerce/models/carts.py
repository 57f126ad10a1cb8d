"""The one cart a person has, whichever dialect filled it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from commerce.choices import PieceSize


class CartItem(models.Model):
    """So many pieces of a listing. Names and prices are never kept here: they are the catalogue's of the moment."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cart_items")
    listing = models.ForeignKey("marketplace.Listing", on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, help_text="The dialect it was put in by.")
    quantity = models.PositiveIntegerField(default=1)
    size = models.CharField(max_length=10, choices=PieceSize, blank=True)
    color = models.CharField(max_length=50, blank=True)
    icon = models.CharField(max_length=500, blank=True, help_text="What its front-end shows it by.")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "listing", "size", "color"], name="cart_item_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_item_quantity"),
        ]
        indexes = [models.Index(fields=["user", "added_at", "id"], name="cart_of_user")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.listing_id}"
