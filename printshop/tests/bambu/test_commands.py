"""Commands as they are sent, and what their answers mean."""

import pytest

from printshop.bambu import commands
from printshop.bambu.answers import answer_of
from printshop.bambu.commands import EXTERNAL, EXTERNAL_RIGHT, UNUSED, ProjectFile


class TestCommands:
    def test_as_the_printer_takes_them(self):
        assert commands.pause(1) == {"print": {"sequence_id": "1", "command": "pause", "param": ""}}
        assert commands.resume(2) == {"print": {"sequence_id": "2", "command": "resume", "param": ""}}
        assert commands.stop(3) == {"print": {"sequence_id": "3", "command": "stop", "param": ""}}
        assert commands.print_speed(4, 2) == {"print": {"sequence_id": "4", "command": "print_speed", "param": "2"}}
        assert commands.resume_ams(5) == {"print": {"sequence_id": "5", "command": "ams_control", "param": "resume"}}
        assert commands.clean_print_error(6) == {"print": {"sequence_id": "6", "command": "clean_print_error"}}
        assert commands.get_version() == {"info": {"sequence_id": "0", "command": "get_version"}}
        assert commands.push_all()["pushing"]["command"] == "pushall"
        assert commands.push_start()["pushing"] == {"sequence_id": "0", "command": "start"}
        assert commands.light(7, on=True)["system"]["led_mode"] == "on"

    def test_topics_keep_the_case(self):
        assert commands.report_topic("01P00a") == "device/01P00a/report"
        assert commands.request_topic("01P00A") == "device/01P00A/request"

    def test_a_start(self):
        file = ProjectFile("run-5.gcode.3mf", "Bracket", 77, [UNUSED, 2, 5], plate=3)
        told = commands.project_file(9, file)["print"]
        assert (told["command"], told["param"], told["url"]) == (
            "project_file",
            "Metadata/plate_3.gcode",
            "ftp:///run-5.gcode.3mf",
        )
        assert (told["project_id"], told["subtask_id"], told["task_id"], told["profile_id"]) == ("77", "77", "77", "0")
        assert (told["subtask_name"], told["file"], told["md5"], told["bed_type"]) == (
            "Bracket",
            "run-5.gcode.3mf",
            "",
            "auto",
        )
        for key in ("timelapse", "bed_leveling", "flow_cali", "vibration_cali", "layer_inspect", "use_ams"):
            assert isinstance(told[key], bool)
        assert told["use_ams"] is True
        assert told["ams_mapping"] == [-1, 2, 5]
        assert told["ams_mapping2"] == [
            {"ams_id": 255, "slot_id": 255},
            {"ams_id": 0, "slot_id": 2},
            {"ams_id": 1, "slot_id": 1},
        ]

    def test_external_spools_alone_use_no_ams(self):
        told = commands.project_file(1, ProjectFile("a", "a", 1, [EXTERNAL]))["print"]
        assert (told["use_ams"], told["ams_mapping"]) == (False, [-1])
        assert told["ams_mapping2"] == [{"ams_id": 255, "slot_id": 0}]

    def test_an_unused_filament_is_not_external(self):
        told = commands.project_file(1, ProjectFile("a", "a", 1, [UNUSED, 128, 65]))["print"]
        assert (told["use_ams"], told["ams_mapping"]) == (True, [-1, 128, 65])
        assert told["ams_mapping2"][1:] == [{"ams_id": 128, "slot_id": 0}, {"ams_id": 16, "slot_id": 1}]

    def test_two_heads_have_two_external_spools(self):
        file = ProjectFile("a", "a", 1, [EXTERNAL, EXTERNAL_RIGHT], has_two_heads=True)
        assert commands.project_file(1, file)["print"]["ams_mapping2"] == [
            {"ams_id": 254, "slot_id": 0},
            {"ams_id": 255, "slot_id": 0},
        ]


class TestAnswers:
    @pytest.mark.parametrize("word", ["SUCCESS", "success", "Success"])
    def test_accepted(self, word):
        answer = answer_of({"print": {"command": "pause", "sequence_id": "12", "result": word, "reason": word}})
        assert answer is not None
        assert (answer.kind, answer.command, answer.sequence) == ("print", "pause", "12")
        assert (answer.is_accepted, answer.words, answer.needs_signature) == (True, "", False)

    @pytest.mark.parametrize("word", ["FAIL", "failed", "Failed"])
    def test_refused(self, word):
        answer = answer_of({"print": {"command": "stop", "sequence_id": 12, "result": word, "reason": "not printing"}})
        assert answer is not None
        assert (answer.is_accepted, answer.sequence, answer.needs_signature) == (False, "12", False)
        assert answer.words == "The printer refused it: not printing."

    @pytest.mark.parametrize("code", [84033543, 0x05024007, 0x05024009, None])
    def test_refused_for_want_of_a_signature(self, code):
        part = {"command": "project_file", "result": "failed", "reason": "mqtt message verify failed", "err_code": code}
        answer = answer_of({"print": part})
        assert answer is not None
        assert answer.needs_signature
        assert answer.words == "The printer takes no commands from here: Developer Mode is off."

    def test_without_a_reason_the_code_says_it(self):
        answer = answer_of({"print": {"command": "project_file", "result": "fail", "err_code": 0x0500803C}})
        assert answer is not None
        assert answer.words == "The file was sliced for another nozzle than the printer has."
        nothing = answer_of({"system": {"command": "ledctrl", "result": "fail"}})
        assert nothing is not None
        assert (nothing.words, nothing.code) == ("The printer refused it.", None)

    @pytest.mark.parametrize(
        "message",
        [
            {"print": {"command": "push_status", "result": "success"}},
            {"info": {"command": "get_version", "result": "success"}},
            {"print": {"command": "pause"}},
            {"print": {"result": "success"}},
            {"mc_print": {"command": "x", "result": "success"}},
            {"print": []},
            [],
            None,
            "print",
        ],
    )
    def test_everything_else_is_none(self, message):
        assert answer_of(message) is None
