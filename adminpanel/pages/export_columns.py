"""The columns of an exported list: those that the list shows, as plain text, numbers, and moments in ISO 8601.

An amount takes two columns, the number and its currency. What shows a moment, a yes or an amount in its own words (an
age, a star, "5.00 PKR") is given as the field that it is sorted by, or that it names in `exported_as`.
"""

import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from django.contrib.admin.utils import get_fields_from_path, label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.http import HttpRequest
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from accounts.policies import may_decide_about_people
from config.core.fields import MoneyField
from config.core.money import quantise

PERSONAL: Final = {
    *("email", "old_email", "new_email", "pending_email", "buyer_email", "phone_number", "shipping_address"),
    *("address", "network", "agent", "account", "account_number", "account_hint"),
}
"""By name; columns of e-mail and network addresses besides."""
BY_FIELD: Final = (MoneyField, models.DateField, models.BooleanField)
Cell = str | int | float | Decimal
CHECKBOX: Final = "action_checkbox"


@dataclass(frozen=True)
class Column:
    title: str
    value: Callable[[Any], Cell]


def columns_of(page: Any, request: HttpRequest) -> list[Column]:
    """What the caller may have of the list: personal data is for administrators alone."""
    with_personal = may_decide_about_people(request.user)
    found = [Column("id", lambda row: plain(row.pk))]
    for name in page.get_list_display(request):
        if name not in (CHECKBOX, "id", "pk", page.opts.pk.name):
            found += _columns(page, name, with_personal)
    return found


def _columns(page: Any, name: Any, with_personal: bool) -> Iterator[Column]:
    title, made_by = label_for_field(name, page.model, page, return_attr=True)
    field, path = _field(page.model, name, made_by)
    if not with_personal and _is_personal(field, name):
        return
    title = str(title or name)
    owner, own = _owner(path), path.rpartition(".")[2]
    if isinstance(field, MoneyField):
        yield Column(title, lambda row: _amount(field, owner(row), own))
        yield Column(f"{title} currency", lambda row: _currency(field, owner(row), own))
    elif field is not None and (made_by is None or isinstance(field, BY_FIELD)):
        choices = {str(key): str(words) for key, words in getattr(field, "flatchoices", ())}
        yield Column(title, lambda row: _of_field(choices, owner(row), own))
    else:
        yield Column(title, lambda row: plain(lookup_field(name, row, page)[2]))


def _field(model: type[models.Model], name: Any, made_by: Any) -> tuple[Any, str]:
    """The column of a table that a list's column shows, and the path to it."""
    path = name if made_by is None else getattr(made_by, "exported_as", None) or _sorted_by(made_by)
    if not isinstance(path, str):
        return None, ""
    try:
        return get_fields_from_path(model, path.lstrip("-"))[-1], path.lstrip("-").replace("__", ".")
    except (FieldDoesNotExist, AttributeError):
        return None, ""


def _sorted_by(made_by: Any) -> Any:
    return getattr(getattr(made_by, "fget", made_by), "admin_order_field", None)


def _is_personal(field: Any, name: Any) -> bool:
    if isinstance(field, models.EmailField | models.GenericIPAddressField):
        return True
    return (name if isinstance(name, str) else getattr(name, "__name__", "")) in PERSONAL


def _owner(path: str) -> Callable[[Any], Any]:
    """Gives the row that has the field, None where there is none."""
    before = path.rpartition(".")[0]
    found = attrgetter(before) if before else None

    def owner(row: Any) -> Any:
        try:
            return found(row) if found is not None else row
        except (AttributeError, ObjectDoesNotExist):
            return None

    return owner


def _of_field(choices: Mapping[str, str], row: Any, name: str) -> Cell:
    try:
        value = getattr(row, name)
    except (AttributeError, ObjectDoesNotExist):
        return ""
    return plain(choices.get(str(value), value) if choices else value)


def _amount(field: MoneyField, row: Any, name: str) -> Cell:
    value = getattr(row, name, None)
    return "" if value is None else quantise(Decimal(value), field.currency_of(row))


def _currency(field: MoneyField, row: Any, name: str) -> Cell:
    return "" if getattr(row, name, None) is None else field.currency_of(row)


def plain(value: Any) -> Cell:
    """As a cell: numbers stay numbers, moments are ISO 8601 in UTC, markup loses its marks."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):  # Unfold's labels and headers
        return " ".join(str(plain(part)) for part in value if isinstance(part, str | int | Decimal))
    if isinstance(value, SafeString):
        return " ".join(html.unescape(strip_tags(value.replace("<", " <"))).split())
    return str(value)


def decimals_of(amount: Decimal) -> int:
    return max(0, -int(amount.as_tuple().exponent))
