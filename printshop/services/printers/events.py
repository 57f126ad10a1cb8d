"""What happens at printers is stored once, and told once."""

import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from printshop.choices import EventKind
from printshop.models import PrinterEvent
from printshop.services.printers.notices import notice_give

LONGEST_KEY = 120
LONGEST_WORDS = 300


def printer_event(
    *, printer_id: int, kind: EventKind, key: str, words: str, data: dict[str, Any] | None = None
) -> PrinterEvent | None:
    """Store what happened and tell the shop's owner, as the printer's settings say, in the transaction of the caller.

    `key` says of what it is: a run, a code and when it came up, a slot and its spool. Of a printer, kind and key there
    is one event, over restarts and whoever else says the same at the same moment: None when it was there. `words` are
    a sentence for people, `data` ids and values (JSON, no secrets).
    """
    if len(key) > LONGEST_KEY:
        key = hashlib.sha256(key.encode()).hexdigest()
    words = _printable(words)[:LONGEST_WORDS]
    with transaction.atomic():
        event, is_new = PrinterEvent.objects.get_or_create(
            printer_id=printer_id, kind=kind, key=_printable(key), defaults={"words": words, "data": _kept(data or {})}
        )
        if not is_new:
            return None
        notice_give(event)
    return event


def printer_events_forget(*, now: datetime | None = None) -> int:
    """Those of long ago. How many."""
    return PrinterEvent.objects.filter(at__lt=(now or timezone.now()) - settings.KEEP["printer_events"]).delete()[0]


def _kept(value: Any) -> Any:
    """What printers send goes into the database, which takes no NUL."""
    if isinstance(value, str):
        return _printable(value)
    if isinstance(value, dict):
        return {_printable(str(name)): _kept(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(inner) for inner in value]
    return value


def _printable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()
