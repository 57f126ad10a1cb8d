"""The pass over the queues of all shops: free printers get their prints, all others are told why they wait.

A few queries whatever the number of prints, and nothing is written that does not change. Two passes at once are safe:
see printshop.services.prints.claims.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, QuerySet

from printshop.choices import BUSY, FREE, PrinterStatus, PrintStatus, ProductionStatus
from printshop.models import Printer, PrinterSlot, PrintFilament, PrintRun, ScheduledPrint, Shop, ShopOrder
from printshop.selectors.materials import full_of, grams_by_hand
from printshop.selectors.printers import bridge_is_running
from printshop.services.live import tell_queue_changed
from printshop.services.prints.claims import Claim, claims_make
from printshop.services.prints.hours import Hours
from printshop.services.prints.matching import Need, Tray
from printshop.services.prints.notes import Written, notes_write
from printshop.services.prints.plan import Note, Plan, PrinterState, Waiting, plan
from printshop.services.prints.runs import runs_clear_stale
from printshop.services.prints.states import WAITING

logger = logging.getLogger(__name__)

LOOKED_AT_AGAIN: Final = timedelta(seconds=30)
"""What changed in a shop without the queue's knowledge, the stock for one, is seen after so long."""
HEARD_LATELY: Final = timedelta(seconds=60)
SAME_TIME: Final = timedelta(minutes=2)
SAME_SHARE: Final = 20
"""An estimate is written anew when it differs by more than two minutes and by a twentieth of the time until then."""
UNKNOWN_LEFT: Final = timedelta(hours=1)
RESTS: Final = 10
"""Times as long as a shop's pass took: a tenth of one processor is the most that goes to what is not urgent."""
FAULT: Final = "The queue cannot be gone through: a fault of ours. It is tried again all the time."
NO_BRIDGE: Final = "The printer bridge is not running."
LONGEST: Final = 300
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


@dataclass(slots=True)
class _Run:
    printer_id: int
    print_id: int
    order_id: int | None
    minutes: int | None
    progress: int
    started_at: datetime | None
    job_name: str


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
    runs = _open_runs(summaries)
    printers = _printers(summaries, runs, now, is_bridge_running)
    due = []
    for shop_id, summary in summaries.items():
        states = printers[shop_id]
        urgent = (summary, is_bridge_running, tuple((each.id, each.trays) for each in states if each.is_free))
        shown = tuple(map(_coarse, states))
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
    runs = _open_runs([shop_id])
    printers = _printers([shop_id], runs, now, bridge_is_running(now=now))[shop_id]
    queue = _queues([shop_id], {run.print_id for run in runs.values()})[shop_id]
    try:
        made = plan(
            queue=[each.waiting for each in queue], printers=printers, hours=_hours([shop_id])[shop_id], now=now
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
    return _printers([shop_id], _open_runs([shop_id]), now, bridge_is_running(now=now), is_asked=is_asked)[shop_id]


def print_waiting(*, shop_id: int, print_id: int) -> Waiting | None:
    """A print as the queue sees it; None when it does not wait."""
    rows = _queues([shop_id], set(), only=print_id)[shop_id]
    return rows[0].waiting if rows else None


def _pass_over(
    due: Sequence[int],
    printers: dict[int, list[PrinterState]],
    runs: dict[int, _Run],
    now: datetime,
    memory: Memory | None,
) -> int:
    claimed = 0
    taken = {run.print_id for run in runs.values()}
    queues = _queues(due, taken)
    hours = _hours(due)
    broken = _orders_with_failed_prints(due)
    for shop_id in due:
        queue = queues[shop_id]
        began = time.perf_counter()
        try:
            before = _ends_of_runs(printers[shop_id], runs)
            made = plan(
                queue=[each.waiting for each in queue], printers=printers[shop_id], hours=hours[shop_id], now=now
            )
            claimed += _claim(made, now)
            changed = _store_notes(made, queue, now)
            _promise(made, queue, before, broken, now)
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
    is_sent = Exists(PrintRun.objects.filter(scheduled_print=OuterRef("pk"), ended_at=None))
    rows = ScheduledPrint.objects.filter(~is_sent, shop=shop_id, status__in=WAITING).exclude(waiting_code="fault")
    with transaction.atomic():
        free = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
        ScheduledPrint.objects.filter(pk__in=free).update(
            waiting_code="fault", waiting_reason=FAULT, scheduled_start=None
        )
        if free:
            tell_queue_changed(shop_id)


# ---------------------------------------------------------------- what is there
@dataclass(slots=True)
class _Row:
    """A print that waits, and what is written about it now."""

    waiting: Waiting
    code: str
    words: str
    start: datetime | None
    order_id: int | None


def _open_runs(shops: Iterable[int]) -> dict[int, _Run]:
    """By printer."""
    rows = PrintRun.objects.filter(ended_at=None, printer__shop__in=list(shops)).values_list(
        "printer_id",
        "scheduled_print_id",
        "scheduled_print__item__order_id",
        "scheduled_print__estimated_minutes",
        "progress",
        "started_at",
        "scheduled_print__job_name",
    )
    return {row[0]: _Run(*row) for row in rows}


def _printers(
    shops: Iterable[int], runs: dict[int, _Run], now: datetime, is_bridge_running: bool, *, is_asked: bool = False
) -> dict[int, list[PrinterState]]:
    """Those in use, by shop."""
    shops = list(shops)
    trays = _trays(shops)
    found: dict[int, list[PrinterState]] = defaultdict(list)
    columns = (
        "id",
        "shop_id",
        "name",
        "model",
        "status",
        "status_detail",
        "current_job",
        "remaining_seconds",
        "heard_at",
        "needs_clear_plate",
        "is_plate_clear",
        "is_taking_prints",
        "is_monitored_only",
    )
    for row in Printer.objects.filter(shop__in=shops, removed_at=None).order_by("pk").values(*columns):
        row["is_taking_prints"] |= is_asked
        found[row["shop_id"]].append(_state(row, runs.get(row["id"]), trays.get(row["id"], ()), now, is_bridge_running))
    return found


def _state(
    row: dict[str, Any], run: _Run | None, trays: tuple[Tray, ...], now: datetime, is_bridge_running: bool
) -> PrinterState:
    name, status = row["name"], row["status"]
    is_heard = is_bridge_running or (row["heard_at"] is not None and now - row["heard_at"] < HEARD_LATELY)
    is_connected = is_heard and status not in (PrinterStatus.OFFLINE, PrinterStatus.CONNECTING)
    state = PrinterState(row["id"], name, row["model"], trays, is_connected, is_free=False, available_at=None)

    def because(code: str, words: str, available_at: datetime | None = None) -> PrinterState:
        state.code, state.words, state.available_at = code, words[:LONGEST], available_at
        return state

    if not row["is_taking_prints"]:
        return because("printer_off", f"{name} takes no prints from the queue.")
    if not is_heard:
        return because("no_bridge", NO_BRIDGE)
    if not is_connected:
        word = "is not connected yet" if status == PrinterStatus.CONNECTING else "is offline"
        return because("printer_offline", f"{name} {word}. {row['status_detail']}".strip())
    if row["is_monitored_only"]:
        return because("monitored_only", f"{name} takes no commands: it is monitored only.")
    if status == PrinterStatus.PAUSED:
        return because("printer_paused", f"{name} is paused. {row['status_detail']}".strip())
    if run is not None or status in BUSY:
        job = run.job_name if run is not None else row["current_job"]
        doing = f"is printing {job}." if job else "is printing."
        return because("printer_busy", f"{name} {doing}", now + _left(row, run, now))
    if row["needs_clear_plate"] and not row["is_plate_clear"]:
        return because("plate", f"{name} waits until its plate is cleared.")
    if status not in FREE:
        return because("printer_busy", f"{name} is not ready.")
    state.is_free, state.available_at = True, now
    return state


def _left(row: dict[str, Any], run: _Run | None, now: datetime) -> timedelta:
    """Of what is being printed: as the printer says, else by the estimate and how much is done, else an hour."""
    if row["status"] in BUSY and row["remaining_seconds"] is not None:
        return timedelta(seconds=row["remaining_seconds"])
    if run is None or not run.minutes:
        return UNKNOWN_LEFT
    whole = timedelta(minutes=run.minutes)
    if run.progress:
        return whole * (100 - min(run.progress, 100)) / 100
    gone = now - run.started_at if run.started_at is not None else timedelta(0)
    return max(whole - gone, timedelta(0))


def _trays(shops: Sequence[int]) -> dict[int, tuple[Tray, ...]]:
    """What is loaded, by printer."""
    rows = PrinterSlot.objects.filter(printer__shop__in=shops, printer__removed_at=None, is_loaded=True).order_by(
        "number"
    )
    found: dict[int, list[Tray]] = defaultdict(list)
    for printer_id, number, material, preset, color, weight, percent, manual, initial, used in rows.values_list(
        "printer_id",
        "number",
        "material_type",
        "preset",
        "color",
        "weight_grams",
        "remaining_pct",
        "manual",
        "spool__initial_amount",
        "spool__used_amount",
    ):
        if "remaining_pct" in (manual or {}):
            grams = grams_by_hand(full_of(initial, weight, percent), manual["remaining_pct"])
        elif initial is not None:
            grams = max(initial - used, Decimal(0))
        else:
            grams = None if weight is None else Decimal(weight)
        found[printer_id].append(Tray(number, material, preset, color, grams))
    return {printer_id: tuple(trays) for printer_id, trays in found.items()}


def _coarse(state: PrinterState) -> tuple[Any, ...]:
    """What decides about starts and reasons, but for the time that passes."""
    return (state.id, state.is_free, state.code, state.words, state.model, state.trays)


def _queues(shops: Sequence[int], taken: set[int], *, only: int | None = None) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = defaultdict(list)
    rows = ScheduledPrint.objects.filter(shop__in=shops, status__in=WAITING).order_by()
    filaments = PrintFilament.objects.filter(scheduled_print__shop__in=shops, scheduled_print__status__in=WAITING)
    if only is not None:
        rows, filaments = rows.filter(pk=only), filaments.filter(scheduled_print=only)
    needs = _needs(filaments)
    for row in rows.values_list(
        "shop_id",
        "id",
        "priority",
        "printer_id",
        "must_match_color",
        "material_slot",
        "estimated_minutes",
        "file__printer_model",
        "ship_by",
        "not_before",
        "next_try_at",
        "print_anyway",
        "times_passed_over",
        "item__order_id",
        "waiting_code",
        "waiting_reason",
        "scheduled_start",
    ):
        if row[1] in taken:
            continue
        waiting = Waiting(
            id=row[1],
            priority=row[2],
            needs=needs.get(row[1], ()),
            printer_id=row[3],
            must_match_color=row[4],
            asked_slot=row[5],
            minutes=row[6],
            model=row[7] or "",
            ship_by=row[8],
            not_before=row[9],
            next_try_at=row[10],
            print_anyway=row[11],
            times_passed_over=row[12],
            is_of_order=row[13] is not None,
        )
        found[row[0]].append(_Row(waiting, row[14], row[15], row[16], row[13]))
    return found


def _needs(rows: QuerySet[PrintFilament]) -> dict[int, tuple[Need, ...]]:
    found: dict[int, tuple[Need, ...]] = {}
    same: dict[tuple[Need, ...], tuple[Need, ...]] = {}
    for print_id, position, preset, material_type, color, grams in rows.order_by(
        "scheduled_print_id", "position"
    ).values_list("scheduled_print_id", "position", "preset", "material_type", "color", "grams"):
        needs = (*found.get(print_id, ()), Need(position, preset, material_type, color, grams))
        found[print_id] = same.setdefault(needs, needs)
    return found


def _hours(shops: Sequence[int]) -> dict[int, Hours]:
    rows = Shop.objects.filter(pk__in=shops)
    return {
        pk: Hours.of(*columns)
        for pk, *columns in rows.values_list("pk", "time_zone", "working_days", "working_from", "working_until")
    }


# ---------------------------------------------------------------- what comes of it
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


def _store_notes(made: Plan, queue: Sequence[_Row], now: datetime) -> int:
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


def _differs(note: Note, row: _Row, now: datetime) -> bool:
    if note.start is None or row.start is None:
        return note.start is not row.start
    return _is_other(row.start, note.start, now)


def _is_other(before: datetime, after: datetime, now: datetime) -> bool:
    """Estimates move by seconds all the time: those are not worth a write."""
    return abs(after - before) > max(SAME_TIME, (after - now) / SAME_SHARE)


# ---------------------------------------------------------------- what orders are promised
def _ends_of_runs(printers: Sequence[PrinterState], runs: dict[int, _Run]) -> dict[int, list[datetime | None]]:
    """When the prints of an order that are being made are ready, by order."""
    found: dict[int, list[datetime | None]] = defaultdict(list)
    for printer in printers:
        run = runs.get(printer.id)
        if run is not None and run.order_id is not None:
            found[run.order_id].append(printer.available_at)
    return found


def _orders_with_failed_prints(shops: Sequence[int]) -> set[int]:
    """They are ready only when somebody has done something about those."""
    failed = ScheduledPrint.objects.filter(
        shop__in=shops,
        status=PrintStatus.FAILED,
        item__order__is_shipped=False,
        item__order__production_status__in=[ProductionStatus.PENDING, ProductionStatus.IN_PROGRESS],
    )
    return {pk for pk in failed.order_by().values_list("item__order_id", flat=True) if pk is not None}


def _promise(
    made: Plan,
    queue: Sequence[_Row],
    running: dict[int, list[datetime | None]],
    broken: set[int],
    now: datetime,
) -> None:
    """An order is ready with the last of its prints; where one of them has no honest estimate, nor has the order."""
    ends: dict[int, list[datetime | None]] = defaultdict(list)
    for order_id, moments in running.items():
        ends[order_id] += moments
    started = {start.waiting.id for start in made.starts}
    for row in queue:
        if row.order_id is not None:
            note = made.notes.get(row.waiting.id)
            start = now if row.waiting.id in started else note.start if note is not None else None
            ends[row.order_id].append(None if start is None else start + row.waiting.duration)
    if not ends:
        return
    promised = {
        order_id: None if order_id in broken or None in moments else max(filter(None, moments))
        for order_id, moments in ends.items()
    }
    shown = dict(ShopOrder.objects.filter(pk__in=promised).values_list("pk", "promised_ship_at"))
    changed = {
        order_id: moment
        for order_id, moment in promised.items()
        if order_id in shown and _is_new(shown[order_id], moment, now)
    }
    if not changed:
        return
    with transaction.atomic():
        rows = ShopOrder.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=changed).only("pk")
        orders = list(rows)
        for order in orders:
            order.promised_ship_at = changed[order.pk]
        ShopOrder.objects.bulk_update(orders, ["promised_ship_at"], batch_size=1000)


def _is_new(before: datetime | None, after: datetime | None, now: datetime) -> bool:
    if before is None or after is None:
        return before is not after
    return _is_other(before, after, now)
