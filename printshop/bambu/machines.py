"""What a serial number says of its printer."""

from __future__ import annotations

from typing import Final

MODELS: Final = {
    "00M": "X1 Carbon",
    "00W": "X1",
    "03W": "X1E",
    "01S": "P1P",
    "01P": "P1S",
    "030": "A1 mini",
    "039": "A1",
    "22E": "P2S",
    "093": "H2S",
    "094": "H2D",
    "239": "H2D Pro",
    "31B": "H2C",
}
"""By the first three characters, as ha-bambulab tells them apart."""


def model_of(serial: str) -> str:
    """The model's name without its maker's, or nothing when the serial number is not a known one."""
    return MODELS.get(serial[:3], "")
