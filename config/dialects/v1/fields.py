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

from config.core.money import quantise
from config.core.references import Reference
from config.dialects import amounts

LARGEST_ID = 2**63 - 1


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
class AmountIn(amounts.AmountIn):
    """A number or its text."""


@extend_schema_field({"type": "number"})
class AmountOut(amounts.AmountOut):
    """A JSON number."""

    def to_representation(self, value: Any) -> Any:
        return float(value)


def amount(value: Decimal | int, currency: str) -> float:
    """An amount as the JSON number that v1 shows, of exactly its currency's decimals."""
    return float(quantise(Decimal(value), currency))


def number(value: Decimal | float | int) -> float:
    """A rate or a rating as the JSON number of two places that v1 shows."""
    return round(float(value), 2) + 0.0  # minus nothing is nothing
