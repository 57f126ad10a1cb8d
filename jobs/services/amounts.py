"""What people write about money and time, before it is stored."""

from decimal import Decimal
from typing import Final

from config.core.errors import Invalid
from config.core.money import quantise

# What the columns hold, and more than anybody pays or waits.
MOST_AMOUNT: Final = Decimal("99999999999")
MOST_DAYS: Final = 3650


def amount_checked(amount: Decimal, currency: str, *, field: str) -> Decimal:
    """The amount in units of the currency. Raises Invalid when nothing is left of it, or it is past any price."""
    if not amount.is_finite() or abs(amount) > MOST_AMOUNT:
        raise Invalid(f"Ensure this value is at most {MOST_AMOUNT}.", field=field)
    units = quantise(amount, currency)
    if units <= 0:
        raise Invalid("Ensure this value is greater than 0.", field=field)
    return units


def days_checked(days: int, *, field: str) -> int:
    """Raises Invalid."""
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"Ensure this value is between 1 and {MOST_DAYS}.", field=field)
    return days
