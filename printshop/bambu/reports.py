"""A printer's messages become its state. `merge` is a pure function: a new state comes out, the old one stays as it is.

The state is plain JSON, small and bounded: it holds what the views read and nothing else, so that it can be stored and
no printer can make it grow. Its parts: `print` (scalars as the printer names them), `hms`, `ams` (the scalars of all
units), `trays` (by global number, the external ones too), `heads`, `device` (packed temperatures), `info` (what
get_version said), and what has to be remembered: `stopped`, `refused`, `cloud`, and `told` (the trays that were
reported since the bridge began).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .answers import answer_of
from .codes import CANCELLED
from .trays import merge_trays
from .values import as_list, as_number, as_object, as_text, as_whole

State = dict[str, Any]
Reader = Callable[[Any], Any]

SCALARS: Final[dict[str, Reader]] = {
    "gcode_state": as_text,
    "subtask_name": as_text,
    "gcode_file": as_text,
    "task_id": as_text,
    "subtask_id": as_text,
    "mc_percent": as_whole,
    "mc_remaining_time": as_whole,
    "gcode_file_prepare_percent": as_whole,
    "layer_num": as_whole,
    "total_layer_num": as_whole,
    "nozzle_temper": as_number,
    "nozzle_target_temper": as_number,
    "bed_temper": as_number,
    "bed_target_temper": as_number,
    "chamber_temper": as_number,
    "stg_cur": as_whole,
    "print_error": as_whole,
    "wifi_signal": as_text,
    "spd_mag": as_whole,
    "fun": as_text,
}
SIGNED: Final = frozenset({"project_file", "pause", "resume", "stop"})
"""Commands that a printer takes from here only in Developer Mode."""
_MOST_ERRORS: Final = 64
_LARGEST: Final = 2**63


def decoded(payload: bytes) -> State | None:
    """The message in a payload: UTF-8, else Latin-1. None when it is no JSON object."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = payload.decode("latin-1")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def merge(state: Mapping[str, Any], message: Mapping[str, Any]) -> State:
    """The state after the message; `{}` is the state of a printer that was never heard.

    Full reports, deltas, `get_version` answers and the cloud's events are merged; an acknowledgement is not, but that a
    command was refused for want of a signature is remembered. Takes any JSON.
    """
    merged = dict(as_object(state))
    message = as_object(message)
    answer = answer_of(message)
    if answer is not None:
        if answer.needs_signature:
            merged["refused"] = True
        elif answer.is_accepted and answer.command in SIGNED:
            merged.pop("refused", None)
        return merged
    report = as_object(message.get("print"))
    if report.get("command") == "push_status":
        _merge_report(merged, report)
    info = as_object(message.get("info"))
    if info.get("command") == "get_version":
        _merge_versions(merged, as_list(info.get("module")))
    event = as_text(as_object(message.get("event")).get("event"))
    if event in ("client.connected", "client.disconnected"):
        merged["cloud"] = event.removeprefix("client.")
    return merged


def after_connect(state: Mapping[str, Any]) -> State:
    """What of a kept state holds after a (re)connect or restart: the trays, the model and that signatures are asked
    for. What the printer does is only known again when it says so, so no first message looks like a change."""
    return {key: value for key, value in as_object(state).items() if key in ("ams", "trays", "info", "refused", "told")}


def after_restart(state: Mapping[str, Any]) -> State:
    """The same of a stored state, which may be older than what was last said of the trays: what differs from it may
    have been told already."""
    return {key: value for key, value in after_connect(state).items() if key != "told"}


def refusals_forgotten(state: Mapping[str, Any]) -> State:
    """The state after the printer's access was changed by hand: commands may be tried again."""
    return {key: value for key, value in as_object(state).items() if key != "refused"}


def _merge_report(merged: State, report: Mapping[str, Any]) -> None:
    scalars = _read(report, SCALARS)
    if scalars:
        merged["print"] = {**as_object(merged.get("print")), **scalars}
    if isinstance(report.get("hms"), list):
        merged["hms"] = [_entry(entry) for entry in report["hms"][:_MOST_ERRORS]]
    merge_trays(merged, report)
    _merge_device(merged, as_object(report.get("device")))
    _merge_light(merged, as_list(report.get("lights_report")))
    kept = as_object(merged.get("print"))
    if kept.get("gcode_state") != "FAILED":
        merged.pop("stopped", None)
    elif kept.get("print_error") == CANCELLED:
        merged["stopped"] = True


def _entry(entry: Any) -> dict[str, int]:
    values = {key: as_whole(as_object(entry).get(key)) for key in ("attr", "code")}
    return {key: value for key, value in values.items() if value is not None and abs(value) < _LARGEST}


def _merge_device(merged: State, device: Mapping[str, Any]) -> None:
    """Temperatures packed into one number, and what is fed to which head."""
    packed = {name: as_whole(_inside(device, name, "info", "temp")) for name in ("bed", "ctc")}
    packed["extruders"] = as_whole(_inside(device, "extruder", "state"))
    known = {name: value for name, value in packed.items() if value is not None and 0 <= value < 2**32}
    if known:
        merged["device"] = {**as_object(merged.get("device")), **known}
    heads = dict(as_object(merged.get("heads")))
    for head in as_list(_inside(device, "extruder", "info")):
        number = as_whole(as_object(head).get("id"))
        if number in (0, 1):
            values = {key: as_whole(head.get(key)) for key in ("temp", "snow")}
            kept = {key: value for key, value in values.items() if value is not None and 0 <= value < 2**32}
            heads[str(number)] = {**as_object(heads.get(str(number))), **kept}
    if heads:
        merged["heads"] = heads


def _merge_light(merged: State, lights: Iterable[Any]) -> None:
    for entry in lights:
        if as_object(entry).get("node") == "chamber_light" and (mode := as_text(entry.get("mode"))):
            merged["light"] = mode


def _merge_versions(merged: State, modules: Iterable[Any]) -> None:
    for module in modules:
        if as_object(module).get("name") == "ota":
            names = {"sn": "serial", "sw_ver": "firmware", "product_name": "model"}
            found = {ours: text for theirs, ours in names.items() if (text := as_text(module.get(theirs), 40))}
            merged["info"] = {**as_object(merged.get("info")), **found}


def _read(report: Mapping[str, Any], readers: Mapping[str, Reader]) -> State:
    """What is there and makes sense."""
    found = ((key, reader(report[key])) for key, reader in readers.items() if key in report)
    return {
        key: value for key, value in found if value is not None and (isinstance(value, str) or abs(value) < _LARGEST)
    }


def _inside(value: Any, *keys: str) -> Any:
    for key in keys:
        value = as_object(value).get(key)
    return value
