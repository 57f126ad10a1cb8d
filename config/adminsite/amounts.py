"""Amounts and ages as the admin site shows them."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin

from config.core.fields import MoneyField
from config.core.money import shown as amount_shown


def amount(name: str, description: str = "") -> Callable[[ModelAdmin, Any], str]:
    """A column or field that shows an amount of a row in the row's own currency, such as "599.99 PKR"."""

    @admin.display(description=description or name.replace("_", " "), ordering=name)
    def shown(_page: ModelAdmin, row: Any) -> str:
        return _in_one_line(in_its_currency(row, name))

    shown.__name__ = f"{name}_shown"
    return shown


def in_currency(value: Decimal | None, currency: str) -> str:
    """Such as "599.99 PKR", with the currency's decimals; empty for no amount."""
    return "" if value is None else f"{amount_shown(Decimal(value), currency)} {currency}".strip()


def in_its_currency(row: Any, name: str) -> str:
    return in_currency(getattr(row, name), row._meta.get_field(name).currency_of(row))


def shown_amounts(opts: Any, names: Iterable[Any]) -> list[Any]:
    """The names of amounts become what shows them as `amount` does; other names, and pairs of them, stay."""
    amounts = {field.name: field for field in opts.fields if isinstance(field, MoneyField)}
    return [
        shown_amounts(opts, name)
        if isinstance(name, list | tuple)
        else _shown_amount(amounts[name])
        if name in amounts
        else name
        for name in names
    ]


def _shown_amount(field: MoneyField) -> Callable[[Any], str]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def shown(row: Any) -> str:
        return _in_one_line(in_its_currency(row, field.name))

    return shown


def _in_one_line(words: str) -> str:
    return format_html('<span class="atelier-amount">{}</span>', words) if words else ""


def age(moment: datetime) -> str:
    """For how long, in one unit."""
    return "now" if timezone.now() - moment < timedelta(minutes=1) else timesince(moment, depth=1)
