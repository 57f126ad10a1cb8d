"""Which process is connected to the printers. Another one waits until the hold of the first has run out."""

from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from printshop.models import PrinterBridge

HOLD: Final = timedelta(seconds=15)
"""Longer than three tries to renew it, as short as a crash may leave printers without a bridge."""


def bridge_hold(*, holder: str) -> bool:
    """Take or renew the hold. False when another process has it: the caller must not talk to printers then."""
    now = timezone.now()
    PrinterBridge.objects.get_or_create(name="printers", defaults={"held_until": now})
    rows = PrinterBridge.objects.filter(name="printers")
    if rows.filter(holder=holder).update(held_until=now + HOLD):
        return True
    return bool(
        rows.filter(Q(holder="") | Q(held_until__lte=now)).update(holder=holder, held_until=now + HOLD, since=now)
    )


def bridge_let_go(*, holder: str) -> None:
    """So that the next one need not wait."""
    PrinterBridge.objects.filter(name="printers", holder=holder).update(holder="")
