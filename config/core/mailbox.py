"""The embedded mail service: each message becomes one `.eml` file in MAIL_DIR, which any mail program opens."""

import hashlib
import heapq
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FolderBackend(BaseEmailBackend):
    """A message sent again (same Message-ID) replaces itself, so a repeated delivery is still one message."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            document = message.message()
            name = hashlib.sha256(str(document["Message-ID"]).encode()).hexdigest()[:24]
            target = settings.MAIL_DIR / f"{name}.eml"
            partial = target.with_suffix(".part")
            partial.write_bytes(document.as_bytes())
            partial.replace(target)
        return len(email_messages)


LONGEST_TEXT: Final = 20_000


@dataclass(frozen=True)
class WrittenMail:
    to: str
    subject: str
    text: str
    written_at: datetime


def mails_written(*, most: int) -> list[WrittenMail]:
    """The newest first."""
    try:
        with os.scandir(settings.MAIL_DIR) as files:
            ages = [(file.stat().st_mtime, file.path) for file in files if file.name.endswith(".eml")]
    except FileNotFoundError:  # no mail yet
        return []
    return [_read(Path(path), age) for age, path in heapq.nlargest(most, ages)]


def _read(file: Path, age: float) -> WrittenMail:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return WrittenMail(
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=str(body.get_content())[:LONGEST_TEXT] if body is not None else "",
        written_at=datetime.fromtimestamp(age, tz=UTC),
    )
