"""What happened between two views of one connection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from .codes import OUT_OF_FILAMENT, PrinterError
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
    if before is None:
        return []
    changes = []
    if before.gcode_state and after.gcode_state:
        changes += _of_print(before, after)
    changes += _of_slots(before, after)
    if before.gcode_state and after.is_out_of_filament and not before.is_out_of_filament:
        active = after.active_tray if before.active_tray is None else before.active_tray
        fed = next((tray for tray in before.trays if tray.number == active), None)
        changes.append(Change(ChangeKind.RAN_OUT, OUT_OF_FILAMENT, tray=fed))
    if before.is_hms_known:
        known = {error.code for error in before.errors}
        changes += [
            Change(ChangeKind.HMS, error.words, error=error)
            for error in after.errors
            if error.source == "hms" and error.code not in known
        ]
    return changes


def _of_print(before: PrinterView, after: PrinterView) -> list[Change]:
    if not before.is_busy:
        if after.is_busy:
            return [_of(ChangeKind.STARTED, after)]
        if after.is_stopped_by_hand and not before.is_stopped_by_hand and before.gcode_state == "FAILED":
            return [_ended(ChangeKind.STOPPED, after, after, "Stopped by hand.")]
        return []
    if after.is_busy:
        if _is_another(before, after):
            # A print that was only getting ready gets its name and ids late: it is the same one, told again.
            ends = [] if before.is_preparing else [_ended(ChangeKind.STOPPED, before, before, "Another print began.")]
            return [*ends, _of(ChangeKind.STARTED, after)]
        if after.gcode_state == "PAUSE" and before.gcode_state != "PAUSE":
            return [_of(ChangeKind.PAUSED, after, after.detail)]
        if before.gcode_state == "PAUSE" and after.gcode_state == "RUNNING":
            return [_of(ChangeKind.RESUMED, after)]
        return []
    if after.gcode_state == "FINISH":
        return [_ended(ChangeKind.COMPLETED, before, after)]
    if after.is_stopped_by_hand:
        return [_ended(ChangeKind.STOPPED, before, after, "Stopped by hand.")]
    if after.gcode_state == "FAILED":
        return [_ended(ChangeKind.FAILED, before, after, after.detail)]
    return [_ended(ChangeKind.STOPPED, before, after, "Called off at the printer.")]


def _is_another(before: PrinterView, after: PrinterView) -> bool:
    """Whether they print different jobs. An id or a name that was not there before belongs to the same one."""
    pairs = [(before.subtask_id, after.subtask_id), (before.task_id, after.task_id)]
    known = [was != now for was, now in pairs if was and now]
    if known:
        return any(known)
    return bool(before.last_job and after.last_job) and before.last_job != after.last_job


def _ended(kind: ChangeKind, before: PrinterView, after: PrinterView, words: str = "") -> Change:
    """With the figures of the last view of the print, which the printer sets back when it ends, and its name, which
    may be the next one's by then."""
    figures = _of(kind, before, words)
    if before.is_preparing or not before.is_busy:
        return replace(figures, job=after.last_job, subtask_id=after.subtask_id, task_id=after.task_id)
    return figures


def _of(kind: ChangeKind, view: PrinterView, words: str = "") -> Change:
    return Change(
        kind,
        words,
        job=view.last_job,
        subtask_id=view.subtask_id,
        task_id=view.task_id,
        was_preparing=view.is_preparing,
        progress=view.progress,
        layer=view.layer,
        total_layers=view.total_layers,
    )


def _of_slots(before: PrinterView, after: PrinterView) -> list[Change]:
    """A slot that was not known before tells nothing, and a spool of which nothing is known yet is not another one."""
    changes = []
    known = {tray.number: tray for tray in before.trays if tray.number in before.told_trays}
    for tray in after.trays:
        was = known.get(tray.number)
        if was is None:
            continue
        if was.is_loaded and not tray.is_loaded:
            changes.append(Change(ChangeKind.MATERIAL_REMOVED, "The slot is empty.", tray=tray))
        elif tray.is_loaded and tray.material_type and tray.spool != was.spool:
            words = " ".join(filter(None, [tray.vendor, tray.material_type, tray.color]))
            changes.append(Change(ChangeKind.MATERIAL_CHANGED, words, tray=tray))
    return changes
