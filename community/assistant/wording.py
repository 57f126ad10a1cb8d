"""Numbers as people read them."""

from decimal import Decimal
from typing import Final

from config.core.money import quantise

MM: Final = {"mm": 1.0, "cm": 10.0, "in": 25.4, "ft": 304.8, "m": 1000.0}
GRAMS: Final = {"g": 1.0, "kg": 1000.0, "oz": 28.349523125, "lb": 453.59237}
MM3: Final = {"mm³": 1.0, "cm³": 1000.0, "ml": 1000.0, "l": 1e6, "in³": 16387.064}
LONG_NAMES: Final = {"in": "inches", "ft": "feet", "in³": "cubic inches"}


def figure(value: float) -> str:
    """Up to three decimals, four figures that matter, no needless zeros."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    places = 3 if abs(value) < 1 else 2 if abs(value) < 100 else 1
    return f"{value:.{places}f}".rstrip("0").rstrip(".")


def length(mm: float, unit: str = "") -> str:
    unit = unit or "mm"
    return f"{figure(mm / MM[unit])} {LONG_NAMES.get(unit, unit)}"


def lengths(mm: tuple[float, ...], unit: str = "") -> str:
    unit = unit or "mm"
    return f"{' × '.join(figure(value / MM[unit]) for value in mm)} {LONG_NAMES.get(unit, unit)}"


def mass(grams: float, unit: str = "") -> str:
    unit = unit or "g"
    return f"{figure(grams / GRAMS[unit])} {unit}"


def volume(mm3: float, unit: str = "") -> str:
    unit = unit or "cm³"
    return f"{figure(mm3 / MM3[unit])} {LONG_NAMES.get(unit, unit)}"


def duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} minutes"
    if hours >= 10:
        return f"{round(minutes / 60)} hours"
    spoken = f"{hours} hour{'s' if hours > 1 else ''}"
    return f"{spoken} {rest} minutes" if rest else spoken


def money(amount: Decimal, currency: str) -> str:
    return f"{quantise(amount, currency)} {currency}"


def byte_size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1000))} kB"


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
