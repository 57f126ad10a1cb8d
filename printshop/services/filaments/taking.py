"""What a print took off its spools: once a run, which the database sees to as well."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.db.models import F

from printshop.choices import RunState, SpoolChangeKind
from printshop.models import Filament, PrinterSlot, PrintFilament, PrintRun, RunFilament, Spool
from printshop.models.filaments import REMAINING
from printshop.selectors.materials import full_grams
from printshop.services.filaments.stock import (
    NOTHING,
    filament_settle,
    filaments_locked,
    grams_of,
    remaining_of,
    spool_change,
)

HUNDRED: Final = Decimal(100)
WEIGHED_MEANWHILE: Final = "It was weighed or corrected while this was printed."


def run_filament_take(run: PrintRun, *, is_whole: bool) -> None:
    """Take what a run that has just ended used, in the transaction that ends it.

    The slicer's grams where the file says them: all of a completed print, of another one the part that was printed by
    the last layer seen, else by the last percentage. Without them the difference in what the AMS says of the spool.
    A slot that no spool is bound to takes from the stock that the print was reserved of. Of a spool that was taken out
    meanwhile what it does not hold is taken of those that came after it. What a spool that was weighed meanwhile had
    lost by then is given back to it: the scale has seen that already.
    """
    used = [(part, _used(run, part, is_whole=is_whole)) for part in run.filaments.select_related("spool")]
    used = [(part, grams) for part, grams in used if grams]
    if not used:
        return
    reserved = dict(
        PrintFilament.objects.filter(scheduled_print_id=run.scheduled_print_id, filament__isnull=False).values_list(
            "position", "filament_id"
        )
    )
    after = {part.position: _after(run, part) for part, _ in used if part.spool is not None}
    spools = {part.spool for part, _ in used if part.spool is not None}.union(*after.values())
    filaments = filaments_locked({spool.filament_id for spool in spools} | set(reserved.values()))
    for spool in spools:  # under their locks, as what was weighed
        spool.refresh_from_db(fields=["initial_amount", "used_amount"])
    weighed = dict(run.filaments.values_list("position", "weighed_grams"))
    kind = SpoolChangeKind.PRINT if is_whole else SpoolChangeKind.FAILED_PRINT
    touched: dict[int, Filament] = {}
    for part, grams in used:
        seen = min(weighed[part.position], grams)
        if part.spool is not None:
            shares = _shares(part.spool, after[part.position], grams, seen)
        else:
            of_stock = _of_stock(filaments.get(reserved.get(part.position, 0)), grams)
            shares = [(of_stock, grams)] if of_stock is not None else []
        for spool, share in shares:
            filament = touched[spool.filament_id] = filaments[spool.filament_id]
            spool_change(
                spool,
                grams=-share,
                kind=kind,
                run_id=run.pk,
                position=part.position,
                cost_per_gram=filament.cost_per_gram,
                currency=filament.shop.currency,
            )
        if part.spool is not None and seen:
            spool_change(part.spool, grams=seen, kind=SpoolChangeKind.CORRECTED, note=WEIGHED_MEANWHILE)
    for _, filament in sorted(touched.items()):
        filament_settle(filament)


def _after(run: PrintRun, part: RunFilament) -> list[Spool]:
    """What came after the spool of a part, where it lies in its slot no more: what lies there now, and, as an AMS goes
    on with another slot by itself, what else the printer has of the same filament."""
    slots = PrinterSlot.objects.filter(printer_id=run.printer_id, spool__isnull=False).select_related("spool")
    loaded = {slot.number: slot.spool for slot in slots.order_by("number") if slot.spool is not None}
    before, now = part.spool, loaded.pop(part.slot_number or 0, None)
    if before is None or now == before:
        return []
    others = [spool for spool in loaded.values() if spool.filament_id == before.filament_id and spool != before]
    return ([now] if now is not None else []) + others


def _shares(spool: Spool, after: Sequence[Spool], grams: Decimal, seen: Decimal) -> list[tuple[Spool, Decimal]]:
    """Of each spool what it holds, in their order; of the last one the rest. `seen` is off the first one already."""
    shares, rest = [], grams
    for each in (spool, *after):
        share = rest if each == (spool, *after)[-1] else min(rest, remaining_of(each) + (seen if each == spool else 0))
        if share:
            shares.append((each, share))
        rest -= share
    return shares


def spool_seen(spool: Spool) -> None:
    """What is on a spool of a locked filament was just said by its owner: what the run it is printed with has used by
    now is not taken once more."""
    parts = RunFilament.objects.select_related("run").filter(
        spool=spool, run__state=RunState.PRINTING, run__ended_at=None
    )
    for part in parts:
        part.weighed_grams = _used(part.run, part, is_whole=False)
        part.save(update_fields=["weighed_grams"])


def printed_part(run: PrintRun) -> Decimal:
    """How much of a print was done, 0 to 1, by what was seen of it while it ran."""
    if run.total_layers:
        return min(Decimal(run.layer) / run.total_layers, Decimal(1))
    return min(Decimal(run.progress) / HUNDRED, Decimal(1))


def _used(run: PrintRun, part: RunFilament, *, is_whole: bool) -> Decimal:
    if part.grams is not None:
        return grams_of(part.grams * (1 if is_whole else printed_part(run)))
    return grams_of(_by_difference(run, part))


def _by_difference(run: PrintRun, part: RunFilament) -> Decimal:
    """What the AMS says has gone from the spool that was there at the start. Nothing while it says nothing."""
    if part.remaining_pct is None or part.slot_number is None:
        return NOTHING
    slot = (
        PrinterSlot.objects.select_related("spool").filter(printer_id=run.printer_id, number=part.slot_number).first()
    )
    if slot is None or slot.remaining_pct is None or slot.spool_id != part.spool_id:
        return NOTHING
    return max(part.remaining_pct - slot.remaining_pct, 0) * (full_grams(slot) or NOTHING) / HUNDRED


def _of_stock(filament: Filament | None, grams: Decimal) -> Spool | None:
    """The spool that such a print is taken off: the least full one that holds so much, else the fullest."""
    if filament is None:
        return None
    spools = list(
        Spool.objects.filter(filament=filament, archived_at=None).annotate(left=REMAINING).order_by(F("left"), "pk")
    )
    return next((spool for spool in spools if remaining_of(spool) >= grams), spools[-1] if spools else None)
