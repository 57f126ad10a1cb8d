"""Amounts: `Decimal`, always rounded half up to the currency's minor unit, never added across currencies."""

from decimal import ROUND_HALF_UP, Decimal

from config.core.errors import Invalid

# ISO 4217 currencies whose minor unit is not a hundredth.
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "UGX": 0, "XAF": 0, "XOF": 0} | {
    "KWD": 3,
    "BHD": 3,
    "OMR": 3,
    "JOD": 3,
    "TND": 3,
}
ZERO = Decimal(0)


class CurrencyMismatch(Invalid):
    code = "currency_mismatch"
    message = "Amounts in different currencies cannot be added up."


def digits(currency: str) -> int:
    return MINOR_DIGITS.get(currency, 2)


def quantise(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits(currency)), rounding=ROUND_HALF_UP)


def percent_of(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    return quantise(amount * percent / 100, currency)


def minor_units(amount: Decimal, currency: str) -> int:
    """The amount in the smallest unit, as gateways want it: 12.50 USD is 1250, 12 JPY is 12."""
    return int(quantise(amount, currency).scaleb(digits(currency)))


def from_minor_units(units: int, currency: str) -> Decimal:
    return quantise(Decimal(units).scaleb(-digits(currency)), currency)


def share_out(total: Decimal, weights: list[Decimal], currency: str) -> list[Decimal]:
    """Split `total` in proportion to `weights`; the parts add up to it, the rest going to the largest weight."""
    whole = sum(weights, ZERO)
    if not weights or whole == 0:
        return [quantise(ZERO, currency) for _ in weights]
    parts = [quantise(total * weight / whole, currency) for weight in weights]
    parts[weights.index(max(weights))] += total - sum(parts, ZERO)
    return parts
