"""Amounts at the edges of every dialect: read as they were written, shown as they are charged."""

from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import get_attribute

from config.core.money import ZERO, quantise

PLACES: Final = 3
"""The most that any currency has."""
LARGEST_EXACT: Final = 1e9
"""Up to here the dust of a floating point calculation is much smaller than any currency's smallest part."""
FLOAT_DUST: Final = 1e-6


class AmountIn(serializers.DecimalField):
    """An amount as text or as a number, with up to three decimals. Nothing is rounded: whether it fits its currency is
    the service's to say (`config.core.money.exact`), which knows that.

    What a client worked out with floating point is the amount that it means: 100.1 - 2.2 is 97.89999999999999 there.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 14, "decimal_places": PLACES} | options)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, float) and abs(data) < LARGEST_EXACT and 0 < abs(data - round(data, PLACES)) < FLOAT_DUST:
            data = round(data, PLACES)
        return super().to_internal_value(data) or ZERO  # "-0" is nothing


class AmountOut(serializers.DecimalField):
    """An amount as text with exactly its currency's decimals: "299.99", "1000", "6.670".

    `currency` says where the row has its currency, "payment.currency" for one; None is for what a selector worked out,
    and rounded to its currency itself.
    """

    def __init__(self, *, currency: str | None = "currency", **options: Any) -> None:
        self.currency = currency
        super().__init__(**{"max_digits": 14, "decimal_places": PLACES} | options)

    def get_attribute(self, instance: Any) -> Any:
        amount = super().get_attribute(instance)
        if amount is None or self.currency is None:
            return amount
        return quantise(Decimal(amount), str(get_attribute(instance, self.currency.split("."))))

    def to_representation(self, value: Any) -> Any:
        return f"{value:f}"


class OwnAmountOut(AmountOut):
    """The caller's own part of an amount that is others' as well, where the selector says it, under `own_` and the
    name of the field; else the whole."""

    def get_attribute(self, instance: Any) -> Any:
        own = getattr(instance, f"own_{self.field_name}", None)
        return super().get_attribute(instance) if own is None else quantise(own, str(instance.currency))


@extend_schema_field({"type": "number"})
class NumberIn(AmountIn):
    """A number or its text."""


@extend_schema_field({"type": "number"})
class NumberOut(AmountOut):
    """A JSON number."""

    def to_representation(self, value: Any) -> Any:
        return float(value)


def number_of(amount: Decimal | int, currency: str) -> float:
    """An amount as a JSON number of exactly its currency's decimals."""
    return float(quantise(Decimal(amount), currency))
