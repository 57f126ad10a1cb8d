"""What CultureUp takes and answers about works.

The answers are built by `artworks`, and only described here: lists are too hot for a serializer a row.
"""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.choices import UserType
from config.dialects.amounts import AmountIn, AmountOut
from config.dialects.fields import SentBoolean
from marketplace.choices import AppealState, ArtworkType, Verdict
from marketplace.models import Category
from marketplace.selectors.artworks import NEWEST, ORDERINGS

LARGEST_ID = 2**63 - 1


# ---------------------------------------------------------------- input
class ArtworkIn(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=20_000)
    category_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    artwork_type = serializers.ChoiceField(choices=ArtworkType.choices)
    price = AmountIn(max_digits=13, min_value=0)
    is_available = SentBoolean(required=False)
    edition_size = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, allow_null=True)


class ArtworkCreateIn(ArtworkIn):
    image = serializers.FileField(max_length=255)


class ArtworkUpdateIn(ArtworkIn):
    image = serializers.FileField(max_length=255, required=False)


class ArtworkQuery(serializers.Serializer[Any]):
    category = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, required=False)
    artwork_type = serializers.ChoiceField(source="artwork__artwork_type", choices=ArtworkType.choices, required=False)
    min_price = AmountIn(source="price__gte", required=False)
    max_price = AmountIn(source="price__lte", required=False)
    is_featured = serializers.BooleanField(required=False, allow_null=True, default=None)
    search = serializers.CharField(max_length=200, required=False)
    ordering = serializers.ChoiceField(choices=list(ORDERINGS), default=NEWEST)


class AppealIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


# ---------------------------------------------------------------- output
class CategoryOut(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields: ClassVar = ["id", "name", "description", "is_active", "created_at"]


class ArtistOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    user_type = serializers.ChoiceField(UserType.choices)


class CategoryInListOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()


class ArtworkOut(serializers.Serializer[Any]):
    """In lists and alone."""

    id = serializers.IntegerField()
    artist = ArtistOut()
    title = serializers.CharField()
    description = serializers.CharField()
    category = CategoryInListOut(allow_null=True)
    artwork_type = serializers.ChoiceField(choices=ArtworkType.choices)
    price = AmountOut()
    currency = serializers.CharField()
    image = serializers.URLField(allow_null=True)
    watermarked_image = serializers.URLField(allow_null=True)
    is_available = serializers.BooleanField()
    is_featured = serializers.BooleanField()
    views_count = serializers.IntegerField()
    likes_count = serializers.IntegerField()
    edition_size = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ArtistShortOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()


class CategoryShortOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class LabelOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    confidence = serializers.FloatField()


class NewArtworkOut(serializers.Serializer[Any]):
    """To its own artist, after the upload."""

    id = serializers.IntegerField()
    artist = ArtistShortOut()
    title = serializers.CharField()
    description = serializers.CharField()
    category = CategoryShortOut(allow_null=True)
    artwork_type = serializers.ChoiceField(choices=ArtworkType.choices)
    price = AmountOut()
    currency = serializers.CharField()
    s3_image_url = serializers.URLField(allow_null=True)
    s3_watermarked_url = serializers.URLField(allow_null=True)
    rekognition_checked = serializers.BooleanField()
    rekognition_labels = LabelOut(many=True)
    similarity_score = serializers.DecimalField(max_digits=5, decimal_places=2)
    is_available = serializers.BooleanField()
    is_featured = serializers.BooleanField()
    views_count = serializers.IntegerField()
    likes_count = serializers.IntegerField()
    edition_size = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class EditedArtworkOut(NewArtworkOut):
    updated_at = serializers.DateTimeField()


class CheckSummaryOut(serializers.Serializer[Any]):
    checked = serializers.BooleanField()
    total_compared = serializers.IntegerField()
    duplicate_found = serializers.BooleanField()


class UploadedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    artwork = NewArtworkOut()
    duplicate_check = CheckSummaryOut()
    rekognition_labels = LabelOut(many=True)


class LikedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    likes_count = serializers.IntegerField()


class MatchedArtworkOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField(allow_null=True)
    artist = serializers.CharField()


class AppealOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=AppealState.choices)
    answer = serializers.CharField()
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class DuplicateCheckOut(serializers.Serializer[Any]):
    artwork_id = serializers.IntegerField()
    moderation_status = serializers.ChoiceField(choices=["PENDING", "APPROVED", "REJECTED"])
    is_replacement = serializers.BooleanField()
    rekognition_checked = serializers.BooleanField()
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    duplicate_risk = serializers.ChoiceField(choices=["LOW", "MEDIUM", "HIGH"], allow_null=True)
    similarity_score = serializers.DecimalField(max_digits=5, decimal_places=2)
    duplicate_found = serializers.BooleanField()
    total_compared = serializers.IntegerField()
    matched_artwork = MatchedArtworkOut(allow_null=True)
    evidence = serializers.DictField()
    checked_at = serializers.DateTimeField(allow_null=True)
    appeal = AppealOut(allow_null=True)
