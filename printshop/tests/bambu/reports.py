"""Reports as four models send them, written from what is known of their protocol; values are ours."""

from typing import Any

from printshop.bambu.changes import Change, changes_between
from printshop.bambu.reports import merge
from printshop.bambu.views import PrinterView, view_of

ZEROS = {"tag_uid": "0" * 16, "tray_uuid": "0" * 32}
RED = {
    "tray_type": "PLA",
    "tray_sub_brands": "PLA Basic",
    "tray_info_idx": "GFA00",
    "tray_color": "FF0000FF",
    "tray_weight": "1000",
    "remain": 95,
    "tag_uid": "6A5C3E1100000100",
    "tray_uuid": "B1C2D3E4F5A647788990AABBCCDDEEFF",
}
BLUE = {
    "tray_type": "PETG",
    "tray_info_idx": "GFL99",
    "tray_color": "0A2CA5FF",
    "tray_weight": "0",
    "remain": 0,
    **ZEROS,
}


def push(msg: int | None = 1, **values: Any) -> dict[str, Any]:
    return {"print": {"command": "push_status", **({} if msg is None else {"msg": msg}), **values}}


def ams(*trays: dict[str, Any], unit: int = 0, **scalars: Any) -> dict[str, Any]:
    """The key `ams`: one unit with these trays, by their place in the list unless they have an `id`."""
    numbered = [{"id": str(number), **tray} for number, tray in enumerate(trays)]
    return {"ams": [{"id": str(unit), "humidity": "4", "temp": "24.1", "tray": numbered}], **scalars}


def x1c(**values: Any) -> dict[str, Any]:
    """A full report of an X1C that is idle, with two spools in its AMS."""
    return push(
        0,
        **{
            "gcode_state": "IDLE",
            "mc_percent": 0,
            "mc_remaining_time": 0,
            "layer_num": 0,
            "total_layer_num": 0,
            "subtask_name": "",
            "gcode_file": "",
            "task_id": "0",
            "subtask_id": "0",
            "nozzle_temper": 28.0,
            "nozzle_target_temper": 0.0,
            "bed_temper": 27.5,
            "bed_target_temper": 0.0,
            "chamber_temper": 31.0,
            "print_error": 0,
            "hms": [],
            "stg_cur": -1,
            "wifi_signal": "-45dBm",
            "spd_mag": 100,
            "fun": "1A0BDF9CFFCB1F",
            "lights_report": [{"node": "chamber_light", "mode": "on"}],
            "ams": ams(RED, BLUE, {}, {}, tray_exist_bits="3", tray_now="255", power_on_flag=True),
            "vt_tray": {"id": "254", "tray_type": "", "tray_color": "00000000", "remain": 0, **ZEROS},
            **values,
        },
    )


def p1s(**values: Any) -> dict[str, Any]:
    """Of a P1S: no chamber sensor, steps of 1/32 of a degree, no `fun`."""
    message = x1c(**{"nozzle_temper": 28.15625, "chamber_temper": 5, "stg_cur": 255, **values})
    del message["print"]["fun"]
    return message


def h2d(**values: Any) -> dict[str, Any]:
    """Of an H2D: no `msg`, two heads, packed temperatures, an AMS and an AMS HT, external spools in a list."""
    message = x1c(
        **{
            "device": {
                "extruder": {
                    "info": [
                        {"id": 0, "temp": 220 << 16 | 218, "snow": 0x0001},
                        {"id": 1, "temp": 40, "snow": 0xFEFF},
                    ],
                    "state": 0x02,
                },
                "bed": {"info": {"temp": 60 << 16 | 58}},
                "ctc": {"info": {"temp": 36}},
            },
            "ams": {
                "ams": [
                    {"id": "0", "tray": [{"id": "0", **RED}, {"id": "1", **BLUE}, {"id": "2"}, {"id": "3"}]},
                    {"id": "128", "tray": [{"id": "0", "state": 9, **BLUE, "tray_color": "161616FF"}]},
                ],
                "tray_exist_bits": "10003",
                "tray_now": "1",
                "power_on_flag": True,
            },
            "vir_slot": [{"id": "254", "tray_type": ""}, {"id": "255", "tray_type": "TPU", "tray_color": "00FF00FF"}],
            **values,
        }
    )
    for key in ("msg", "chamber_temper", "vt_tray"):
        del message["print"][key]
    return message


def state_after(*messages: Any) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for message in messages:
        state = merge(state, message)
    return state


def view_after(*messages: Any) -> PrinterView:
    return view_of(state_after(*messages))


def changes_of(*messages: Any, state: dict[str, Any] | None = None) -> list[Change]:
    """What is told while these come in, one after another, on one connection."""
    state = {} if state is None else state
    before, told = None, []
    for message in messages:
        state = merge(state, message)
        view = view_of(state)
        told += changes_between(before, view)
        before = view
    return told


def kinds_of(*messages: Any, state: dict[str, Any] | None = None) -> list[str]:
    return [change.kind.value for change in changes_of(*messages, state=state)]
