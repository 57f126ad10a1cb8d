"""Errors in words: HMS entries, and the register `print_error`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from .values import as_list, as_object, as_whole

CANCELLED: Final = 0x0300400C
"""Stopped by the user. It may arrive about five seconds after FAILED, and clears itself."""
RAN_OUT: Final = 0x03008015
WRONG_NOZZLE: Final = 0x0500803C
SIGNATURE_CODES: Final = frozenset({0x05024007, 0x05024009})
"""A command was dropped because it is not signed (or malformed): Developer Mode is off."""
SIGNATURE_HMS: Final = "HMS_0500_0500_0001_0007"
"""How a P1 says the same."""

_SEVERITIES: Final = {1: "fatal", 2: "serious", 3: "common", 4: "info"}
_MODULES: Final = {
    0x03: "motion and heating",
    0x05: "the mainboard",
    0x07: "the AMS",
    0x08: "the toolhead",
    0x0C: "the camera and lidar",
    0x10: "the print",
    0x12: "the AMS lite",
    0x18: "the AMS HT",
}
WORDS: Final = {
    "0300-400C": "The print was stopped by hand.",
    "0300-8015": "The filament ran out.",
    "0500-803C": "The file was sliced for another nozzle than the printer has.",
    "0500-4004": "A print was sent while another was going on.",
    "0500-C011": "The memory card is slow.",
    "0502-4007": "The printer takes no commands from here: Developer Mode is off.",
    "0502-4009": "The printer takes no commands from here: Developer Mode is off.",
    SIGNATURE_HMS: "The printer takes no commands from here: Developer Mode is off.",
}
_MOST: Final = 64
"""Entries of one report that are read."""


@dataclass(frozen=True, slots=True)
class PrinterError:
    """`code` as Bambu writes it (`HMS_0300_0100_0001_0001` or `0300-400C`), its words, and `fatal`, `serious`,
    `common` or `info`. `source` is `hms` or `print_error`."""

    code: str
    words: str
    severity: str
    source: str

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "words": self.words, "severity": self.severity}


def hms_errors(entries: Any) -> tuple[PrinterError, ...]:
    """Of the list `hms`, in its order, each code once. Entries with a zero half, or that are none, are left out."""
    found: dict[str, PrinterError] = {}
    for entry in as_list(entries)[:_MOST]:
        attr, code = (as_whole(as_object(entry).get(key)) for key in ("attr", "code"))
        if attr and code and 0 < attr < 2**32 and 0 < code < 2**32:
            name = f"HMS_{attr >> 16:04X}_{attr & 0xFFFF:04X}_{code >> 16:04X}_{code & 0xFFFF:04X}"
            found.setdefault(name, PrinterError(name, words_of(name), _SEVERITIES.get(code >> 16, "info"), "hms"))
    return tuple(found.values())


def print_error(value: Any, *, is_halted: bool) -> PrinterError | None:
    """Of the register. Latched: under a printer that has neither failed nor paused it is information only."""
    number = as_whole(value)
    if number is None or not 0 < number < 2**32 or number == CANCELLED:
        return None
    code = f"{number >> 16:04X}-{number & 0xFFFF:04X}"
    return PrinterError(code, words_of(code), "serious" if is_halted else "info", "print_error")


def words_of(code: str) -> str:
    """What the code means, in English; of an unknown one at least where it comes from."""
    if code in WORDS:
        return WORDS[code]
    module = _MODULES.get(int(code.removeprefix("HMS_")[:2], 16))
    return f"Error {code}" + (f" of {module}." if module else ".")
