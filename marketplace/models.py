"""The catalogue: categories, listings and what they are made of, likes, views, and the history of moderation."""

import uuid
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from config.core.fields import MoneyField
from config.core.storage import private_storage
from marketplace.choices import (
    AppealState,
    ArtworkType,
    CheckState,
    EquipmentType,
    Kind,
    Status,
    Verdict,
)

ON_SALE = Q(status=Status.APPROVED, is_available=True)
IN_STOCK = Q(stock__isnull=True) | Q(stock__gt=0)
LISTED = ON_SALE & IN_STOCK
FEATURED = LISTED & Q(is_featured=True)


class Category(models.Model):
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    icon = models.CharField(max_length=10, default="📦")
    position = models.IntegerField(default=0, help_text="Nexus shows the lowest first.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "categories"
        constraints = [models.UniqueConstraint(Lower("name"), name="category_name_unique")]

    def __str__(self) -> str:
        return self.name


ListingModel = TypeVar("ListingModel", bound="Listing")


class ListingQuerySet(models.QuerySet[ListingModel]):
    counted: Self | None = None
    counted_as: tuple[object, ...] | None = None
    """By what its count is remembered; see config.dialects.counting."""

    def on_sale(self) -> Self:
        """What everybody may see."""
        return self.filter(ON_SALE)

    def in_stock(self) -> Self:
        """What is not sold out."""
        return self.filter(IN_STOCK)

    def listed(self) -> Self:
        """What the public lists hold: on sale and not sold out."""
        return self.filter(LISTED)

    def as_rows(self, *columns: str) -> Self:
        """Plain rows of these columns. Counting them leaves out the joins that only bring columns."""
        rows = cast(Self, self.values(*columns))
        rows.counted = self
        return rows

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        rows = super().filter(*args, **kwargs)
        if rows.counted is not None:
            rows.counted = rows.counted.filter(*args, **kwargs)
        rows.counted_as = None
        return rows

    def exclude(self, *args: Any, **kwargs: Any) -> Self:
        rows = super().exclude(*args, **kwargs)
        if rows.counted is not None:
            rows.counted = rows.counted.exclude(*args, **kwargs)
        rows.counted_as = None
        return rows

    def count(self) -> int:
        return super().count() if self.counted is None else self.counted.order_by().count()

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.counted, clone.counted_as = self.counted, self.counted_as
        return clone


class ListingManager(models.Manager.from_queryset(ListingQuerySet), Generic[ListingModel]):  # type: ignore[misc]
    """The querysets above, as a manager of any kind of listing."""


class Listing(models.Model):
    """What can be liked, commented, collected, carted and bought, whichever dialect shows it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    channel = models.CharField(max_length=10, editable=False, help_text="The dialect it was made in.")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="listings")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="listings")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    price = MoneyField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING, editable=False)
    is_available = models.BooleanField(default=True, help_text="The seller's own switch.")
    is_featured = models.BooleanField(default=False)
    stock = models.PositiveIntegerField(null=True, blank=True, help_text="Pieces left; empty when there is no limit.")
    views_count = models.PositiveIntegerField(default=0, editable=False)
    likes_count = models.PositiveIntegerField(default=0, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar["ListingManager[Listing]"] = ListingManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="listing_price_positive"),
            models.CheckConstraint(condition=Q(stock__isnull=True) | Q(stock__gte=0), name="listing_stock_positive"),
        ]
        indexes = [
            # One index for each ordering of the public lists, of what they hold alone: counting then reads no row.
            models.Index(fields=["kind", "-created_at", "-id"], name="listed_newest", condition=LISTED),
            models.Index(fields=["kind", "price", "id"], name="listed_price", condition=LISTED),
            models.Index(fields=["kind", "views_count", "id"], name="listed_views", condition=LISTED),
            models.Index(fields=["kind", "likes_count", "id"], name="listed_likes", condition=LISTED),
            models.Index(fields=["kind", "category", "-created_at", "-id"], name="listed_category", condition=LISTED),
            models.Index(fields=["kind", "category", "price", "id"], name="category_price", condition=LISTED),
            models.Index(fields=["kind", "category", "views_count", "id"], name="category_views", condition=LISTED),
            models.Index(fields=["kind", "category", "likes_count", "id"], name="category_likes", condition=LISTED),
            # The featured ones are few, yet a reader of the indexes above would search long for them.
            models.Index(fields=["kind", "-created_at", "-id"], name="listed_featured", condition=FEATURED),
            models.Index(fields=["kind", "price", "id"], name="featured_price", condition=FEATURED),
            models.Index(fields=["kind", "views_count", "id"], name="featured_views", condition=FEATURED),
            models.Index(fields=["kind", "likes_count", "id"], name="featured_likes", condition=FEATURED),
            models.Index(fields=["seller", "-created_at", "-id"], name="listing_of_seller"),
            models.Index(fields=["kind", "status", "-created_at", "-id"], name="listing_moderation"),
        ]

    def __str__(self) -> str:
        return self.title


class Artwork(Listing):
    """A picture, sold as a file, as an object or as both."""

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="artwork"
    )
    artwork_type = models.CharField(max_length=10, choices=ArtworkType)
    edition_size = models.PositiveIntegerField(null=True, blank=True, help_text="Empty for an open edition.")
    picture = models.ForeignKey("Picture", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[ListingManager["Artwork"]] = ListingManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(edition_size__isnull=True) | Q(edition_size__gte=1), name="artwork_edition_positive"
            )
        ]
        indexes = [models.Index(fields=["artwork_type", "listing"], name="artwork_by_type")]


class Equipment(Listing):
    """Tools and material, sold by the platform's house account out of its stock."""

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, parent_link=True, primary_key=True, related_name="equipment"
    )
    equipment_type = models.CharField(max_length=10, choices=EquipmentType)
    image = models.FileField(upload_to="equipment/", blank=True)

    class Meta:
        verbose_name_plural = "equipment"
        indexes = [models.Index(fields=["equipment_type", "listing"], name="equipment_by_type")]


class Picture(models.Model):
    """One uploaded image of an artwork: its private original, its public rendition, and its duplicate check.

    An artwork shows `artwork.picture`. A replacement is a second row that becomes the shown one once it is accepted.
    """

    artwork = models.ForeignKey(Artwork, on_delete=models.CASCADE, related_name="pictures")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    origin = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose picture it is a copy of, when refused as one; else the owner.",
    )
    original = models.FileField(storage=private_storage, max_length=255)
    watermarked = models.FileField(max_length=255, blank=True)
    content_type = models.CharField(max_length=50)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    byte_size = models.PositiveIntegerField()

    sha256 = models.CharField(max_length=64, db_index=True)
    hashes = models.BinaryField(default=b"", help_text="32 bytes a view; empty until fingerprinted.")
    quality = models.PositiveSmallIntegerField(default=0)
    features = models.BinaryField(default=b"")
    labels = models.JSONField(default=list, blank=True)
    face_count = models.PositiveSmallIntegerField(null=True, blank=True)

    check_state = models.CharField(max_length=10, choices=CheckState, default=CheckState.WAITING)
    check_claim = models.UUIDField(null=True, blank=True, help_text="Who is checking it now.")
    check_claimed_until = models.DateTimeField(null=True, blank=True)
    check_attempts = models.PositiveIntegerField(default=0)
    check_error = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    detector = models.CharField(max_length=20, blank=True)
    total_compared = models.PositiveIntegerField(default=0)
    similarity_score = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    matched = models.ForeignKey(Listing, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    evidence = models.JSONField(default=dict, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.UNCHECKED)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="pictures_to_check", condition=~Q(check_state=CheckState.DONE)),
            models.Index(fields=["created_at"], name="pictures_unrendered", condition=Q(watermarked="")),
            models.Index(fields=["artwork"], name="pictures_held", condition=Q(verdict=Verdict.HELD)),
            models.Index(fields=["similarity_score"], name="pictures_by_score"),
        ]

    def __str__(self) -> str:
        return f"Picture {self.pk} of artwork {self.artwork_id}"

    @property
    def is_checked(self) -> bool:
        return self.check_state == CheckState.DONE


class ComparedPicture(models.Model):
    """A picture that later ones are compared with.

    The ids follow the order in which pictures passed the gate, which is not that in which they were uploaded: a check
    may be late. They are given out under the gate's lock and never used again.
    """

    picture = models.OneToOneField(Picture, on_delete=models.CASCADE, related_name="compared")

    def __str__(self) -> str:
        return f"Compared picture {self.picture_id}"


class DuplicateGate(models.Model):
    """One row. Locking it lets one picture at a time be entered, so that two equal ones cannot both pass."""

    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return "Duplicate gate"


class Appeal(models.Model):
    """An artist's objection to a picture refused or held as a copy."""

    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="appeals")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.TextField(max_length=2000)
    state = models.CharField(max_length=10, choices=AppealState, default=AppealState.OPEN)
    answer = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["picture"], condition=Q(state=AppealState.OPEN), name="appeal_one_open")
        ]

    def __str__(self) -> str:
        return f"Appeal {self.pk} ({self.state})"


class StatusChange(models.Model):
    """The history of a listing's status. Rows are only added."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=10, choices=Status, blank=True)
    after = models.CharField(max_length=10, choices=Status)
    reason = models.TextField(blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, help_text="Empty: the platform itself."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.before or 'new'} → {self.after}"


class Like(models.Model):
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="likes")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "user"], name="like_once")]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.listing_id}"


class View(models.Model):
    """One visitor on one day. The visitor is a keyed digest of the user, or of address and agent."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="views")
    visitor = models.CharField(max_length=32)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "day", "visitor"], name="view_once_a_day")]

    def __str__(self) -> str:
        return f"View of {self.listing_id} on {self.day}"


class DiscardedFile(models.Model):
    """A stored file nothing refers to any more. It is removed after the commit, again and again until it is gone."""

    storage = models.CharField(max_length=10, choices={"default": "public", "private": "private"})
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
