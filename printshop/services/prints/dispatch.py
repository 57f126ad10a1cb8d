"""The pass over the queues of all shops: free printers get their prints, all others are told why they wait.

A few queries whatever the number of prints, and nothing is written that does not change. Two passes at once are safe:
see printshop.services.prints.claims.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef

from printshop.models import PrintRun, ScheduledPrint
from printshop.selectors.printers import bridge_is_running
from printshop.services.live import tell_queue_changed
from printshop.services.prints.claims import Claim, claims_make
from printshop.services.prints.notes import Written, notes_write
from printshop.services.prints.plan import Note, Plan, PrinterState, Waiting, plan
from printshop.services.prints.printers_seen import LONGEST, OpenRun, coarse, open_runs, printers_of
from printshop.services.prints.promises import ends_of_runs, is_other, orders_promise, orders_with_failed_prints
from printshop.services.prints.queued import Queued, hours_of, queues_of
from printshop.services.prints.runs import runs_clear_stale
from printshop.services.prints.states import WAITING

logger = logging.getLogger(__name__)

LOOKED_AT_AGAIN: Final = timedelta(seconds=30)
"""What changed in a shop without the queue's knowledge, the stock for one, is seen after so long."""
RESTS: Final = 10
"""Times as long as a shop's pass took: a tenth of one processor is the most that goes to what is not urgent."""
FAULT: Final = "The queue cannot be gone through: a fault of ours. It is tried again all the time."
NOTED_AT_ONCE: Final = 300


@dataclass(slots=True)
class Memory:
    """What one dispatcher, which makes pass after pass, saw last: a shop in which nothing has changed is left alone."""

    seen: dict[int, "_Seen"] = field(default_factory=dict)


@dataclass(slots=True)
class _Seen:
    """`urgent` is what a start may come of, `shown` everything. Large shops, in which always something changes, are
    given `rest_until` between two looks at what is not urgent."""

    urgent: Any
    shown: Any
    until: datetime
    rest_until: datetime


def dispatch_pass(*, now: datetime, memory: Memory | None = None) -> int:
    """Claim a print for each free printer that has one to print, and store why the others wait and when they are
    expected to start. Returns how many were claimed.

    Whoever makes passes all the time hands over a `memory` of theirs. One shop that fails stops no other one.
    """
    runs_clear_stale(now=now)
    waiting = ScheduledPrint.objects.filter(status__in=WAITING).order_by()
    summaries = {
        shop_id: (count, last)
        for shop_id, count, last in waiting.values_list("shop_id").annotate(Count("pk"), Max("changed_at"))
    }
    if not summaries:
        return 0
    is_bridge_running = bridge_is_running(now=now)
    runs = open_runs(summaries)
    printers = printers_of(summaries, runs, now, is_bridge_running)
    due = []
    for shop_id, summary in summaries.items():
        states = printers[shop_id]
        urgent = (summary, is_bridge_running, tuple((each.id, each.trays) for each in states if each.is_free))
        shown = tuple(map(coarse, states))
        if memory is not None:
            seen = memory.seen.get(shop_id)
            if (
                seen is not None
                and seen.urgent == urgent
                and now < seen.until
                and (seen.shown == shown or now < seen.rest_until)
            ):
                continue
            memory.seen[shop_id] = _Seen(urgent, shown, now + LOOKED_AT_AGAIN, now)
        due.append(shop_id)
    return _pass_over(due, printers, runs, now, memory) if due else 0


def queue_note(*, shop_id: int, now: datetime) -> None:
    """Say at once why the prints of a shop wait and when they are expected to start, after one came or changed; in a
    long queue the next pass does."""
    waiting = ScheduledPrint.objects.filter(shop=shop_id, status__in=WAITING)
    if waiting.order_by().count() > NOTED_AT_ONCE:
        return
    runs = open_runs([shop_id])
    printers = printers_of([shop_id], runs, now, bridge_is_running(now=now))[shop_id]
    queue = queues_of([shop_id], {run.print_id for run in runs.values()})[shop_id]
    try:
        made = plan(
            queue=[each.waiting for each in queue], printers=printers, hours=hours_of([shop_id])[shop_id], now=now
        )
    except Exception:
        _tell_fault(shop_id)
        return
    for start in made.starts:
        made.notes[start.waiting.id] = Note("queue", "A printer is free for it: it starts in a moment.", now)
    _store_notes(made, queue, now)


def printer_states(*, shop_id: int, now: datetime, is_asked: bool = False) -> list[PrinterState]:
    """What the queue thinks of the printers of a shop. `is_asked`: their owner asks, who may use also those that take
    nothing from the queue."""
    return printers_of([shop_id], open_runs([shop_id]), now, bridge_is_running(now=now), is_asked=is_asked)[shop_id]


def print_waiting(*, shop_id: int, print_id: int) -> Waiting | None:
    """A print as the queue sees it; None when it does not wait."""
    rows = queues_of([shop_id], set(), only=print_id)[shop_id]
    return rows[0].waiting if rows else None


def _pass_over(
    due: Sequence[int],
    printers: dict[int, list[PrinterState]],
    runs: dict[int, OpenRun],
    now: datetime,
    memory: Memory | None,
) -> int:
    claimed = 0
    taken = {run.print_id for run in runs.values()}
    queues = queues_of(due, taken)
    hours = hours_of(due)
    broken = orders_with_failed_prints(due)
    for shop_id in due:
        queue = queues[shop_id]
        began = time.perf_counter()
        try:
            before = ends_of_runs(printers[shop_id], runs)
            made = plan(
                queue=[each.waiting for each in queue], printers=printers[shop_id], hours=hours[shop_id], now=now
            )
            claimed += _claim(made, now)
            changed = _store_notes(made, queue, now)
            orders_promise(made, queue, before, broken, now)
            if made.starts or changed:
                tell_queue_changed(shop_id)
            if memory is not None:
                seen = memory.seen[shop_id]
                seen.until = min(seen.until, made.wakes_at or seen.until)
                seen.rest_until = now + RESTS * timedelta(seconds=time.perf_counter() - began)
        except Exception:
            _tell_fault(shop_id)
            if memory is not None:
                memory.seen.pop(shop_id, None)
    return claimed


def _tell_fault(shop_id: int) -> None:
    """Of an exception: logged for us, and said to the shop's owner, whose prints stand still."""
    logger.exception("the queue of shop %s could not be gone through", shop_id)
    is_sent = Exists(PrintRun.objects.filter(scheduled_print=OuterRef("pk"), ended_at=None, is_extra=False))
    rows = ScheduledPrint.objects.filter(~is_sent, shop=shop_id, status__in=WAITING).exclude(waiting_code="fault")
    with transaction.atomic():
        free = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
        ScheduledPrint.objects.filter(pk__in=free).update(
            waiting_code="fault", waiting_reason=FAULT, scheduled_start=None
        )
        if free:
            tell_queue_changed(shop_id)


def _claim(made: Plan, now: datetime) -> int:
    """All at once; one at a time when that fails, so that a print that cannot be claimed stops no other one."""
    claims = [Claim(start.waiting.id, start.printer_id, start.slots) for start in made.starts]
    if not claims:
        return 0
    try:
        claimed = len(claims_make(claims, now=now))
    except Exception:
        logger.exception("%s prints could not be claimed together", len(claims))
        claimed = sum(_claim_one(claim, now) for claim in claims)
    if made.passed_over:
        with transaction.atomic():
            rows = ScheduledPrint.objects.select_for_update(skip_locked=True, of=("self",))
            free = list(rows.filter(pk__in=made.passed_over).values_list("pk", flat=True))
            ScheduledPrint.objects.filter(pk__in=free).update(times_passed_over=F("times_passed_over") + 1)
    return claimed


def _claim_one(claim: Claim, now: datetime) -> int:
    try:
        return len(claims_make([claim], now=now))
    except Exception:
        logger.exception("print %s could not be claimed", claim.print_id)
        return 0


def _store_notes(made: Plan, queue: Sequence[Queued], now: datetime) -> int:
    """Write what has changed. How many prints that is."""
    changed: dict[int, Written] = {}
    for row in queue:
        note = made.notes.get(row.waiting.id)
        if note is None:
            continue
        words = row.words if note.words is None else note.words[:LONGEST]
        start = note.start if _differs(note, row, now) else row.start
        if (note.code, words, start) != (row.code, row.words, row.start):
            changed[row.waiting.id] = Written(row.waiting.id, note.code, words, start)
    if not changed:
        return 0
    with transaction.atomic():
        rows = ScheduledPrint.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            pk__in=changed, status__in=WAITING
        )
        free = set(rows.values_list("pk", flat=True))
        notes_write([changed[pk] for pk in free])
    return len(free)


def _differs(note: Note, row: Queued, now: datetime) -> bool:
    if note.start is None or row.start is None:
        return note.start is not row.start
    return is_other(row.start, note.start, now)
