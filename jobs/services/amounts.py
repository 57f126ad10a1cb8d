"""What people write about money and time, before it is stored."""

from decimal import Decimal
from typing import Final

from config.core.errors import Invalid
from config.core.money import exact

MOST_DAYS: Final = 3650
"""Longer than anybody waits."""


def amount_checked(amount: Decimal, currency: str, *, field: str) -> Decimal:
    """The amount in units of its currency. Raises Invalid when it does not fit that, or is not positive."""
    units = exact(amount, currency, field=field)
    if units <= 0:
        raise Invalid("Ensure this value is greater than 0.", field=field)
    return units


def days_checked(days: int, *, field: str) -> int:
    """Raises Invalid."""
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"Ensure this value is between 1 and {MOST_DAYS}.", field=field)
    return days
