"""Valkey on a Unix socket, kept in memory only."""

import signal
from pathlib import Path

from config.launcher.valkey import Valkey
from tests.services.base import Service, ServiceFailed, drop_folder, guard, make_folder


class ValkeyServer(Service):
    def __init__(self) -> None:
        self._folder: Path | None = None
        self._valkey: Valkey | None = None

    @property
    def url(self) -> str:
        assert self._valkey is not None
        return self._valkey.url

    def env(self) -> dict[str, str]:
        return {"REDIS_URL": self.url}

    def start(self) -> None:
        self._folder = make_folder("valkey")
        self._valkey = Valkey(self._folder, guard=guard(), log_file=self._folder / "log", databases=64, durable=False)
        self._valkey.child.start()
        if not self._valkey.wait_ready():
            raise ServiceFailed(f"Valkey did not start:\n{self._valkey.child.log_tail()}")

    def kill(self) -> None:
        """As a machine does that fails: nothing is said to anybody."""
        assert self._valkey is not None
        self._valkey.child.signal(signal.SIGKILL)
        self._valkey.child.wait(10)

    def start_again(self) -> None:
        """After `kill`; what it held is gone."""
        assert self._valkey is not None
        self._valkey.child.clear()
        self._valkey.child.start()
        if not self._valkey.wait_ready():
            raise ServiceFailed(f"Valkey did not come back:\n{self._valkey.child.log_tail()}")

    def stop(self) -> None:
        if self._valkey is not None:
            self._valkey.child.stop()
            self._valkey.remove_short_folder()
            self._valkey = None
        drop_folder(self._folder)
        self._folder = None
