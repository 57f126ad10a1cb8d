"""Fields that bodies of every dialect are made of."""

from collections.abc import Collection, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty


class SentBoolean(serializers.BooleanField):
    """A box that a form does not send is one that was left alone, not one that was cleared."""

    default_empty_html = empty


class SentText(serializers.CharField):
    """Text that may be left out; null is as good as none, and becomes the empty text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)


class Word(serializers.ChoiceField):
    """In a query: a dialect's word for several values of a column. Its `source` is `<column>__in`."""

    def __init__(self, values: Mapping[str, Collection[Any]], **kwargs: Any) -> None:
        self.values = values
        super().__init__(choices=list(values), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return self.values[super().to_internal_value(data)]
