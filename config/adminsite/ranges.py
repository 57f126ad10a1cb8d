"""Filters from one day or number to another, both included, each optional.

Unfold's own end at the beginning of the last day, and take what they cannot read for nothing; here that is a wrong
address, which the list refuses politely.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.contrib.admin import FieldListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import models
from django.http import HttpRequest
from unfold.widgets import INPUT_CLASSES

NUMBER: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


class _Ends(forms.Form):
    def __init__(self, name: str, sent: dict[str, str], attrs: dict[str, str]) -> None:
        super().__init__(data=sent)
        for end, words in (("from", "From"), ("to", "To")):
            shown = {
                "class": " ".join(INPUT_CLASSES),
                "placeholder": words,
                "aria-label": words,
                "title": words,
                **attrs,
            }
            self.fields[f"{name}_{end}"] = forms.CharField(required=False, widget=forms.TextInput(attrs=shown))


class _Range(FieldListFilter):
    template = "unfold/filters/filters_date_range.html"
    attrs: ClassVar[dict[str, str]]

    def __init__(self, field: Any, request: HttpRequest, params: Any, model: Any, page: Any, field_path: str) -> None:
        self.names = [f"{field_path}_from", f"{field_path}_to"]
        super().__init__(field, request, {}, model, page, field_path)
        for name in self.names:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1].strip()

    def expected_parameters(self) -> list[str | None]:
        return [*self.names]

    def choices(self, changelist: Any) -> Iterator[Any]:
        sent = {name: str(self.used_parameters.get(name, "")) for name in self.names}
        yield {"form": _Ends(self.field_path, sent, self.attrs)}

    def queryset(self, request: HttpRequest, rows: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        start, end = (str(self.used_parameters.get(name, "")) for name in self.names)
        try:
            if start:
                rows = rows.filter(**{f"{self.field_path}__gte": self.start(start)})
            return self.until(rows, end) if end else rows
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(error) from error

    def start(self, text: str) -> Any:
        """The least value; ValueError for what is none."""
        raise NotImplementedError

    def until(self, rows: "models.QuerySet[Any]", text: str) -> "models.QuerySet[Any]":
        return rows.filter(**{f"{self.field_path}__lte": self.start(text)})


class DateRange(_Range):
    """Days are UTC days."""

    attrs: ClassVar = {"type": "date"}

    def start(self, text: str) -> date:
        day = date.fromisoformat(text)
        return _midnight(day) if isinstance(self.field, models.DateTimeField) else day

    def until(self, rows: "models.QuerySet[Any]", text: str) -> "models.QuerySet[Any]":
        if not isinstance(self.field, models.DateTimeField):
            return super().until(rows, text)
        after = _midnight(date.fromisoformat(text) + timedelta(days=1))
        return rows.filter(**{f"{self.field_path}__lt": after})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


class NumberRange(_Range):
    """Amounts of all currencies alike: the list has a filter by currency beside it."""

    attrs: ClassVar = {"inputmode": "decimal"}

    def start(self, text: str) -> Decimal:
        form = WHOLE if isinstance(self.field, models.IntegerField) else NUMBER
        if not form.fullmatch(text):
            raise ValueError(text)
        return Decimal(text)
