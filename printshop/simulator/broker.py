"""A printer's MQTT broker: its own port, certificate and access code, and nothing but its two topics in it.

amqtt speaks the protocol, one broker for each printer; it is given connections that were accepted here, so that they
can be cut, fall silent, or lose an acknowledgement. The Bambu cloud is the same with many printers on one port.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakValueDictionary

import orjson
from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import ApplicationMessage, Session

logger = logging.getLogger(__name__)

LISTENER: Final = "default"
ACKNOWLEDGED: Final = 0x40
"""First byte of a PUBACK."""
CONNECTED: Final = 0x20
MOST_MESSAGE: Final = 1024 * 1024

Taken = Callable[[str, bytes], None]

_doors: WeakValueDictionary[int, Door] = WeakValueDictionary()
_numbers = itertools.count(1)


@dataclass
class DoorFaults:
    """What goes wrong on the way from now on."""

    lost_acknowledgements: int = 0
    """So many messages are taken, and the connection is cut before they are acknowledged."""
    is_refusing: bool = False
    """The right access code is refused too."""


class Door:
    """`taken` is called with topic and payload of what clients publish. Everything happens on the running loop."""

    def __init__(
        self,
        context: ssl.SSLContext,
        credentials: Callable[[], tuple[str, str]],
        taken: Taken,
        *,
        wrong_code_answer: int = 5,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.context = context
        self.credentials = credentials
        self.taken = taken
        self.wrong_code_answer = wrong_code_answer
        self.host = host
        self.port = port
        self.faults = DoorFaults()
        self.clients_seen: list[str] = []
        self._number = next(_numbers)
        self._broker: Broker | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[_Writer] = set()
        _doors[self._number] = self

    @property
    def is_open(self) -> bool:
        return self._server is not None

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._connections)

    async def open(self) -> None:
        """Listens; the same port as before when it was open before."""
        if self._server is not None:
            return
        if self._broker is None:
            plugin = f"{AccessCode.__module__}.{AccessCode.__qualname__}"
            self._broker = Broker(
                {
                    "listeners": {LISTENER: {"type": "external", "bind": "none:0"}},
                    "plugins": {plugin: {"door": self._number}},
                }
            )
            await self._broker.start()
        self._server = await asyncio.start_server(
            self._connected, self.host, self.port, ssl=self.context, backlog=20, ssl_handshake_timeout=10
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """As when it is switched off: nobody is connected, and nobody can connect."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    def cut(self) -> None:
        """Ends all connections without a word; clients may come back at once."""
        for connection in list(self._connections):
            connection.abort()

    async def close(self) -> None:
        await self.shut()
        if self._broker is not None:
            with contextlib.suppress(Exception):  # what it was doing for a client that is gone
                await self._broker.shutdown()
            self._broker = None

    async def publish(self, topic: str, payload: bytes) -> None:
        if self._broker is not None and self._connections:
            await self._broker.internal_message_broadcast(topic, payload, 0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._broker is None:
            writer.transport.abort()
            return
        connection = _Writer(writer, self)
        self._connections.add(connection)
        try:
            await self._broker.external_connected(StreamReaderAdapter(reader), connection, LISTENER)
        except (OSError, asyncio.IncompleteReadError):
            logger.debug("a client broke off")
        finally:
            self._connections.discard(connection)
            connection.abort()


class AccessCode(BaseAuthPlugin):
    """Lets in who knows the code, and hands on what clients publish."""

    @dataclass
    class Config:
        door: int

    async def authenticate(self, *, session: Session) -> bool:
        door = _doors[self.config.door]
        if session.client_id:
            door.clients_seen.append(session.client_id)
        return not door.faults.is_refusing and (session.username, session.password) == door.credentials()

    async def on_broker_message_received(self, *, client_id: str, message: ApplicationMessage) -> None:
        _doors[self.config.door].taken(message.topic, bytes(message.data))


class _Writer(StreamWriterAdapter):
    """What the broker sends to one client."""

    def __init__(self, writer: asyncio.StreamWriter, door: Door) -> None:
        super().__init__(writer)
        self._door = door
        self._transport = writer.transport

    def write(self, data: bytes) -> None:
        faults = self._door.faults
        if data and data[0] == ACKNOWLEDGED and faults.lost_acknowledgements:
            faults.lost_acknowledgements -= 1
            self.abort()
        elif data and data[0] == CONNECTED and data[-1] == 5:
            super().write(data[:-1] + bytes([self._door.wrong_code_answer]))
        else:
            super().write(data)

    async def close(self) -> None:
        with contextlib.suppress(OSError):
            await super().close()

    def abort(self) -> None:
        self.is_closed = True
        self._transport.abort()


def encoded(message: Mapping[str, Any]) -> bytes:
    return orjson.dumps(message)


def decoded(payload: bytes) -> dict[str, Any] | None:
    if len(payload) > MOST_MESSAGE:
        return None
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None
