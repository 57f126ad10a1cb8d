"""Objecting to a design's file being refused or held as a copy. Ours: v1's document has no such operation."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.v1 import V1View
from marketplace.models import Appeal
from marketplace.selectors.models_3d import model_visible
from marketplace.services.appeals import model_appeal_create


class AppealIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class AppealOut(serializers.Serializer[Appeal]):
    """`status` is open, accepted or declined; the answer comes as a notification."""

    id = serializers.IntegerField()
    status = serializers.CharField(source="state")
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class DesignAppeals(V1View):
    @operation(body=AppealIn, answer=AppealOut, status=201)
    def appeal(self, request: Request, design_id: Reference) -> Response:
        """Once a file, by the design's maker. A moderator decides."""
        design = model_visible(actor=self.caller, reference=design_id, thing="Design")
        return self.answer(model_appeal_create(actor=self.caller, model_id=design.pk, **self.body()))
