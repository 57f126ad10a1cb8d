"""Fields that bodies of every dialect are made of."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.utils import html

from config.core.names import one_line
from config.core.web_links import is_link, web_page_validate


class SentBoolean(serializers.BooleanField):
    """A box that a form does not send is one that was left alone, not one that was cleared."""

    default_empty_html = empty


class SentText(serializers.CharField):
    """Text that may be left out; null is as good as none, and becomes the empty text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)


class SentAddress(SentText):
    """An http(s) address that may be left out; null and the empty text are none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 300, "validators": [web_page_validate], **kwargs})


class Word(serializers.ChoiceField):
    """In a query: a dialect's word for several values of a column. Its `source` is `<column>__in`."""

    def __init__(self, values: Mapping[str, Collection[Any]], **kwargs: Any) -> None:
        self.values = values
        super().__init__(choices=list(values), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return self.values[super().to_internal_value(data)]


MOST_TEXT = 5_000


class OfItsKind(serializers.ListField):
    """Objects of the shape of the one that has them, such as the answers to a comment."""


@extend_schema_field(
    {"oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string", "maxLength": MOST_TEXT}]}
)
class TextsField(serializers.Field):  # type: ignore[type-arg]
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
            if not isinstance(text, str) or len(text) > MOST_TEXT or "\0" in text:
                raise serializers.ValidationError("Must be a list of texts, or text with commas in between.")
            found += _array_of(text) if text.lstrip().startswith("[") else text.split(",")
        return [line for text in found if (line := one_line(text))]

    def to_representation(self, value: Any) -> Any:
        return list(value)


def _array_of(text: str) -> list[str]:
    """The texts of a JSON array; text that only begins like one is taken as text."""
    try:
        values = orjson.loads(text)  # refuses what is nested too deeply, and half of a character, as it does in bodies
    except ValueError:
        return text.split(",")
    if not isinstance(values, list) or not all(isinstance(value, str) and "\0" not in value for value in values):
        raise serializers.ValidationError("Must be a list of texts, or text with commas in between.")
    return values


@extend_schema_field(
    {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"type": "string"},
            "redirect_to_url": {
                "type": "object",
                "required": ["url"],
                "properties": {"url": {"type": "string", "format": "uri"}},
                "additionalProperties": True,
            },
        },
        "additionalProperties": True,
    },
    component_name="NextAction",
)
class NextActionOut(serializers.DictField):
    """What the card's bank asks for, in the gateway's words: most often a page to send the buyer to."""


class LinkIn(serializers.CharField):
    """An address on the web, of whatever host: http or https, and nothing that a browser would run or read as another.
    null is as good as none, and becomes the empty text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 1000, "allow_null": True, "allow_blank": True, **kwargs})

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> str:
        link = super().to_internal_value(data)
        if link and not is_link(link):
            raise serializers.ValidationError("Enter an address that begins with http:// or https://.")
        return link
