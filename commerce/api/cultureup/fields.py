"""Fields that CultureUp's money shares."""

from rest_framework import serializers

from config.core.references import LARGEST_ID


def number() -> serializers.IntegerField:
    """The number of something else, or null for nothing."""
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None)
