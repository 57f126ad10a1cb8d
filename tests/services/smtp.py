"""An SMTP server that keeps what it gets."""

import email
import email.policy
import threading
import time
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from config.launcher.environment import free_port
from tests.services.base import Service


class SmtpServer(Service):
    """`messages` holds what arrived since the last `clear()`, oldest first, each with its envelope in X-Envelope-*."""

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[EmailMessage] = []
        self._arrived = threading.Condition()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def env(self) -> dict[str, str]:
        return {"EMAIL_URL": self.url}

    def start(self) -> None:
        for attempt in range(5):
            self.port = free_port()
            self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)
            try:
                self._controller.start()
                return
            except OSError:  # somebody took the port in between
                if attempt == 4:
                    raise

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def clear(self) -> None:
        with self._arrived:
            self.messages.clear()

    def wait_for(self, count: int, seconds: float = 10.0) -> list[EmailMessage]:
        deadline = time.monotonic() + seconds
        with self._arrived:
            while len(self.messages) < count:
                if not self._arrived.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    raise AssertionError(f"{len(self.messages)} of {count} messages arrived within {seconds:.0f} s")
            return list(self.messages)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        message["X-Envelope-From"] = envelope.mail_from
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()
        return "250 OK"
