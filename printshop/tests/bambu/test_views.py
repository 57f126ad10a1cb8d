"""What a printer is said to be doing."""

import pytest

from printshop.bambu.views import view_of
from printshop.choices import PrinterStatus
from printshop.tests.bambu.reports import h2d, p1s, push, view_after, x1c

STOPPED = 50348044


class TestStatus:
    @pytest.mark.parametrize(
        ("state", "status"),
        [
            ("IDLE", PrinterStatus.ONLINE),
            ("FINISH", PrinterStatus.ONLINE),
            ("PREPARE", PrinterStatus.PREPARING),
            ("SLICING", PrinterStatus.PREPARING),
            ("RUNNING", PrinterStatus.PRINTING),
            ("PAUSE", PrinterStatus.PAUSED),
            ("FAILED", PrinterStatus.FAILED),
            ("OFFLINE", PrinterStatus.OFFLINE),
            ("INIT", PrinterStatus.CONNECTING),
            ("UNKNOWN", PrinterStatus.CONNECTING),
            ("", PrinterStatus.CONNECTING),
            ("SOMETHING NEW", PrinterStatus.CONNECTING),
        ],
    )
    def test_each_state_has_a_word(self, state, status):
        view = view_after(x1c(gcode_state=state))
        assert view.status == status
        assert view.is_free == (state in ("IDLE", "FINISH", "FAILED"))
        assert view.is_busy == (state in ("PREPARE", "SLICING", "RUNNING", "PAUSE"))

    def test_a_printer_not_heard_of_yet_is_connecting(self):
        view = view_of({})
        assert (view.status, view.progress, view.job, view.trays, view.errors) == ("connecting", None, None, (), ())
        assert not view.is_free

    def test_details_in_words(self):
        assert (
            view_after(x1c(gcode_state="PREPARE", gcode_file_prepare_percent="42")).detail
            == "Receiving the file, 42 %."
        )
        assert view_after(x1c(gcode_state="PREPARE")).detail == "Getting ready to print."
        assert view_after(x1c(gcode_state="PAUSE", stg_cur=16)).detail == "Paused by hand."
        assert view_after(x1c(gcode_state="PAUSE", stg_cur=6)).detail == "The filament ran out."
        for code in (0x03008015, 0x03008004, 0x07018011, 0x07FF8011):
            view = view_after(x1c(gcode_state="PAUSE", print_error=code))
            assert (view.detail, view.is_out_of_filament) == ("The filament ran out.", True)
            assert [error.words for error in view.errors] == ["The filament ran out."]
        assert not view_after(x1c(gcode_state="PAUSE", print_error=0x0701C010)).is_out_of_filament
        assert view_after(x1c(gcode_state="PAUSE", print_error=0x0500803C)).detail.startswith("The file was sliced for")
        assert view_after(x1c(gcode_state="RUNNING", stg_cur=4)).detail == "Changing the filament."
        assert view_after(x1c(gcode_state="FAILED")).detail == "The print failed."


class TestFigures:
    def test_of_a_print(self):
        running = {"gcode_state": "RUNNING", "mc_percent": 45, "mc_remaining_time": 20, "layer_num": 9}
        view = view_after(x1c(**running, total_layer_num=20, subtask_name="Bracket", subtask_id="77"))
        assert (view.progress, view.remaining_seconds, view.layer, view.total_layers) == (45, 1200, 9, 20)
        assert (view.job, view.subtask_id, view.task_id) == ("Bracket", "77", "")

    @pytest.mark.parametrize("state", ["IDLE", "FINISH", "FAILED"])
    def test_what_is_left_of_the_last_print_is_not_shown(self, state):
        stale = {"mc_percent": 100, "mc_remaining_time": 759, "layer_num": 20, "total_layer_num": 20}
        view = view_after(p1s(gcode_state=state, subtask_name="Bracket", subtask_id="77", **stale))
        assert (view.progress, view.remaining_seconds, view.layer, view.total_layers, view.job) == (None,) * 5
        assert (view.last_job, view.subtask_id) == ("Bracket", "77")

    def test_while_it_prepares_the_hundred_percent_of_the_last_print_are_none(self):
        view = view_after(x1c(gcode_state="FINISH", mc_percent=100, subtask_name="A"), push(gcode_state="PREPARE"))
        assert (view.progress, view.remaining_seconds, view.layer) == (0, None, None)

    def test_the_total_of_layers_is_told_once(self):
        view = view_after(p1s(gcode_state="RUNNING", total_layer_num=20), push(layer_num=3), push(layer_num=4))
        assert (view.layer, view.total_layers) == (4, 20)

    @pytest.mark.parametrize("percent", [-1, 101, 10**9])
    def test_percents_that_there_are_not(self, percent):
        assert view_after(x1c(gcode_state="RUNNING", mc_percent=percent)).progress is None

    def test_the_rest(self):
        view = view_after(x1c(spd_mag=124), push(lights_report=[{"node": "chamber_light", "mode": "off"}]))
        assert (view.wifi_dbm, view.speed_percent, view.light) == (-45, 124, False)


class TestTemperatures:
    def test_a_p1_has_steps_and_no_chamber_sensor(self):
        view = view_after(p1s(nozzle_temper=219.96875))
        assert (view.nozzle_temp, view.chamber_temp) == (220.0, None)

    def test_an_x1c_has_a_chamber(self):
        assert view_after(x1c()).chamber_temp == 31.0

    def test_a_newer_x1c_packs_it(self):
        message = x1c(device={"ctc": {"info": {"temp": 45 << 16 | 33}}})
        del message["print"]["chamber_temper"]
        assert view_after(message).chamber_temp == 33.0

    def test_an_h2d_packs_current_and_target(self):
        view = view_after(h2d())
        assert (view.nozzle_temp, view.nozzle_target, view.chamber_temp) == (218.0, 220.0, 36.0)
        assert [(head.number, head.temp, head.target, head.is_active) for head in view.nozzles] == [
            (0, 218.0, 220.0, True),
            (1, 40.0, 0.0, False),
        ]

    def test_the_left_head_is_the_active_one(self):
        view = view_after(h2d(), push(device={"extruder": {"state": 0x12}}))
        assert (view.nozzle_temp, [head.is_active for head in view.nozzles]) == (40.0, [False, True])

    def test_packed_ones_are_merged_head_by_head(self):
        view = view_after(h2d(), push(device={"extruder": {"info": [{"id": 0, "temp": 230 << 16 | 229}]}}))
        assert [(head.temp, head.target) for head in view.nozzles] == [(229.0, 230.0), (40.0, 0.0)]

    def test_a_bed_that_is_only_packed(self):
        message = h2d()
        del message["print"]["bed_temper"], message["print"]["bed_target_temper"]
        assert (view_after(message).bed_temp, view_after(message).bed_target) == (58.0, 60.0)

    def test_one_head_is_shown_as_itself_alone(self):
        assert view_after(x1c()).nozzles == ()


class TestActiveTray:
    @pytest.mark.parametrize(("told", "tray"), [("255", None), ("254", 254), ("0", 0), ("15", 15), ("128", 128)])
    def test_one_head(self, told, tray):
        assert view_after(x1c(), push(ams={"tray_now": told})).active_tray == tray

    @pytest.mark.parametrize(
        ("snow", "tray"),
        [(0x0002, 2), (0x0103, 7), (0x8000, 128), (0xFF00, 255), (0xFE00, 254), (0xFFFF, None), (0xFEFF, None)],
    )
    def test_two_heads_number_anew(self, snow, tray):
        told = push(ams={"tray_now": "0"}, device={"extruder": {"info": [{"id": 0, "snow": snow}]}})
        assert view_after(h2d(), told).active_tray == tray

    def test_what_one_head_of_newer_firmware_is_fed(self):
        told = {"extruder": {"info": [{"id": 0, "snow": 0xFF00}], "state": 1}}
        assert view_after(x1c(), push(device=told, ams={"tray_now": "255"})).active_tray == 254

    def test_a_local_number_of_two_heads_is_not_believed(self):
        message = h2d()
        for head in message["print"]["device"]["extruder"]["info"]:
            del head["snow"]
        assert view_after(message).active_tray is None

    def test_of_the_active_head(self):
        heads = [{"id": 0, "snow": 0x0001}, {"id": 1, "snow": 0x8000}]
        assert view_after(h2d(), push(device={"extruder": {"info": heads, "state": 0x12}})).active_tray == 128


class TestStoppedByHand:
    def test_the_code_comes_later_and_clears_itself(self):
        failed = [x1c(gcode_state="RUNNING"), push(gcode_state="FAILED")]
        assert view_after(*failed).status == "failed"
        told = view_after(*failed, push(print_error=STOPPED))
        assert (told.status, told.is_stopped_by_hand, told.errors) == ("online", True, ())
        assert told.detail == "The last print was stopped by hand."
        assert view_after(*failed, push(print_error=STOPPED), push(print_error=0)) == told

    def test_it_says_nothing_of_the_next_print(self):
        messages = [x1c(gcode_state="FAILED", print_error=STOPPED), push(print_error=0), push(gcode_state="PREPARE")]
        assert not view_after(*messages).is_stopped_by_hand
        assert view_after(*messages, push(gcode_state="FAILED")).status == "failed"


class TestMonitoredOnly:
    def test_the_bit_of_fun(self):
        assert not view_after(x1c()).is_signature_required
        view = view_after(x1c(fun="1A0BDFBCFFCB1F"))
        assert view.is_signature_required
        assert "Developer Mode is off" in view.detail
        assert view.status == "online"
        assert not view_after(x1c(fun="1A0BDFBCFFCB1F"), push(fun="1A0BDF9CFFCB1F")).is_signature_required

    @pytest.mark.parametrize("fun", ["", "x", None, 5, "-20000000"])
    def test_a_broken_fun(self, fun):
        assert not view_after(x1c(fun=fun)).is_signature_required

    @pytest.mark.parametrize("code", [84033543, 0x05024007, 0x05024009])
    def test_a_refusal(self, code):
        answer = {
            "print": {"command": "stop", "result": "failed", "reason": "mqtt message verify failed", "err_code": code}
        }
        assert view_after(p1s(), answer).is_signature_required
        accepted = {"print": {"command": "pause", "result": "success"}}
        assert not view_after(p1s(), answer, accepted).is_signature_required

    def test_another_refusal_is_none(self):
        answer = {"print": {"command": "stop", "result": "FAIL", "reason": "not printing"}}
        assert not view_after(p1s(), answer).is_signature_required

    def test_a_p1_says_it_by_a_health_message(self):
        view = view_after(p1s(hms=[{"attr": 0x05000500, "code": 0x00010007}]))
        assert view.is_signature_required
        assert view.is_free, "it looks idle and healthy"
