"""When something begins and ends, as people write it."""

from contextlib import suppress
from datetime import date
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.core.days import begin_of, end_of

# What nobody plans began or ended before; years of three digits are no date-time elsewhere.
FIRST_YEAR: Final = 1900


@extend_schema_field({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]})
class StartIn(serializers.DateTimeField):
    """A moment; a date alone is the beginning of that day, in UTC."""

    of_day = staticmethod(begin_of)

    def to_internal_value(self, value: Any) -> Any:
        moment = self._moment(value)
        if moment.year < FIRST_YEAR:
            raise serializers.ValidationError(f"Must not be before {FIRST_YEAR}.")
        return moment

    def _moment(self, value: Any) -> Any:
        with suppress(TypeError, ValueError):
            return self.of_day(date.fromisoformat(value))
        return super().to_internal_value(value)


class EndIn(StartIn):
    """A moment; a date alone is the end of that day, in UTC: what ends today still holds today."""

    of_day = staticmethod(end_of)
