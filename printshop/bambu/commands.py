"""Commands as printers take them: each gives the message to publish to `device/SERIAL/request`, as a dict.

`sequence` comes back in the answer. All are published once, with QoS 1, and never again after a reconnect: a
`project_file` that is sent twice may print twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

UNUSED: Final = -1
"""A filament of the file that the plate does not use."""
EXTERNAL: Final = 254
EXTERNAL_RIGHT: Final = 255
"""Of printers with two heads, whose left one is 254."""


def report_topic(serial: str) -> str:
    """The serial number's case matters: with a wrong one everything is accepted and nothing ever comes."""
    return f"device/{serial}/report"


def request_topic(serial: str) -> str:
    return f"device/{serial}/request"


def get_version(sequence: int = 0) -> dict[str, Any]:
    return {"info": {"sequence_id": str(sequence), "command": "get_version"}}


def push_all(sequence: int = 0) -> dict[str, Any]:
    """Ask for a full report: after a connect, else not within five minutes (it slows a P1 or A1 down)."""
    return {"pushing": {"sequence_id": str(sequence), "command": "pushall", "version": 1, "push_target": 1}}


def push_start(sequence: int = 0) -> dict[str, Any]:
    """Wakes a printer that reports nothing any more."""
    return {"pushing": {"sequence_id": str(sequence), "command": "start"}}


def pause(sequence: int) -> dict[str, Any]:
    return _print("pause", sequence, param="")


def resume(sequence: int) -> dict[str, Any]:
    return _print("resume", sequence, param="")


def stop(sequence: int) -> dict[str, Any]:
    return _print("stop", sequence, param="")


def resume_ams(sequence: int) -> dict[str, Any]:
    """After a fault of the filament."""
    return _print("ams_control", sequence, param="resume")


def clean_print_error(sequence: int) -> dict[str, Any]:
    return _print("clean_print_error", sequence)


def print_speed(sequence: int, level: int) -> dict[str, Any]:
    """1 silent, 2 standard, 3 sport, 4 ludicrous."""
    return _print("print_speed", sequence, param=str(level))


def light(sequence: int, *, on: bool) -> dict[str, Any]:
    return {
        "system": {
            "sequence_id": str(sequence),
            "command": "ledctrl",
            "led_node": "chamber_light",
            "led_mode": "on" if on else "off",
            "led_on_time": 500,
            "led_off_time": 500,
            "loop_times": 0,
            "interval_time": 0,
        }
    }


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A `.gcode.3mf` in the printer's root folder, to be printed.

    `trays` has for each filament of the file (the first is the file's filament 1) the global tray id, `UNUSED`, or
    `EXTERNAL`/`EXTERNAL_RIGHT`. `submission` is a fresh number by which the print is recognised, 1 to 2^31 − 1.
    """

    name: str
    job: str
    submission: int
    trays: Sequence[int]
    plate: int = 1
    md5: str = ""
    has_two_heads: bool = False


def project_file(sequence: int, file: ProjectFile) -> dict[str, Any]:
    """Publish it only when the printer is free: an A1 mini drops what it prints."""
    uses_ams = any(0 <= tray < EXTERNAL for tray in file.trays)
    submission = str(file.submission)
    return _print(
        "project_file",
        sequence,
        param=f"Metadata/plate_{file.plate}.gcode",
        url=f"ftp:///{file.name}",
        file=file.name,
        md5=file.md5,
        subtask_name=file.job,
        project_id=submission,
        subtask_id=submission,
        task_id=submission,
        profile_id="0",
        bed_type="auto",
        timelapse=False,
        bed_leveling=True,
        flow_cali=False,
        vibration_cali=True,
        layer_inspect=False,
        use_ams=uses_ams,
        ams_mapping=[tray if 0 <= tray < EXTERNAL else UNUSED for tray in file.trays],
        ams_mapping2=[_ams_and_slot(tray, file.has_two_heads) for tray in file.trays],
    )


def _print(command: str, sequence: int, **values: Any) -> dict[str, Any]:
    return {"print": {"sequence_id": str(sequence), "command": command, **values}}


def _ams_and_slot(tray: int, has_two_heads: bool) -> dict[str, int]:
    if tray < 0:
        return {"ams_id": 255, "slot_id": 255}
    if tray >= EXTERNAL:
        return {"ams_id": tray if has_two_heads else EXTERNAL_RIGHT, "slot_id": 0}
    if tray >= 128:
        return {"ams_id": tray, "slot_id": 0}
    return {"ams_id": tray // 4, "slot_id": tray % 4}
