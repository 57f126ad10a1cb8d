"""Values out of a report, whatever stands there: a number may come as text, a text as a number, both as nonsense."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL and UTF-8 do not take."""


def as_object(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> Sequence[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list | tuple) else ()


def as_number(value: Any) -> float | None:
    """A finite number, also out of text; `True` is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) <= 32:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    return None


def as_whole(value: Any) -> int | None:
    """A whole number; what stands after the point is cut off."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = as_number(value)
    return None if number is None else int(number)


def as_bits(value: Any) -> int | None:
    """Bits out of hexadecimal text."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        bits = int(value, 16)
    except ValueError:
        return None
    return bits if bits >= 0 else None


def as_text(value: Any, longest: int = 255) -> str | None:
    """Text that a database takes, cut to `longest` characters."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = as_whole(value)
        return None if number is None or abs(number) >= 2**63 else str(number)
    return _UNSTORABLE.sub("", value)[:longest].strip() if isinstance(value, str) else None


def within(value: Any, least: int, most: int) -> int | None:
    """The whole number, or None when it lies outside."""
    number = as_whole(value)
    return number if number is not None and least <= number <= most else None


def is_zero(identifier: object) -> bool:
    """Whether a `tag_uid` or `tray_uuid` says that there is no RFID tag."""
    return not isinstance(identifier, str) or not identifier.strip("0 ")
