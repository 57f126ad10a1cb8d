"""The embedded mail service: each message becomes one `.eml` file in MAIL_DIR, which any mail program opens."""

import hashlib
from collections.abc import Sequence

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
