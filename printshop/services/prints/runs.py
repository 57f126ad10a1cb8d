"""Tries to print: the only functions that move a run, and with it the print, its filament and what its owner is told.

Each may be called again, by another process too: what has happened already happens once. Each locks the run's print,
which guards all of its runs. What is reported of a run that has ended changes nothing.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from printshop.choices import AWAY, BEFORE_PRINTING, CommandState, EventKind, PrintStatus, RunOutcome, RunState
from printshop.models import (
    Printer,
    PrinterCommand,
    PrinterSlot,
    PrintRun,
    RunFilament,
    ScheduledPrint,
    ShopOrder,
)
from printshop.services.filaments.taking import run_filament_take
from printshop.services.live import tell_queue_changed
from printshop.services.printers.events import printer_event
from printshop.services.prints.from_orders import claims_withdraw
from printshop.services.prints.order_states import order_follow
from printshop.services.prints.states import LONGEST_REASON, WAITING, print_locked_of_order, print_move

MOST_TRIES: Final = 3
DELAYS: Final = (timedelta(minutes=1), timedelta(minutes=5))
"""After the first and the second start that failed; the third is given up."""
STOPPED_BY_HAND: Final = "stopped by hand"


def run_uploaded(*, run_id: int) -> bool:
    """Its file is on the printer. Whether this was new."""
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or run.state != RunState.CLAIMED:
            return False
        run.state = RunState.UPLOADED
        run.save(update_fields=["state"])
    return True


def run_sent(*, run_id: int) -> bool:
    """The printer is being told to start: call it before that, so that nothing is sent twice."""
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or run.state not in (RunState.CLAIMED, RunState.UPLOADED):
            return False
        run.state, run.sent_at = RunState.SENT, timezone.now()
        run.save(update_fields=["state", "sent_at"])
        ScheduledPrint.objects.filter(pk=run.scheduled_print_id).update(
            waiting_code="starting", waiting_reason=f"Sent to {run.printer.name}; it has not begun yet."
        )
        tell_queue_changed(run.scheduled_print.shop_id)
    return True


def run_started(*, run_id: int, actor: Actor = SYSTEM) -> bool:
    """The printer does it."""
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or run.state not in BEFORE_PRINTING:
            return False
        _begin(run, actor)
        _follow(run)
    return True


def run_began_late(*, run_id: int, actor: Actor = SYSTEM) -> bool:
    """The printer begins what it was told to start and was thought not to have started. While its print waits or was
    given up for that, it is this run's again, so that nothing is printed twice: a claim that another printer has on it,
    or this printer has on another print, and that was not published is taken back. Whether it was taken up: of one that
    nobody waits for any more the owner is told, who may stop it; it moves no print, and its filament is counted."""
    printer_id = PrintRun.objects.filter(pk=run_id).values_list("printer_id", flat=True).first()
    claimed = PrintRun.objects.filter(
        printer=printer_id, ended_at=None, state__in=[RunState.CLAIMED, RunState.UPLOADED]
    )
    for other_id in claimed.values_list("pk", flat=True):
        run_not_started(run_id=other_id, reason="The printer began another print.", again_in=timedelta(0))
    with transaction.atomic():
        run = _locked(run_id, is_over=True)
        if run is None:
            return False
        if run.outcome != RunOutcome.NOT_STARTED or not _may_go_on(run):
            words = (
                f"{run.printer.name} has begun late to print {_name(run)}, {_fate(run)}. Stop it if it is not wanted."
            )
            _tell(run, EventKind.PRINT_STARTED, words)
            if run.outcome == RunOutcome.NOT_STARTED and not _is_taken(run.printer_id):
                run.is_extra = True
                _reopen(run)
                _is_printing(run)
            return False
        scheduled = run.scheduled_print
        if scheduled.status == PrintStatus.FAILED:
            print_move(scheduled, PrintStatus.QUEUED, actor=actor, reason="The printer has begun it after all.")
        _reopen(run)
        _begin(run, actor)
        _follow(run)
    return True


def _is_taken(printer_id: int) -> bool:
    return PrintRun.objects.filter(printer=printer_id, ended_at=None).exists()


def _may_go_on(run: PrintRun) -> bool:
    """Nothing else has become of its locked print, and its printer is at no other one."""
    scheduled = run.scheduled_print
    if _is_taken(run.printer_id):
        return False
    if scheduled.status == PrintStatus.FAILED:
        return not scheduled.runs.filter(pk__gt=run.pk).exists()
    return scheduled.status in WAITING and not claims_withdraw([scheduled.pk], reason="It has begun elsewhere.")


def _fate(run: PrintRun) -> str:
    """What has become of its print meanwhile."""
    scheduled = run.scheduled_print
    if scheduled.status == PrintStatus.CANCELLED:
        return "which was cancelled"
    if scheduled.status == PrintStatus.COMPLETED:
        return "which was printed meanwhile"
    other = scheduled.runs.filter(ended_at=None, is_extra=False).select_related("printer").first()
    if other is not None:
        return f"which is sent to {other.printer.name} too"
    return "which waits to be tried again" if scheduled.status in WAITING else "which was given up"


def run_progressed(*, run_id: int, progress: int | None, layer: int | None, total_layers: int | None) -> bool:
    """What is seen of it while it runs (percent; layers from 1), kept for the case that it fails: printers forget it
    then. What is None stays. Whether anything was new."""
    seen = {"progress": progress, "layer": layer, "total_layers": total_layers}
    known = {name: max(value, 0) for name, value in seen.items() if value is not None}
    rows = PrintRun.objects.filter(pk=run_id, state=RunState.PRINTING, ended_at=None)
    before = rows.values(*seen).first()
    if before is None or all(before[name] == value for name, value in known.items()):
        return False
    return bool(rows.update(**known))


def run_seen_ended(*, run_id: int, layer: int, total_layers: int) -> bool:
    """It ended while nobody was there, and its printer still shows its last layer. Of a run of which no layer was seen
    that may be the last one of the print before. Whether it is a later one than was known."""
    rows = PrintRun.objects.filter(pk=run_id, state=RunState.PRINTING, ended_at=None, total_layers=total_layers)
    return bool(rows.filter(layer__gt=0, layer__lt=layer).update(layer=layer))


def run_completed(*, run_id: int, actor: Actor = SYSTEM) -> bool:
    """Printed to its end."""
    with transaction.atomic():
        run = _locked(run_id)
        if run is None:
            return False
        if run.state != RunState.PRINTING:  # its start was never seen, a restart of the bridge long
            _begin(run, actor, tells=False)
        run.progress = 100
        _end(run, RunOutcome.COMPLETED)
        run_filament_take(run, is_whole=True)
        if not run.is_extra:
            print_move(run.scheduled_print, PrintStatus.COMPLETED, actor=actor)
        _tell(run, EventKind.PRINT_COMPLETED, f"{_name(run)} was printed by {run.printer.name}.")
        _follow(run)
    return True


def run_failed(*, run_id: int, reason: str, actor: Actor = SYSTEM) -> bool:
    """It ran, or was prepared for, and failed at the printer."""
    return _fail(run_id, RunOutcome.FAILED, reason, actor)


def run_stopped(*, run_id: int, reason: str = STOPPED_BY_HAND, actor: Actor = SYSTEM) -> bool:
    """Somebody stopped it: the print is failed, and counts neither as success nor as failure."""
    return _fail(run_id, RunOutcome.STOPPED, reason, actor)


def run_not_started(*, run_id: int, reason: str, again_in: timedelta | None = None, give_up: bool = False) -> bool:
    """Nothing was printed: an upload or a start that failed. The print goes back to the queue.

    `again_in` None: a failed try; it is tried again after a delay that grows, and after the third, or with `give_up`,
    the print is failed with the reason, to be queued again by its owner. With `again_in` it is tried again after that
    long; no time at all (`timedelta(0)`) is for what was not the print's fault, such as a restart, and counts as no
    try.
    """
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or run.state == RunState.PRINTING:
            return False
        _end(run, RunOutcome.NOT_STARTED, reason)
        _call_off_start(run)
        scheduled = run.scheduled_print
        is_counted = again_in is None or again_in > timedelta(0)
        tries = scheduled.failed_tries + is_counted
        if give_up or tries >= MOST_TRIES:
            print_move(
                scheduled,
                PrintStatus.FAILED,
                reason=reason,
                failure_reason=_cut(f"It could not be started: {reason}"),
                failed_tries=tries,
            )
            _tell(run, EventKind.PRINT_FAILED, f"{_name(run)} could not be started on {run.printer.name}: {reason}")
        else:
            delay = DELAYS[min(max(tries, 1), len(DELAYS)) - 1] if again_in is None else again_in
            print_move(
                scheduled,
                PrintStatus.QUEUED,
                reason=reason,
                failed_tries=tries,
                next_try_at=timezone.now() + delay if delay else None,
                waiting_code="retry" if delay else "queue",
                waiting_reason=_cut(f"It could not be started on {run.printer.name}: {reason}"),
            )
            _take_extra(scheduled)
        tell_queue_changed(scheduled.shop_id)
    return True


def _take_extra(scheduled: ScheduledPrint) -> None:
    """A printer is at it already, which had begun it late while it was sent to this one: it is printed there."""
    extra = PrintRun.objects.filter(scheduled_print=scheduled, ended_at=None, is_extra=True).order_by("pk").first()
    if extra is not None:
        extra.is_extra = False
        extra.save(update_fields=["is_extra"])
        print_move(scheduled, PrintStatus.SCHEDULED)
        print_move(scheduled, PrintStatus.STARTED, failed_tries=0, next_try_at=None)


def run_call_off(*, run_id: int, reason: str, give_up: bool = False) -> bool:
    """One that its printer was told to start, perhaps, and of which it does not answer: not started, as its owner says,
    who may be waiting for a printer that never comes back."""
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or run.state not in BEFORE_PRINTING or run.printer.status not in AWAY:
            return False
        PrinterCommand.objects.filter(run=run, state=CommandState.SENT).update(
            state=CommandState.LOST, detail="The printer does not answer.", ended_at=timezone.now()
        )
        return run_not_started(run_id=run_id, reason=reason, again_in=timedelta(0), give_up=give_up)


def runs_clear_stale(*, now: datetime) -> int:
    """Claims whose start will not be sent any more go back to the queue: their command has ended, or is too old."""
    claims = PrintRun.objects.filter(ended_at=None, is_by_hand=False, state__in=[RunState.CLAIMED, RunState.UPLOADED])
    open_starts = PrinterCommand.objects.filter(
        state__in=[CommandState.WAITING, CommandState.SENT], expires_at__gt=now - timedelta(minutes=5)
    )
    stale = claims.filter(claimed_at__lt=now - timedelta(minutes=1)).exclude(commands__in=open_starts)
    cleared = 0
    for run_id in stale.order_by("pk").values_list("pk", flat=True)[:500]:
        cleared += run_not_started(run_id=run_id, reason="The start was not sent in time.", again_in=timedelta(0))
    return cleared


# ---------------------------------------------------------------- what they share
def _locked(run_id: int, *, is_over: bool = False) -> PrintRun | None:
    """A run that has not ended, or with `is_over` has, its print locked; None when it is not so, or gone."""
    print_id = PrintRun.objects.filter(pk=run_id).values_list("scheduled_print_id", flat=True).first()
    if print_id is None:
        return None
    scheduled = print_locked_of_order(print_id)
    run = PrintRun.objects.select_for_update(of=("self",)).select_related("printer").filter(pk=run_id).first()
    if run is None or (run.ended_at is not None) is not is_over:
        return None
    run.scheduled_print = scheduled
    return run


def _begin(run: PrintRun, actor: Actor, *, tells: bool = True) -> None:
    _is_printing(run)
    scheduled = run.scheduled_print
    if scheduled.status == PrintStatus.QUEUED:  # taken over from a run that was thought not to have started
        print_move(scheduled, PrintStatus.SCHEDULED, actor=actor)
    print_move(scheduled, PrintStatus.STARTED, actor=actor, failed_tries=0, next_try_at=None, times_passed_over=0)
    if tells:
        _tell(run, EventKind.PRINT_STARTED, f"{run.printer.name} has begun to print {_name(run)}.")


def _is_printing(run: PrintRun) -> None:
    run.state, run.started_at = RunState.PRINTING, timezone.now()
    run.save(update_fields=["state", "started_at"])
    freeze_spools(run)


def _reopen(run: PrintRun) -> None:
    run.outcome, run.reason, run.ended_at = "", "", None
    run.save(update_fields=["outcome", "reason", "ended_at", "is_extra"])


def freeze_spools(run: PrintRun) -> None:
    """Which spool each filament comes from, and how full its slot is, as it is now."""
    slots = {slot.number: slot for slot in PrinterSlot.objects.filter(printer_id=run.printer_id)}
    parts = list(run.filaments.all())
    for part in parts:
        slot = slots.get(part.slot_number or 0)
        if slot is not None:
            part.spool_id, part.remaining_pct = slot.spool_id, slot.remaining_pct
    RunFilament.objects.bulk_update(parts, ["spool", "remaining_pct"])


def _end(run: PrintRun, outcome: RunOutcome, reason: str = "") -> None:
    was_printing = run.state == RunState.PRINTING
    run.state, run.outcome, run.ended_at, run.reason = RunState.ENDED, outcome, timezone.now(), _cut(reason)
    run.save(update_fields=["state", "outcome", "ended_at", "reason", "progress"])
    if was_printing:
        Printer.objects.filter(pk=run.printer_id, needs_clear_plate=True).update(is_plate_clear=False)


def _fail(run_id: int, outcome: RunOutcome, reason: str, actor: Actor) -> bool:
    with transaction.atomic():
        run = _locked(run_id)
        if run is None:
            return False
        was_printing = run.state == RunState.PRINTING
        scheduled = run.scheduled_print
        if not was_printing:
            _call_off_start(run)
        _end(run, outcome, reason)
        if was_printing:
            run_filament_take(run, is_whole=False)
        if not run.is_extra:
            if scheduled.status == PrintStatus.QUEUED:
                print_move(scheduled, PrintStatus.SCHEDULED, actor=actor)
            print_move(scheduled, PrintStatus.FAILED, actor=actor, reason=reason, failure_reason=_cut(reason))
        words = "was stopped by hand" if outcome == RunOutcome.STOPPED else f"failed: {reason}"
        _tell(run, EventKind.PRINT_FAILED, f"{_name(run)} on {run.printer.name} {words}")
        _follow(run)
    return True


def _call_off_start(run: PrintRun) -> None:
    """Its command is not published any more; one that was published is the bridge's to end."""
    PrinterCommand.objects.filter(run=run, state=CommandState.WAITING).update(
        state=CommandState.LOST, detail="The start was called off.", ended_at=timezone.now()
    )


def _follow(run: PrintRun) -> None:
    """Whoever looks at the queue, and the order that it is of."""
    scheduled = run.scheduled_print
    tell_queue_changed(scheduled.shop_id)
    if scheduled.item_id is not None:
        order_follow(ShopOrder.objects.get(items=scheduled.item_id))


def _tell(run: PrintRun, kind: EventKind, words: str) -> None:
    scheduled = run.scheduled_print
    item = ShopOrder.objects.filter(items=scheduled.item_id).values_list("pk", flat=True) if scheduled.item_id else []
    data: dict[str, Any] = {
        "print_id": scheduled.pk,
        "job_name": scheduled.job_name,
        "run_id": run.pk,
        "outcome": run.outcome or None,
        "order_id": next(iter(item), None),
    }
    printer_event(printer_id=run.printer_id, kind=kind, key=f"run:{run.pk}", words=_cut(words), data=data)


def _name(run: PrintRun) -> str:
    return run.scheduled_print.job_name


def _cut(text: str) -> str:
    return text[:LONGEST_REASON]
