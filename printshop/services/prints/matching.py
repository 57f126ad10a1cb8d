"""Which slot each filament of a print comes from. Pure: no database.

Each slot used once; the same preset where one slot alone has it, then the
same material in exactly this colour, then in a similar one, then the material alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

SIMILAR: Final = 40
"""So much may each of red, green and blue differ, of 255."""
SAME_MATERIAL: Final = {"PA12-CF": "PA-CF", "PAHT-CF": "PA-CF"}
PRESET, EXACT, LIKE, TYPE = range(4)


@dataclass(frozen=True, slots=True)
class Need:
    """One filament of a print; empty text and None: not said."""

    position: int
    preset: str = ""
    material: str = ""
    color: str = ""
    grams: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tray:
    """A loaded slot. `grams` are what is left: of the bound spool, else as the printer says; None when unknown."""

    number: int
    material: str
    preset: str = ""
    color: str = ""
    grams: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """`slots` are pairs of position and slot number, empty when there is none. `worst` is the loosest way in which one
    of them fits. `missing` are needs that nothing fits, `short` those whose slot does not hold enough."""

    slots: tuple[tuple[int, int], ...] = ()
    worst: int = PRESET
    missing: tuple[Need, ...] = ()
    short: tuple[tuple[Need, Tray], ...] = ()

    @property
    def is_there(self) -> bool:
        return not self.missing


@lru_cache(maxsize=10_000)
def material_of(text: str) -> str:
    """As materials are compared."""
    plain = text.strip().upper()
    return SAME_MATERIAL.get(plain, plain)


class Wanted:
    """What prints ask of slots, but for the grams: one object for all that ask the same (`wanted_of`)."""

    __slots__ = ("asked_slot", "must_match_color", "needs")

    def __init__(self, needs: tuple[Need, ...], must_match_color: bool, asked_slot: int | None) -> None:
        self.needs, self.must_match_color, self.asked_slot = needs, must_match_color, asked_slot


class Loadout:
    """What is loaded in a printer: one object for all that have the same (`loadout_of`). `least` are the fewest grams
    known of a slot."""

    __slots__ = ("least", "trays")

    def __init__(self, trays: tuple[Tray, ...]) -> None:
        self.trays = trays
        self.least = min((tray.grams for tray in trays if tray.grams is not None), default=None)


@dataclass(frozen=True, slots=True)
class Fit:
    """`capacity`: what the best slot of a print's only filament holds; None: not known, or there are several."""

    worst: int
    capacity: Decimal | None = None


@lru_cache(maxsize=50_000)
def wanted_of(needs: tuple[Need, ...], must_match_color: bool, asked_slot: int | None) -> Wanted:
    return _wanted(tuple(replace(need, grams=None) for need in needs), must_match_color, asked_slot)


@lru_cache(maxsize=50_000)
def _wanted(needs: tuple[Need, ...], must_match_color: bool, asked_slot: int | None) -> Wanted:
    return Wanted(needs, must_match_color, asked_slot)


@lru_cache(maxsize=50_000)
def loadout_of(trays: tuple[Tray, ...]) -> Loadout:
    return Loadout(trays)


@lru_cache(maxsize=200_000)
def fit(wanted: Wanted, loadout: Loadout) -> Fit | None:
    """Whether there is a match, kept from pass to pass: both are compared by identity. None: there is none."""
    found = match(wanted.needs, loadout.trays, wanted.must_match_color, wanted.asked_slot)
    if not found.is_there:
        return None
    if len(wanted.needs) != 1:
        return Fit(found.worst)
    need = wanted.needs[0]
    if wanted.asked_slot is None:
        fits = _fits(need, loadout.trays, wanted.must_match_color)
    else:
        fits = _asked(need, loadout.trays, wanted.must_match_color, wanted.asked_slot)
    best = next(trays for _, trays in sorted(fits.items()) if trays)
    known = [tray.grams for tray in best if tray.grams is not None]
    return Fit(found.worst, max(known) if len(known) == len(best) else None)


def is_short(needs: tuple[Need, ...], wanted: Wanted, loadout: Loadout, found: Fit) -> bool:
    """Whether the slots that a print would take hold too little of what it needs."""
    grams = [need.grams for need in needs if need.grams is not None]
    if not grams or loadout.least is None or loadout.least >= max(grams):
        return False
    if len(needs) == 1:
        return found.capacity is not None and found.capacity < grams[0]
    return bool(match(needs, loadout.trays, wanted.must_match_color, wanted.asked_slot).short)


@lru_cache(maxsize=10_000)
def match(
    needs: tuple[Need, ...], trays: tuple[Tray, ...], must_match_color: bool = False, asked_slot: int | None = None
) -> Match:
    """`asked_slot` is the first need's: its material must be the right one, its colour is the owner's choice."""
    fits = {need.position: _fits(need, trays, must_match_color) for need in needs}
    if asked_slot is not None and needs:
        fits[needs[0].position] = _asked(needs[0], trays, must_match_color, asked_slot)
    chosen: dict[int, Tray] = {}
    for tier in (PRESET, EXACT, LIKE, TYPE):  # a looser fit takes no slot that another filament fits better
        for need in needs:
            if need.position not in chosen:
                _choose(need, fits[need.position].get(tier, ()), chosen)
    for need in needs:
        if need.position not in chosen:
            _make_room(need.position, fits, chosen, set())
    missing = tuple(need for need in needs if need.position not in chosen)
    if missing:
        return Match(missing=missing)
    return Match(
        slots=tuple((need.position, chosen[need.position].number) for need in needs),
        worst=max((_tier_of(fits[need.position], chosen[need.position]) for need in needs), default=PRESET),
        short=tuple((need, chosen[need.position]) for need in needs if _is_short(need, chosen[need.position])),
    )


def is_similar(one: str, other: str) -> bool:
    """Two colours, #RRGGBB."""
    try:
        pairs = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    except ValueError:
        return False
    return all(abs(first - second) <= SIMILAR for first, second in pairs)


Fits = dict[int, tuple[Tray, ...]]


def _fits(need: Need, trays: tuple[Tray, ...], must_match_color: bool) -> Fits:
    same = [tray for tray in trays if not need.material or material_of(tray.material) == material_of(need.material)]
    exact = [tray for tray in same if not need.color or tray.color == need.color]
    preset = [tray for tray in same if need.preset and tray.preset == need.preset]
    if must_match_color:
        return {PRESET: _ordered(need, [tray for tray in preset if tray in exact]), EXACT: _ordered(need, exact)}
    return {
        PRESET: tuple(preset) if len(preset) == 1 else (),
        EXACT: _ordered(need, exact),
        LIKE: _ordered(need, [tray for tray in same if is_similar(tray.color, need.color)]),
        TYPE: _ordered(need, same),
    }


def _asked(need: Need, trays: tuple[Tray, ...], must_match_color: bool, slot: int) -> Fits:
    there = tuple(tray for tray in trays if tray.number == slot)
    fits = _fits(need, there, must_match_color)
    return {EXACT: tuple(tray for tray in there if any(tray in found for found in fits.values()))}


def _ordered(need: Need, trays: Iterable[Tray]) -> tuple[Tray, ...]:
    """Those that hold enough before those that do not, then the emptiest, so that spools are used up; what is unknown
    comes last."""
    return tuple(
        sorted(
            trays,
            key=lambda tray: (_is_short(need, tray), tray.grams is None, tray.grams or Decimal(0), tray.number),
        )
    )


def _is_short(need: Need, tray: Tray) -> bool:
    return need.grams is not None and tray.grams is not None and tray.grams < need.grams


def _choose(need: Need, trays: Iterable[Tray], chosen: dict[int, Tray]) -> None:
    taken = {tray.number for tray in chosen.values()}
    for tray in trays:
        if tray.number not in taken:
            chosen[need.position] = tray
            return


def _make_room(position: int, fits: dict[int, Fits], chosen: dict[int, Tray], seen: set[int]) -> bool:
    """Give a filament a slot by moving others to what fits them as well."""
    for trays in fits[position].values():
        for tray in trays:
            if tray.number in seen:
                continue
            seen.add(tray.number)
            holder = next((other for other, held in chosen.items() if held.number == tray.number), None)
            if holder is None or _make_room(holder, fits, chosen, seen):
                chosen[position] = tray
                return True
    return False


def _tier_of(fits: Fits, tray: Tray) -> int:
    return next(tier for tier, trays in sorted(fits.items()) if tray in trays)
