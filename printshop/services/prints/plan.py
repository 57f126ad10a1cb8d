"""What starts now, and what everything else in a shop's queue waits for. Pure: no database.

One print after another, in the order of the queue; a printer takes one. A print that nothing fits, or whose spool is
too short, is left where it stands and takes no printer from those behind it.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy

from printshop.services.prints.hours import Hours, opens, zone_of
from printshop.services.prints.matching import Loadout, Need, Tray, fit, is_short, loadout_of, match, wanted_of

UNKNOWN_DURATION: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=100)
"""What files say is believed as far as that."""
FURTHEST: Final = timedelta(days=3650)
"""Nothing is planned later: dates have an end."""
MOST_PASSED_OVER: Final = 10
"""A print that so many later ones were started before goes first."""
URGENCIES: Final = ((timedelta(days=1), 1), (timedelta(days=2), 2), (timedelta(days=3), 3), (timedelta(days=5), 4))
EXTERNAL: Final = 255
"""The slot beside the AMS: what a print takes that names no filament. Where an AMS is loaded that would be a guess."""
FAR: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class PrinterState:
    """`is_free` takes a print now. `available_at` is when it honestly will; None where nobody can say: offline, paused,
    waiting for its plate to be cleared. `code` and `words` say why it is not free."""

    id: int
    name: str
    model: str
    trays: tuple[Tray, ...]
    is_connected: bool
    is_free: bool
    available_at: datetime | None
    code: str = ""
    words: str = ""
    planned_until: datetime | None = None
    """Behind prints that wait for a later time of their own."""

    @property
    def loadout(self) -> Loadout:
        return loadout_of(self.trays)


@dataclass(frozen=True, slots=True)
class Waiting:
    """`id` is also the order of arrival. `printer_id` None: whichever fits."""

    id: int
    priority: int
    needs: tuple[Need, ...] = ()
    printer_id: int | None = None
    must_match_color: bool = False
    asked_slot: int | None = None
    minutes: int | None = None
    model: str = ""
    ship_by: datetime | None = None
    not_before: datetime | None = None
    next_try_at: datetime | None = None
    is_of_order: bool = False
    print_anyway: bool = False
    times_passed_over: int = 0

    @property
    def duration(self) -> timedelta:
        return min(timedelta(minutes=self.minutes), LONGEST) if self.minutes else UNKNOWN_DURATION


@dataclass(frozen=True, slots=True)
class Start:
    waiting: Waiting
    printer_id: int
    slots: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Why a print waits. `words` None: what is written there stays."""

    code: str
    words: str | None
    start: datetime | None = None


@dataclass(slots=True)
class Plan:
    starts: list[Start] = field(default_factory=list)
    notes: dict[int, Note] = field(default_factory=dict)
    passed_over: set[int] = field(default_factory=set)
    wakes_at: datetime | None = None
    """When the next print may start that waits for a time alone."""


def urgency(waiting: Waiting, now: datetime) -> int:
    """An order's print becomes more urgent by itself as the day comes by which it ships."""
    if not waiting.is_of_order or waiting.ship_by is None:
        return waiting.priority
    left = waiting.ship_by - now
    return min(waiting.priority, next((level for most, level in URGENCIES if left <= most), waiting.priority))


def in_order(queue: Iterable[Waiting], now: datetime) -> list[Waiting]:
    return sorted(
        queue,
        key=lambda each: (
            each.times_passed_over < MOST_PASSED_OVER,
            urgency(each, now),
            each.ship_by or FAR,
            each.id,
        ),
    )


def plan(*, queue: Iterable[Waiting], printers: Sequence[PrinterState], hours: Hours, now: datetime) -> Plan:
    """The printers are changed: what is started takes its time on them."""
    return _Planning(printers, hours, now).of(in_order(queue, now))


class _Group:
    """Prints that fit the same printers."""

    def __init__(
        self,
        first: Waiting,
        printers: Sequence[PrinterState],
        loadouts: Mapping[int, Loadout],
        places: Mapping[int, int],
    ) -> None:
        self.worst: dict[int, int] = {}
        self.short: PrinterState | None = None
        self.unfit: PrinterState | None = None
        self.is_unsaid = False
        wanted = wanted_of(first.needs, first.must_match_color, first.asked_slot)
        fitting: list[PrinterState] = []
        for printer in printers:
            if first.model and not _is_model(first.model, printer.model):
                continue
            if not first.needs and any(tray.number < EXTERNAL for tray in printer.trays):
                self.is_unsaid = True
                continue
            loadout = loadouts[printer.id]
            found = fit(wanted, loadout)
            if found is None:
                self.unfit = self.unfit or printer
            elif not first.print_anyway and is_short(first.needs, wanted, loadout, found):
                self.short = self.short or printer
            else:
                self.worst[printer.id] = found.worst
                fitting.append(printer)
        self.fitting = fitting
        # The best fit is at the end, from where it is taken.
        self.free = sorted(
            (printer for printer in fitting if printer.is_free),
            key=lambda printer: (self.worst[printer.id], printer.id),
            reverse=True,
        )
        self.can_start = any(printer.available_at is not None for printer in fitting)
        self.places = numpy.array([places[printer.id] for printer in fitting], dtype=numpy.intp)
        self.oldest_left: int | None = None

    def take_free(self) -> PrinterState | None:
        while self.free and not self.free[-1].is_free:
            self.free.pop()
        return self.free[-1] if self.free else None

    def left(self, waiting: Waiting) -> None:
        self.oldest_left = waiting.id if self.oldest_left is None else min(self.oldest_left, waiting.id)


class _Planning:
    def __init__(self, printers: Sequence[PrinterState], hours: Hours, now: datetime) -> None:
        self.printers, self.hours, self.now, self.furthest = printers, hours, now, now + FURTHEST
        self.by_id = {printer.id: printer for printer in printers}
        self.opening = opens(hours, now)
        self.loadouts = {printer.id: printer.loadout for printer in printers}
        self.places = {printer.id: place for place, printer in enumerate(printers)}
        self.times = numpy.array([_seconds(printer.available_at) for printer in printers])
        self.knows_grams = any(loadout.least is not None for loadout in self.loadouts.values())
        self.groups: dict[object, _Group] = {}
        self.plan = Plan()

    def of(self, queue: Sequence[Waiting]) -> Plan:
        for waiting in queue:
            group = self._group(waiting)
            note = self._start_or_note(waiting, group)
            if note is not None:
                self.plan.notes[waiting.id] = note
        self._count_passed_over()
        return self.plan

    def _group(self, waiting: Waiting) -> _Group:
        key = (
            waiting.printer_id,
            waiting.needs if self.knows_grams else None,  # only there do the grams make a difference
            wanted_of(waiting.needs, waiting.must_match_color, waiting.asked_slot),
            waiting.model,
            waiting.print_anyway,
        )
        group = self.groups.get(key)
        if group is None:
            among = self.printers
            if waiting.printer_id is not None:
                asked = self.by_id.get(waiting.printer_id)
                among = [asked] if asked is not None else []
            group = self.groups[key] = _Group(waiting, among, self.loadouts, self.places)
        return group

    # ------------------------------------------------------------ one print
    def _start_or_note(self, waiting: Waiting, group: _Group) -> Note | None:
        if not group.fitting:
            return self._nothing_fits(waiting, group)
        gate, gate_code = self._gate(waiting)
        if gate <= self.now and self.opening <= self.now:
            printer = group.take_free()
            if printer is not None:
                self._start(waiting, printer, group)
                return None
            if group.can_start:
                group.left(waiting)
        start = self._estimate(waiting, group, gate)
        begins = max(gate, self.opening)
        if begins > self.now:
            self.plan.wakes_at = min(begins, self.plan.wakes_at or begins)
        if gate > self.now:
            if gate_code == "retry":
                return Note("retry", None, start)
            return Note("not_before", f"It starts at {self._clock(gate)} at the earliest, as it was asked for.", start)
        if start is None:
            return self._unusable(waiting, group)
        if self.opening > self.now:
            return Note("working_hours", f"The shop starts prints again at {self._clock(self.opening)}.", start)
        return self._busy(waiting, group, start)

    def _gate(self, waiting: Waiting) -> tuple[datetime, str]:
        retry = min(waiting.next_try_at or self.now, self.furthest)
        asked = min(waiting.not_before or self.now, self.furthest)
        return (retry, "retry") if retry > asked else (asked, "not_before")

    def _start(self, waiting: Waiting, printer: PrinterState, group: _Group) -> None:
        printer.is_free = False
        self._take_until(printer, self.now + waiting.duration)
        printer.code, printer.words = "queue", f"Another print goes first on {printer.name}."
        slots = match(waiting.needs, printer.trays, waiting.must_match_color, waiting.asked_slot).slots
        self.plan.starts.append(Start(waiting, printer.id, slots))

    def _estimate(self, waiting: Waiting, group: _Group, gate: datetime) -> datetime | None:
        printer = self._soonest(group)
        if printer is None or printer.available_at is None:
            return None
        ready = printer.available_at
        if gate > ready:  # others are printed until then
            start = opens(self.hours, min(max(gate, printer.planned_until or gate), self.furthest))
            printer.planned_until = start + waiting.duration
            return start
        start = opens(self.hours, min(ready, self.furthest))
        self._take_until(printer, start + waiting.duration)
        return start

    def _soonest(self, group: _Group) -> PrinterState | None:
        """The one that takes a print first, as far as anybody can say."""
        if not group.can_start:
            return None
        if len(group.fitting) == 1:
            return group.fitting[0]
        return group.fitting[int(self.times[group.places].argmin())]

    def _take_until(self, printer: PrinterState, moment: datetime) -> None:
        printer.available_at = moment
        self.times[self.places[printer.id]] = _seconds(moment)

    # ------------------------------------------------------------ reasons
    def _nothing_fits(self, waiting: Waiting, group: _Group) -> Note:
        if not self.printers:
            return Note("no_printer", "The shop has no printer.")
        asked = self.by_id.get(waiting.printer_id) if waiting.printer_id is not None else None
        if waiting.printer_id is not None and asked is None:
            return Note("no_printer", "Its printer was removed. Choose another one.")
        if group.is_unsaid:
            return Note("material", "Nobody has said what it is printed of: say which material or which slot.")
        if group.unfit is None and group.short is None:
            where = f"{asked.name} is another one." if asked else "The shop has none."
            return Note("file_model", f"The file was sliced for a {waiting.model}. {where}")
        if group.short is not None:
            printer = group.short
            found = match(waiting.needs, printer.trays, waiting.must_match_color, waiting.asked_slot)
            need, tray = found.short[0]
            return Note(
                "filament_short",
                f"Slot {tray.number} of {printer.name} holds {tray.grams:f} g, it needs {need.grams:f} g.",
            )
        among = [asked] if asked is not None else list(self.printers)
        if not any(printer.is_connected for printer in among):
            return Note(among[0].code, among[0].words if len(among) == 1 else _none_connected(among))
        trays = group.unfit.trays if group.unfit is not None else ()
        missing = match(waiting.needs, trays, waiting.must_match_color, waiting.asked_slot).missing
        wanted = ", ".join(dict.fromkeys(map(_words_of, missing)))
        if asked is None:
            return Note("material", f"No printer has {wanted} loaded.")
        if waiting.asked_slot is not None:
            return Note("material", f"Slot {waiting.asked_slot} of {asked.name} has no {wanted} loaded.")
        return Note("material", f"{asked.name} has no {wanted} loaded.")

    def _unusable(self, waiting: Waiting, group: _Group) -> Note:
        first = group.fitting[0]
        if len(group.fitting) == 1:
            return Note(first.code, first.words)
        return Note(first.code, f"None of the {len(group.fitting)} printers that fit can start: {first.words}")

    def _busy(self, waiting: Waiting, group: _Group, start: datetime) -> Note:
        if len(group.fitting) == 1:
            only = group.fitting[0]
            return Note(only.code or "queue", only.words or f"Another print goes first on {only.name}.", start)
        return Note("printer_busy", f"All {len(group.fitting)} printers that fit are taken.", start)

    def _clock(self, moment: datetime) -> str:
        local = moment.astimezone(zone_of(self.hours.zone))
        return f"{local:%Y-%m-%d %H:%M} ({self.hours.zone})"

    # ------------------------------------------------------------ starvation
    def _count_passed_over(self) -> None:
        """Of each start, the oldest print that could have had the printer: in the end everybody is the oldest one."""
        groups = [group for group in self.groups.values() if group.oldest_left is not None]
        for start in self.plan.starts:
            oldest = min(
                (group.oldest_left for group in groups if start.printer_id in group.worst and group.oldest_left),
                default=start.waiting.id,
            )
            if oldest < start.waiting.id:
                self.plan.passed_over.add(oldest)


def _seconds(moment: datetime | None) -> float:
    return math.inf if moment is None else moment.timestamp()


def _none_connected(among: Sequence[PrinterState]) -> str:
    words = {printer.words for printer in among if printer.code == "no_bridge"}
    return next(iter(words), "No printer is connected.")


def _words_of(need: Need) -> str:
    return " ".join(part for part in (need.material or "filament", need.color and f"in {need.color}") if part)


@lru_cache(maxsize=1_000)
def model_key(name: str) -> str:
    """As models are compared: "Bambu Lab X1 Carbon" is an X1C."""
    plain = re.sub(r"[^A-Z0-9]", "", name.upper().replace("BAMBU LAB", ""))
    return {"X1CARBON": "X1C", "A1M": "A1MINI"}.get(plain, plain)


def _is_model(sliced_for: str, model: str) -> bool:
    """What is not known fits."""
    return not sliced_for or not model or model_key(sliced_for) == model_key(model)
