"""What a printer's people are told of it, beside its prints: filament, errors, a changed certificate."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from printshop.bambu.changes import Change, ChangeKind
from printshop.bridge.rules import MOST_EVENTS
from printshop.choices import EventKind
from printshop.services.printers.events import printer_event

if TYPE_CHECKING:
    from printshop.bridge.link import Link


@dataclass(eq=False)
class News:
    link: "Link"
    told: tuple[float, int] = (0.0, 0)
    """Since when, and how many."""

    def changed(self, change: Change) -> None:
        printer = self.link.printer
        if change.kind in (ChangeKind.MATERIAL_CHANGED, ChangeKind.MATERIAL_REMOVED) and change.tray is not None:
            number = change.tray.number + 1
            words = f"Slot {number} of {printer.name}: {change.words}"
            data = {"slot": number, "material_type": change.tray.material_type, "color": change.tray.color}
            self.tell(EventKind.MATERIAL_CHANGED, f"slot:{number}:{int(time.time())}", words, data)
        elif change.kind == ChangeKind.RAN_OUT:
            number_or_none = change.tray.number + 1 if change.tray is not None else None
            words = f"The filament ran out on {printer.name}."
            key = f"{change.subtask_id or change.job}:{int(time.time())}"
            self.tell(EventKind.FILAMENT_RAN_OUT, key, words, {"slot": number_or_none})
        elif change.kind == ChangeKind.HMS and change.error is not None:
            words = f"{printer.name}: {change.error.words}"
            key = f"{change.error.code}:{timezone.now():%Y-%m-%d}"
            self.tell(EventKind.MAINTENANCE, key, words, change.error.as_dict())

    def certificate_changed(self, digest: str) -> None:
        name = self.link.printer.name
        words = f"{name} shows another certificate than before, and is not connected until you accept it."
        self.tell(EventKind.CERTIFICATE_CHANGED, digest, words, {"certificate": digest})

    def tell(self, kind: EventKind, key: str, words: str, data: dict[str, Any]) -> None:
        """More than a printer has to tell in a minute is not told."""
        now = self.link.clock()
        since, count = self.told
        self.told = (since, count + 1) if now - since < 60 else (now, 1)
        if self.told[1] > MOST_EVENTS:
            return
        self.link.desk.decide(
            self.link, printer_event, printer_id=self.link.printer.pk, kind=kind, key=key, words=words[:300], data=data
        )
