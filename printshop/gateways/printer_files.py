"""Files onto a printer: implicit FTPS, as printers speak it.

Slow (75 to 150 KB/s), so the deadline follows from the size; what broke off is gone on with. The data connection uses
the session of the control connection again, which X1C and P1S insist on, and is not shut down under TLS at its end,
which hangs. An A1 takes data in the clear only.
"""

import contextlib
import ftplib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Final

from printshop.gateways import lan, printer_tls

CONNECT_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 60.0
SIZE_SECONDS: Final = 60.0
"""For all of it."""
LOOK_EVERY: Final = 0.5
MOST_SAID: Final = 64 * 1024
"""Characters on one control connection."""
SLOWEST: Final = 25 * 1024
"""Bytes a second."""
LEAST_SECONDS: Final = 600.0
TRIES: Final = 4
PAUSE_SECONDS: Final = 3.0
BLOCK: Final = 64 * 1024
CLEAR_DATA: Final = frozenset({"A1", "A1 mini"})


class FileRefused(Exception):
    """The printer does not take it, and would not take it again: access code, name, space."""


class FileNotSent(Exception):
    """The printer does not answer, or too slowly. It may be tried later."""


@dataclass(frozen=True)
class FilePlace:
    """Where the files of a printer are."""

    host: str
    port: int
    access_code: str
    serial: str
    model: str
    certificate: str = ""
    ca_file: str = ""

    def __repr__(self) -> str:
        return f"FilePlace({self.host}:{self.port})"


def file_size(place: FilePlace, name: str, *, is_over: Callable[[], bool] = lambda: False) -> int | None:
    """Of a file in the root folder; None when it is not there. Given up when `is_over` says so. Raises FileRefused and
    FileNotSent."""
    until = time.monotonic() + SIZE_SECONDS
    with _words_for_errors():
        with _signed_in(place, lambda: is_over() or time.monotonic() > until) as printer:
            return _size(printer, name)


def file_send(
    place: FilePlace, name: str, source: IO[bytes], size: int, *, is_over: Callable[[], bool] = lambda: False
) -> None:
    """Put it into the root folder; returns once the printer has all of it. `name` must stand for one content only: a
    part that is there is gone on with. Given up when `is_over` says so. Raises FileRefused and FileNotSent."""
    deadline = time.monotonic() + max(LEAST_SECONDS, size / SLOWEST)

    def is_too_late() -> bool:
        return is_over() or time.monotonic() > deadline

    for number in range(TRIES):
        try:
            with _words_for_errors():
                with _signed_in(place, is_too_late) as printer:
                    if _send(printer, name, source, size):
                        return
        except FileNotSent:
            if number + 1 == TRIES or is_too_late():
                raise
        time.sleep(PAUSE_SECONDS)
    raise FileNotSent("The printer has not kept the whole file.")


def _send(printer: "_Printer", name: str, source: IO[bytes], size: int) -> bool:
    there = _size(printer, name) or 0
    if there == size:
        return True
    if there > size:
        printer.delete(name)
        there = 0
    source.seek(there)
    try:
        printer.store(name, source, there)
    except ftplib.error_perm as error:
        if not there or not _is_about_resuming(error):
            raise
        printer.delete(name)  # it cannot go on in the middle of a file
        return False
    return _size(printer, name) == size


def _size(printer: "_Printer", name: str) -> int | None:
    try:
        return printer.size(name)
    except ftplib.error_perm as error:
        if str(error).startswith("550"):
            return None
        raise


def _is_about_resuming(error: ftplib.error_perm) -> bool:
    return str(error)[:3] in {"500", "501", "502", "504", "550", "554"}


@contextlib.contextmanager
def _words_for_errors() -> Any:
    try:
        yield
    except ftplib.error_perm as error:
        if str(error).startswith("530"):
            raise FileRefused("The printer does not take the access code.") from None
        raise FileRefused(f"The printer does not take the file ({str(error)[:3]}).") from None
    except (lan.HostRefused, printer_tls.CertificateRefused, printer_tls.CertificateChanged) as error:
        raise FileRefused(str(error)) from None
    except TimeoutError:
        raise FileNotSent("The printer took too long to take the file.") from None
    except (ftplib.Error, EOFError, OSError, ValueError, OverflowError) as error:
        raise FileNotSent(f"The printer's files cannot be reached ({type(error).__name__}).") from None


@contextlib.contextmanager
def _signed_in(place: FilePlace, is_over: Callable[[], bool]) -> Any:
    """A printer that says a little now and then is not waited for longer than one that says nothing: when `is_over`
    says so, its connections are shut down, whatever they are waiting for."""
    if is_over():
        raise TimeoutError
    printer, done = _Printer(place), threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_EVERY):
            if is_over():
                printer.shut()
                return

    watcher = threading.Thread(target=watch, name="files: time", daemon=True)
    watcher.start()
    try:
        printer.sign_in()
        yield printer
    except Exception:
        if printer.is_shut:
            raise TimeoutError from None
        raise
    finally:
        done.set()
        printer.close()


class _Printer(ftplib.FTP_TLS):
    def __init__(self, place: FilePlace) -> None:
        super().__init__(timeout=ANSWER_SECONDS, encoding="utf-8")
        self._place = place
        self._data: socket.socket | None = None
        self._said = 0
        self.is_shut = False

    def shut(self) -> None:
        """From another thread: what is being read or written ends at once."""
        self.is_shut = True
        for each in (self.sock, self._data):
            if each is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(each, socket.SHUT_RDWR)  # TLS' own would take its state away under a read

    def _check(self) -> None:
        if self.is_shut:
            raise TimeoutError

    def getline(self) -> str:
        line = super().getline()
        self._said += len(line)
        if self._said > MOST_SAID:
            raise OSError("It says too much.")
        return line

    def sign_in(self) -> None:
        place = self._place
        connection = lan.connected(place.host, place.port, seconds=CONNECT_SECONDS)
        self.sock: ssl.SSLSocket = printer_tls.secured(
            connection, serial=place.serial, certificate=place.certificate, ca_file=place.ca_file
        )
        self._check()
        self.sock.settimeout(ANSWER_SECONDS)
        self.af = self.sock.family
        self.host = self.sock.getpeername()[0]
        self.file = self.sock.makefile("r", encoding=self.encoding)  # type: ignore[assignment]
        self.welcome = self.getresp()
        super(ftplib.FTP_TLS, self).login("bblp", place.access_code)
        self.voidcmd("TYPE I")
        if place.model not in CLEAR_DATA:
            self.prot_p()

    def store(self, name: str, source: IO[bytes], start: int) -> None:
        self._data = data = self.transfercmd(f"STOR {name}", start or None)
        try:
            while block := source.read(BLOCK):
                self._check()
                data.settimeout(ANSWER_SECONDS)
                data.sendall(block)
        finally:
            data.close()  # without a goodbye of TLS: printers do not answer it
        self.voidresp()

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[Any, int | None]:
        data, size = super(ftplib.FTP_TLS, self).ntransfercmd(cmd, rest)
        if self._prot_p:  # type: ignore[attr-defined]
            place = self._place
            try:
                wrapped = self.sock.context.wrap_socket(
                    data, server_hostname=place.serial or None, session=self.sock.session
                )
                printer_tls.judged(wrapped, serial=place.serial, certificate=place.certificate, ca_file=place.ca_file)
            except BaseException:
                data.close()
                raise
            return wrapped, size
        return data, size

    def makepasv(self) -> tuple[str, int]:
        """To the same address, whatever the printer says: it may not send us elsewhere."""
        return self.host, super().makepasv()[1]
