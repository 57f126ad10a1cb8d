"""Text in bodies as it is to be read: a name is one line, and what shows nothing is blank, in every dialect."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from rest_framework import serializers
from rest_framework.fields import Field

from config.core.names import LONGEST_LINE, is_seen, one_line
from config.dialects.fields import SentText

SENTENCES: Final = frozenset({"description", "note", "reason"})
"""Short ones too may have lines."""
LITERAL: Final = frozenset({"file_name", "serial_number", "username"})
"""Refused for what they may not have; and who signs in has typed theirs."""


def lines_read(reader: "serializers.BaseSerializer[Any]") -> None:
    """Have the text fields of a reader, those of objects and lists within it as well, take names as one line, and text
    that shows nothing as blank. Passwords and other text that is taken to the letter stay."""
    for field in _texts(reader):
        is_name = (field.max_length or LONGEST_LINE + 1) <= LONGEST_LINE and field.field_name not in SENTENCES
        cleaned = one_line if is_name else _seen
        field.run_validation = partial(_validated, field.run_validation, cleaned)  # type: ignore[method-assign]


def _texts(field: "Field[Any, Any, Any, Any]") -> Iterator[serializers.CharField]:
    if isinstance(field, serializers.Serializer):
        for within in field.fields.values():
            yield from _texts(within)
    elif isinstance(field, serializers.ListSerializer | serializers.ListField):
        if field.child is not None:
            yield from _texts(field.child)
    elif isinstance(field, serializers.CharField) and _is_free(field):
        yield field


def _is_free(field: serializers.CharField) -> bool:
    """Not addresses, patterns and the like, which say themselves what they take."""
    is_plain = type(field) in {serializers.CharField, SentText}
    return is_plain and field.trim_whitespace and field.field_name not in LITERAL


def _validated(validated: Any, cleaned: Any, data: Any = serializers.empty) -> Any:
    return validated(cleaned(data) if isinstance(data, str) else data)


def _seen(text: str) -> str:
    return text if is_seen(text) else ""
