"""The simulated printers behave as real ones in the points that the print shop relies on."""

import contextlib
import ftplib
import io
import json
import queue
import socket
import ssl
import time

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from printshop.bambu import commands
from printshop.bambu.answers import answer_of
from printshop.bambu.commands import ProjectFile
from printshop.bambu.reports import merge
from printshop.bambu.views import view_of
from printshop.simulator.farm import CLOUD_USER, SimulatedFarm
from printshop.simulator.printer import SimulatedPrinter
from printshop.simulator.spools import bambu_spool
from printshop.tests.simulator.client import PrinterClient

GREEN = bambu_spool("C" * 32, material="PETG", color="00FF00FF", left=500)


@pytest.fixture(scope="module")
def farm():
    with SimulatedFarm(["X1C", "P1S", "A1", "A1 mini", "H2D"], speed=20_000, interval=0.03, with_files=False) as farm:
        for printer in farm.printers:
            printer.faults.stop_code_after = printer.faults.stop_code_for = 0.1
        yield farm


@pytest.fixture
def farm_of_one():
    with SimulatedFarm(["P1S"], speed=20_000, interval=0.03, with_files=False) as farm:
        yield farm


class Follower:
    """Connected, with the state that its messages make."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self.client = PrinterClient(printer)
        self.state: dict = {}
        self.told: list[str] = []
        self.client.send(commands.get_version())
        self.client.send(commands.push_all())

    def until(self, wanted, seconds=10):
        end = time.monotonic() + seconds
        while True:
            view = view_of(self.state)
            if wanted(view):
                return view
            message = self.client.messages.get(timeout=max(0.001, end - time.monotonic()))
            self.state = merge(self.state, message)
            state = view_of(self.state).gcode_state
            if state and self.told[-1:] != [state]:
                self.told.append(state)

    def answer(self, sequence):
        message = self.client.until(lambda message: (answer := answer_of(message)) and answer.sequence == sequence)
        return answer_of(message)

    def start(self, submission, sequence=5, *, while_busy=False):
        self.until(lambda view: view.is_free or while_busy)
        file = ProjectFile(f"{submission}.gcode.3mf", f"Job {submission}", submission, [0])
        self.client.send(commands.project_file(sequence, file))


@pytest.fixture
def follow():
    followers = []

    def begin(printer):
        followers.append(Follower(printer))
        return followers[-1]

    yield begin
    for follower in followers:
        follower.client.close()


class TestEachModel:
    @pytest.mark.parametrize(
        ("number", "model", "chamber", "slots", "heads"),
        [
            (0, "X1 Carbon", 28.0, 5, 0),
            (1, "P1S", None, 5, 0),
            (2, "A1", None, 5, 0),
            (3, "A1 mini", None, 5, 0),
            (4, "H2D", 29.0, 7, 2),
        ],
    )
    def test_a_print_from_start_to_finish(self, farm, follow, number, model, chamber, slots, heads):
        printer = farm.printers[number]
        follower = follow(printer)
        view = follower.until(lambda view: view.model and view.is_free and view.trays)
        assert (view.model, view.chamber_temp, len(view.trays), len(view.nozzles)) == (model, chamber, slots, heads)
        assert view.serial == printer.serial
        follower.start(700 + number)
        view = follower.until(lambda view: view.gcode_state == "RUNNING" and view.progress)
        assert (view.job, view.subtask_id, view.active_tray) == (f"Job {700 + number}", str(700 + number), 0)
        follower.until(lambda view: view.gcode_state == "FINISH")
        assert follower.told == ["IDLE", "PREPARE", "RUNNING", "FINISH"]
        assert printer.started == printer.finished == [str(700 + number)]

    def test_a_certificate_each_made_out_to_its_serial_number(self, farm):
        shown = set()
        for printer in farm.printers:
            text = ssl.get_server_certificate(("127.0.0.1", printer.address.port))
            certificate = x509.load_pem_x509_certificate(text.encode())
            assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == printer.serial
            assert certificate.version == (x509.Version.v1 if printer.shape.name == "A1 mini" else x509.Version.v3)
            shown.add(text)
            client = PrinterClient(printer, ca_file=farm.ca_file)
            assert client.answer == [0]
            client.close()
        assert len(shown) == 5

    @pytest.mark.parametrize(("number", "version"), [(0, "TLSv1.2"), (1, "TLSv1.3"), (4, "TLSv1.2")])
    def test_the_newest_tls(self, farm, number, version):
        with socket.create_connection(("127.0.0.1", farm.printers[number].address.port), 5) as plain:
            with ssl._create_unverified_context().wrap_socket(plain) as secured:
                assert secured.version() == version


class TestCommands:
    def test_pause_resume_and_stop(self, farm, follow):
        printer, follower = farm.printers[0], follow(farm.printers[0])
        printer.machine.speed = 100
        follower.start(800)
        follower.until(lambda view: view.gcode_state == "RUNNING")
        follower.client.send(commands.pause(6))
        assert follower.until(lambda view: view.gcode_state == "PAUSE").detail == "Paused by hand."
        follower.client.send(commands.resume(7))
        follower.until(lambda view: view.gcode_state == "RUNNING")
        follower.client.send(commands.stop(8))
        assert not follower.until(lambda view: view.gcode_state == "FAILED").is_stopped_by_hand
        assert follower.until(lambda view: view.is_stopped_by_hand).status == "online"
        follower.client.send(commands.light(9, on=False))
        follower.until(lambda view: view.light is False)
        printer.machine.speed = farm.speed

    def test_what_cannot_be_done_now_is_refused(self, farm, follow):
        follower = follow(farm.printers[0])
        follower.client.send(commands.pause(6))
        assert follower.answer("6").words == "The printer refused it: not printing."
        farm.printers[0].refuse("stop", "no")
        follower.client.send(commands.stop(7))
        assert not follower.answer("7").is_accepted
        farm.printers[0].refuse("stop", None)

    def test_a_start_that_is_acknowledged_and_never_happens(self, farm, follow):
        printer, follower = farm.printers[1], follow(farm.printers[1])
        printer.faults.ignored_starts = 1
        before = printer.started
        follower.start(810)
        assert follower.answer("5").is_accepted
        time.sleep(0.2)
        assert printer.started == before
        follower.start(811)
        printer.wait(lambda printer: printer.started == [*before, "811"])

    def test_an_echo_is_in_capitals_on_a_p1(self, farm, follow):
        follower = follow(farm.printers[1])
        follower.client.send(commands.print_speed(31, 3))
        message = follower.client.until(lambda message: message.get("print", {}).get("command") == "print_speed")
        assert message["print"]["result"] == "SUCCESS"

    def test_a_slow_start(self, farm, follow):
        printer, follower = farm.printers[4], follow(farm.printers[4])
        printer.faults.start_after = 0.4
        follower.until(lambda view: view.is_free)
        follower.start(820)
        view = follower.until(lambda view: view.subtask_id == "820")
        assert view.is_free, "the id moves before the state"
        follower.until(lambda view: view.gcode_state == "PREPARE")
        printer.faults.start_after = None

    def test_without_developer_mode_it_says_so(self, farm, follow):
        printer, follower = farm.printers[2], follow(farm.printers[2])
        printer.set_developer_mode(False)
        follower.start(830)
        assert follower.answer("5").needs_signature
        printer.set_developer_mode(True)
        assert "830" not in printer.started

    def test_a_p1_shows_a_health_message_and_answers_nothing(self, farm, follow):
        printer, follower = farm.printers[1], follow(farm.printers[1])
        printer.set_developer_mode(False)
        follower.start(831)
        view = follower.until(lambda view: view.is_signature_required)
        assert view.is_free
        printer.set_developer_mode(True)
        printer.show_hms()
        assert "831" not in printer.started

    def test_an_x1c_says_it_in_fun(self, farm, follow):
        follower = follow(farm.printers[0])
        farm.printers[0].set_developer_mode(False)
        follower.until(lambda view: view.is_signature_required)
        farm.printers[0].set_developer_mode(True)
        follower.until(lambda view: not view.is_signature_required)

    def test_a_p1s_takes_all_large_ids_for_one(self, farm, follow):
        printer, follower = farm.printers[1], follow(farm.printers[1])
        printer.wait(lambda printer: not printer.machine.is_busy)
        follower.start(2**31 + 5)
        printer.wait(lambda printer: printer.finished[-1:] == [str(2**31 - 1)])
        began = printer.started
        follower.start(2**40)
        time.sleep(0.2)
        assert printer.started == began

    def test_an_a1_that_is_sent_a_print_while_it_prints_drops_both(self, farm, follow):
        printer, follower = farm.printers[3], follow(farm.printers[3])
        printer.machine.speed = 100
        follower.start(840)
        follower.until(lambda view: view.gcode_state == "RUNNING")
        follower.start(841, 6, while_busy=True)
        view = follower.until(lambda view: view.gcode_state == "FAILED")
        assert view.detail == "A print was sent while another was going on."
        assert printer.started[-1:] == ["840"]
        printer.machine.speed = farm.speed


class TestBadLuck:
    def test_a_print_that_fails_at_a_layer_or_while_preparing(self, farm, follow):
        printer, follower = farm.printers[0], follow(farm.printers[0])
        printer.fail_at(20)
        follower.start(900)
        view = follower.until(lambda view: view.gcode_state == "FAILED" and view.errors)
        assert (printer.machine.layer_num, view.errors[0].code) == (20, "0300-8008")
        printer.fail_at(-1, 0x0500803C)
        follower.start(901)
        view = follower.until(lambda view: view.detail.startswith("The file was sliced"))
        assert printer.started[-1] == "901"
        assert "901" not in printer.finished

    def test_filament_that_runs_out(self, farm, follow):
        printer, follower = farm.printers[0], follow(farm.printers[0])
        printer.faults.runs_out_at = 50
        follower.start(910)
        view = follower.until(lambda view: view.is_out_of_filament)
        assert (view.status, view.detail) == ("paused", "The filament ran out.")
        assert not view.trays[0].is_loaded
        printer.load(0, GREEN)
        view = follower.until(lambda view: view.trays[0].is_loaded)
        assert (view.trays[0].material_type, view.trays[0].color, view.trays[0].weight_grams) == (
            "PETG",
            "#00FF00",
            500,
        )
        printer.resume_by_hand()
        follower.until(lambda view: view.gcode_state == "FINISH")
        assert GREEN.left < 500

    def test_a_print_that_is_called_off(self, farm, follow):
        printer, follower = farm.printers[2], follow(farm.printers[2])
        printer.machine.speed = 100
        printer.start("By hand", subtask_id="77")
        assert follower.until(lambda view: view.gcode_state == "RUNNING").job == "By hand"
        printer.abort()
        follower.until(lambda view: view.gcode_state == "IDLE")
        printer.machine.speed = farm.speed

    def test_what_it_is_told_to_say(self, farm, follow):
        follower = follow(farm.printers[2])
        follower.until(lambda view: view.trays)
        farm.printers[2].show_error(0x0500C011)
        assert follower.until(lambda view: view.errors).errors[0].words == "The memory card is slow."
        farm.printers[2].show_error(0)
        farm.printers[2].say({"print": {"command": "push_status", "gcode_state": "SLICING"}})
        follower.until(lambda view: view.gcode_state == "SLICING")


class TestDoor:
    @pytest.mark.parametrize(("number", "answer"), [(0, 135), (1, 134)])
    def test_a_wrong_access_code(self, farm, number, answer):
        """CONNACK 5 and 4, as paho names them."""
        client = PrinterClient(farm.printers[number], code="00000000")
        client.close()
        assert client.answer[0] == answer

    def test_a_serial_number_in_the_wrong_case_gets_silence(self, farm):
        client = PrinterClient(farm.printers[0], serial=farm.printers[0].serial.lower())
        client.send(commands.push_all())
        with pytest.raises(queue.Empty):
            client.until(lambda message: True, seconds=0.3)
        client.close()

    def test_a_cut_connection_can_come_back(self, farm_of_one):
        (printer,) = farm_of_one.printers
        client = PrinterClient(printer)
        printer.cut()
        printer.wait(lambda printer: len(client.answer) == 2)
        client.close()

    def test_switched_off_nobody_gets_in(self, farm_of_one):
        (printer,) = farm_of_one.printers
        port = printer.address.port
        farm_of_one.switch_off_network()
        with pytest.raises(OSError, match="refused"):
            PrinterClient(printer)
        farm_of_one.switch_on_network()
        assert printer.address.port == port
        client = PrinterClient(printer)
        assert client.answer == [0]
        client.close()

    def test_an_acknowledgement_that_is_lost(self, farm_of_one):
        """The trap of QoS 1: paho sends the start again after it has reconnected."""
        (printer,) = farm_of_one.printers
        client = PrinterClient(printer)
        client.send(commands.push_all())
        client.until(lambda message: "print" in message)
        printer.door_faults.lost_acknowledgements = 1
        client.send(commands.project_file(5, ProjectFile("a", "a", 77, [0])))
        printer.wait(lambda printer: len(printer.asked("project_file")) == 2)
        client.close()

    def test_silence(self, farm_of_one, follow):
        (printer,) = farm_of_one.printers
        follower = follow(printer)
        follower.until(lambda view: view.is_free)
        printer.be_silent(wakes_on="start")
        with pytest.raises(queue.Empty):  # what was on its way comes yet
            while True:
                follower.client.until(lambda message: True, seconds=0.5)
        follower.client.send(commands.push_all())
        with pytest.raises(queue.Empty):
            follower.client.until(lambda message: True, seconds=0.3)
        follower.client.send(commands.push_start())
        follower.client.until(lambda message: len(message.get("print", {})) > 40)

    def test_another_code_and_another_certificate(self, farm_of_one):
        (printer,) = farm_of_one.printers
        before = ssl.get_server_certificate(("127.0.0.1", printer.address.port))
        old = printer.address.access_code
        assert printer.change_access_code() == printer.address.access_code != old
        refused = PrinterClient(printer, code=old)
        refused.close()
        assert refused.answer[0] == 134
        printer.change_certificate()
        assert ssl.get_server_certificate(("127.0.0.1", printer.address.port)) != before

    def test_the_cloud_has_all_printers_on_one_port(self):
        with SimulatedFarm(["X1C", "A1"], interval=0.03, with_files=False, with_cloud=True) as farm:
            context = ssl.create_default_context(cafile=farm.ca_file)
            client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
            client.username_pw_set(CLOUD_USER, farm.cloud_token)
            client.tls_set_context(context)
            topics = queue.Queue()
            reports = [commands.report_topic(printer.serial) for printer in farm.printers]
            client.on_connect = lambda *_: client.subscribe([(topic, 0) for topic in reports])
            client.on_message = lambda _client, _data, message: topics.put((message.topic, json.loads(message.payload)))
            host, port = farm.cloud_host.split(":")
            client.connect(host, int(port))
            client.loop_start()
            heard = {topics.get(timeout=10)[0] for _ in range(6)}
            assert heard == set(reports)
            farm.printers[0].switch_off()
            while "event" not in (message := topics.get(timeout=10)[1]):
                pass
            assert message == {"event": {"event": "client.disconnected"}}
            client.disconnect()
            client.loop_stop()


class TestFiles:
    @pytest.fixture(scope="class")
    @classmethod
    def printers(cls):
        with SimulatedFarm(["X1C", "A1"]) as farm:
            yield farm.printers

    @contextlib.contextmanager
    def signed_in(self, printer, *, code=None, is_private=True):
        ftp = Ftps(printer, is_private=is_private)
        try:
            ftp.login("bblp", code or printer.address.access_code)
            if is_private:
                ftp.prot_p()
            yield ftp
        finally:
            ftp.close()

    def test_an_upload_and_one_that_goes_on(self, printers):
        with self.signed_in(printers[0]) as ftp:
            with pytest.raises(ftplib.error_perm, match="550"):
                ftp.size("a.gcode.3mf")
            ftp.storbinary("STOR a.gcode.3mf", io.BytesIO(b"x" * 100_000))
            assert ftp.size("a.gcode.3mf") == 100_000
            ftp.storbinary("STOR a.gcode.3mf", io.BytesIO(b"y" * 50), rest=100_000)
            assert printers[0].files()["a.gcode.3mf"] == 100_050

    def test_an_x1c_wants_the_session_again(self, printers):
        with self.signed_in(printers[0]) as ftp:
            ftp.reuses_session = False
            with pytest.raises((OSError, ftplib.error_perm)):
                ftp.storbinary("STOR other.3mf", io.BytesIO(b"x"))
        assert "other.3mf" not in printers[0].files()

    def test_an_a1_takes_data_in_the_clear_alone(self, printers):
        with self.signed_in(printers[1], is_private=False) as ftp:
            ftp.storbinary("STOR a.3mf", io.BytesIO(b"x" * 1000))
        assert printers[1].files() == {"a.3mf": 1000}

    def test_refusals_and_breaks(self, printers):
        with pytest.raises(ftplib.error_perm, match="530"):
            with self.signed_in(printers[0], code="00000000"):
                pass
        printers[0].file_faults.refused_uploads = 1
        with self.signed_in(printers[0]) as ftp:
            with pytest.raises(ftplib.error_perm, match="552"):
                ftp.storbinary("STOR full.3mf", io.BytesIO(b"x"))
        printers[0].file_faults.cut_after = 300
        with self.signed_in(printers[0]) as ftp:
            with pytest.raises((EOFError, OSError)):
                ftp.storbinary("STOR half.3mf", io.BytesIO(b"x" * 100_000))
        assert printers[0].files()["half.3mf"] == 300

    def test_switched_off_it_takes_no_files(self, printers):
        port = printers[0].address.files_port
        printers[0].switch_off()
        with pytest.raises(OSError, match="refused"), self.signed_in(printers[0]):
            pass
        printers[0].switch_on()
        assert printers[0].address.files_port == port
        with self.signed_in(printers[0]) as ftp:
            assert ftp.size("a.gcode.3mf") == 100_050


class TestFolder:
    def test_a_farm_that_is_started_again_is_the_same_one(self, tmp_path):
        with SimulatedFarm(["P1S"], folder=tmp_path, with_files=False) as farm:
            before = farm.addresses()
            shown = ssl.get_server_certificate(("127.0.0.1", before[0].port))
        with SimulatedFarm(["P1S", "A1"], folder=tmp_path, with_files=False) as farm:
            assert farm.addresses()[:1] == before
            assert len(farm.addresses()) == 2
            assert ssl.get_server_certificate(("127.0.0.1", before[0].port)) == shown


class Ftps(ftplib.FTP_TLS):
    """Implicit TLS, and the session of the control connection again."""

    def __init__(self, printer: SimulatedPrinter, *, is_private: bool) -> None:
        context = ssl._create_unverified_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        super().__init__(context=context, timeout=10)
        self.reuses_session = True
        self.host = "127.0.0.1"
        self.sock = context.wrap_socket(socket.create_connection((self.host, printer.address.files_port), 10))
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding="utf-8")
        self.welcome = self.getresp()

    def login(self, user, password):
        return ftplib.FTP.login(self, user, password)

    def ntransfercmd(self, cmd, rest=None):
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            data = self.context.wrap_socket(data, session=self.sock.session if self.reuses_session else None)
        return data, size

    def storbinary(self, cmd, fp, rest=None):
        with self.transfercmd(cmd, rest) as data:
            data.sendall(fp.read())
        return self.voidresp()
