"""What a print of a part weighs and how long it takes, estimated from the figures of its file.

The formulas and their assumptions stand in docs/reference/assistant.md; every answer names the ones it used.
"""

from dataclasses import dataclass
from typing import Final

from community.assistant.materials import Material, Process

INFILL: Final = 0.20
LAYER_MM: Final = 0.2
LINE_MM: Final = 0.42
SPEED_MM_S: Final = 60.0
"""What an ordinary printer keeps up on average, corners and short lines included."""
SHELL_MM: Final = 0.84
"""Two lines around; top and bottom are about as thick."""
SECONDS_A_LAYER: Final = 2.0
WARM_UP_SECONDS: Final = 300.0
RESIN_LAYER_MM: Final = 0.05
RESIN_SECONDS_A_LAYER: Final = 8.0
FILAMENT_AREA_MM2: Final = 3.14159265 * (1.75 / 2) ** 2


@dataclass(frozen=True)
class Weight:
    """In grams; `solid` is the part without any hollow, `printed` with `infill` (equal for what is made solid)."""

    material: Material
    infill: float
    solid: float
    printed: float
    filament_m: float | None
    """Metres of 1.75 mm filament in `printed`; None for other processes."""


@dataclass(frozen=True)
class PrintTime:
    """`assumptions` are words for the reader."""

    seconds: float
    layers: int
    assumptions: str


def printed_volume(volume_mm3: float, surface_mm2: float, infill: float) -> float:
    """A shell of SHELL_MM under the whole surface, but never more than the part, and `infill` of the rest."""
    shell = min(volume_mm3, surface_mm2 * SHELL_MM)
    return shell + infill * (volume_mm3 - shell)


def weight_of(volume_mm3: float, surface_mm2: float, material: Material, *, infill: float = INFILL) -> Weight:
    solid = volume_mm3 / 1000 * material.density
    if material.process is not Process.FILAMENT:
        return Weight(material, 1.0, solid, solid, None)
    printed = printed_volume(volume_mm3, surface_mm2, infill)
    return Weight(material, infill, solid, printed / 1000 * material.density, printed / FILAMENT_AREA_MM2 / 1000)


def print_time(
    volume_mm3: float,
    surface_mm2: float,
    height_mm: float,
    material: Material,
    *,
    infill: float = INFILL,
    layer_mm: float | None = None,
) -> PrintTime | None:
    """Standing as it does in its file, without supports. None for materials that are not printed at home."""
    if material.process is Process.SOLID:
        return None
    if material.process is Process.RESIN:
        layer = layer_mm or RESIN_LAYER_MM
        layers = max(1, round(height_mm / layer))
        words = f"{layer:g} mm layers of {RESIN_SECONDS_A_LAYER:g} seconds each, whatever the part's volume"
        return PrintTime(layers * RESIN_SECONDS_A_LAYER + WARM_UP_SECONDS, layers, words)
    layer = layer_mm or LAYER_MM
    layers = max(1, round(height_mm / layer))
    extruding = printed_volume(volume_mm3, surface_mm2, infill) / (LINE_MM * layer * SPEED_MM_S)
    words = (
        f"0.4 mm nozzle, {layer:g} mm layers, {SPEED_MM_S:g} mm/s on average, {infill:.0%} infill, "
        f"{SHELL_MM:g} mm shell, no supports, standing as in the file"
    )
    return PrintTime(extruding + layers * SECONDS_A_LAYER + WARM_UP_SECONDS, layers, words)
