"""Common materials and their densities, in grams per cubic centimetre, as their makers' data sheets have them."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Process(Enum):
    """How a part of it is usually made."""

    FILAMENT = "filament"
    RESIN = "resin"
    SOLID = "solid"


@dataclass(frozen=True)
class Material:
    name: str
    density: float
    process: Process = Process.FILAMENT


MATERIALS: Final = {
    material.name.lower(): material
    for material in (
        Material("PLA", 1.24),
        Material("PETG", 1.27),
        Material("ABS", 1.04),
        Material("ASA", 1.07),
        Material("TPU", 1.21),
        Material("nylon", 1.14),
        Material("polycarbonate", 1.20),
        Material("HIPS", 1.04),
        Material("resin", 1.12, Process.RESIN),
        Material("aluminium", 2.70, Process.SOLID),
        Material("titanium", 4.43, Process.SOLID),
        Material("steel", 7.85, Process.SOLID),
        Material("brass", 8.50, Process.SOLID),
        Material("silver", 10.49, Process.SOLID),
        Material("gold", 19.32, Process.SOLID),
    )
}
# What people call them.
ALIASES: Final = {
    "polylactide": "pla",
    "pet": "petg",
    "flexible": "tpu",
    "tpe": "tpu",
    "polyamide": "nylon",
    "pc": "polycarbonate",
    "sla": "resin",
    "msla": "resin",
    "photopolymer": "resin",
    "aluminum": "aluminium",
}
USUAL: Final = ("pla", "petg", "abs", "tpu", "resin")


def material_named(name: str) -> Material | None:
    word = name.strip().lower()
    return MATERIALS.get(ALIASES.get(word, word))
