"""Each rule of merging, and each trap."""

import json

import pytest

from printshop.bambu.reports import after_connect, decoded, merge, refusals_forgotten
from printshop.bambu.views import view_of
from printshop.json_rows import as_json
from printshop.tests.bambu.reports import BLUE, RED, ZEROS, ams, h2d, p1s, push, state_after, view_after, x1c


def tray_of(view, number):
    return next(tray for tray in view.trays if tray.number == number)


class TestScalars:
    def test_what_is_absent_stays(self):
        view = view_after(x1c(gcode_state="RUNNING", mc_percent=40, subtask_name="Bracket"), push(mc_percent=41))
        assert (view.gcode_state, view.progress, view.job, view.bed_temp) == ("RUNNING", 41, "Bracket", 27.5)

    def test_nothing_is_a_value(self):
        full = x1c(gcode_state="RUNNING", mc_percent=40, print_error=50364437, subtask_name="Bracket", gcode_file="a")
        view = view_after(full, push(mc_percent=0, print_error=0, subtask_name="", layer_num=0))
        assert (view.progress, view.errors, view.job, view.layer) == (0, (), "a", 0)

    def test_the_old_state_is_not_touched(self):
        state = state_after(x1c())
        kept = json.dumps(state)
        merge(state, push(gcode_state="RUNNING", hms=[{"attr": 1, "code": 1}], ams=ams({}, tray_exist_bits="0")))
        assert json.dumps(state) == kept

    def test_a_full_report_is_one_with_or_without_msg(self):
        assert state_after(x1c()) == state_after({"print": {**x1c()["print"], "msg": 1}})

    def test_it_takes_numbers_as_text_and_text_as_numbers(self):
        view = view_after(x1c(gcode_state="RUNNING", mc_percent="40", task_id=17, bed_temper="60.5"))
        assert (view.progress, view.task_id, view.bed_temp) == (40, "17", 60.5)

    @pytest.mark.parametrize("broken", [None, {}, [], True, "x", float("nan"), 10**400])
    def test_what_makes_no_sense_is_as_if_it_were_absent(self, broken):
        keys = ("mc_percent", "nozzle_temper", "layer_num", "print_error", "mc_remaining_time")
        running = x1c(gcode_state="RUNNING", mc_percent=40, layer_num=7, mc_remaining_time=5)
        assert view_after(running, push(**dict.fromkeys(keys, broken))) == view_after(running)

    @pytest.mark.parametrize("broken", [None, 5, "x", [], {"ams": 3}, {"ams": ["x", {"id": "0", "tray": "y"}]}, {}])
    def test_broken_objects_leave_what_is_known(self, broken):
        keys = ("ams", "device", "vt_tray", "lights_report", "hms")
        values = {key: broken for key in keys if not (broken == [] and key in ("hms", "lights_report"))}
        assert view_after(x1c(), push(**values)) == view_after(x1c())

    def test_text_that_no_database_takes_is_cleaned(self):
        view = view_after(x1c(gcode_state="RUNNING", subtask_name="Bra\x00cket\ud800" + "x" * 300))
        assert view.job is not None
        assert view.job.startswith("Bracketxxx")
        assert len(view.job) <= 255

    def test_it_cannot_be_made_to_grow(self):
        state = state_after(x1c())
        for number in range(200):
            state = merge(state, push(**{f"key{number}": "x" * 1000}, ams=ams(RED, unit=number)))
        assert len(json.dumps(state)) < 10_000


class TestOtherMessages:
    def test_an_acknowledgement_is_never_merged(self):
        """It echoes the request: the next print's name would stand beside the last one's state."""
        echo = {"command": "project_file", "subtask_name": "Next", "gcode_state": "RUNNING", "result": "SUCCESS"}
        assert state_after(x1c(subtask_name="Last"), {"print": echo}) == state_after(x1c(subtask_name="Last"))

    def test_log_lines_and_unknown_kinds_are_left_out(self):
        for message in (
            {"mc_print": {"command": "push_info", "param": "x"}},
            {"xcam": {}},
            {"new": [1]},
            {},
            {"print": 4},
        ):
            assert state_after(x1c(), message) == state_after(x1c())

    def test_what_the_printer_is(self):
        ota = {"name": "ota", "sn": "01P00A000000001", "sw_ver": "01.07.00.00", "product_name": "Bambu Lab P1S"}
        view = view_after({"info": {"command": "get_version", "module": [{"name": "ams/0", "sn": "x"}, ota]}})
        assert (view.serial, view.firmware, view.model) == ("01P00A000000001", "01.07.00.00", "P1S")

    def test_an_older_printer_is_known_by_its_serial_number(self):
        view = view_after({"info": {"command": "get_version", "module": [{"name": "ota", "sn": "00M09A000000001"}]}})
        assert view.model == "X1 Carbon"

    def test_the_cloud_says_whether_it_is_there(self):
        gone = {"event": {"event": "client.disconnected"}}
        assert view_after(x1c(), gone).status == "offline"
        assert view_after(x1c(), gone, {"event": {"event": "client.connected"}}).status == "online"

    def test_payloads_that_are_not_utf_8(self):
        assert decoded(b'{"print": {"subtask_name": "Gr\xf6\xdfe"}}') == {"print": {"subtask_name": "Größe"}}
        assert decoded('{"print": {"subtask_name": "Größe"}}'.encode()) == {"print": {"subtask_name": "Größe"}}

    @pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"[1]", b'"x"', b"{", b"[" * 100_000, b"9" * 10_000])
    def test_payloads_that_are_no_message(self, payload):
        assert decoded(payload) is None


class TestHealthMessages:
    def test_they_are_replaced_as_a_whole_and_only_when_they_are_there(self):
        clogged, wet = {"attr": 0x03001A00, "code": 0x00020002}, {"attr": 0x07002000, "code": 0x00020001}
        full = x1c(hms=[clogged])
        assert [error.code for error in view_after(full, push(mc_percent=3)).errors] == ["HMS_0300_1A00_0002_0002"]
        assert [error.words for error in view_after(full, push(hms=[wet])).errors] == [
            "AMS 1: slot 1 ran out of filament."
        ]
        assert view_after(full, push(hms=[])).errors == ()

    def test_entries_with_a_zero_half_and_repeated_ones_are_left_out(self):
        entries = [{"attr": 0, "code": 5}, {"attr": 5, "code": 0}, {"attr": 0x0C000300, "code": 0x00030006}] * 2
        (error,) = view_after(x1c(hms=entries)).errors
        assert (error.code, error.severity, error.words) == (
            "HMS_0C00_0300_0003_0006",
            "common",
            "The waste chute may be full.",
        )

    def test_an_unknown_one_says_where_it_comes_from(self):
        (error,) = view_after(x1c(hms=[{"attr": 0x08FF0000, "code": 0x00010099}])).errors
        assert (error.words, error.severity) == ("Error HMS_08FF_0000_0001_0099 of the toolhead.", "fatal")

    def test_they_alone_are_no_failure(self):
        assert view_after(x1c(hms=[{"attr": 0x03001A00, "code": 0x00010002}])).status == "online"


class TestPrintError:
    def test_under_a_healthy_state_it_is_information(self):
        """A P1S kept 0500-C011 from its print on, with nothing to clear it."""
        for state in ("RUNNING", "FINISH"):
            view = view_after(p1s(gcode_state=state, print_error=0x0500C011))
            assert view.status in ("printing", "online")
            assert [(error.code, error.severity) for error in view.errors] == [("0500-C011", "info")]

    def test_nothing_clears_it_but_a_zero(self):
        messages = [p1s(gcode_state="RUNNING", print_error=0x0500C011), push(gcode_state="FINISH", hms=[])]
        assert len(view_after(*messages).errors) == 1
        assert view_after(*messages, push(print_error=0)).errors == ()

    def test_a_failure_says_why(self):
        view = view_after(x1c(gcode_state="FAILED", print_error=0x0500803C))
        assert view.status == "failed"
        assert view.detail == "The file was sliced for another nozzle than the printer has."
        assert view.errors[0].severity == "serious"


class TestTrays:
    def test_scalars_alone_keep_the_trays(self):
        """A spool wiped by a partial AMS message."""
        after = view_after(x1c(), push(ams={"tray_now": "1", "tray_tar": "1", "version": 7}))
        assert after.trays == view_after(x1c()).trays
        assert after.active_tray == 1

    def test_units_and_trays_are_merged_by_their_ids(self):
        after = view_after(x1c(), push(ams={"ams": [{"id": "0", "tray": [{"id": "1", "tray_color": "00FF00FF"}]}]}))
        assert (tray_of(after, 1).color, tray_of(after, 1).material_type) == ("#00FF00", "PETG")
        assert tray_of(after, 0) == tray_of(view_after(x1c()), 0)

    @pytest.mark.parametrize("reduced", [{"id": "0"}, {"id": "0", "state": 11}, {"id": "0", "state": 9}])
    def test_a_reduced_tray_keeps_its_spool_while_its_bit_is_set(self, reduced):
        after = view_after(x1c(), push(ams={"ams": [{"id": "0", "tray": [reduced]}], "tray_exist_bits": "3"}))
        assert tray_of(after, 0) == tray_of(view_after(x1c()), 0)

    def test_a_cleared_bit_empties_the_tray(self):
        after = view_after(x1c(), push(ams={"ams": [{"id": "0", "tray": [{"id": "0"}]}], "tray_exist_bits": "2"}))
        tray = tray_of(after, 0)
        assert (tray.is_loaded, tray.material_type, tray.color, tray.tray_uuid) == (False, "", "", "")
        assert (tray.remaining_pct, tray.weight_grams) == (None, None)

    def test_the_bit_alone_is_enough(self):
        after = view_after(x1c(), push(ams={"tray_exist_bits": "2"}))
        assert [tray.is_loaded for tray in after.trays if tray.number < 254] == [False, True, False, False]

    def test_the_next_spool_has_nothing_of_the_one_before(self):
        out, back = push(ams={"tray_exist_bits": "2"}), push(ams={"tray_exist_bits": "3"})
        tray = tray_of(view_after(x1c(), out, back), 0)
        assert (tray.is_loaded, tray.material_type, tray.tray_uuid, tray.remaining_pct) == (True, "", "", None)
        named = push(ams={"ams": [{"id": "0", "tray": [{"id": "0", **BLUE}]}]})
        assert tray_of(view_after(x1c(), out, back, named), 0).material_type == "PETG"

    def test_bits_of_a_printer_that_is_shutting_down_are_not_believed(self):
        off = push(ams={"ams": [], "tray_exist_bits": "0", "power_on_flag": False})
        assert view_after(x1c(), off).trays == view_after(x1c()).trays
        on = push(ams={"tray_exist_bits": "0", "power_on_flag": True})
        assert not any(tray.is_loaded for tray in view_after(x1c(), on).trays)

    def test_no_ams_any_more(self):
        assert [tray.number for tray in view_after(x1c(), push(ams={"ams": []})).trays] == [254]
        assert [tray.number for tray in view_after(push(0, gcode_state="IDLE", vt_tray={"id": "254"})).trays] == [254]

    def test_zeros_of_a_periodic_update_leave_a_known_tag(self):
        after = view_after(x1c(), push(ams=ams({**RED, **ZEROS, "remain": 94}, tray_exist_bits="3")))
        tray = tray_of(after, 0)
        assert (tray.tray_uuid, tray.remaining_pct, tray.weight_grams) == (RED["tray_uuid"], 94, 940)

    def test_zeros_of_another_spool_are_believed(self):
        after = view_after(x1c(), push(ams=ams({**BLUE, "remain": 0}, tray_exist_bits="3")))
        assert (tray_of(after, 0).material_type, tray_of(after, 0).tray_uuid) == ("PETG", "")

    def test_zeros_are_believed_after_the_slot_was_empty(self):
        out = push(ams={"tray_exist_bits": "2"})
        back = push(ams=ams({**RED, **ZEROS}, tray_exist_bits="3"))
        tray = tray_of(view_after(x1c(), out, back), 0)
        assert (tray.material_type, tray.tray_uuid, tray.vendor) == ("PLA", "", "")

    def test_what_a_tray_says(self):
        tray = tray_of(view_after(x1c()), 0)
        assert (tray.material_type, tray.preset, tray.color, tray.vendor) == ("PLA", "GFA00", "#FF0000", "Bambu")
        assert (tray.remaining_pct, tray.weight_grams, tray.tray_uuid) == (95, 950, RED["tray_uuid"])

    @pytest.mark.parametrize("remain", [-1, 0, 100])
    def test_what_is_left_is_known_of_spools_with_a_tag_alone(self, remain):
        """Without one a P1P says -1, an X1 0, an A1 100."""
        tray = tray_of(view_after(x1c(ams=ams({**BLUE, "remain": remain}, tray_exist_bits="1"))), 0)
        assert (tray.is_loaded, tray.remaining_pct, tray.weight_grams, tray.vendor) == (True, None, None, "")

    def test_bits_beyond_all_trays_can_be_stored(self):
        state = merge({}, push(ams=ams(RED, tray_exist_bits="f" * 64)))
        assert as_json([state])
        assert view_of(state).trays[0].is_loaded

    def test_a_color_in_other_digits_is_none(self):
        assert (
            view_after(push(ams=ams({**RED, "tray_color": "１２３４５６"}, tray_exist_bits="1"))).trays[0].color == ""
        )

    def test_a_color_of_nothing_is_none(self):
        trays = ams({**RED, "tray_color": "00000000"}, {**RED, "tray_color": "zz"}, tray_exist_bits="3")
        assert [tray_of(view_after(x1c(ams=trays)), number).color for number in (0, 1)] == ["", ""]

    def test_before_any_bit_is_known_a_named_spool_is_there(self):
        view = view_after(x1c(ams=ams(RED, {"state": 9})))
        assert [tray.is_loaded for tray in view.trays if tray.number < 4] == [True, False]


class TestUnits:
    def test_the_second_unit(self):
        view = view_after(x1c(ams=ams(RED, {}, {}, {}, unit=1, tray_exist_bits="10")))
        assert [(tray.number, tray.ams_id, tray.tray_id) for tray in view.trays if tray.is_loaded] == [(4, 1, 0)]

    def test_an_ams_ht_whose_bit_is_set(self):
        tray = tray_of(view_after(h2d()), 128)
        assert (tray.ams_id, tray.tray_id, tray.is_loaded, tray.color) == (128, 0, True, "#161616")

    def test_an_ams_ht_that_names_a_spool_has_it_whatever_its_bit_says(self):
        after = view_after(h2d(), push(ams={"tray_exist_bits": "3"}))
        assert tray_of(after, 128).is_loaded
        told = push(ams={"ams": [{"id": "128", "tray": [{"id": "0", **BLUE}]}], "tray_exist_bits": "3"})
        assert tray_of(view_after(h2d(), told), 128).is_loaded

    def test_an_ams_ht_without_spool_and_bit_is_empty(self):
        reduced = {"ams": [{"id": "128", "tray": [{"id": "0", "state": 9}]}]}
        assert tray_of(view_after(h2d(), push(ams=reduced)), 128).is_loaded
        gone = view_after(h2d(), push(ams={**reduced, "tray_exist_bits": "3"}))
        assert (tray_of(gone, 128).is_loaded, tray_of(gone, 128).color) == (False, "")

    def test_the_built_in_unit_of_an_a2l(self):
        """Slots 65 to 68; its bits are 24 to 27."""
        view = view_after(x1c(ams=ams(RED, BLUE, {}, {}, unit=16, tray_exist_bits="2000000")))
        assert [(tray.number, tray.is_loaded) for tray in view.trays if 64 <= tray.number < 128] == [
            (64, False),
            (65, True),
            (66, False),
            (67, False),
        ]

    def test_units_that_there_are_not(self):
        for unit, tray in ((4, "0"), (15, "0"), (127, "0"), (136, "0"), (0, "4"), (128, "1"), (-1, "0")):
            told = {"ams": [{"id": str(unit), "tray": [{"id": tray, **RED}]}]}
            assert [tray.number for tray in view_after(push(0, ams=told)).trays] == []


class TestExternalSpools:
    def test_an_object(self):
        tpu = {"id": "254", "tray_type": "TPU", "tray_color": "00FF00FF", **ZEROS}
        after = view_after(x1c(), push(vt_tray=tpu))
        assert (tray_of(after, 254).is_loaded, tray_of(after, 254).material_type) == (True, "TPU")
        assert not tray_of(view_after(x1c(), push(vt_tray=tpu), push(vt_tray={"tray_type": ""})), 254).is_loaded

    def test_a_list_by_ids(self):
        after = view_after(h2d(), push(vir_slot=[{"id": "255", "tray_color": "0000FFFF"}]))
        assert (tray_of(after, 255).color, tray_of(after, 255).material_type) == ("#0000FF", "TPU")
        assert not tray_of(after, 254).is_loaded

    def test_other_shapes_and_both(self):
        petg = {"id": "254", "tray_type": "PETG"}
        assert tray_of(view_after(push(0, vt_tray=[petg])), 254).material_type == "PETG"
        assert tray_of(view_after(push(0, vir_slot=petg)), 254).material_type == "PETG"
        assert tray_of(view_after(push(0, vt_tray=petg, vir_slot=[{"id": 255, "tray_type": "ABS"}])), 255).is_loaded
        assert view_after(push(0, vt_tray={"id": "7", "tray_type": "PETG"}, vir_slot=[5, None])).trays == ()

    def test_its_spool_has_no_bit(self):
        after = view_after(h2d(), push(ams={"tray_exist_bits": "0", "power_on_flag": True}))
        assert tray_of(after, 255).is_loaded


class TestConnections:
    def test_after_a_connect_only_what_does_not_change_by_itself_is_known(self):
        state = state_after(
            x1c(gcode_state="RUNNING", subtask_name="Bracket", mc_percent=40, hms=[{"attr": 1, "code": 1}])
        )
        view = view_of(after_connect(state))
        assert (view.status, view.gcode_state, view.progress, view.is_hms_known) == ("connecting", "", None, False)
        assert tray_of(view, 0).tray_uuid == RED["tray_uuid"]

    def test_a_known_tag_outlives_the_connection(self):
        again = merge(after_connect(state_after(x1c())), x1c(ams=ams({**RED, **ZEROS}, tray_exist_bits="1")))
        assert tray_of(view_of(again), 0).tray_uuid == RED["tray_uuid"]

    def test_refusals_are_forgotten_when_the_access_was_changed(self):
        refused = {"print": {"command": "project_file", "result": "failed", "err_code": 84033543}}
        state = state_after(p1s(), refused)
        assert view_of(after_connect(state)).is_signature_required
        assert not view_of(refusals_forgotten(state)).is_signature_required
