"""What happened between two views of one connection."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .codes import PrinterError
from .views import PrinterView, TrayView

SETTLED_AFTER: Final = 10
"""Seconds after `FAILED` in which `STOPPED` may still come: a failure is final only then. (Seen: five.)"""


class ChangeKind(StrEnum):
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    COMPLETED = "completed"
    FAILED = "failed"
    """May still turn out to be `STOPPED`, within `SETTLED_AFTER` seconds."""
    STOPPED = "stopped"
    """By hand, aborted, or another print took its place."""
    MATERIAL_CHANGED = "material_changed"
    """Another spool lies in a slot."""
    MATERIAL_REMOVED = "material_removed"
    RAN_OUT = "ran_out"
    HMS = "hms"
    """A health message that was not there before."""


@dataclass(frozen=True, slots=True)
class Change:
    """Of a print: `job`, `subtask_id` and `task_id` say of which one, `words` why it ended, `was_preparing` that
    nothing of it was printed. Of a slot: `tray` (as it is now; of `RAN_OUT` the one that was fed, when known). Of a
    health message: `error`."""

    kind: ChangeKind
    words: str = ""
    job: str = ""
    subtask_id: str = ""
    task_id: str = ""
    was_preparing: bool = False
    progress: int | None = None
    """Percent, the last known before the end."""
    layer: int | None = None
    total_layers: int | None = None
    tray: TrayView | None = None
    error: PrinterError | None = None


def changes_between(before: PrinterView | None, after: PrinterView) -> list[Change]:
    """In the order in which they are to be worked off: ends, starts, slots, messages.

    `before` is None for the first report after a connect: nothing is told then, nor while the printer has not yet said
    what it does.
    """
    raise NotImplementedError
