"""Listings: what every kind of them has, and what happens to them."""

import uuid
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.core.fields import MoneyField
from config.core.history import StatusHistory
from config.core.text_search import Searched, SearchKey
from marketplace.choices import Kind, Status
from marketplace.models.categories import Category


def on_sale(path: str = "") -> Q:
    """What everybody may see; `path` leads to the listing: "model__"."""
    return Q(**{f"{path}status": Status.APPROVED, f"{path}is_available": True, f"{path}seller_is_active": True})


def in_stock(path: str = "") -> Q:
    """What is not sold out."""
    return Q(**{f"{path}stock__isnull": True}) | Q(**{f"{path}stock__gt": 0})


ON_SALE = on_sale()
IN_STOCK = in_stock()
LISTED = ON_SALE & IN_STOCK
FEATURED = LISTED & Q(is_featured=True)
LISTED_MODEL = LISTED & Q(kind=Kind.MODEL)


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


class Listing(Searched):
    """What can be liked, commented, collected, carted and bought, whichever dialect shows it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    channel = models.CharField(max_length=10, editable=False, help_text="The dialect it was made in.")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="listings")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="listings")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    title_key = SearchKey("title")
    description_key = SearchKey("description")
    tags = models.JSONField(default=list, blank=True)
    tags_key = SearchKey("tags")
    price = MoneyField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING, editable=False)
    is_available = models.BooleanField(default=True, help_text="The seller's own switch.")
    seller_is_active = models.BooleanField(
        default=True,
        db_default=True,
        editable=False,
        help_text="The seller's account is in use. Kept here, so that no list needs a join.",
    )
    is_featured = models.BooleanField(default=False)
    stock = models.PositiveIntegerField(null=True, blank=True, help_text="Pieces left; empty when there is no limit.")
    sold_count = models.PositiveIntegerField(
        default=0, editable=False, help_text="Pieces in orders that were not cancelled, paid or not."
    )
    views_count = models.PositiveIntegerField(default=0, editable=False)
    likes_count = models.PositiveIntegerField(default=0, editable=False)
    rating = models.DecimalField(max_digits=3, decimal_places=2, default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    comments_count = models.PositiveIntegerField(default=0, db_default=0, editable=False, help_text="With the answers.")
    downloads_count = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="Bought and paid, the free ones included."
    )
    is_trending = models.BooleanField(default=False, db_default=False)
    trending_score = models.FloatField(
        default=0, db_default=0, editable=False, help_text="What happens with it, the older the less; kept by beat."
    )
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
            # What 3-D models are sorted by besides: see marketplace.selectors.models_3d.SORTS.
            *(
                models.Index(fields=[*category, *columns], name=f"{prefix}_{name}", condition=LISTED_MODEL)
                for prefix, category in (("models", ()), ("category_models", ("category",)))
                for name, columns in (
                    ("popular", ("-likes_count", "-views_count", "-id")),
                    ("downloads", ("-downloads_count", "-id")),
                    ("rating", ("-rating", "-id")),
                    ("trending", ("-is_trending", "-trending_score", "-downloads_count", "-id")),
                )
            ),
            models.Index(
                fields=["-downloads_count", "-id"], name="models_most_downloaded", condition=Q(kind=Kind.MODEL)
            ),
            models.Index(fields=["seller", "-created_at", "-id"], name="listing_of_seller"),
            models.Index(fields=["kind", "status", "-created_at", "-id"], name="listing_moderation"),
            models.Index(fields=["kind", "-created_at", "-id"], name="listing_newest"),
            models.Index(fields=["kind", "price", "id"], name="listing_price"),
            # The shop's lists hold what is sold out as well, so the indexes of what is listed do not serve them.
            models.Index(fields=["-created_at", "-id"], name="equipment_newest", condition=Q(kind=Kind.EQUIPMENT)),
            models.Index(fields=["stock", "id"], name="equipment_stock", condition=Q(kind=Kind.EQUIPMENT)),
        ]

    def __str__(self) -> str:
        return self.title


class StatusChange(StatusHistory):
    """The history of a listing's status. Rows are only added."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=10, choices=Status, blank=True)
    after = models.CharField(max_length=10, choices=Status)
    reason = models.TextField(blank=True)


class Like(models.Model):
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="likes")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "user"], name="like_once")]
        indexes = [models.Index(fields=["created_at"], name="likes_by_time")]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.listing_id}"


class View(models.Model):
    """One visitor on one day. The visitor is a keyed digest of the user, or of address and agent."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="views")
    visitor = models.CharField(max_length=32)
    day = models.DateField()
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1; empty where it is not known.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "day", "visitor"], name="view_once_a_day")]
        # Whose views of a day are counted by listing, and by country, reads nothing but this.
        indexes = [models.Index(fields=["day", "listing", "country"], name="views_by_day")]

    def __str__(self) -> str:
        return f"View of {self.listing_id} on {self.day}"
