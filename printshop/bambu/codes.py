"""Errors in words: HMS entries, and the register `print_error`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from .values import as_list, as_object, as_whole

CANCELLED: Final = 0x0300400C
"""Stopped by the user. It may arrive about five seconds after FAILED, and clears itself."""
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
OUT_OF_FILAMENT: Final = "The filament ran out."
DEVELOPER_MODE_OFF: Final = "The printer takes no commands from here: Developer Mode is off."
WORDS: Final = {
    "0300-400C": "The print was stopped by hand.",
    "0300-8001": "The printer paused: the user asked for it.",
    "0300-8002": "The first layer has defects.",
    "0300-8003": "The camera sees loose filament where the print should be.",
    "0300-8004": OUT_OF_FILAMENT,
    "0300-8005": "The front cover of the toolhead fell off.",
    "0300-8006": "The build plate was not found.",
    "0300-8007": "The power failed during the print.",
    "0300-8008": "The nozzle's temperature is not what it should be.",
    "0300-8009": "The heatbed's temperature is not what it should be.",
    "0300-800A": "Filament piles up in the waste chute.",
    "0300-800B": "The filament cutter is stuck.",
    "0300-800C": "An axis lost steps.",
    "0300-8010": "The fan of the hot end does not turn as it should.",
    "0300-8015": OUT_OF_FILAMENT,
    "0500-4002": "The printer does not take the file's name or place.",
    "0500-4003": "The printer cannot read the file.",
    "0500-4004": "A print was sent while another was going on.",
    "0500-4006": "The memory card is full.",
    "0500-803C": "The file was sliced for another nozzle than the printer has.",
    "0500-C011": "The memory card is slow.",
    "0502-4007": DEVELOPER_MODE_OFF,
    "0502-4009": DEVELOPER_MODE_OFF,
    SIGNATURE_HMS: DEVELOPER_MODE_OFF,
    "HMS_0300_0100_0001_0008": "The heatbed does not heat as it should.",
    "HMS_0300_0100_0001_000A": "The temperature control of the heatbed does not work.",
    "HMS_0300_0100_0001_000C": "The heatbed has heated with full power for long.",
    "HMS_0300_0200_0001_0006": "The nozzle's temperature sensor may have a short circuit.",
    "HMS_0300_0200_0001_0009": "The nozzle's temperature control does not work; is the hot end in place?",
    "HMS_0300_0D00_0001_000B": "The Z axis is stuck.",
    "HMS_0300_0D00_0002_0001": "The heatbed could not be homed: something lies on it, or the nozzle is dirty.",
    "HMS_0300_0D00_0002_0003": "The build plate is not placed properly.",
    "HMS_0300_0F00_0001_0001": "The acceleration sensor gives odd values.",
    "HMS_0300_1000_0002_0002": "The X axis has changed since it was calibrated: clean the rods and calibrate again.",
    "HMS_0300_1100_0002_0002": "The Y axis has changed since it was calibrated: clean the rods and calibrate again.",
    "HMS_0300_1700_0001_0001": "The nozzle's fan turns too slowly or stands still.",
    "HMS_0300_1700_0002_0002": "The nozzle's fan turns slowly and may need cleaning.",
    "HMS_0300_1A00_0002_0001": "The nozzle is wrapped in filament, or the build plate lies askew.",
    "HMS_0300_1A00_0002_0002": "The nozzle is clogged.",
    "HMS_0300_9000_0001_0002": "The chamber does not get warm.",
    "HMS_0500_0100_0003_0004": "The memory card is nearly full.",
    "HMS_0500_0200_0002_0008": "The printer could not set its clock.",
    "HMS_0500_0300_0001_0024": "It is too cold to print; the printer needs at least 10 °C.",
    "HMS_0C00_0300_0002_0010": "Something lies on the heatbed.",
    "HMS_0C00_0300_0003_0006": "The waste chute may be full.",
}
_AMS_MODULES: Final = frozenset({0x07, 0x12, 0x18})
_SLOT_PARTS: Final = {0x10: "motor of slot", 0x20: "slot"}
_SLOT_WORDS: Final = {
    (0x10, 0x00010001): "slips; the filament may be too thin or the wheel worn",
    (0x10, 0x00010003): "cannot be controlled; its sensor may be broken",
    (0x10, 0x00020002): "is overloaded; the filament may be tangled",
    (0x20, 0x00020001): "ran out of filament",
    (0x20, 0x00020002): "is empty",
    (0x20, 0x00020003): "has filament that may be broken",
    (0x20, 0x00020004): "has filament that may be broken in the toolhead",
    (0x20, 0x00020005): "ran out of filament, and purging the rest went wrong",
    (0x20, 0x00020006): "could not be extruded; the extruder may be clogged",
    (0x20, 0x00030001): "ran out of filament; the old one is being purged",
    (0x20, 0x00030002): "ran out of filament; the same filament of another slot goes on",
}
"""By the part of an AMS (its slots are the next four numbers) and the code."""
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


def is_run_out(value: Any) -> bool:
    """Whether the register says that filament ran out: at the extruder, or in a unit of an AMS."""
    number = as_whole(value) or 0
    return number in (0x03008004, 0x03008015) or (number >> 24 in _AMS_MODULES and number & 0xFFFF == 0x8011)


def error_code(number: int) -> str:
    """As Bambu writes it: `0300-400C`."""
    return f"{number >> 16:04X}-{number & 0xFFFF:04X}"


def print_error(value: Any, *, is_halted: bool) -> PrinterError | None:
    """Of the register. Latched: under a printer that has neither failed nor paused it is information only."""
    number = as_whole(value)
    if number is None or not 0 < number < 2**32 or number == CANCELLED:
        return None
    code = error_code(number)
    return PrinterError(code, words_of(code), "serious" if is_halted else "info", "print_error")


def words_of(code: str) -> str:
    """What the code means, in English; of an unknown one at least where it comes from."""
    if code in WORDS:
        return WORDS[code]
    digits = code.removeprefix("HMS_").replace("_", "").replace("-", "")
    module, unit, part = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    where = _MODULES.get(module, "the printer")
    if module in _AMS_MODULES and digits.endswith("8011") and len(digits) == 8:
        return OUT_OF_FILAMENT
    if len(digits) == 16 and module in _AMS_MODULES:
        words = _SLOT_WORDS.get((part & 0xF0, int(digits[8:], 16)))
        if words and part & 0xF < 4:
            return f"AMS {unit + 1}: {_SLOT_PARTS[part & 0xF0]} {(part & 0xF) + 1} {words}."
    return f"Error {code} of {where}."
