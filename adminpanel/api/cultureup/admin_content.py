"""CultureUp's admin API: artworks and categories."""

from typing import Any, ClassVar, get_args

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adminpanel.api.fields import LARGEST_ID, link_to, private_link_to
from adminpanel.api.permissions import MayModerate
from config.core.money import shown
from config.core.text_search import each_word_in
from config.dialects.amounts import AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupAdminView
from config.dialects.fields import SentBoolean, SentText, Word
from marketplace.choices import ArtworkType, BulkAction, Status
from marketplace.duplicates.detector import Risk, risk
from marketplace.models import Artwork, Category
from marketplace.selectors.moderation import artwork_stats, artworks_for_moderation
from marketplace.services import moderation
from marketplace.services.categories import category_create, category_set_active

MOST_IN_BULK = 200
MODERATION_STATUS = {
    Status.DRAFT: "PENDING",
    Status.PENDING: "PENDING",
    Status.APPROVED: "APPROVED",
    Status.REJECTED: "REJECTED",
    Status.ARCHIVED: "REJECTED",
}
STATUSES_OF_WORD = {
    word: [status for status, shown in MODERATION_STATUS.items() if shown == word]
    for word in ("PENDING", "APPROVED", "REJECTED")
}
ORDERINGS = {
    "created_at": ("created_at", "pk"),
    "-created_at": ("-created_at", "-pk"),
    "price": ("price", "pk"),
    "-price": ("-price", "-pk"),
    "views_count": ("views_count", "pk"),
    "-views_count": ("-views_count", "-pk"),
    "similarity_score": ("picture__similarity_score", "pk"),
    "-similarity_score": ("-picture__similarity_score", "-pk"),
}
PAST_TENSE = {
    BulkAction.APPROVE: "approved",
    BulkAction.REJECT: "rejected",
    BulkAction.FEATURE: "featured",
    BulkAction.UNFEATURE: "unfeatured",
}


# ---------------------------------------------------------------- artworks
class SeenLabel(serializers.Serializer[Any]):
    name = serializers.CharField()
    confidence = serializers.FloatField()


class ArtworksQuery(serializers.Serializer[Any]):
    artwork_type = serializers.ChoiceField(ArtworkType.choices, required=False)
    is_available = serializers.BooleanField(required=False)
    is_featured = serializers.BooleanField(required=False)
    category = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    rekognition_checked = serializers.BooleanField(required=False)
    moderation_status = Word(STATUSES_OF_WORD, source="status__in", required=False)
    needs_decision = serializers.BooleanField(source="waits", required=False)
    search = serializers.CharField(max_length=200, allow_blank=True, default="")
    ordering = serializers.ChoiceField(list(ORDERINGS), default="-created_at")


class ArtworkRow(serializers.ModelSerializer[Artwork]):
    """Staff see the original, by a link that expires.

    `is_available` says whether it is on sale: to its artist it is the switch alone, to staff approval as well.
    """

    id = serializers.IntegerField(source="pk")
    artist = serializers.IntegerField(source="seller_id")
    artist_username = serializers.CharField(source="seller.username")
    artist_email = serializers.EmailField(source="seller.email")
    category = serializers.IntegerField(source="category_id", allow_null=True)
    category_name = serializers.SerializerMethodField()
    price = AmountOut()
    is_available = serializers.SerializerMethodField()
    s3_image_url = serializers.SerializerMethodField()
    s3_watermarked_url = serializers.SerializerMethodField()
    rekognition_checked = serializers.SerializerMethodField()
    rekognition_labels = serializers.SerializerMethodField()
    similarity_score = serializers.SerializerMethodField()
    duplicate_risk = serializers.SerializerMethodField()
    moderation_status = serializers.SerializerMethodField()
    needs_decision = serializers.BooleanField(source="waits")

    class Meta:
        model = Artwork
        fields: ClassVar = [
            *("id", "title", "description", "artist", "artist_username", "artist_email"),
            *("category", "category_name", "artwork_type", "price", "currency", "is_available", "is_featured"),
            *("views_count", "likes_count", "created_at", "updated_at", "s3_image_url", "s3_watermarked_url"),
            *("rekognition_checked", "rekognition_labels", "similarity_score", "duplicate_risk"),
            *("moderation_status", "needs_decision"),
        ]

    def get_category_name(self, artwork: Artwork) -> str | None:
        return artwork.category.name if artwork.category else None

    def get_is_available(self, artwork: Artwork) -> bool:
        return artwork.status == Status.APPROVED and artwork.is_available

    def get_s3_image_url(self, artwork: Artwork) -> str | None:
        return private_link_to(artwork.picture and artwork.picture.original, self.context["request"])

    def get_s3_watermarked_url(self, artwork: Artwork) -> str | None:
        return link_to(artwork.picture and artwork.picture.watermarked, self.context["request"])

    def get_rekognition_checked(self, artwork: Artwork) -> bool:
        return artwork.picture is not None and artwork.picture.is_checked

    @extend_schema_field(SeenLabel(many=True))
    def get_rekognition_labels(self, artwork: Artwork) -> list[Any]:
        return artwork.picture.labels if artwork.picture else []

    def get_similarity_score(self, artwork: Artwork) -> str:
        return f"{artwork.picture.similarity_score if artwork.picture else 0:.2f}"

    @extend_schema_field(serializers.ChoiceField(get_args(Risk)))
    def get_duplicate_risk(self, artwork: Artwork) -> str:
        return risk(artwork.picture.similarity_score if artwork.picture else 0)

    @extend_schema_field(serializers.ChoiceField(list(STATUSES_OF_WORD)))
    def get_moderation_status(self, artwork: Artwork) -> str:
        return MODERATION_STATUS[Status(artwork.status)]


class DecidedArtwork(serializers.Serializer[Any]):
    """With what the decision is about: approval, or featuring."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    is_available = serializers.BooleanField(required=False)
    moderation_status = serializers.ChoiceField(list(STATUSES_OF_WORD), required=False)
    is_featured = serializers.BooleanField(required=False)
    updated_at = serializers.DateTimeField()


class ArtworkDecided(serializers.Serializer[Any]):
    message = serializers.CharField()
    artwork = DecidedArtwork()


class BulkIn(serializers.Serializer[Any]):
    artwork_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), allow_empty=False, max_length=MOST_IN_BULK
    )
    action = serializers.CharField()
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class BulkDone(serializers.Serializer[Any]):
    message = serializers.CharField()
    affected_artworks = serializers.IntegerField()
    action = serializers.ChoiceField(BulkAction.choices)
    processed_at = serializers.DateTimeField()
    not_found = serializers.ListField(child=serializers.IntegerField())
    refused = serializers.DictField(child=serializers.CharField())


class ArtworkStats(serializers.Serializer[Any]):
    total_artworks = serializers.IntegerField()
    available_artworks = serializers.IntegerField()
    featured_artworks = serializers.IntegerField()
    pending_review = serializers.IntegerField()
    total_views = serializers.IntegerField()
    total_likes = serializers.IntegerField()
    average_price = serializers.SerializerMethodField()
    currency = serializers.SerializerMethodField()
    recent_uploads = serializers.IntegerField()

    def get_average_price(self, found: dict[str, Any]) -> str:
        return shown(found["average_price"], settings.CURRENCIES["cultureup"])

    def get_currency(self, _found: dict[str, Any]) -> str:
        return str(settings.CURRENCIES["cultureup"])


class Artworks(CultureupAdminView):
    @operation(query=ArtworksQuery, answer=ArtworkRow, rows="page", who=MayModerate)
    def list(self, request: Request) -> Response:
        wanted = self.query()
        order = ORDERINGS[wanted.pop("ordering")]
        rows = artworks_for_moderation(actor=request.user).order_by(*order)
        rows = rows.filter(each_word_in(wanted.pop("search"), "title_key", "description_key", "seller__search_key"))
        if "is_available" in wanted:
            on_sale = Q(status=Status.APPROVED, is_available=True)
            rows = rows.filter(on_sale if wanted.pop("is_available") else ~on_sale)
        if "rekognition_checked" in wanted:
            checked = Q(picture__check_state="done")
            rows = rows.filter(checked if wanted.pop("rekognition_checked") else ~checked | Q(picture=None))
        return self.page(rows.filter(**wanted))

    @operation(answer=ArtworkDecided, who=MayModerate)
    def approve(self, request: Request, id: int) -> Response:
        artwork = moderation.artwork_approve(actor=request.user, artwork_id=id)
        about = {
            "id": artwork.pk,
            "title": artwork.title,
            "is_available": artwork.is_available,
            "moderation_status": MODERATION_STATUS[Status(artwork.status)],
            "updated_at": artwork.updated_at,
        }
        return self.answer({"message": f'Artwork "{artwork.title}" approved successfully', "artwork": about})

    @operation(answer=ArtworkDecided, who=MayModerate)
    def feature(self, request: Request, id: int) -> Response:
        artwork = moderation.artwork_feature(actor=request.user, artwork_id=id, featured=True)
        about = {
            "id": artwork.pk,
            "title": artwork.title,
            "is_featured": artwork.is_featured,
            "updated_at": artwork.updated_at,
        }
        return self.answer({"message": f'Artwork "{artwork.title}" featured successfully', "artwork": about})

    @operation(answer=ArtworkStats, who=MayModerate)
    def stats(self, request: Request) -> Response:
        return Response(ArtworkStats(artwork_stats(actor=request.user)).data)

    @operation(body=BulkIn, answer=BulkDone, who=MayModerate)
    def bulk(self, request: Request) -> Response:
        sent = self.body()
        if sent["action"] not in BulkAction.values:
            body = {"error": "Invalid action specified", "available_actions": BulkAction.values}
            return self.answer(body, status=400)
        action = BulkAction(sent.pop("action"))
        outcome = moderation.artworks_bulk(actor=request.user, action=action, **sent)
        count = len(outcome.changed)
        return self.answer(
            {
                "message": f"{count} artwork{'' if count == 1 else 's'} {PAST_TENSE[action]} successfully",
                "affected_artworks": count,
                "action": action.value,
                "processed_at": timezone.now(),
                "not_found": outcome.not_found,
                "refused": outcome.refused,
            }
        )


# ---------------------------------------------------------------- categories
class CategoryIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    description = SentText(max_length=2000)
    is_active = SentBoolean(default=True)


class CategoryMade(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields: ClassVar = ["id", "name", "description", "is_active", "created_at"]


class DecidedCategory(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


class CategoryDecided(serializers.Serializer[Any]):
    message = serializers.CharField()
    category = DecidedCategory()


class Categories(CultureupAdminView):
    @operation(body=CategoryIn, answer=CategoryMade, status=201, who=MayModerate)
    def create(self, request: Request) -> Response:
        return self.answer(category_create(actor=request.user, **self.body()))

    @operation(answer=CategoryDecided, who=MayModerate)
    def activate(self, request: Request, id: int) -> Response:
        return self._set_active(id, True, "activated")

    @operation(answer=CategoryDecided, who=MayModerate)
    def deactivate(self, request: Request, id: int) -> Response:
        return self._set_active(id, False, "deactivated")

    def _set_active(self, category_id: int, is_active: bool, words: str) -> Response:
        category = category_set_active(actor=self.request.user, category_id=category_id, is_active=is_active)
        about = {
            "id": category.pk,
            "name": category.name,
            "is_active": category.is_active,
            "updated_at": category.updated_at,
        }
        return self.answer({"message": f'Category "{category.name}" {words} successfully', "category": about})
