"""Files onto a printer: implicit FTPS, as printers speak it.

Slow (75 to 150 KB/s), so the deadline follows from the size; what broke off is gone on with. The data connection uses
the session of the control connection again, which X1C and P1S insist on, and is not shut down under TLS at its end,
which hangs. An A1 takes data in the clear only.
"""

import contextlib
import ftplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Final

from printshop.gateways import lan, printer_tls

CONNECT_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 60.0
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


def file_size(place: FilePlace, name: str) -> int | None:
    """Of a file in the root folder; None when it is not there. Raises FileRefused and FileNotSent."""
    with _words_for_errors():
        with _signed_in(place) as printer:
            return _size(printer, name)


def file_send(
    place: FilePlace, name: str, source: IO[bytes], size: int, *, is_over: Callable[[], bool] = lambda: False
) -> None:
    """Put it into the root folder; returns once the printer has all of it. `name` must stand for one content only: a
    part that is there is gone on with. Given up when `is_over` says so. Raises FileRefused and FileNotSent."""
    deadline = time.monotonic() + max(LEAST_SECONDS, size / SLOWEST)
    for number in range(TRIES):
        try:
            with _words_for_errors():
                with _signed_in(place) as printer:
                    if _send(printer, name, source, size, deadline, is_over):
                        return
        except FileNotSent:
            if number + 1 == TRIES or time.monotonic() > deadline or is_over():
                raise
        time.sleep(PAUSE_SECONDS)
    raise FileNotSent("The printer has not kept the whole file.")


def _send(
    printer: "_Printer", name: str, source: IO[bytes], size: int, deadline: float, is_over: Callable[[], bool]
) -> bool:
    there = _size(printer, name) or 0
    if there == size:
        return True
    if there > size:
        printer.delete(name)
        there = 0
    source.seek(there)
    try:
        printer.store(name, source, there, deadline, is_over)
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
    except (ftplib.Error, EOFError, OSError) as error:
        raise FileNotSent(f"The printer's files cannot be reached ({type(error).__name__}).") from None


@contextlib.contextmanager
def _signed_in(place: FilePlace) -> Any:
    printer = _Printer(place)
    try:
        printer.sign_in()
        yield printer
    finally:
        printer.close()


class _Printer(ftplib.FTP_TLS):
    def __init__(self, place: FilePlace) -> None:
        super().__init__(timeout=ANSWER_SECONDS, encoding="utf-8")
        self._place = place

    def sign_in(self) -> None:
        place = self._place
        connection = lan.connected(place.host, place.port, seconds=CONNECT_SECONDS)
        self.sock: ssl.SSLSocket = printer_tls.secured(
            connection, serial=place.serial, certificate=place.certificate, ca_file=place.ca_file
        )
        self.sock.settimeout(ANSWER_SECONDS)
        self.af = self.sock.family
        self.host = self.sock.getpeername()[0]
        self.file = self.sock.makefile("r", encoding=self.encoding)  # type: ignore[assignment]
        self.welcome = self.getresp()
        super(ftplib.FTP_TLS, self).login("bblp", place.access_code)
        self.voidcmd("TYPE I")
        if place.model not in CLEAR_DATA:
            self.prot_p()

    def store(self, name: str, source: IO[bytes], start: int, deadline: float, is_over: Callable[[], bool]) -> None:
        data = self.transfercmd(f"STOR {name}", start or None)
        try:
            while block := source.read(BLOCK):
                left = deadline - time.monotonic()
                if left <= 0 or is_over():
                    raise TimeoutError
                data.settimeout(min(left, ANSWER_SECONDS))
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
