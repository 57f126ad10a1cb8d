"""One message over HTTP to an address that somebody gave. Nothing of the answer is kept but its status."""

import http.client
import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from typing import Final
from urllib.parse import urljoin

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from accounts.gateways.webhook_addresses import AddressRefused, Target, resolved, target_of

SECONDS: Final = 15.0
"""For one request, from connecting to the end of the answer, however slowly it comes."""
SECONDS_TO_CONNECT: Final = 5.0
MOST_REDIRECTS: Final = 3
REDIRECTS: Final = frozenset({301, 302, 307, 308})
"""The message is sent again to where these lead. 303 asks for a GET, which delivers nothing."""
LONGEST_ANSWER: Final = 64 * 1024


class NotTaken(Exception):
    """In words that hold nothing of the answer; `status` where there was one, `retry_after` in seconds when it said."""

    def __init__(self, words: str, *, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(words)
        self.status, self.retry_after = status, retry_after


def webhook_post(url: str, *, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer, 200 to 299. Each address on the way is looked at before anything is sent there, and
    connected to where it was found to lead. Raises NotTaken."""
    for _hop in range(MOST_REDIRECTS + 1):
        try:
            target = target_of(url)
            status, location, retry_after = _post(target, resolved(target), body, headers)
        except AddressRefused as refusal:
            raise NotTaken(f"refused: {refusal}") from None
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise NotTaken(_worded(error)) from None
        if 200 <= status < 300:
            return status
        if status not in REDIRECTS or not location:
            raise NotTaken(f"answered {status}", status=status, retry_after=retry_after)
        try:
            url = urljoin(url, location)
        except ValueError:
            raise NotTaken("redirected to no address", status=status) from None
    raise NotTaken("redirected too often")


def _post(target: Target, address: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str | None, int | None]:
    """Status, Location and Retry-After. Connects to `address`; name and certificate are those of the target."""
    if target.is_https:
        connection: HTTPConnection = HTTPSConnection(
            address,
            target.port,
            timeout=SECONDS_TO_CONNECT,
            server_hostname=target.host,
            assert_hostname=target.host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(),
        )
    else:
        connection = HTTPConnection(address, target.port, timeout=SECONDS_TO_CONNECT)
    watch = Timer(SECONDS, _cut, [connection])
    watch.daemon = True
    watch.start()
    try:
        connection.connect()
        if connection.sock is not None:
            connection.sock.settimeout(SECONDS)
        connection.request(
            "POST", target.path, body=body, headers={**headers, "Host": target.host_header}, preload_content=False
        )
        answer = connection.getresponse()
        answer.read(LONGEST_ANSWER)  # so that the other side is not cut off while it writes a few words
        wait = answer.headers.get("Retry-After", "")
        retry_after = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 7 else None
        return answer.status, answer.headers.get("Location"), retry_after
    finally:
        watch.cancel()
        connection.close()


def _cut(connection: HTTPConnection) -> None:
    """The time is over: whoever waits at the socket gets an error."""
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _worded(error: Exception) -> str:
    """The kind of error alone: its words may repeat addresses and what was answered."""
    cause = error.__cause__ or error.__context__ or error
    return f"not reached: {type(cause).__name__}"
