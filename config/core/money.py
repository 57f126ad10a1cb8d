"""Amounts: `Decimal`, always rounded half up to the currency's minor unit, never added across currencies.

What people write is never rounded: `exact` takes it as it is, or refuses it. What the platform works out (a discount, a
fee, a part) is rounded to `unit`, the smallest step that can be charged, so that every total can be paid.
"""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from django.conf import settings

from config.core.errors import Invalid

# ISO 4217 currencies whose minor unit is not a hundredth.
NO_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()
THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND".split()
MINOR_DIGITS = dict.fromkeys(NO_MINOR_UNIT, 0) | dict.fromkeys(THOUSANDTHS, 3)
ZERO = Decimal(0)
MOST_AMOUNT: Final = Decimal("99999999999")
"""What the columns hold, and more than anybody pays."""
# Of a currency of thousandths Stripe takes only what ends in 0. https://docs.stripe.com/currencies#three-decimal
STRIPE_DIGITS: Final = 2


def digits(currency: str) -> int:
    return MINOR_DIGITS.get(currency, 2)


def _charged_digits(currency: str) -> int:
    return min(digits(currency), STRIPE_DIGITS) if settings.STRIPE_SECRET_KEY else digits(currency)


def unit(currency: str) -> Decimal:
    """The smallest step between amounts that are charged: 0.01 USD, 1 JPY, and 0.001 KWD, or 0.010 with Stripe."""
    return quantise(Decimal(1).scaleb(-_charged_digits(currency)), currency)


def exact(amount: Decimal, currency: str, *, field: str | None = None) -> Decimal:
    """An amount that somebody wrote, in units of its currency, and never rounded.

    Raises Invalid (`field`) for more decimals than the currency has, for a part of the step in which it is charged
    (`unit`), and for what no column holds. Zero and negative amounts are the caller's to refuse.
    """
    if not amount.is_finite() or abs(amount) > MOST_AMOUNT:
        raise Invalid(f"Ensure this value is at most {MOST_AMOUNT}.", field=field)
    if amount != quantise(amount, currency):
        places = digits(currency)
        if not places:
            raise Invalid(f"{currency} has no decimal places.", field=field)
        raise Invalid(f"Ensure that there are no more than {places} decimal places.", field=field)
    if amount != chargeable(amount, currency):
        raise Invalid(f"Amounts in {currency} are charged in steps of {unit(currency)}.", field=field)
    return quantise(amount, currency)


def chargeable(amount: Decimal, currency: str) -> Decimal:
    """An amount that was worked out, rounded half up to what can be charged."""
    if _charged_digits(currency) < digits(currency):
        amount = amount.quantize(Decimal(1).scaleb(-_charged_digits(currency)), rounding=ROUND_HALF_UP)
    return quantise(amount, currency)


def shown(amount: Decimal, currency: str) -> str:
    """With exactly the currency's decimals: "299.99", "1000", "6.670"."""
    return f"{quantise(amount, currency):f}"


def shown_price(price: Decimal, currency: str) -> str:
    """A price as it is charged, also one from before Stripe took the payments."""
    return f"{chargeable(price, currency):f}"


def quantise(amount: Decimal, currency: str) -> Decimal:
    """Nothing is never negative, also where SQLite's sums leave a dust below zero."""
    return amount.quantize(Decimal(1).scaleb(-digits(currency)), rounding=ROUND_HALF_UP) + ZERO


def percent_of(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    """Rounded to what can be charged, so that a price less a percentage, and an amount less a fee, can be as well."""
    return chargeable(amount * percent / 100, currency)


def minor_units(amount: Decimal, currency: str) -> int:
    """The amount in the smallest unit, as gateways want it: 12.50 USD is 1250, 12 JPY is 12."""
    return int(quantise(amount, currency).scaleb(digits(currency)))


def from_minor_units(units: int, currency: str) -> Decimal:
    return quantise(Decimal(units).scaleb(-digits(currency)), currency)


def share_out(total: Decimal, weights: list[Decimal], currency: str) -> list[Decimal]:
    """Split `total` in proportion to `weights` (largest remainder). The parts add up to `total` exactly, and none is
    larger than its weight while `total` is not larger than all weights together. They can be charged where all of
    that can."""
    whole = sum(weights, ZERO)
    if whole == 0:
        return [quantise(ZERO, currency) for _ in weights]
    step = unit(currency)
    if any(amount % step for amount in (total, *weights)):  # from before Stripe took the payments
        step = Decimal(1).scaleb(-digits(currency))
    due = [total * weight / whole for weight in weights]
    parts = [quantise((part / step).quantize(Decimal(1), rounding=ROUND_FLOOR) * step, currency) for part in due]
    left = int((total - sum(parts, ZERO)) / step)
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - due[i], i))
    for index in by_remainder[:left]:
        parts[index] += step
    return parts
