"""Amounts as Stripe counts them."""

from decimal import Decimal
from typing import Final

from config.core.money import from_minor_units, minor_units

# Stripe counts these as if they had hundredths although they have none, and this one the other way round.
# https://docs.stripe.com/currencies#special-cases
HUNDREDTHS_OF_NOTHING: Final = {"ISK", "UGX"}


def units_of(amount: Decimal, currency: str) -> int:
    units = minor_units(amount, currency)
    return units * 100 if currency in HUNDREDTHS_OF_NOTHING else units


def amount_of(units: int, currency: str) -> Decimal:
    if currency in HUNDREDTHS_OF_NOTHING:
        return Decimal(units) / 100
    return from_minor_units(units, currency)
