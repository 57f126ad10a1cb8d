"""v1's tool for sellers with many reviews."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.services.review_answers import MOST, Outcome, ReviewAction, reviews_update
from commerce.services.reviews import LONGEST
from config.dialects.base import operation
from config.dialects.v1 import LARGEST_ID, V1View


class ReviewsIn(serializers.Serializer[Any]):
    """`response_template` is the answer, and is needed to `respond`. To `report` asks staff to look at them."""

    review_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), min_length=1, max_length=MOST
    )
    action = serializers.ChoiceField([action.value for action in ReviewAction])
    response_template = serializers.CharField(
        max_length=LONGEST, required=False, allow_blank=True, allow_null=True, default=""
    )


class ReviewsOut(serializers.Serializer[Outcome]):
    """The two counts make the number of ids sent: those of others' listings, unknown and repeated ones fail."""

    updated_count = serializers.IntegerField(source="updated")
    failed_count = serializers.IntegerField(source="failed")
    message = serializers.SerializerMethodField()

    def get_message(self, outcome: Outcome) -> str:
        if not outcome.failed:
            return "Reviews updated successfully"
        return f"{outcome.updated} of {outcome.updated + outcome.failed} reviews updated"


class ReviewTools(V1View):
    limits: ClassVar = {"user": 200}
    limit_group = "advanced-tools:"

    @operation(body=ReviewsIn, answer=ReviewsOut)
    def bulk_review_update(self, request: Request) -> Response:
        """Thank for, answer or report reviews of one's own designs."""
        sent = self.body()
        outcome = reviews_update(
            actor=self.caller,
            review_ids=sent["review_ids"],
            action=ReviewAction(sent["action"]),
            answer=sent["response_template"] or "",
        )
        return self.answer(outcome)
