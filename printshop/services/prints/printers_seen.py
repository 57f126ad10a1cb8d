"""Printers as the queue sees them: what is printed on each, what is loaded, and why one takes nothing now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from printshop.choices import BUSY, FREE, NO_BRIDGE, PrinterStatus
from printshop.models import Printer, PrinterSlot, PrintRun
from printshop.selectors.materials import full_of, grams_by_hand
from printshop.services.prints.matching import Tray
from printshop.services.prints.plan import PrinterState

HEARD_LATELY: Final = timedelta(seconds=60)
UNKNOWN_LEFT: Final = timedelta(hours=1)
LONGEST: Final = 300


@dataclass(slots=True)
class OpenRun:
    printer_id: int
    print_id: int
    order_id: int | None
    minutes: int | None
    progress: int
    started_at: datetime | None
    job_name: str


def open_runs(shops: Iterable[int]) -> dict[int, OpenRun]:
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
    return {row[0]: OpenRun(*row) for row in rows}


def printers_of(
    shops: Iterable[int], runs: dict[int, OpenRun], now: datetime, is_bridge_running: bool, *, is_asked: bool = False
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
    row: dict[str, Any], run: OpenRun | None, trays: tuple[Tray, ...], now: datetime, is_bridge_running: bool
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


def _left(row: dict[str, Any], run: OpenRun | None, now: datetime) -> timedelta:
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


def coarse(state: PrinterState) -> tuple[Any, ...]:
    """What decides about starts and reasons, but for the time that passes."""
    return (state.id, state.is_free, state.code, state.words, state.model, state.trays)
