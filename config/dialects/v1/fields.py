"""What v1's bodies are made of: references, amounts as numbers, tags."""

import contextlib
from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.core.references import Reference

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


@extend_schema_field({"type": "number"})
class AmountField(serializers.DecimalField):
    """Money, as a JSON number in answers. Accepts a number or its text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 14, "decimal_places": 2} | options)

    def to_representation(self, value: Any) -> Any:
        return None if value is None else number(value)


def number(amount: Decimal | float | int) -> float:
    """An amount of money, rate or rating as the JSON number of two places that v1 shows."""
    return round(float(amount), 2)
