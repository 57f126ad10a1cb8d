"""The shapes of CultureUp's catalogue answers, as its OpenAPI document shows them.

The answers themselves are built by `cultureup_artworks`: lists are too hot for a serializer a row.
"""

from typing import Any, ClassVar

from rest_framework import serializers

from config.dialects.amounts import AmountOut
from marketplace.choices import AppealState, ArtworkType, Verdict
from marketplace.models import Category

Shape = serializers.Serializer[Any]


class CategoryOut(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields: ClassVar = ["id", "name", "description", "is_active", "created_at"]


class ArtistOut(Shape):
    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    user_type = serializers.CharField()


class CategoryInListOut(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()


class ArtworkOut(Shape):
    """In lists and alone."""

    id = serializers.IntegerField()
    artist = ArtistOut()
    title = serializers.CharField()
    description = serializers.CharField()
    category = CategoryInListOut(allow_null=True)
    artwork_type = serializers.ChoiceField(choices=ArtworkType.choices)
    price = AmountOut()
    image = serializers.URLField(allow_null=True)
    watermarked_image = serializers.URLField(allow_null=True)
    is_available = serializers.BooleanField()
    is_featured = serializers.BooleanField()
    views_count = serializers.IntegerField()
    likes_count = serializers.IntegerField()
    edition_size = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ArtistShortOut(Shape):
    id = serializers.IntegerField()
    username = serializers.CharField()


class CategoryShortOut(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField()


class LabelOut(Shape):
    name = serializers.CharField()
    confidence = serializers.FloatField()


class NewArtworkOut(Shape):
    """To its own artist, after the upload."""

    id = serializers.IntegerField()
    artist = ArtistShortOut()
    title = serializers.CharField()
    description = serializers.CharField()
    category = CategoryShortOut(allow_null=True)
    artwork_type = serializers.ChoiceField(choices=ArtworkType.choices)
    price = AmountOut()
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


class CheckSummaryOut(Shape):
    checked = serializers.BooleanField()
    total_compared = serializers.IntegerField()
    duplicate_found = serializers.BooleanField()


class UploadedOut(Shape):
    message = serializers.CharField()
    artwork = NewArtworkOut()
    duplicate_check = CheckSummaryOut()
    rekognition_labels = LabelOut(many=True)


class LikedOut(Shape):
    message = serializers.CharField()
    likes_count = serializers.IntegerField()


class MatchedArtworkOut(Shape):
    id = serializers.IntegerField()
    title = serializers.CharField(allow_null=True)
    artist = serializers.CharField()


class AppealOut(Shape):
    id = serializers.IntegerField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=AppealState.choices)
    answer = serializers.CharField()
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class DuplicateCheckOut(Shape):
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
