"""Files onto printers, over their FTPS."""

import contextlib
import io
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from printshop.gateways import printer_files
from printshop.gateways.printer_files import FileNotSent, FilePlace, FileRefused, file_send, file_size
from printshop.simulator.farm import SimulatedFarm
from printshop.simulator.printer import SimulatedPrinter

CONTENT = bytes(range(256)) * 2000


@pytest.fixture(scope="module")
def farm() -> Iterator[SimulatedFarm]:
    with SimulatedFarm(["X1C", "P1S", "A1", "H2D"], interval=60) as farm:
        yield farm


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(printer_files, "PAUSE_SECONDS", 0.05)


def place(printer: SimulatedPrinter, **columns) -> FilePlace:
    at = printer.address
    values: dict[str, Any] = {
        "host": at.host,
        "port": at.files_port,
        "access_code": at.access_code,
        "serial": at.serial_number,
        "model": printer.shape.name,
    }
    return FilePlace(**values | columns)


def send(at: FilePlace, name: str, content: bytes = CONTENT, **options) -> None:
    file_send(at, name, io.BytesIO(content), len(content), **options)


@pytest.mark.parametrize("number", range(4))
def test_every_shape_takes_a_file(farm, number):
    printer = farm.printers[number]
    assert file_size(place(printer), "gear.gcode.3mf") is None
    send(place(printer), "gear.gcode.3mf")
    assert file_size(place(printer), "gear.gcode.3mf") == len(CONTENT)
    assert (printer.folder / "files" / "gear.gcode.3mf").read_bytes() == CONTENT


def test_a_file_that_is_there_is_not_sent_again(farm):
    send(place(farm.printers[0]), "there.gcode.3mf")

    class Unread(io.BytesIO):
        def read(self, *_arguments):
            raise AssertionError

    file_send(place(farm.printers[0]), "there.gcode.3mf", Unread(CONTENT), len(CONTENT))


def test_what_broke_off_is_gone_on_with(farm):
    printer = farm.printers[1]
    printer.file_faults.cut_after = 100_000
    reads: list[int] = []

    class Watched(io.BytesIO):
        def seek(self, offset, *arguments):
            reads.append(offset)
            return super().seek(offset, *arguments)

    file_send(place(printer), "cut.gcode.3mf", Watched(CONTENT), len(CONTENT))
    assert (printer.folder / "files" / "cut.gcode.3mf").read_bytes() == CONTENT
    assert reads[0] == 0
    assert 0 < reads[1] <= 100_000


def test_a_longer_file_of_that_name_is_replaced(farm):
    send(place(farm.printers[0]), "long.gcode.3mf", CONTENT + b"more")
    send(place(farm.printers[0]), "long.gcode.3mf")
    assert (farm.printers[0].folder / "files" / "long.gcode.3mf").read_bytes() == CONTENT


def test_a_printer_without_space_is_not_asked_again(farm):
    farm.printers[0].file_faults.refused_uploads = 5
    with pytest.raises(FileRefused, match="552"):
        send(place(farm.printers[0]), "full.gcode.3mf")
    assert farm.printers[0].file_faults.refused_uploads == 4
    farm.printers[0].file_faults.refused_uploads = 0


def test_a_wrong_access_code_is_said_and_not_in_the_words(farm):
    with pytest.raises(FileRefused, match="access code") as refusal:
        send(place(farm.printers[0], access_code="00000000"), "x.gcode.3mf")
    assert "00000000" not in str(refusal.value)
    assert "00000000" not in repr(place(farm.printers[0], access_code="00000000"))


def test_another_certificate_gets_no_access_code(farm):
    with pytest.raises(FileRefused, match="another certificate"):
        send(place(farm.printers[0], certificate="0" * 64), "x.gcode.3mf")


def test_a_ca_vouches_for_the_data_connection_too(farm):
    at = place(farm.printers[0], ca_file=str(farm.ca_file))
    send(at, "vouched.gcode.3mf")
    with pytest.raises(FileRefused, match="made out to"):
        send(place(farm.printers[0], ca_file=str(farm.ca_file), serial="00M00A000000009"), "x.gcode.3mf")


def test_a_printer_that_is_away_or_silent_may_be_tried_later(farm, monkeypatch):
    monkeypatch.setattr(printer_files, "TRIES", 1)
    with pytest.raises(FileNotSent):
        send(place(farm.printers[0], port=1), "x.gcode.3mf")
    monkeypatch.setattr(printer_files, "ANSWER_SECONDS", 0.3)
    farm.printers[0].file_faults.is_silent = True
    try:
        with pytest.raises(FileNotSent, match="too long"):
            send(place(farm.printers[0]), "x.gcode.3mf")
    finally:
        farm.printers[0].file_faults.is_silent = False


def test_the_deadline_follows_from_the_size(farm, monkeypatch):
    monkeypatch.setattr(printer_files, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(printer_files, "SLOWEST", 10**12)
    with pytest.raises(FileNotSent):
        send(place(farm.printers[0]), "late.gcode.3mf")


def test_it_is_given_up_when_the_bridge_ends(farm):
    began = time.monotonic()
    with pytest.raises(FileNotSent):
        send(place(farm.printers[0]), "over.gcode.3mf", is_over=lambda: True)
    assert time.monotonic() - began < 2


def test_link_local_addresses_are_never_connected_to():
    with pytest.raises(FileRefused, match="not reached"):
        send(FilePlace("169.254.169.254", 990, "12345678", "", "P1S"), "x.gcode.3mf")


class Talker:
    """Takes a connection, and says a word again and again; TLS is left away."""

    def __init__(self, words: bytes, pause: float) -> None:
        self.words, self.pause = words, pause
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._talk, daemon=True).start()

    def _talk(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self.listener.accept()
            with connection:
                while True:
                    connection.sendall(self.words)
                    time.sleep(self.pause)

    @property
    def place(self) -> FilePlace:
        return FilePlace("127.0.0.1", self.listener.getsockname()[1], "12345678", "", "P1S")


@pytest.fixture
def in_the_clear(monkeypatch) -> None:
    monkeypatch.setattr(printer_files.printer_tls, "secured", lambda connection, **_about: connection)
    monkeypatch.setattr(printer_files, "LOOK_EVERY", 0.05)


@pytest.mark.parametrize("words", [b"2", b"220-x\r\n"])
def test_what_says_a_little_for_ever_holds_nobody_for_ever(in_the_clear, monkeypatch, words):
    monkeypatch.setattr(printer_files, "LEAST_SECONDS", 0.3)
    monkeypatch.setattr(printer_files, "SLOWEST", 10**12)
    monkeypatch.setattr(printer_files, "SIZE_SECONDS", 0.3)
    began = time.monotonic()
    with pytest.raises(FileNotSent, match="too long"):
        send(Talker(words, 0.05).place, "x.gcode.3mf")
    with pytest.raises(FileNotSent, match="too long"):
        file_size(Talker(words, 0.05).place, "x.gcode.3mf")
    assert time.monotonic() - began < 5


def test_what_is_called_off_while_the_printer_dawdles_ends_at_once(in_the_clear):
    over = threading.Event()
    threading.Timer(0.2, over.set).start()
    with pytest.raises(FileNotSent):
        send(Talker(b"220-x\r\n", 0.05).place, "x.gcode.3mf", is_over=over.is_set)


@pytest.mark.parametrize(
    "words", [b"220-" + b"x" * 1000 + b"\r\n", b"\xff\xfe\r\n", b"220 \r\n227 (127,0,0,1,99999,1)\r\n"]
)
def test_nonsense_is_no_more_than_a_file_that_was_not_sent(in_the_clear, monkeypatch, words):
    monkeypatch.setattr(printer_files, "TRIES", 1)
    with pytest.raises((FileNotSent, FileRefused)):
        send(Talker(words, 0).place, "x.gcode.3mf")


def test_a_name_is_not_looked_up_for_ever(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(printer_files.lan, "NAME_SECONDS", 0.1)
    monkeypatch.setattr(printer_files.lan, "resolved", lambda *_arguments: over.wait(5))
    monkeypatch.setattr(printer_files, "TRIES", 1)
    try:
        with pytest.raises(FileNotSent):
            send(FilePlace("printer.local", 990, "12345678", "", "P1S"), "x.gcode.3mf")
    finally:
        over.set()
