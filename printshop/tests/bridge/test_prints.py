"""What a printer says decides what becomes of a print: started, ended, or never begun."""

from datetime import timedelta

import pytest
from django.utils import timezone

from printshop.bridge.orders import Run
from printshop.bridge.rules import ANOTHER_BEGAN, NEVER_STARTED, OUTCOME_UNKNOWN
from printshop.choices import CommandKind, RunState
from printshop.services.printers.commands import MONITORED_ONLY
from printshop.tests.bridge.stand_in import SERIAL, Stage

OURS = {"subtask_name": "Gear", "subtask_id": "123456", "task_id": "123456"}
OTHER = {"subtask_name": "Vase", "subtask_id": "999", "task_id": "999"}
RUNS = ("run_started", "run_completed", "run_failed", "run_stopped", "run_not_started", "run_began_late")
LATCHED = 0x0300400C


@pytest.fixture
def stage() -> Stage:
    """A free printer, whose last print was another one."""
    stage = Stage().up()
    stage.full("FINISH", mc_percent=100, **OTHER)
    stage.decisions.clear()
    return stage


def runs(stage: Stage) -> list[str]:
    return stage.told(*RUNS)


def printing(stage: Stage) -> Stage:
    """Ours is being printed."""
    stage.run()
    stage.published()
    stage.hear(gcode_state="PREPARE", **OURS)
    stage.hear(gcode_state="RUNNING", mc_percent=40, layer_num=80, total_layer_num=200)
    assert runs(stage) == ["run_started"]
    stage.decisions.clear()
    return stage


def test_an_acknowledgement_is_no_start_and_a_busy_printer_is(stage):
    stage.run()
    order = stage.published()
    stage.say({"print": {"command": "project_file", "result": "SUCCESS", "sequence_id": str(order.sequence), **OURS}})
    stage.hear(gcode_state="FINISH")
    assert stage.told() == []
    stage.hear(gcode_state="PREPARE", **OURS)
    assert stage.told() == ["command_end", "run_started"]
    assert stage.about("command_end")["state"] == "confirmed"
    assert stage.about("run_started") == {"run_id": 7}


def test_a_start_that_is_acknowledged_and_never_happens_is_given_up_after_ninety_seconds(stage):
    stage.run()
    order = stage.published()
    stage.say({"print": {"command": "project_file", "result": "success", "sequence_id": str(order.sequence)}})
    for _ in range(89):
        stage.hear(gcode_state="FINISH")
        stage.wait(1)
    _long_ago(stage)
    assert runs(stage) == []
    stage.wait(3)
    assert stage.about("run_not_started") == {"run_id": 7, "reason": NEVER_STARTED}
    assert stage.about("command_end")["state"] == "lost"


def test_a_printer_that_took_our_number_gets_three_minutes_more(stage):
    stage.run()
    stage.published()
    _long_ago(stage)
    for _ in range(268):
        stage.hear(**OURS)
        stage.wait(1)
    assert runs(stage) == []
    stage.wait(4)
    assert runs(stage) == ["run_not_started"]


def test_a_start_that_was_given_up_and_happens_is_taken_up_again(stage):
    stage.run()
    stage.published()
    _long_ago(stage)
    for _ in range(95):
        stage.hear(gcode_state="FINISH")
        stage.wait(1)
    assert runs(stage) == ["run_not_started"]
    stage.decisions.clear()
    stage.hear(gcode_state="PREPARE")
    stage.hear(**OURS)
    stage.hear(gcode_state="RUNNING")
    assert stage.told() == ["printer_event", "run_began_late"]  # its number came a moment after the state
    assert stage.about("run_began_late") == {"run_id": 7}
    stage.hear(gcode_state="FINISH")
    stage.hear(gcode_state="PREPARE")
    assert stage.told().count("run_began_late") == 1


def test_a_start_that_was_given_up_and_happens_when_the_next_one_is_sent_is_taken_up_too(stage):
    stage.run()
    stage.published()
    _long_ago(stage)
    for _ in range(95):
        stage.hear(gcode_state="FINISH")
        stage.wait(1)
    stage.link.run = Run(8, 654321, RunState.UPLOADED, "Gear")
    stage.published(stage.order(pk=56))
    stage.decisions.clear()
    for _ in range(15):
        stage.hear(gcode_state="PREPARE", **OURS)
        stage.wait(1)
    assert runs(stage) == ["run_not_started", "run_began_late"]
    assert (stage.about("run_not_started")["run_id"], stage.about("run_began_late")["run_id"]) == (8, 7)


def test_a_start_that_was_given_up_and_happened_while_nobody_saw_it_is_taken_up(stage):
    """The bridge was started anew, or its connection broke: the first report tells of no change."""
    stage.link.prints.given_up = Run(7, 123456, RunState.ENDED, "Gear")
    stage.full("RUNNING", **OTHER)
    assert runs(stage) == []
    stage.down()
    stage.up()
    for _ in range(3):
        stage.full(**{"state": "RUNNING", **OURS})
    assert runs(stage) == ["run_began_late"]
    assert stage.about("run_began_late") == {"run_id": 7}


@pytest.mark.parametrize(("serial", "told"), [(f"239{SERIAL[3:]}", "H2D-Pro"), (SERIAL, "Bambu Lab H2D Pro")])
def test_models_that_take_long_to_begin_are_waited_for_longer(serial, told):
    stage = Stage(serial_number=serial).up()
    stage.say({"info": {"command": "get_version", "module": [{"name": "ota", "product_name": told}]}})
    stage.full("FINISH", **OTHER)
    stage.run()
    stage.published()
    _long_ago(stage)
    stage.decisions.clear()
    for _ in range(239):
        stage.hear(gcode_state="FINISH")
        stage.wait(1)
    assert runs(stage) == []
    stage.wait(3)
    assert runs(stage) == ["run_not_started"]


def test_a_slow_start_is_one(stage):
    stage.run()
    stage.published()
    for _ in range(80):
        stage.hear(gcode_state="FINISH")
        stage.wait(1)
    stage.hear(gcode_state="PREPARE", **OURS)
    assert runs(stage) == ["run_started"]


def test_numbers_that_come_later_than_the_state(stage):
    stage.run()
    stage.published()
    stage.hear(gcode_state="PREPARE")
    assert runs(stage) == ["run_started"]
    stage.hear(**OURS)
    stage.hear(gcode_state="RUNNING", mc_percent=1)
    assert runs(stage) == ["run_started"]


def test_a_print_that_somebody_began_by_hand_meanwhile_is_not_ours(stage):
    stage.run()
    stage.published()
    for _ in range(12):
        stage.hear(gcode_state="RUNNING", subtask_name="Mug", subtask_id="31", task_id="31")
        stage.wait(1)
    assert stage.about("run_not_started")["reason"] == ANOTHER_BEGAN
    assert stage.about("run_not_started")["again_in"] == timedelta(0)


def test_a_refused_start_does_not_wait(stage):
    stage.run()
    order = stage.published()
    answer = {"command": "project_file", "result": "FAIL", "reason": "no such file", "sequence_id": str(order.sequence)}
    stage.say({"print": answer})
    assert stage.about("command_end")["state"] == "refused"
    assert runs(stage) == ["run_not_started"]


def test_an_answer_to_another_programs_command_of_the_same_number_is_not_ours(stage):
    """Bambu Studio counts its commands from 20,000."""
    stage.run()
    order = stage.published(stage.order(pk=20_004))
    answer = {"command": "pause", "result": "failed", "reason": "not printing", "sequence_id": str(order.sequence)}
    stage.say({"print": answer})
    assert stage.told("command_end") == runs(stage) == []
    stage.hear(gcode_state="PREPARE", subtask_id="123456")
    assert runs(stage) == ["run_started"]


def test_a_printer_that_wants_signatures_is_monitored_only(stage):
    stage.run()
    order = stage.published()
    answer = {
        "command": "project_file",
        "result": "failed",
        "reason": "mqtt message verify failed",
        "err_code": 84033543,
        "sequence_id": str(order.sequence),
    }
    stage.say({"print": answer})
    assert stage.about("command_end")["detail"] == MONITORED_ONLY
    assert stage.about("run_not_started")["again_in"] == timedelta(0)
    assert stage.link.columns()["is_monitored_only"] is True
    stage.down()
    assert stage.link.columns()["is_monitored_only"] is True
    stage.link.row_changed(stage.link.printer)
    assert stage.link.columns()["is_monitored_only"] is False


def test_a_p1_that_wants_signatures_answers_nothing_and_shows_a_health_message(stage):
    stage.run()
    stage.published()
    stage.hear(hms=[{"attr": 0x05000500, "code": 0x00010007}])
    assert (stage.about("command_end")["state"], stage.about("command_end")["detail"]) == ("refused", MONITORED_ONLY)
    assert stage.about("run_not_started")["again_in"] == timedelta(0)
    assert stage.link.columns()["is_monitored_only"] is True


def test_a_print_ends_once(stage):
    printing(stage)
    stage.hear(gcode_state="FINISH", mc_percent=100)
    stage.hear(gcode_state="FINISH")
    assert runs(stage) == ["run_completed"]
    assert stage.told("printer_event") == []


def test_a_failure_is_told_when_it_has_not_turned_out_to_be_a_stop(stage):
    printing(stage)
    stage.hear(gcode_state="FAILED", mc_percent=0, layer_num=0, print_error=0x03008008)
    assert runs(stage) == []
    stage.wait(12)
    assert runs(stage) == ["run_failed"]
    assert stage.about("run_progressed") == {"run_id": 7, "progress": 40, "layer": 80, "total_layers": 200}


def test_a_stop_at_the_printer_whose_code_comes_late_is_no_failure(stage):
    printing(stage)
    stage.hear(gcode_state="FAILED")
    stage.wait(5)
    stage.hear(print_error=LATCHED)
    stage.hear(print_error=0)
    stage.wait(20)
    assert runs(stage) == ["run_stopped"]


def test_a_stop_that_was_asked_for_is_one(stage):
    printing(stage)
    order = stage.order(CommandKind.STOP, 56)
    stage.published(order)
    stage.hear(gcode_state="FAILED")
    stage.wait(20)
    assert runs(stage) == ["run_stopped"]
    assert stage.about("command_end")["state"] == "confirmed"


def test_failing_while_it_prepares(stage):
    stage.run()
    stage.published()
    stage.hear(gcode_state="PREPARE", **OURS)
    stage.hear(gcode_state="FAILED", print_error=0x0500803C)
    stage.wait(12)
    assert runs(stage) == ["run_started", "run_failed"]
    assert stage.told("run_progressed") == []


def test_what_is_aborted_to_idle_was_stopped(stage):
    printing(stage)
    stage.hear(gcode_state="IDLE")
    assert runs(stage) == ["run_stopped"]


def test_a_pause_and_its_end_are_no_start(stage):
    printing(stage)
    stage.hear(gcode_state="PAUSE")
    stage.hear(gcode_state="RUNNING")
    assert runs(stage) == []


def test_progress_is_kept_now_and_then(stage):
    printing(stage)
    for percent in range(41, 100):
        stage.hear(mc_percent=percent)
        stage.wait(1)
    assert len(stage.told("run_progressed")) == 1


@pytest.mark.parametrize(
    ("says", "becomes"),
    [("FINISH", "run_completed"), ("IDLE", "run_stopped"), ("FAILED", "run_failed")],
)
def test_an_end_that_followed_on_nothing_is_one_after_a_while(stage, says, becomes):
    """The printer said for a moment that it does nothing that it has a word for."""
    printing(stage)
    stage.hear(gcode_state="UNKNOWN")
    stage.hear(gcode_state=says)
    stage.wait(5)
    assert runs(stage) == []
    stage.wait(20)
    assert runs(stage) == [becomes]


def test_an_end_that_could_not_be_stored_is_decided_again_and_one_under_way_is_not(stage):
    run = printing(stage).link.run
    stage.hear(gcode_state="FINISH")
    assert runs(stage) == ["run_completed"]
    stage.link.run, stage.link.pending = run, 1  # as its row still says
    stage.wait(20)
    assert runs(stage) == ["run_completed"]
    stage.link.pending = 0
    stage.wait(20)
    assert runs(stage) == ["run_completed", "run_completed"]


# ---------------------------------------------------------------- after a break
def _long_ago(stage: Stage) -> None:
    assert stage.link.run is not None
    stage.link.run.sent_at = timezone.now() - timedelta(hours=1)


@pytest.mark.parametrize(
    ("says", "becomes"),
    [
        ({"state": "RUNNING", **OURS}, []),
        ({"state": "FINISH", **OURS}, ["run_completed"]),
        ({"state": "FAILED", **OURS}, ["run_failed"]),
        ({"state": "IDLE", **OURS}, ["run_stopped"]),
        ({"state": "RUNNING", **OTHER}, ["run_stopped"]),
        ({"state": "FINISH", "subtask_name": "Gear"}, ["run_completed"]),
        ({"state": "FINISH", "subtask_name": "Vase"}, ["run_stopped"]),
    ],
)
def test_a_print_that_went_on_while_nobody_looked(says, becomes):
    stage = Stage()
    stage.run(RunState.PRINTING)
    stage.up().full(**says)
    stage.wait(12)
    assert runs(stage) == becomes
    assert stage.told("printer_event") == []


def test_a_first_message_that_does_not_say_what_is_printed_decides_nothing():
    stage = Stage()
    stage.run(RunState.PRINTING)
    stage.up().hear(gcode_state="RUNNING", mc_percent=50)
    assert runs(stage) == []
    stage.full("RUNNING", **OURS)
    stage.wait(20)
    stage.hear(mc_percent=51)
    assert runs(stage) == []


@pytest.mark.parametrize(("error", "ends"), [(0x03008008, "run_failed"), (LATCHED, "run_stopped")])
def test_a_print_that_ended_while_nobody_was_there_is_known_by_the_layer_its_printer_still_shows(error, ends):
    stage = printing(Stage().up())
    stage.down()
    stage.decisions.clear()
    stage.up().full("FAILED", **{"layer_num": 160, "total_layer_num": 200, "print_error": error, **OURS})
    stage.wait(12)
    stage.hear(gcode_state="FAILED")
    assert stage.told("run_seen_ended", ends) == ["run_seen_ended", ends]
    assert stage.about("run_seen_ended") == {"run_id": 7, "layer": 160, "total_layers": 200}


def test_a_printer_that_forgot_its_print_over_a_restart():
    stage = Stage()
    stage.run(RunState.PRINTING)
    stage.up().full("IDLE")
    assert runs(stage) == []
    stage.wait(16)
    stage.hear(gcode_state="IDLE")
    assert stage.about("run_stopped")["reason"] == OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    ("says", "becomes"),
    [
        ({"state": "RUNNING", **OURS}, ["run_started"]),
        ({"state": "PREPARE", **OURS}, ["run_started"]),
        ({"state": "FINISH", **OURS}, ["run_started", "run_completed"]),
        ({"state": "FAILED", **OURS}, ["run_started", "run_failed"]),
    ],
)
def test_a_start_that_was_sent_before_a_restart_is_told_by_the_printer(says, becomes):
    stage = Stage()
    stage.run(RunState.SENT)
    _long_ago(stage)
    stage.up().full(**says)
    stage.wait(14)
    assert runs(stage) == becomes


def test_a_start_that_was_perhaps_sent_before_a_restart_is_waited_for():
    stage = Stage()
    stage.run(RunState.SENT)
    _long_ago(stage)
    stage.up().full("FINISH", **OTHER)
    for _ in range(85):
        stage.hear(gcode_state="FINISH")
        stage.wait(1)
    assert runs(stage) == []
    stage.wait(8)
    assert runs(stage) == ["run_not_started"]


NAMELESS = {"subtask_name": "Gear", "subtask_id": "0", "task_id": "0"}


@pytest.mark.parametrize(
    ("before", "after", "becomes"),
    [
        # Another copy, which the printer still shows.
        (NAMELESS, NAMELESS, ["run_not_started"]),
        # It has taken our number, and not begun.
        (OURS, OURS, ["run_not_started"]),
        (OTHER, OTHER, ["run_not_started"]),
        (OTHER, OURS, ["run_started", "run_completed"]),
    ],
)
def test_what_a_printer_shows_after_a_break_was_printed_only_when_it_is_new(before, after, becomes):
    stage = Stage().up()
    stage.full("FINISH", **NAMELESS)
    stage.run()
    stage.decisions.clear()
    stage.published()
    stage.hear(gcode_state="FINISH", **before)
    stage.down()
    _long_ago(stage)
    stage.up().full("FINISH", **after)
    for _ in range(300):
        stage.hear(gcode_state="FINISH")
        stage.wait(1)
    assert runs(stage) == becomes


def test_a_printer_that_is_away_decides_nothing(stage):
    stage.run()
    stage.published()
    stage.down()
    _long_ago(stage)
    stage.wait(600)
    assert runs(stage) == []


def test_a_failure_that_was_seen_just_before_the_connection_broke(stage):
    printing(stage)
    stage.hear(gcode_state="FAILED")
    stage.down()
    stage.wait(12)
    assert runs(stage) == ["run_failed"]


def test_what_was_started_by_hand_is_not_the_printers_to_end(stage):
    stage.run(RunState.PRINTING, is_by_hand=True)
    stage.hear(gcode_state="RUNNING", **OURS)
    stage.hear(gcode_state="FINISH")
    assert runs(stage) == []


# ---------------------------------------------------------------- what is not from the queue
def test_prints_that_are_not_from_the_queue_are_told_of(stage):
    stage.hear(gcode_state="RUNNING", subtask_name="Mug", subtask_id="31", task_id="31")
    stage.hear(gcode_state="FINISH")
    kinds = [about["kind"] for _name, about in stage.decisions]
    assert kinds == ["print_started", "print_completed"]
    assert stage.decisions[0][1]["words"] == "Left has begun to print Mug."


def test_health_messages_and_spools_are_told_of(stage):
    stage.hear(hms=[{"attr": 0x03000100, "code": 0x00010007}])
    stage.hear(hms=[{"attr": 0x03000100, "code": 0x00010007}])
    assert [about["kind"] for _name, about in stage.decisions] == ["maintenance"]
    assert stage.decisions[0][1]["data"]["code"] == "HMS_0300_0100_0001_0007"
    stage.decisions.clear()
    ams = {
        "tray_exist_bits": "1",
        "ams": [{"id": "0", "tray": [{"id": "0", "tray_type": "PLA", "tray_color": "FF0000FF"}]}],
    }
    stage.hear(ams=ams)
    stage.hear(ams={"ams": [{"id": "0", "tray": [{"id": "0", "tray_type": "PLA", "tray_color": "0000FFFF"}]}]})
    assert [about["kind"] for _name, about in stage.decisions] == ["material_changed"]


# ---------------------------------------------------------------- pause, resume, stop
@pytest.mark.parametrize(
    ("kind", "state"),
    [(CommandKind.PAUSE, "PAUSE"), (CommandKind.RESUME, "RUNNING"), (CommandKind.STOP, "FAILED")],
)
def test_a_command_is_confirmed_by_what_the_printer_does(kind, state, stage):
    printing(stage)
    if kind == CommandKind.RESUME:
        stage.hear(gcode_state="PAUSE")
    order = stage.published(stage.order(kind, 60))
    stage.say({"print": {"command": str(kind), "result": "success", "sequence_id": str(order.sequence)}})
    assert stage.told("command_end") == []
    stage.hear(gcode_state=state)
    assert stage.about("command_end")["state"] == "confirmed"


def test_a_command_that_nothing_comes_of_is_lost(stage):
    printing(stage)
    stage.published(stage.order(CommandKind.PAUSE, 60))
    for _ in range(62):
        stage.hear(mc_percent=41)
        stage.wait(1)
    assert stage.about("command_end") == {"command_id": 60, "state": "lost", "detail": "The printer did not do it."}


def test_a_command_that_waits_is_taken_once_and_not_when_it_is_too_old(stage):
    order = stage.order(CommandKind.PAUSE, 60)
    stage.link.take(order)
    stage.link.take(order)
    assert stage.sends == [order]
    old = type(order)(61, CommandKind.PAUSE, None, timezone.now() - timedelta(seconds=1))
    stage.link.take(old)
    stage.link.take(old)
    assert stage.sends == [order]
    assert stage.about("command_end")["command_id"] == 61
