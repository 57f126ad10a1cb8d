"""How a printer is connected to: one client a connection, what is asked at its beginning, silence, and trouble."""

import pytest

from printshop.bridge.link import Link
from printshop.bridge.rules import NOTHING_HEARD, SILENT, WRONG_CODE
from printshop.choices import CommandKind
from printshop.tests.bambu.reports import ams
from printshop.tests.bridge.stand_in import SERIAL, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def status(link: Link) -> tuple[str, str]:
    columns = link.columns()
    return columns["status"], columns["status_detail"]


def test_a_printer_is_asked_for_everything_when_it_is_connected_and_not_again(stage):
    stage.link.tick(stage.clock.now)
    assert stage.connects == 1
    stage.up()
    assert stage.connection.subscribed == 1
    assert stage.connection.commands() == ["get_version", "pushall"]
    for _ in range(400):
        stage.hear(gcode_state="IDLE")
        stage.wait(1)
    assert stage.connection.commands() == ["get_version", "pushall"]


def test_a_spool_that_was_told_of_before_a_restart_is_not_told_of_again():
    """What is stored of a printer is up to five minutes old."""
    stage = Stage(report={"trays": {"0": {"tray_type": "PLA", "tray_color": "FF0000FF"}}, "told": [0]}).up()
    stage.say({"info": {"command": "get_version", "module": [{"name": "ota", "sn": SERIAL, "sw_ver": "01.09"}]}})
    stage.full(ams=ams({"tray_type": "PLA", "tray_color": "0000FFFF"}, tray_exist_bits="1"))
    assert stage.told("printer_event") == []
    stage.hear(ams=ams({"tray_type": "PETG", "tray_color": "0000FFFF"}))
    assert stage.about("printer_event")["kind"] == "material_changed"


def test_what_has_not_said_what_it_does_is_asked_again_after_five_minutes(stage):
    stage.up()
    for _ in range(310):
        stage.hear(wifi_signal="-45dBm")
        stage.wait(1)
    assert stage.connection.commands().count("pushall") == 2


def test_a_printer_that_was_never_heard_is_connecting(stage):
    assert status(stage.link) == ("connecting", "")
    stage.link.not_opened("The printer does not answer.")
    assert status(stage.link) == ("connecting", "The printer does not answer.")


def test_tries_come_at_growing_distances_up_to_half_a_minute(stage):
    distances = []
    for _ in range(8):
        stage.link.not_opened("The printer does not answer.")
        distances.append(stage.link.retry_at - stage.clock.now)
    assert 0.8 <= distances[0] <= 1.2
    assert distances[0] < distances[1] < distances[2] < distances[3]
    assert 24 <= distances[-1] <= 36
    stage.up().full()
    stage.down()
    assert stage.link.retry_at - stage.clock.now <= 1.2


def test_wrong_credentials_are_not_tried_again_before_the_row_changes(stage):
    stage.link.connection_refused(stage.connection)
    assert status(stage.link) == ("offline", WRONG_CODE)
    stage.wait(120)
    assert stage.connects == 0
    stage.link.row_changed(stage.link.printer)
    stage.wait(1)
    assert stage.connects == 1


def test_a_silent_printer_is_offline_then_woken_then_connected_to_anew(stage):
    stage.up().full()
    stage.wait(59)
    assert status(stage.link)[0] == "online"
    stage.wait(3)
    assert status(stage.link) == ("offline", SILENT)
    assert stage.connection.commands()[-1] == "start"
    stage.wait(12)
    assert stage.connection.closed == 1
    assert stage.connects == 1


def test_a_silent_printer_that_wakes_is_there_again(stage):
    stage.up().full()
    stage.wait(65)
    stage.hear(gcode_state="IDLE")
    assert status(stage.link)[0] == "online"
    stage.wait(20)
    assert stage.connection.closed == 0


def test_connections_are_not_forced_more_often_than_every_half_minute(stage):
    stage.up()
    times = []
    for _ in range(300):
        stage.wait(1)
        if stage.connects > len(times):
            times.append(stage.clock.now)
            stage.up()
    assert len(times) >= 3
    assert min(later - sooner for sooner, later in zip(times, times[1:], strict=False)) >= 30


def test_a_serial_number_in_the_wrong_case_is_noticed():
    stage = Stage(serial_number=SERIAL.lower())
    stage.up(serial=SERIAL)
    stage.connection.serial = SERIAL.lower()
    stage.wait(25)
    state, words = status(stage.link)
    assert state == "connecting"
    assert words == f"{NOTHING_HEARD}: its certificate says {SERIAL}."


def test_the_serial_number_and_the_certificate_are_taken_from_the_first_connection():
    stage = Stage(serial_number="")
    stage.up(digest="c" * 64)
    assert stage.about("printer_identified") == {
        "printer_id": 1,
        "serial_number": SERIAL,
        "certificate": "c" * 64,
        "changed_at": stage.link.printer.changed_at,
    }
    stage.decisions.clear()
    stage.down()
    stage.up(digest="c" * 64)
    assert stage.told("printer_identified") == []


def test_another_certificate_is_told_once_and_its_printer_stays_away():
    stage = Stage(certificate="a" * 64)
    for _ in range(3):
        stage.link.certificate_changed("b" * 64)
    assert stage.told() == ["printer_event", "certificate_offered"]
    event = stage.decisions[0][1]
    assert (event["kind"], event["key"]) == ("certificate_changed", "b" * 64)
    assert status(stage.link)[0] == "offline"
    assert stage.link.retry_at - stage.clock.now == pytest.approx(30)
    stage.up()
    assert stage.decisions[-1] == ("certificate_offered", {"printer_id": 1, "digest": ""})


def test_no_message_breaks_anything(stage):
    stage.up().full()
    for payload in (b"", b"\xff\xfe", b"[1]", b'{"print": 5}', b'{"print": {"ams": [{}], "hms": "x"}}', b'{"a": NaN}'):
        stage.say(payload)
    assert status(stage.link)[0] == "online"


def test_the_first_message_after_a_connect_is_no_change(stage):
    stage.up().full("FINISH", subtask_name="Old", subtask_id="5")
    stage.down()
    stage.up().full("RUNNING", subtask_name="New", subtask_id="6", hms=[{"attr": 50331904, "code": 65543}])
    assert stage.told("printer_event") == []
    stage.hear(gcode_state="FINISH")
    assert [about["kind"] for _name, about in stage.decisions if "kind" in about] == ["print_completed"]


def test_a_broken_connection_gets_a_new_client_and_repeats_nothing(stage):
    stage.up().full()
    stage.run()
    stage.published()
    first = stage.connection
    stage.down()
    assert stage.about("command_end")["state"] == "lost"
    stage.wait(2)
    assert (stage.connects, first.closed) == (1, 1)
    stage.up().full()
    assert stage.connection is not first
    assert stage.connection.commands() == ["get_version", "pushall"]


def test_a_publish_that_cannot_be_handed_over_ends_its_client(stage):
    stage.up().full()
    stage.run()
    stage.connection.takes = False
    stage.published()
    assert stage.connection.closed == 1
    assert stage.about("command_end")["state"] == "lost"
    assert stage.told("run_not_started") == []  # it may have gone out: the printer will show it


def test_a_changed_row_is_connected_to_at_once(stage):
    stage.up().full()
    stage.link.row_changed(stage.link.printer)
    assert stage.connection.closed == 1
    stage.wait(1)
    assert stage.connects == 1


def test_a_refresh_connects_anew_but_not_again_and_again(stage):
    stage.up().full()
    stage.link.refreshed(stage.order(CommandKind.REFRESH, 1))
    assert stage.connection.closed == 1
    stage.up().full()
    stage.link.refreshed(stage.order(CommandKind.REFRESH, 2))
    assert stage.connection.closed == 0
    assert [about["state"] for _name, about in stage.decisions if "state" in about] == ["confirmed", "confirmed"]


def test_a_printer_that_never_stops_sending_is_left_for_a_while(stage):
    stage.up().full()
    for _ in range(1001):
        stage.hear(wifi_signal="-45dBm")
    assert stage.connection.closed == 1
    assert status(stage.link) == ("offline", "It sends more messages than a printer does.")
    assert stage.link.retry_at - stage.clock.now == 30


def test_a_printer_that_sends_too_many_bytes_is_let_go_for_a_while(stage):
    stage.up().full()
    for _ in range(20):
        stage.say({"print": {"command": "push_status", "msg": 1, "x": "y" * 300_000}})
    assert stage.connection.closed == 1
    assert status(stage.link) == ("offline", "It sends more messages than a printer does.")
    stage.wait(20)
    assert stage.connects == 0


def test_a_printer_that_tells_too_much_is_not_listened_to_for_a_minute(stage):
    stage.up().full()
    for number in range(200):
        stage.hear(hms=[{"attr": 0x03000100 + number, "code": 0x00010007}])
    assert len(stage.told("printer_event")) == 60
    stage.clock.now += 61
    stage.hear(hms=[{"attr": 0x05000100, "code": 0x00010007}])
    assert len(stage.told("printer_event")) == 61
