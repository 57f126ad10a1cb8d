"""A filter by a value that is typed.

Django offers every value that a column has, which reads the whole table at each view of the list.
"""

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.contrib.admin import FieldListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from unfold.widgets import INPUT_CLASSES

KNOWN: Final = (models.BooleanField, models.DateField)
"""Fields whose own filters ask the table for nothing."""


class TypedValue(FieldListFilter):
    """Rows that have exactly this value; blanks around it do not count."""

    template = "unfold/filters/filters_date_range.html"

    def __init__(self, field: Any, request: HttpRequest, params: Any, model: Any, page: Any, field_path: str) -> None:
        super().__init__(field, request, {}, model, page, field_path)
        if field_path in params:
            self.used_parameters[field_path] = params.pop(field_path)[-1].strip()

    def expected_parameters(self) -> list[str | None]:
        return [self.field_path]

    def choices(self, changelist: Any) -> Iterator[Any]:
        attrs = {"class": " ".join(INPUT_CLASSES), "placeholder": "Exactly", "aria-label": self.title}
        form = forms.Form({self.field_path: str(self.used_parameters.get(self.field_path, ""))})
        form.fields[self.field_path] = forms.CharField(required=False, widget=forms.TextInput(attrs=attrs))
        yield {"form": form}

    def queryset(self, request: HttpRequest, rows: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        text = str(self.used_parameters.get(self.field_path, ""))
        if "\0" in text:
            raise IncorrectLookupParameters("NUL")
        try:
            return rows.filter(**{self.field_path: self.field.to_python(text)}) if text else rows
        except ValidationError as error:
            raise IncorrectLookupParameters(error) from error


def typed_or(model: type[models.Model], each: Any) -> Any:
    """An item of a `list_filter`, with `TypedValue` where Django would offer every value that there is."""
    if not isinstance(each, str):
        return each
    field = get_fields_from_path(model, each)[-1]
    return each if field.choices or field.is_relation or isinstance(field, KNOWN) else (each, TypedValue)
