"""What v1's bodies are made of: references, amounts as numbers, tags."""

import contextlib
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.utils import html

from config.core.money import ZERO
from config.core.references import Reference

LARGEST_ID = 2**63 - 1
LARGEST_EXACT = 1e9
"""Up to here the dust of a floating point calculation is much smaller than a cent."""
FLOAT_DUST = 1e-6


@extend_schema_field({"oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "format": "uuid"}]})
class ReferenceField(serializers.Field):  # type: ignore[type-arg]
    """A thing's number or its UUID."""

    default_error_messages = {"invalid": "Must be a number or a UUID."}

    def to_internal_value(self, data: Any) -> Reference:
        if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= LARGEST_ID:
            return data
        if isinstance(data, str):
            if data.isascii() and data.isdigit() and len(data) <= 19 and 0 < int(data) <= LARGEST_ID:
                return int(data)
            with contextlib.suppress(ValueError):
                return UUID(data)
        raise serializers.ValidationError("Must be a number or a UUID.")

    def to_representation(self, value: Any) -> Any:
        return str(value) if isinstance(value, UUID) else value


MOST_TAG_TEXT = 5_000


@extend_schema_field(
    {"oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string", "maxLength": MOST_TAG_TEXT}]}
)
class TagsField(serializers.Field):  # type: ignore[type-arg]
    """A list, or comma-separated text; in forms also a repeated field or a JSON array. Goes out as a list."""

    def get_value(self, dictionary: Any) -> Any:
        if not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        sent = [value for name in (self.field_name, f"{self.field_name}[]") for value in dictionary.getlist(name)]
        return sent or empty

    def to_internal_value(self, data: Any) -> list[str]:
        texts = data if isinstance(data, list) else [data]
        found: list[str] = []
        for text in texts:
            if not isinstance(text, str) or len(text) > MOST_TAG_TEXT or "\0" in text:
                raise serializers.ValidationError("Must be a list of texts, or text with commas in between.")
            found += _array_of(text) if text.lstrip().startswith("[") else text.split(",")
        return [tag.strip() for tag in found if tag.strip()]

    def to_representation(self, value: Any) -> Any:
        return list(value)


def _array_of(text: str) -> list[str]:
    """The texts of a JSON array; text that only begins like one is taken as text."""
    try:
        values = json.loads(text)
    except ValueError:
        return text.split(",")
    if not isinstance(values, list) or not all(isinstance(value, str) and "\0" not in value for value in values):
        raise serializers.ValidationError("Must be a list of texts, or text with commas in between.")
    return values


@extend_schema_field({"type": "number"})
class AmountField(serializers.DecimalField):
    """Money, as a JSON number in answers. Accepts a number or its text.

    What a client worked out with floating point is the amount that it means: 100.1 - 2.2 is 97.89999999999999 there.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 14, "decimal_places": 2} | options)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, float) and abs(data) < LARGEST_EXACT and 0 < abs(data - round(data, 2)) < FLOAT_DUST:
            data = round(data, 2)
        return super().to_internal_value(data) or ZERO  # "-0" is nothing

    def to_representation(self, value: Any) -> Any:
        return None if value is None else number(value)


def number(amount: Decimal | float | int) -> float:
    """An amount of money, rate or rating as the JSON number of two places that v1 shows."""
    return round(float(amount), 2) + 0.0  # minus nothing is nothing
