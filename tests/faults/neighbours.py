"""The platform's neighbours, as breakable ones: a mail server that stops in the middle, a Valkey that goes away."""

import asyncio
import signal
import threading
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from config.launcher.valkey import Valkey
from tests.services.base import Service, ServiceFailed, drop_folder, guard, make_folder
from tests.services.smtp import SmtpServer

RECIPIENT, DATA = "at the recipient", "after the data"


class HeldSmtpServer(SmtpServer):
    """Does not come to an end in the next delivery to an address: before it has the message, or when it has taken it
    in."""

    def __init__(self) -> None:
        super().__init__()
        self._to_hold: dict[tuple[str, str], threading.Event] = {}

    def hold(self, address: str, point: str) -> threading.Event:
        """Gives what is set when the sender has come to that point."""
        held = self._to_hold[address, point] = threading.Event()
        return held

    def messages_to(self, address: str) -> list[EmailMessage]:
        return [message for message in list(self.messages) if message["X-Envelope-To"] == address]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        await self._keep_waiting(server, address, RECIPIENT)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        await self._keep_waiting(server, envelope.rcpt_tos[0], DATA)
        return answer

    async def _keep_waiting(self, server: Any, address: str, point: str) -> None:
        if held := self._to_hold.pop((address, point), None):
            held.set()
            # Nobody waits for the end of it: the sender is killed. Until then it hears a line of the answer now and
            # then, since it would give up a server that says nothing for ten seconds.
            for _ in range(30):
                await server.push("250-One moment")
                await asyncio.sleep(2)


class BreakableValkey(Service):
    """A Valkey that keeps its data, as in production, and goes away and comes back at the same address."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._valkey: Valkey | None = None

    @property
    def valkey(self) -> Valkey:
        assert self._valkey is not None
        return self._valkey

    @property
    def url(self) -> str:
        return self.valkey.url

    def env(self) -> dict[str, str]:
        return {"REDIS_URL": self.url}

    def start(self) -> None:
        self._folder = make_folder("valkey")
        self._valkey = Valkey(self._folder, guard=guard(), log_file=self._folder / "log")
        self.come_back()

    def stop(self) -> None:
        if self._valkey is not None:
            self._valkey.child.signal(signal.SIGCONT)
            self._valkey.child.stop()
            self._valkey.remove_short_folder()
            self._valkey = None
        drop_folder(self._folder)
        self._folder = None

    def go(self) -> None:
        """Killed: connections are refused at once."""
        self.valkey.child.clear()

    def freeze(self) -> None:
        """Connections are taken and nothing is answered, which is worse."""
        self.valkey.child.signal(signal.SIGSTOP)

    def come_back(self) -> None:
        if self.valkey.child.is_running:
            self.valkey.child.signal(signal.SIGCONT)
        else:
            self.valkey.child.start()
        if not self.valkey.wait_ready():
            raise ServiceFailed(f"Valkey did not come back:\n{self.valkey.child.log_tail()}")
