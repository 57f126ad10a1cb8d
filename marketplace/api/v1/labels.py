"""v1's labels on 3-D models, and suggestions for them."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.v1 import V1View
from marketplace.choices import LabelCategory
from marketplace.meshes.results import Suggestion
from marketplace.models import ModelLabel
from marketplace.selectors import models_3d as model_selectors
from marketplace.services.labels import labels
from marketplace.services.labels.labels import LabelDetails
from marketplace.services.labels.suggestions import label_suggestions


@extend_schema_field({"type": "number"})
class CoordinateIn(serializers.FloatField):
    """A number: `true` is none, though a float can be made of it, and minus nothing is nothing."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data) + 0.0


class LabelIn(serializers.Serializer[Any]):
    """Positions in the file's millimetres."""

    position_x = CoordinateIn()
    position_y = CoordinateIn()
    position_z = CoordinateIn()
    text = serializers.CharField(max_length=labels.LONGEST)
    category = serializers.ChoiceField(LabelCategory.choices, required=False, allow_null=True, allow_blank=True)


class LabelChangeIn(serializers.Serializer[Any]):
    """What is left out or null stays as it is; an empty `category` takes it away."""

    position_x = CoordinateIn(required=False, allow_null=True)
    position_y = CoordinateIn(required=False, allow_null=True)
    position_z = CoordinateIn(required=False, allow_null=True)
    text = serializers.CharField(max_length=labels.LONGEST, required=False, allow_null=True)
    category = serializers.ChoiceField(LabelCategory.choices, required=False, allow_null=True, allow_blank=True)


class LabelOut(serializers.Serializer[ModelLabel]):
    id = serializers.UUIDField(source="uuid")
    model_id = serializers.IntegerField()
    position_x = serializers.FloatField()
    position_y = serializers.FloatField()
    position_z = serializers.FloatField()
    text = serializers.CharField()
    category = serializers.ChoiceField(LabelCategory.choices, allow_null=True)
    created_by = serializers.IntegerField(source="author_id")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class PositionOut(serializers.Serializer[Any]):
    x = serializers.FloatField()
    y = serializers.FloatField()
    z = serializers.FloatField()


class SuggestionOut(serializers.Serializer[Any]):
    """`confidence`, 0 to 1, is how surely it is there: docs/reference/label-suggestions.md."""

    label_text = serializers.CharField()
    category = serializers.ChoiceField(LabelCategory.choices)
    confidence = serializers.FloatField(min_value=0, max_value=1)
    suggested_position = PositionOut()
    description = serializers.CharField()


class Labels(V1View):
    @operation(body=LabelIn, answer=LabelOut, status=201)
    def create(self, request: Request, model_id: Reference) -> Response:
        """By the model's maker and staff."""
        sent = self.body()
        model = model_selectors.model_visible(actor=self.caller, reference=model_id)
        details = sent | {"category": sent.get("category") or None}
        label = labels.label_create(actor=self.caller, model_id=model.pk, details=cast(LabelDetails, details))
        return self.answer(label)

    @operation(answer=LabelOut, rows="all")
    def list(self, request: Request, model_id: Reference) -> Response:
        """All of a model's labels, the oldest first: 500 at most."""
        model = model_selectors.model_visible(actor=self.caller, reference=model_id)
        return Response(self.present_many(list(model_selectors.labels_of(model=model)[: labels.MOST_LABELS])))


class LabelChange(V1View):
    @operation(body=LabelChangeIn, answer=LabelOut)
    def update(self, request: Request, label_id: Reference) -> Response:
        sent = {name: value for name, value in self.body().items() if value is not None}
        label = model_selectors.label_visible(actor=self.caller, reference=label_id)
        changes = cast(LabelDetails, sent)
        if "category" in sent:
            changes["category"] = sent["category"] or None
        return self.answer(labels.label_update(actor=self.caller, label_id=label.pk, changes=changes))


class LabelSuggestions(V1View):
    @operation(answer=SuggestionOut, rows="all")
    def ai_suggestions(self, request: Request, model_id: Reference) -> Response:
        """What could be written on the model, the surest first: 30 at most. Nothing is stored. 409 while the file is
        being analysed; empty for a model without a file."""
        model = model_selectors.model_visible(actor=self.caller, reference=model_id)
        return Response([_shown(suggestion) for suggestion in label_suggestions(model)])


def _shown(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "label_text": suggestion.text,
        "category": suggestion.category,
        "confidence": suggestion.confidence,
        "suggested_position": dict(zip("xyz", suggestion.position, strict=True)),
        "description": suggestion.description,
    }
