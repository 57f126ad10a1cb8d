"""A printer's files: implicit FTPS with aioftp, and what Bambu printers do differently.

X1 and P1 take data only on a connection that uses the TLS session of the control connection again; an A1 takes it in
the clear.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import aioftp

from .shapes import Shape

logger = logging.getLogger(__name__)


@dataclass
class FileFaults:
    """What goes wrong from now on."""

    refused_uploads: int = 0
    """So many are answered with 552, no space."""
    cut_after: int | None = None
    """The next upload breaks off after so many bytes, which are kept."""
    is_silent: bool = False
    """Sign-ins get no answer."""


class FileServer(aioftp.Server):
    """One printer's. `access_code` is asked at each sign-in."""

    def __init__(self, shape: Shape, context: ssl.SSLContext, folder: Path, access_code: Callable[[], str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.shape = shape
        self.folder = folder
        self.faults = FileFaults()
        super().__init__(
            _People(folder, access_code),
            ssl=context,
            idle_timeout=120,
            wait_future_timeout=10,
            path_io_factory=_Disk,
            welcome_message="ready",
        )
        self.commands_mapping |= {"size": self.size, "opts": self.opts, "feat": self.feat}

    async def greeting(self, connection: aioftp.Connection, rest: str | PurePosixPath) -> bool:
        if self.faults.is_silent:
            await asyncio.sleep(3600)
        connection.of_server = self
        return bool(await super().greeting(connection, rest))

    async def stor(self, connection: aioftp.Connection, rest: str | PurePosixPath, mode: str = "wb") -> bool:
        if self.faults.refused_uploads:
            self.faults.refused_uploads -= 1
            connection.response("552", "no space")
            return True
        return bool(await super().stor(connection, rest, mode))

    async def _start_passive_server(self, connection: aioftp.Connection, handler_callback: Any) -> asyncio.Server:
        async def judged(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            data = writer.get_extra_info("ssl_object")
            if self.shape.wants_session_reuse and not (data and data.session_reused):
                connection.response("522", "SSL connection failed: session reuse required")
                writer.transport.abort()
                return
            await handler_callback(reader, writer)

        return await asyncio.start_server(
            judged, connection.server_host, 0, ssl=None if self.shape.has_plain_data else self.ssl
        )

    async def prot(self, connection: aioftp.Connection, rest: str | PurePosixPath) -> bool:
        is_taken = rest == "P" or (rest == "C" and self.shape.has_plain_data)
        connection.response("200" if is_taken else "536", "")
        return True

    async def size(self, connection: aioftp.Connection, rest: str | PurePosixPath) -> bool:
        if not connection.future.logged.done():
            connection.response("530", "sign in first")
            return True
        path, _ = self.get_paths(connection, rest)
        if path.is_file():
            connection.response("213", str(path.stat().st_size))
        else:
            connection.response("550", "Could not get file size.")
        return True

    async def opts(self, connection: aioftp.Connection, rest: str) -> bool:
        connection.response("200", "")
        return True

    async def feat(self, connection: aioftp.Connection, rest: str) -> bool:
        connection.response("211", ["Features:", "EPSV", "PASV", "PBSZ", "PROT", "REST STREAM", "SIZE", "End"], True)
        return True


class _People(aioftp.AbstractUserManager):
    """bblp and the access code."""

    def __init__(self, folder: Path, access_code: Callable[[], str]) -> None:
        super().__init__()
        self._user = aioftp.User("bblp", "", base_path=folder)
        self._access_code = access_code

    async def get_user(self, login: str) -> tuple[Any, aioftp.User | None, str]:
        response = aioftp.AbstractUserManager.GetUserResponse
        if login == "bblp":
            return response.PASSWORD_REQUIRED, self._user, "password required"
        return response.ERROR, None, "no such username"

    async def authenticate(self, user: aioftp.User, password: str) -> bool:
        return password == self._access_code()

    async def notify_logout(self, user: aioftp.User) -> None:
        """Nobody is counted."""


class _Disk(aioftp.PathIO):
    """The printer's card."""

    async def write(self, file: Any, data: Any) -> int:
        connection: Any = self.connection
        faults: FileFaults = connection.of_server.faults
        if faults.cut_after is None:
            return int(await super().write(file, data))
        kept = await super().write(file, data[: faults.cut_after])
        faults.cut_after -= kept
        if kept < len(data):
            faults.cut_after = None
            connection.command_connection.writer.transport.abort()
            raise ConnectionResetError
        return int(kept)
