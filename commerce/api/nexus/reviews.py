"""Nexus's reviews of models by those who bought them (ours)."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.selectors.reviews import reviews_of
from commerce.services.reviews import LONGEST, review_write
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import NexusView
from config.dialects.nexus_objects import PersonOut, person_columns, person_of
from marketplace.selectors.models_3d import model_visible

ROW = (
    *("id", "listing_id", "author_id", "rating", "comment", "answer", "answered_at", "created_at", "updated_at"),
    *person_columns("author__"),
)


class ReviewIn(serializers.Serializer[Any]):
    rating = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, default="")


class ReviewOut(serializers.Serializer[Any]):
    """`answer` is the creator's."""

    id = serializers.IntegerField()
    model_id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    user = PersonOut()
    rating = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ModelReviews(NexusView):
    @operation(answer=ReviewOut, rows="page", who=AllowAny)
    def list(self, request: Request, id: int) -> Response:
        """The newest first."""
        model, files = model_visible(actor=request.user, reference=id), Files(request)
        rows = reviews_of(listing=model.listing).select_related(None).values(*ROW)
        return self.page(rows, lambda page: [_review(row, files) for row in page])

    @operation(body=ReviewIn, answer=ReviewOut, status=201, also=(200,))
    def create(self, request: Request, id: int) -> Response:
        """By those who bought it, once: again changes what one said (200)."""
        model = model_visible(actor=self.caller, reference=id)
        review, is_new = review_write(actor=self.caller, listing_id=model.pk, **self.body())
        [row] = type(review).objects.filter(pk=review.pk).values(*ROW)
        return self.answer(_review(row, Files(request)), status=201 if is_new else 200)


def _review(row: dict[str, Any], files: Files) -> dict[str, Any]:
    return {
        "id": row["id"],
        "model_id": row["listing_id"],
        "user_id": row["author_id"],
        "user": person_of(row, "author__", files),
        "rating": row["rating"],
        "comment": row["comment"],
        "answer": row["answer"] or None,
        "answered_at": row["answered_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
