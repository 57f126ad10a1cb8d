"""One MQTT connection to one printer, on the event loop: no thread of its own, and no second life.

paho speaks MQTT; reading, writing and timing are the loop's. A client is used for one connection and then thrown away:
paho repeats after a reconnect what was not acknowledged, and a start that is sent twice may print twice.
"""

import asyncio
import contextlib
import itertools
import logging
import os
import socket
import ssl
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson
from paho.mqtt import client as mqtt

from printshop.bambu import commands
from printshop.gateways import lan, printer_tls

logger = logging.getLogger(__name__)

KEEPALIVE: Final = 30
MOST_BYTES: Final = 512 * 1024
"""Of one message. A full report has some ten thousand."""
MESSAGES_AT_ONCE: Final = 50
"""Of one printer, before the others get their turn."""
CONNECT_SECONDS: Final = 10.0
WRONG_CREDENTIALS: Final = frozenset({134, 135})
"""CONNACK 4 and 5 of MQTT 3.1.1, as paho says them."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """Where a printer is and how to get in. `is_cloud`: a broker with a public certificate of the host's name."""

    host: str
    port: int
    user: str
    password: str
    serial: str
    certificate: str = ""
    ca_file: str = ""
    is_cloud: bool = False

    def __repr__(self) -> str:
        return f"Place({self.host}:{self.port})"


class Heard(Protocol):
    """Who is told what the connection goes through."""

    def connection_up(self, connection: "Connection") -> None: ...

    def connection_refused(self, connection: "Connection") -> None:
        """The credentials are wrong."""

    def connection_message(self, connection: "Connection", payload: bytes) -> None: ...

    def connection_down(self, connection: "Connection") -> None:
        """It broke, or the broker ended it. Told once, and not after `close`."""


class _Client(mqtt.Client):
    """On a connection that is there already: paho can neither send a serial number as SNI nor pin a certificate."""

    def __init__(self, connection: ssl.SSLSocket, client_id: str) -> None:
        super().__init__(mqtt.CallbackAPIVersion.VERSION2, client_id, clean_session=True, protocol=mqtt.MQTTv311)
        self._given = connection

    def _create_socket(self) -> Any:
        return self._given

    @property
    def size_of_message(self) -> int:
        """Of the one that is being read."""
        return self._in_packet["remaining_length"]


class Connection:
    """Made with `opened`; speaks as soon as `begin` is called."""

    def __init__(self, connection: ssl.SSLSocket, shown: printer_tls.Shown, place: Place) -> None:
        self.shown = shown
        self.serial = place.serial or shown.serial
        self._loop = asyncio.get_running_loop()
        self._socket = connection
        self._listener: Heard | None = None
        # Two clients with one id throw each other out.
        self._client = client = _Client(connection, f"atelier-{self.serial[-12:]}-{os.getpid()}-{next(_numbers)}")
        client.username_pw_set(place.user, place.password)
        client.max_inflight_messages_set(1000)  # printers do not acknowledge reliably; 20 would be used up
        client.suppress_exceptions = False
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = self._on_open
        client.on_socket_close = self._on_close
        client.on_socket_register_write = self._on_write
        client.on_socket_unregister_write = self._on_no_write
        client.connect_async(place.host, place.port, KEEPALIVE)

    def begin(self, listener: Heard) -> None:
        self._listener = listener
        try:
            self._client.reconnect()
        except (OSError, ValueError):
            self._broken()

    def subscribe(self) -> None:
        self._client.subscribe(commands.report_topic(self.serial), 0)

    def publish(self, message: dict[str, Any]) -> bool:
        """QoS 1. False when it cannot be handed over: whether it went out is not known then."""
        if self._listener is None:
            return False
        done = self._client.publish(commands.request_topic(self.serial), orjson.dumps(message), qos=1)
        return done.rc == mqtt.MQTT_ERR_SUCCESS

    def keep_alive(self) -> None:
        """To be called every few seconds."""
        if self._listener is not None:
            self._client.loop_misc()

    def close(self) -> None:
        """Nothing is told any more. Safe inside a callback, where paho's lock is held: it is to call none from here."""
        self._listener = None
        self._forget()
        self._client.on_disconnect = None
        self._client.on_socket_close = self._client.on_socket_register_write = None
        self._client.on_socket_unregister_write = None
        with contextlib.suppress(OSError, ValueError):
            self._client.disconnect()
            self._client.loop_write()
        self._let_go()

    # ---------------------------------------------------------------- paho's callbacks
    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self._listener is None:
            return
        if not reason.is_failure:
            self._listener.connection_up(self)
        elif reason.value in WRONG_CREDENTIALS:
            listener, self._listener = self._listener, None
            listener.connection_refused(self)

    def _on_disconnect(self, *_arguments: Any) -> None:
        self._broken()

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        if self._listener is not None:
            self._listener.connection_message(self, bytes(message.payload))

    def _on_open(self, _client: Any, _data: Any, connection: Any) -> None:
        self._loop.add_reader(connection.fileno(), self._readable)

    def _on_close(self, _client: Any, _data: Any, connection: Any) -> None:
        if connection.fileno() >= 0:
            self._loop.remove_reader(connection.fileno())
            self._loop.remove_writer(connection.fileno())

    def _on_write(self, _client: Any, _data: Any, connection: Any) -> None:
        if connection.fileno() >= 0:
            self._loop.add_writer(connection.fileno(), self._writable)

    def _on_no_write(self, _client: Any, _data: Any, connection: Any) -> None:
        if connection.fileno() >= 0:
            self._loop.remove_writer(connection.fileno())

    # ---------------------------------------------------------------- the loop's
    def _readable(self) -> None:
        for _ in range(MESSAGES_AT_ONCE):
            if self._listener is None:
                return
            try:
                self._client.loop_read()
            except Exception as error:  # paho's on what is no MQTT, and ours
                self._trouble(error)
                return
            if self._listener is None or self._client.socket() is None:
                return
            if self._client.size_of_message > MOST_BYTES:
                logger.warning("a printer sends a message of %s bytes; cut off", self._client.size_of_message)
                self._broken()
                return
            if not self._socket.pending():
                return
        self._loop.call_soon(self._readable)  # what is decrypted already wakes no selector

    def _writable(self) -> None:
        try:
            self._client.loop_write()
        except Exception as error:
            self._trouble(error)

    def _trouble(self, error: Exception) -> None:
        if not isinstance(error, OSError):
            logger.error("the connection to %s is given up", self.serial, exc_info=error)
        self._broken()

    def _broken(self) -> None:
        listener, self._listener = self._listener, None
        self._let_go()
        if listener is not None:
            listener.connection_down(self)

    def _let_go(self) -> None:
        self._forget()
        with contextlib.suppress(OSError):
            self._socket.close()

    def _forget(self) -> None:
        number = self._socket.fileno()
        if number >= 0:
            self._loop.remove_reader(number)
            self._loop.remove_writer(number)


async def opened(place: Place, resolver: Executor) -> Connection:
    """Connected, under TLS, and nothing said yet. Raises HostRefused, CertificateRefused, CertificateChanged, OSError
    (TimeoutError and ssl.SSLError among them)."""
    async with asyncio.timeout(CONNECT_SECONDS):
        loop = asyncio.get_running_loop()
        if lan.is_address(place.host):  # no slow name of others is waited for
            found = lan.resolved(place.host, place.port)
        else:
            found = await loop.run_in_executor(resolver, lan.resolved, place.host, place.port)
        connection = await _connected(found)
        try:
            wrapped = await _handshake(connection, place)
        except ssl.SSLCertVerificationError as error:
            connection.close()
            raise printer_tls.refused_by(error) from None
        except BaseException:
            connection.close()
            raise
    try:
        if place.is_cloud:
            shown = printer_tls.Shown("", "")
        else:
            shown = printer_tls.judged(
                wrapped, serial=place.serial, certificate=place.certificate, ca_file=place.ca_file
            )
        return Connection(wrapped, shown, place)
    except BaseException:
        wrapped.close()
        raise


async def _connected(found: list[tuple[socket.AddressFamily, tuple[str, int]]]) -> socket.socket:
    trouble: OSError = OSError("The name has no address.")
    for family, address in found:
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(connection, address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        except OSError as error:
            connection.close()
            trouble = error
        except BaseException:
            connection.close()
            raise
    raise trouble


async def _handshake(connection: socket.socket, place: Place) -> ssl.SSLSocket:
    if place.is_cloud:
        context, name = printer_tls.cloud_context(place.ca_file), place.host
    else:
        context, name = printer_tls.context_for(place.ca_file), place.serial
    wrapped = context.wrap_socket(connection, server_hostname=name or None, do_handshake_on_connect=False)
    loop = asyncio.get_running_loop()
    while True:
        ready = asyncio.Event()
        try:
            wrapped.do_handshake()
            return wrapped
        except ssl.SSLWantReadError:
            watch, forget = loop.add_reader, loop.remove_reader
        except ssl.SSLWantWriteError:
            watch, forget = loop.add_writer, loop.remove_writer
        except BaseException:
            wrapped.close()
            raise
        number = wrapped.fileno()
        watch(number, ready.set)
        try:
            await ready.wait()
        except BaseException:
            forget(number)
            wrapped.close()
            raise
        forget(number)
