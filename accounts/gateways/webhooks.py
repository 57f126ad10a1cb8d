"""One message over HTTP to an address that somebody gave. Nothing of the answer is kept but its status."""

import http.client
import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from typing import Any, Final
from urllib.parse import urljoin

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from accounts.gateways.webhook_addresses import AddressRefused, Target, resolved, target_of

SECONDS: Final = 15.0
"""For one request, from connecting to the end of the answer, however slowly it comes."""
SECONDS_TO_CONNECT: Final = 5.0
MOST_ADDRESSES: Final = 3
MOST_REDIRECTS: Final = 3
REDIRECTS: Final = frozenset({301, 302, 307, 308})
"""The message is sent again to where these lead. 303 asks for a GET, which delivers nothing."""
LONGEST_ANSWER: Final = 64 * 1024
LONGEST_WAIT: Final = 86_400


class NotTaken(Exception):
    """In words that hold nothing of the answer; `status` where there was one, `retry_after` in seconds when it said."""

    def __init__(self, words: str, *, status: int | None = None, retry_after: int = 0) -> None:
        super().__init__(words)
        self.status, self.retry_after = status, retry_after


def webhook_post(url: str, *, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer, 200 to 299. Each address on the way is looked at before anything is sent there, and
    connected to where it was found to lead. Raises NotTaken."""
    for _hop in range(MOST_REDIRECTS + 1):
        try:
            target = target_of(url)
            status, answer = _post(target, body, headers)
            if 200 <= status < 300:
                return status
            location = answer.get("Location", "")
            if status not in REDIRECTS or not location:
                raise NotTaken(f"answered {status}", status=status, retry_after=_seconds(answer.get("Retry-After", "")))
            url = urljoin(url, location)
        except AddressRefused as refusal:
            raise NotTaken(f"refused: {refusal}") from None
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise NotTaken(f"not reached: {_kind_of(error)}") from None
    raise NotTaken("redirected too often")


def _post(target: Target, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
    """Status and headers of the answer."""
    connection = _connected(target, resolved(target)[:MOST_ADDRESSES])
    try:
        connection.request(
            "POST", target.path, body=body, headers={**headers, "Host": target.host_header}, preload_content=False
        )
        answer = connection.getresponse()
        with suppress(HTTPError, http.client.HTTPException, OSError, ValueError):
            answer.read(LONGEST_ANSWER)  # so that the other side is not cut off while it writes a few words
        return answer.status, answer.headers
    finally:
        connection.close()


def _connected(target: Target, addresses: list[str]) -> "_Watched":
    """To the first that answers; the last one's error is raised."""
    for address in addresses[:-1]:
        with suppress(HTTPError, OSError):
            return _connected(target, [address])
    connection: _Watched
    if target.is_https:
        connection = _WatchedTLS(
            addresses[-1],
            target.port,
            timeout=SECONDS_TO_CONNECT,
            server_hostname=target.host,
            assert_hostname=target.host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(),
        )
    else:
        connection = _Watched(addresses[-1], target.port, timeout=SECONDS_TO_CONNECT)
    try:
        connection.connect()
        assert connection.sock is not None  # noqa: S101 (it is connected)
        connection.sock.settimeout(SECONDS)
    except BaseException:
        connection.close()
        raise
    return connection


class _Watched(HTTPConnection):
    """Cut off when its time is over, in whatever it waits for: a time-out of a socket begins anew with each byte."""

    _watched: socket.socket | None = None
    _watch: Timer | None = None

    def _new_conn(self) -> socket.socket:
        found = super()._new_conn()
        self._watched = found.dup()  # TLS takes the first one over
        self._watch = Timer(SECONDS, self._cut)
        self._watch.daemon = True
        self._watch.start()
        return found

    def _cut(self) -> None:
        if self._watched is not None:
            with suppress(OSError):
                self._watched.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if self._watched is not None:
            self._watched.close()
        super().close()


class _WatchedTLS(_Watched, HTTPSConnection):
    pass


def _seconds(text: Any) -> int:
    return min(int(text), LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _kind_of(error: Exception) -> str:
    """Not its words: they may repeat addresses and what was answered."""
    return type(error.__cause__ or error.__context__ or error).__name__
