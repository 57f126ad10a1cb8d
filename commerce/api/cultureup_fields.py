"""Fields that CultureUp's money shares."""

from typing import Any

from rest_framework import serializers

from config.core.references import LARGEST_ID


def number() -> serializers.IntegerField:
    """The number of something else, or null for nothing."""
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None)


def amount_out(**options: Any) -> serializers.DecimalField:
    """An amount as text with two places, "299.99"."""
    return serializers.DecimalField(max_digits=14, decimal_places=2, **options)
