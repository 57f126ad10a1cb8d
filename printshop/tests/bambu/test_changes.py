"""What is told of: each thing once, and nothing that was so before."""

import pytest

from printshop.bambu.changes import ChangeKind
from printshop.bambu.reports import after_connect, after_restart
from printshop.tests.bambu.reports import BLUE, RED, ams, changes_of, h2d, kinds_of, p1s, push, state_after, x1c

STOPPED = 50348044
RUNNING = {"gcode_state": "RUNNING", "subtask_name": "Bracket", "subtask_id": "77", "task_id": "77"}


class TestPrints:
    def test_a_whole_print(self):
        told = changes_of(
            x1c(gcode_state="FINISH", subtask_name="Old", subtask_id="7"),
            push(subtask_name="Bracket", subtask_id="77"),  # the name comes before the state
            push(gcode_state="PREPARE"),
            push(gcode_file_prepare_percent="99"),
            push(gcode_state="RUNNING", mc_percent=0, layer_num=0, total_layer_num=20),
            push(mc_percent=98, layer_num=19),
            push(gcode_state="FINISH", mc_percent=100, layer_num=20),
            push(nozzle_temper=180),
        )
        assert [change.kind for change in told] == [ChangeKind.STARTED, ChangeKind.COMPLETED]
        assert [(change.job, change.subtask_id) for change in told] == [("Bracket", "77")] * 2
        assert (told[1].progress, told[1].layer, told[1].total_layers) == (98, 19, 20)

    @pytest.mark.parametrize("state", ["RUNNING", "PAUSE", "PREPARE", "FINISH", "FAILED", "IDLE"])
    def test_the_first_report_tells_nothing(self, state):
        """Nor does the full one that follows a small one: the bridge was just started."""
        full = x1c(gcode_state=state, hms=[{"attr": 0x03001A00, "code": 0x00020002}], print_error=0x03008015)
        assert kinds_of(full) == []
        assert kinds_of(push(nozzle_temper=30), full) == []
        assert kinds_of(push(ams={"tray_now": "1"}, wifi_signal="-40dBm"), full, push(mc_percent=5)) == []

    def test_a_failure_while_preparing(self):
        """The job never ran."""
        preparing = x1c(**{**RUNNING, "gcode_state": "PREPARE"})
        (failed,) = changes_of(preparing, push(gcode_state="FAILED", print_error=0x0500803C))
        assert (failed.kind, failed.was_preparing, failed.progress) == (ChangeKind.FAILED, True, 0)
        assert failed.words == "The file was sliced for another nozzle than the printer has."

    def test_a_failure_has_the_figures_from_before_they_were_set_back(self):
        running = x1c(**RUNNING, mc_percent=40, layer_num=8, total_layer_num=20)
        (failed,) = changes_of(running, push(gcode_state="FAILED", mc_percent=0, layer_num=0, subtask_name="Next"))
        assert (failed.progress, failed.layer, failed.total_layers) == (40, 8, 20)
        assert (failed.job, failed.subtask_id, failed.was_preparing) == ("Bracket", "77", False)

    def test_a_stop_by_hand_comes_some_seconds_after_the_failure(self):
        messages = [x1c(**RUNNING), push(gcode_state="FAILED"), push(bed_temper=50), push(print_error=STOPPED)]
        failed, stopped = changes_of(*messages, push(print_error=0), push(bed_temper=40))
        assert (failed.kind, stopped.kind) == (ChangeKind.FAILED, ChangeKind.STOPPED)
        assert (stopped.job, stopped.subtask_id) == ("Bracket", "77")

    def test_a_stop_by_hand_that_says_so_at_once(self):
        assert kinds_of(x1c(**RUNNING), push(gcode_state="FAILED", print_error=STOPPED)) == ["stopped"]

    def test_running_then_idle_is_called_off(self):
        (stopped,) = changes_of(x1c(**RUNNING, mc_percent=12), push(gcode_state="IDLE"))
        assert (stopped.kind, stopped.progress, stopped.subtask_id) == (ChangeKind.STOPPED, 12, "77")

    def test_pause_and_resume_are_no_start(self):
        states = ("PAUSE", "RUNNING", "PAUSE", "FINISH")
        told = kinds_of(x1c(**RUNNING), *(push(gcode_state=state) for state in states))
        assert told == ["paused", "resumed", "paused", "completed"]

    def test_another_job_while_busy(self):
        told = changes_of(x1c(**RUNNING), push(subtask_id="78", task_id="78", subtask_name="Other"))
        assert [(change.kind, change.subtask_id) for change in told] == [
            (ChangeKind.STOPPED, "77"),
            (ChangeKind.STARTED, "78"),
        ]

    def test_jobs_without_ids_are_told_apart_by_name(self):
        local = {"gcode_state": "RUNNING", "subtask_id": "0", "task_id": "0"}
        assert kinds_of(p1s(**local, subtask_name="A"), push(mc_percent=5)) == []
        assert kinds_of(p1s(**local, subtask_name="A"), push(subtask_name="B")) == ["stopped", "started"]

    def test_an_id_that_was_not_there_yet_is_no_other_job(self):
        assert kinds_of(p1s(gcode_state="RUNNING", subtask_name="A", subtask_id="0"), push(subtask_id="77")) == []

    def test_a_name_that_comes_while_preparing_is_told_as_the_start_it_belongs_to(self):
        messages = [x1c(gcode_state="FINISH", subtask_id="7"), push(gcode_state="PREPARE"), push(subtask_id="77")]
        told = changes_of(*messages)
        assert [(change.kind, change.subtask_id) for change in told] == [
            (ChangeKind.STARTED, "7"),
            (ChangeKind.STARTED, "77"),
        ]

    def test_the_hundred_percent_of_the_last_print_complete_nothing(self):
        assert kinds_of(
            x1c(gcode_state="FINISH", mc_percent=100), push(gcode_state="PREPARE"), push(bed_temper=30)
        ) == ["started"]


class TestSlots:
    def test_another_spool(self):
        (change,) = changes_of(x1c(), push(ams={"ams": [{"id": "0", "tray": [{"id": "1", "tray_color": "00FF00FF"}]}]}))
        assert change.kind == ChangeKind.MATERIAL_CHANGED
        assert change.tray is not None
        assert (change.tray.number, change.tray.color) == (1, "#00FF00")

    def test_taken_out_and_put_back(self):
        out, back = push(ams={"tray_exist_bits": "2"}), push(ams=ams(RED, BLUE, tray_exist_bits="3"))
        assert kinds_of(x1c(), out, push(ams={"tray_exist_bits": "3"}), back) == [
            "material_removed",
            "material_changed",
        ]

    def test_what_is_left_is_no_change(self):
        assert kinds_of(x1c(), push(ams={"ams": [{"id": "0", "tray": [{"id": "0", "remain": 40}]}]})) == []

    def test_a_partial_message_changes_nothing(self):
        assert (
            kinds_of(x1c(), push(ams={"tray_now": "0"}), push(ams={"ams": [{"id": "0", "tray": [{"id": "0"}]}]})) == []
        )

    def test_a_unit_that_is_first_heard_of_tells_nothing(self):
        assert kinds_of(x1c(), push(ams=ams(RED, unit=1, tray_exist_bits="13"))) == []

    def test_a_stored_state_may_be_older_than_what_was_told_before_a_restart(self):
        known = state_after(x1c())
        green = push(ams={"ams": [{"id": "0", "tray": [{"id": "1", "tray_color": "00FF00FF"}]}]})
        version = {"info": {"command": "get_version", "module": [{"name": "ota", "sn": "00M1"}]}}
        full = x1c(ams=ams(RED, {**BLUE, "tray_color": "00FF00FF"}, tray_exist_bits="3"))

        assert kinds_of(version, full, green, state=after_restart(known)) == []
        assert kinds_of(push(bed_temper=30), green, full, state=after_restart(known)) == []
        assert kinds_of(version, push(ams={"tray_exist_bits": "1"}), full, state=after_restart(known)) == []
        assert kinds_of(version, x1c(), green, state=after_restart(known)) == ["material_changed"]
        assert kinds_of(version, full, state=after_connect(known)) == ["material_changed"]

    def test_filament_that_ran_out(self):
        running = x1c(**RUNNING, ams=ams(RED, BLUE, tray_exist_bits="3", tray_now="0"))
        gone = push(
            gcode_state="PAUSE", stg_cur=6, print_error=0x03008015, ams={"tray_exist_bits": "2", "tray_now": "255"}
        )
        told = changes_of(running, gone, push(bed_temper=59))
        assert [change.kind.value for change in told] == ["paused", "material_removed", "ran_out"]
        assert told[2].tray is not None
        assert (told[2].tray.number, told[2].tray.material_type) == (0, "PLA")


class TestHealth:
    def test_each_message_once(self):
        clogged, chute = {"attr": 0x03001A00, "code": 0x00020002}, {"attr": 0x0C000300, "code": 0x00030006}
        told = changes_of(x1c(), push(hms=[clogged]), push(hms=[clogged]), push(hms=[chute, clogged]), push(hms=[]))
        assert [change.error.code for change in told if change.error] == [
            "HMS_0300_1A00_0002_0002",
            "HMS_0C00_0300_0003_0006",
        ]

    def test_those_of_a_first_full_report_are_old(self):
        assert kinds_of(push(gcode_state="IDLE"), x1c(hms=[{"attr": 0x03001A00, "code": 0x00020002}])) == []

    def test_a_print_error_is_none(self):
        assert kinds_of(h2d(), push(print_error=0x0500C011)) == []
