"""v1's reviews of designs."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.models import ListingReview
from commerce.selectors.reviews import reviews_of
from commerce.services import reviews
from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.v1 import PageQuery, V1View
from marketplace.selectors import models_3d as model_selectors


class ReviewIn(serializers.Serializer[Any]):
    rating = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField(max_length=reviews.LONGEST, required=False, allow_blank=True, default="")


class ReviewChangeIn(serializers.Serializer[Any]):
    rating = serializers.IntegerField(min_value=1, max_value=5, required=False)
    comment = serializers.CharField(max_length=reviews.LONGEST, required=False, allow_blank=True)


class ReviewOut(serializers.Serializer[ListingReview]):
    """`answer` is the seller's."""

    id = serializers.IntegerField()
    design_id = serializers.UUIDField(source="listing.uuid")
    user_id = serializers.IntegerField(source="author_id")
    user_name = serializers.CharField(source="author.username")
    rating = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField()
    answer = serializers.SerializerMethodField()
    answered_at = serializers.DateTimeField(allow_null=True)
    helpful_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_answer(self, review: ListingReview) -> str | None:
        return review.answer or None


class DesignReviews(V1View):
    @operation(query=PageQuery, answer=ReviewOut, rows="page")
    def list(self, request: Request, design_id: Reference) -> Response:
        """The newest first."""
        design = model_selectors.model_visible(actor=self.caller, reference=design_id, thing="Design")
        return self.page(reviews_of(listing=design))

    @operation(body=ReviewIn, answer=ReviewOut, status=201, also=(200,))
    def create(self, request: Request, design_id: Reference) -> Response:
        """By those who bought it, once: again changes what one said (200)."""
        design = model_selectors.model_visible(actor=self.caller, reference=design_id, thing="Design")
        review, is_new = reviews.review_write(actor=self.caller, listing_id=design.pk, **self.body())
        return self.answer(review, status=201 if is_new else 200)

    @operation(body=ReviewChangeIn, answer=ReviewOut)
    def update(self, request: Request, design_id: Reference) -> Response:
        """One's own review; what is left out stays as it is."""
        design = model_selectors.model_visible(actor=self.caller, reference=design_id, thing="Design")
        return self.answer(reviews.review_change(actor=self.caller, listing_id=design.pk, **self.body()))
