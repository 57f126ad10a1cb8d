"""Amounts: `Decimal`, always rounded half up to the currency's minor unit, never added across currencies."""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

# ISO 4217 currencies whose minor unit is not a hundredth.
NO_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()
THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND".split()
MINOR_DIGITS = dict.fromkeys(NO_MINOR_UNIT, 0) | dict.fromkeys(THOUSANDTHS, 3)
ZERO = Decimal(0)


def digits(currency: str) -> int:
    return MINOR_DIGITS.get(currency, 2)


def quantise(amount: Decimal, currency: str) -> Decimal:
    """Nothing is never negative, also where SQLite's sums leave a dust below zero."""
    return amount.quantize(Decimal(1).scaleb(-digits(currency)), rounding=ROUND_HALF_UP) + ZERO


def percent_of(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    return quantise(amount * percent / 100, currency)


def minor_units(amount: Decimal, currency: str) -> int:
    """The amount in the smallest unit, as gateways want it: 12.50 USD is 1250, 12 JPY is 12."""
    return int(quantise(amount, currency).scaleb(digits(currency)))


def from_minor_units(units: int, currency: str) -> Decimal:
    return quantise(Decimal(units).scaleb(-digits(currency)), currency)


def share_out(total: Decimal, weights: list[Decimal], currency: str) -> list[Decimal]:
    """Split `total` in proportion to `weights` (largest remainder). The parts add up to `total` exactly, and none is
    larger than its weight while `total` is not larger than all weights together."""
    whole = sum(weights, ZERO)
    if whole == 0:
        return [quantise(ZERO, currency) for _ in weights]
    unit = Decimal(1).scaleb(-digits(currency))
    exact = [total * weight / whole for weight in weights]
    parts = [part.quantize(unit, rounding=ROUND_FLOOR) for part in exact]
    left = int((total - sum(parts, ZERO)) / unit)
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[:left]:
        parts[index] += unit
    return parts
