"""What a printer is doing, read out of its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .codes import PrinterError


@dataclass(frozen=True, slots=True)
class TrayView:
    """One slot. `number` is the global tray id (0 to 15 AMS, 64 to 67 the built-in unit of an A2L, 128 to 135 AMS HT,
    254 and 255 external); the slot's number in the API is one more. Empty text and None: not known."""

    number: int
    ams_id: int
    tray_id: int
    is_loaded: bool
    material_type: str = ""
    """`PLA`, `PLA-CF` …"""
    preset: str = ""
    """`tray_info_idx`, such as `GFA00`."""
    color: str = ""
    """`#RRGGBB`, upper case."""
    vendor: str = ""
    """`Bambu Lab` when the spool has a tag."""
    tray_uuid: str = ""
    """The spool's own; nothing without RFID."""
    remaining_pct: int | None = None
    weight_grams: int | None = None
    """What is left, of spools with a tag."""

    @property
    def spool(self) -> tuple[str, str, str, str]:
        """What tells one spool from another."""
        return (self.tray_uuid, self.material_type, self.preset, self.color)


@dataclass(frozen=True, slots=True)
class NozzleView:
    """`number` 0 is the right (or only) head, 1 the left one. °C."""

    number: int
    temp: float | None
    target: float | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class PrinterView:
    """`status` is a word of `choices.PrinterStatus`, `detail` says more in a sentence. None: not known, or not now.

    `gcode_state` is empty until the printer has said what it does. `job`, `progress`, `layer`, `total_layers` and
    `remaining_seconds` are those of a print that goes on; `last_job`, `subtask_id` and `task_id` stay after its end.
    """

    status: str
    detail: str
    gcode_state: str
    job: str | None
    last_job: str
    subtask_id: str
    """Empty when the printer gives none (`"0"`)."""
    task_id: str
    progress: int | None
    """Percent; 0 while preparing."""
    layer: int | None
    total_layers: int | None
    remaining_seconds: int | None
    nozzle_temp: float | None
    """°C, of the active head."""
    nozzle_target: float | None
    bed_temp: float | None
    bed_target: float | None
    chamber_temp: float | None
    nozzles: tuple[NozzleView, ...]
    """Both, of printers with two heads; else empty."""
    errors: tuple[PrinterError, ...]
    trays: tuple[TrayView, ...]
    """By number."""
    active_tray: int | None
    """Global tray id that is fed."""
    is_stopped_by_hand: bool
    """FAILED, and the user did it."""
    is_out_of_filament: bool
    is_signature_required: bool
    """Developer Mode is off: the printer can be watched and not commanded."""
    is_hms_known: bool
    wifi_dbm: int | None
    light: bool | None
    speed_percent: int | None
    serial: str
    """As the printer itself says it, after get_version."""
    model: str
    firmware: str

    @property
    def is_busy(self) -> bool:
        return self.gcode_state in BUSY

    @property
    def is_free(self) -> bool:
        """Takes a job. Whether it takes commands at all is `is_signature_required`."""
        return self.gcode_state in FREE

    @property
    def is_preparing(self) -> bool:
        return self.gcode_state in PREPARING


PREPARING = frozenset({"PREPARE", "SLICING"})
RUNNING = frozenset({"RUNNING", "PAUSE"})
BUSY = PREPARING | RUNNING
FREE = frozenset({"IDLE", "FINISH", "FAILED"})


def view_of(state: Mapping[str, Any]) -> PrinterView:
    """Takes any state that `merge` gave."""
    raise NotImplementedError
