"""What a printer is doing, read out of its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .codes import OUT_OF_FILAMENT, SIGNATURE_HMS, PrinterError, hms_errors, is_run_out, print_error
from .machines import model_of
from .trays import TrayView, active_head, active_tray_of, told_trays, trays_of
from .values import as_bits, as_object, within

PREPARING: Final = frozenset({"PREPARE", "SLICING"})
RUNNING: Final = frozenset({"RUNNING", "PAUSE"})
BUSY: Final = PREPARING | RUNNING
FREE: Final = frozenset({"IDLE", "FINISH", "FAILED"})
KNOWN: Final = BUSY | FREE
SIGNATURE_BIT: Final = 0x20000000
RUNOUT_STAGE: Final = 6
NO_SENSOR: Final = 5.0
MOST_LAYERS: Final = 1_000_000
MOST_MINUTES: Final = 60 * 24 * 365
PAUSES: Final = {
    6: OUT_OF_FILAMENT,
    16: "Paused by hand.",
}
STAGES: Final = {
    4: "Changing the filament.",
}


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
    told_trays: frozenset[int]
    """Of which it is known how they were a moment ago: what differs from them has happened now."""
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


def view_of(state: Mapping[str, Any]) -> PrinterView:
    """Takes any state that `merge` gave."""
    told = as_object(state.get("print"))
    gcode_state = str(told.get("gcode_state", ""))
    is_stopped = gcode_state == "FAILED" and state.get("stopped") is True
    health = hms_errors(state.get("hms"))
    register = print_error(told.get("print_error"), is_halted=gcode_state in ("FAILED", "PAUSE"))
    is_running = gcode_state in RUNNING
    name = job_name(told)
    heads = _heads(state)
    head = next((head for head in heads if head.is_active), None)
    info = as_object(state.get("info"))
    serial = str(info.get("serial", ""))
    is_out = gcode_state == "PAUSE" and (is_run_out(told.get("print_error")) or told.get("stg_cur") == RUNOUT_STAGE)
    needs_signature = (
        state.get("refused") is True
        or bool((as_bits(told.get("fun")) or 0) & SIGNATURE_BIT)
        or any(error.code == SIGNATURE_HMS for error in health)
    )
    status = _status(gcode_state, is_stopped)
    if state.get("cloud") == "disconnected":
        status = "offline"
    errors = (register, *health) if register else health
    return PrinterView(
        status=status,
        detail=_detail(status, gcode_state, told, register, is_out, needs_signature, is_stopped),
        gcode_state=gcode_state if gcode_state in KNOWN else "",
        job=name if gcode_state in BUSY and name else None,
        last_job=name,
        subtask_id=_identifier(told.get("subtask_id")),
        task_id=_identifier(told.get("task_id")),
        progress=within(told.get("mc_percent"), 0, 100) if is_running else 0 if gcode_state in PREPARING else None,
        layer=within(told.get("layer_num"), 0, MOST_LAYERS) if is_running else None,
        total_layers=within(told.get("total_layer_num"), 1, MOST_LAYERS) if is_running else None,
        remaining_seconds=_seconds(told.get("mc_remaining_time")) if is_running else None,
        nozzle_temp=head.temp if head else _degrees(told.get("nozzle_temper")),
        nozzle_target=head.target if head else _degrees(told.get("nozzle_target_temper")),
        bed_temp=_plain_or_packed(told.get("bed_temper"), _packed(state, "bed")[0]),
        bed_target=_plain_or_packed(told.get("bed_target_temper"), _packed(state, "bed")[1]),
        chamber_temp=_chamber(state, told),
        nozzles=heads if len(heads) > 1 else (),
        errors=errors,
        trays=trays_of(state),
        told_trays=frozenset(told_trays(state)),
        active_tray=active_tray_of(state),
        is_stopped_by_hand=is_stopped,
        is_out_of_filament=is_out,
        is_signature_required=needs_signature,
        is_hms_known="hms" in state,
        wifi_dbm=_decibels(told.get("wifi_signal")),
        light={"on": True, "off": False}.get(str(state.get("light"))),
        speed_percent=within(told.get("spd_mag"), 1, 1000),
        serial=serial,
        model=str(info.get("model", "")).removeprefix("Bambu Lab ") or model_of(serial),
        firmware=str(info.get("firmware", "")),
    )


def job_name(told: Mapping[str, Any]) -> str:
    """The print's name, else its file's."""
    return str(told.get("subtask_name") or told.get("gcode_file") or "")


def _status(gcode_state: str, is_stopped: bool) -> str:
    if gcode_state in ("IDLE", "FINISH") or is_stopped:
        return "online"
    words = {"FAILED": "failed", "RUNNING": "printing", "PAUSE": "paused", "OFFLINE": "offline"}
    return "preparing" if gcode_state in PREPARING else words.get(gcode_state, "connecting")


def _detail(
    status: str,
    gcode_state: str,
    told: Mapping[str, Any],
    register: PrinterError | None,
    is_out: bool,
    needs_signature: bool,
    is_stopped: bool,
) -> str:
    if status == "offline":
        return "The printer is switched off or has no network."
    if status == "connecting":
        return "The printer is starting." if gcode_state == "INIT" else "The printer has not said yet what it does."
    if gcode_state == "FAILED" and not is_stopped:
        return register.words if register else "The print failed."
    if gcode_state == "PAUSE":
        if is_out:
            return OUT_OF_FILAMENT
        if register:
            return register.words
        return PAUSES.get(within(told.get("stg_cur"), 0, 255) or 0, "The print is paused.")
    if needs_signature:
        return "It can only be watched: Developer Mode is off, so the printer takes no commands from here."
    if gcode_state in PREPARING:
        percent = within(told.get("gcode_file_prepare_percent"), 0, 99)
        return f"Receiving the file, {percent} %." if percent else "Getting ready to print."
    if gcode_state == "RUNNING":
        return STAGES.get(within(told.get("stg_cur"), 0, 255) or 0, "")
    return "The last print was stopped by hand." if is_stopped else ""


def _identifier(value: Any) -> str:
    text = str(value or "")
    return "" if text == "0" else text


def _degrees(value: Any) -> float | None:
    """P1s tell 1/32 of a degree; one decimal place is enough for everybody."""
    return round(float(value), 1) if isinstance(value, int | float) and -100 <= value <= 2000 else None


def _packed(state: Mapping[str, Any], name: str) -> tuple[float | None, float | None]:
    """Current and target temperature out of one number."""
    return _unpacked(as_object(state.get("device")).get(name))


def _unpacked(value: Any) -> tuple[float | None, float | None]:
    number = within(value, 0, 2**32 - 1)
    return (None, None) if number is None else (_degrees(number & 0xFFFF), _degrees(number >> 16))


def _plain_or_packed(plain: Any, packed: float | None) -> float | None:
    degrees = _degrees(plain)
    return packed if degrees is None else degrees


def _chamber(state: Mapping[str, Any], told: Mapping[str, Any]) -> float | None:
    """Printers without a sensor say 5 all the time."""
    degrees = _degrees(told.get("chamber_temper"))
    return _packed(state, "ctc")[0] if degrees in (None, NO_SENSOR) else degrees


def _heads(state: Mapping[str, Any]) -> tuple[NozzleView, ...]:
    """Of printers that tell of them in `device`; those with one head usually do not."""
    told = as_object(state.get("heads"))
    active = active_head(state)
    heads = []
    for number in (0, 1):
        if str(number) in told:
            temp, target = _unpacked(as_object(told[str(number)]).get("temp"))
            heads.append(NozzleView(number, temp, target, number == active))
    if len(heads) < 2 and _degrees(as_object(state.get("print")).get("nozzle_temper")) is not None:
        return ()
    return tuple(heads)


def _seconds(minutes: Any) -> int | None:
    number = within(minutes, 0, MOST_MINUTES)
    return None if number is None else number * 60


def _decibels(signal: Any) -> int | None:
    return within(str(signal or "").strip().removesuffix("dBm"), -200, 0)
