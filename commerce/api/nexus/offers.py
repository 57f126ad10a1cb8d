"""What Nexus's makers say of a model, when they upload it and when they change it."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.utils import html

from config.dialects.fields import SentBoolean, TextsField
from config.dialects.nexus import AmountIn
from marketplace.choices import Licence, Status
from marketplace.services.models_3d.models import ModelDetails
from marketplace.services.models_3d.offers import Beside

LONGEST_TEXT = 20_000
MOST_FILES = 12


class PicturesField(TextsField):
    """Files, repeated, or ids and addresses of uploaded images as `TextsField` takes them."""

    def get_value(self, dictionary: Any) -> Any:
        if not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        sent = [value for name in (self.field_name, f"{self.field_name}[]") for value in dictionary.getlist(name)]
        return sent or empty

    def to_internal_value(self, data: Any) -> Any:
        each = data if isinstance(data, list) else [data]
        sent = [value for value in each if isinstance(value, UploadedFile)]
        if len(sent) > MOST_FILES:
            raise serializers.ValidationError(f"At most {MOST_FILES} pictures.")
        texts = [value for value in each if not isinstance(value, UploadedFile)]
        return [*sent, *(super().to_internal_value(texts) if texts else [])]


class SaidOfModel(serializers.Serializer[Any]):
    """Both names of the title are taken; where both are sent, `title` counts. What can be measured is measured:
    poly_count and the like are ignored, and so are file_formats."""

    title = serializers.CharField(max_length=200, required=False)
    name = serializers.CharField(max_length=200, required=False)
    price = AmountIn(min_value=0, required=False)
    is_free = SentBoolean(required=False)
    category = serializers.CharField(max_length=100, required=False)
    subcategory = serializers.CharField(max_length=100, required=False, allow_blank=True, allow_null=True)
    tags = TextsField(required=False)
    license = serializers.ChoiceField(Licence.choices, required=False, help_text="An addition.")
    thumbnail_url = serializers.CharField(max_length=2000, required=False, allow_null=True, allow_blank=True)
    further_files = TextsField(
        required=False, help_text="An addition: ids of uploads beside the main file: FBX, BLEND and ZIP."
    )


class UploadIn(SaidOfModel):
    """The main file is sent as `file`, or was uploaded before and is named by `file_id`."""

    description = serializers.CharField(max_length=LONGEST_TEXT)
    category = serializers.CharField(max_length=100)
    file = serializers.FileField(max_length=255, required=False, allow_empty_file=True)
    file_id = serializers.CharField(max_length=100, required=False)
    thumbnail = serializers.FileField(max_length=255, required=False, allow_empty_file=True)
    preview_images = PicturesField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("title") or attrs.get("name")):
            raise serializers.ValidationError({"title": ["Field required"]}, code="required")
        if not (attrs.get("file") is not None or attrs.get("file_id")):
            raise serializers.ValidationError({"file": ["Field required"]}, code="required")
        return attrs


class ChangesIn(SaidOfModel):
    """What is left out keeps its value. The last three are an administrator's to set; from others they are ignored."""

    description = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    preview_images = TextsField(required=False)
    is_published = SentBoolean(required=False)
    file_id = serializers.CharField(max_length=100, required=False)
    status = serializers.ChoiceField([Status.PENDING, Status.APPROVED, Status.REJECTED], required=False)
    is_featured = SentBoolean(required=False)
    is_trending = SentBoolean(required=False)


def details_of(sent: dict[str, Any]) -> ModelDetails:
    """What was sent of it. A free model costs nothing, whatever else is said."""
    details = ModelDetails()
    title = sent.get("title") or sent.get("name")
    if title:
        details["title"] = title
    if "description" in sent:
        details["description"] = sent["description"]
    if sent.get("is_free"):
        details["price"] = AmountIn().to_internal_value(0)
    elif "price" in sent:
        details["price"] = sent["price"]
    if "subcategory" in sent:
        details["subcategory"] = sent["subcategory"] or ""
    if "tags" in sent:
        details["tags"] = sent["tags"]
    if "license" in sent:
        details["licence"] = sent["license"]
    if "is_published" in sent:
        details["is_available"] = sent["is_published"]
    return details


def beside_of(sent: dict[str, Any]) -> Beside:
    found = Beside()
    if "thumbnail_url" in sent:
        found["thumbnail_url"] = sent["thumbnail_url"]
    if "preview_images" in sent:
        found["preview_images"] = [each for each in sent["preview_images"] if isinstance(each, str)]
    if "further_files" in sent:
        found["further_files"] = sent["further_files"]
    return found
