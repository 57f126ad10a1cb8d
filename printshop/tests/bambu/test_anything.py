"""Whatever a printer sends, in whatever order: nothing raises, and what is absent is never taken for empty."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from printshop.bambu.answers import answer_of
from printshop.bambu.changes import changes_between
from printshop.bambu.reports import after_connect, decoded, merge
from printshop.bambu.views import view_of
from printshop.json_rows import as_json
from printshop.tests.bambu.reports import BLUE, RED, h2d, p1s, x1c

KEYS = (
    "print info event system command msg result reason err_code module name sn sw_ver product_name push_status "
    "get_version gcode_state mc_percent mc_remaining_time gcode_file_prepare_percent layer_num total_layer_num "
    "subtask_name gcode_file task_id subtask_id nozzle_temper bed_temper chamber_temper stg_cur print_error hms attr "
    "code wifi_signal fun lights_report node mode ams tray id tray_now tray_exist_bits power_on_flag tray_type "
    "tray_color remain tray_weight tag_uid tray_uuid tray_info_idx vt_tray vir_slot device extruder bed ctc state temp "
    "snow"
).split()
WORDS = "IDLE RUNNING PREPARE FAILED FINISH PAUSE push_status get_version success failed 0 254 ff ota client.connected"
texts = some.one_of(some.text(max_size=12), some.sampled_from(WORDS.split()))
keys = some.one_of(some.sampled_from(KEYS), some.text(max_size=6))
scalars = some.one_of(some.none(), some.booleans(), some.integers(), some.floats(), texts)
anything = some.recursive(
    scalars,
    lambda inner: some.one_of(some.lists(inner, max_size=4), some.dictionaries(keys, inner, max_size=6)),
    max_leaves=12,
)
bodies = some.dictionaries(some.sampled_from(KEYS), anything, max_size=10)
reports: some.SearchStrategy[Any] = bodies.map(lambda values: {"print": {**values, "command": "push_status"}})
good = some.sampled_from([x1c(), p1s(), h2d()])
messages = some.one_of(anything, reports, good)


@settings(max_examples=80)
@given(some.lists(messages, max_size=8))
def test_any_order_of_unknown_and_broken_messages_is_taken(several: list[Any]):
    state: dict[str, Any] = {}
    before = None
    for message in several:
        state = merge(state, message)
        view = view_of(state)
        changes_between(before, view)
        answer_of(message)
        as_json([state])
        before = view
    view_of(after_connect(state))


@settings(max_examples=80)
@given(some.lists(some.sampled_from(KEYS), max_size=30, unique=True), good)
def test_what_is_absent_is_never_empty(absent: list[str], full: dict[str, Any]):
    """A part of the same report again changes nothing, whatever it leaves out, down to the keys of a tray."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without(inner) for key, inner in value.items() if key == "command" or key not in absent}
        if isinstance(value, list) and all(isinstance(inner, dict) and "id" in inner for inner in value):
            return [without(inner) for inner in value]
        return value

    state = merge({}, full)
    part = {"print": without(full["print"])}
    assert view_of(merge(state, part)) == view_of(state)


@settings(max_examples=80)
@given(some.lists(some.one_of(anything, some.just({"print": {"command": "push_status", "ams": {"tray_now": "1"}}}))))
def test_no_message_without_the_key_empties_a_slot(several: list[Any]):
    state = merge({}, x1c())
    for message in several:
        if "tray_exist_bits" in repr(message) or "tray" in repr(message).replace("tray_now", ""):
            continue
        if '"ams": []' in json.dumps(message, default=str):
            continue
        state = merge(state, message)
    trays = {tray.number: tray for tray in view_of(state).trays}
    assert (trays[0].tray_uuid, trays[1].color) == (RED["tray_uuid"], f"#{str(BLUE['tray_color'])[:6]}")


@settings(max_examples=80)
@given(
    some.one_of(some.binary(max_size=60), some.text(max_size=60).map(str.encode), anything.map(repr).map(str.encode))
)
def test_any_payload_is_read(payload: bytes):
    message = decoded(payload)
    if message is not None:
        view_of(merge({}, message))
