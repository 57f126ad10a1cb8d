"""What lies in the slots of a shop's printers."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from accounts.actors import Actor
from config.core.errors import Missing
from printshop.models import Printer, PrinterSlot
from printshop.selectors.printers import printer_own
from printshop.selectors.shops import own, shop_of

HUNDRED = Decimal(100)


def materials(*, actor: Actor, printer_id: int | None = None) -> QuerySet[PrinterSlot]:
    """Loaded slots, by printer and slot. Raises Missing and Denied (the printer)."""
    rows = PrinterSlot.objects.filter(printer__shop=shop_of(actor=actor), printer__removed_at=None, is_loaded=True)
    if printer_id is not None:
        printer_own(actor=actor, printer_id=printer_id)
        rows = rows.filter(printer=printer_id)
    return rows.select_related("spool__filament", "printer__shop").order_by("printer_id", "number")


def material_own(*, actor: Actor, material_id: int) -> PrinterSlot:
    """Raises Missing and Denied."""
    slot = PrinterSlot.objects.select_related("spool__filament", "printer__shop").filter(pk=material_id).first()
    if slot is None:
        raise Missing("Material")
    own(Printer.objects.filter(removed_at=None), actor=actor, pk=slot.printer_id, thing="Material")
    return slot


def full_grams(slot: PrinterSlot) -> Decimal | None:
    """What the spool of a slot holds when it is full: as bound, else by the printer's own figures; None: unknown."""
    initial = Decimal(slot.spool.initial_amount) if slot.spool is not None else None
    return full_of(initial, slot.weight_grams, slot.remaining_pct)


def full_of(initial: Decimal | None, weight: int | None, percent: int | None) -> Decimal | None:
    """The same, of what the spool held and what the printer says is left."""
    if initial is not None:
        return initial
    if weight and percent:
        return (Decimal(weight) * HUNDRED / percent).quantize(Decimal(1))
    return None


def grams_by_hand(full: Decimal | None, percent: float) -> Decimal | None:
    """What is left by the share that was set by hand; None: unknown."""
    return None if full is None else round(full * Decimal(str(percent)) / HUNDRED, 2)


def grams_shown(slot: PrinterSlot) -> float | None:
    """By what was set by hand, else as the printer says."""
    if "remaining_pct" not in (slot.manual or {}):
        return slot.weight_grams
    grams = grams_by_hand(full_grams(slot), slot.manual["remaining_pct"])
    return None if grams is None else float(grams)


def material_row(slot: PrinterSlot) -> dict[str, Any]:
    """A slot, everywhere as here: what was set by hand, else what the printer says, else what is known of the spool
    that is bound to it; None where nobody knows."""
    manual, spool = slot.manual or {}, slot.spool
    percent: float | None = manual.get("remaining_pct", slot.remaining_pct)
    weight = grams_shown(slot)
    if "remaining_pct" not in manual and spool is not None and (percent is None or weight is None):
        full = full_grams(slot)
        left = max(Decimal(spool.initial_amount) - Decimal(spool.used_amount), Decimal(0))
        weight = float(left)
        percent = float(round(left * HUNDRED / full, 2)) if full else 0.0
    cost = manual.get("cost_per_kg", slot.cost_per_kg)
    if cost is None and spool is not None and spool.filament.cost_per_gram is not None:
        cost = spool.filament.cost_per_gram * 1000
    return {
        "id": slot.pk,
        "printer_id": slot.printer_id,
        "slot": slot.number,
        "material_type": slot.material_type or None,
        "color": slot.color or None,
        "weight_grams": weight,
        "remaining_pct": percent,
        "vendor": manual.get("vendor", slot.vendor) or (spool.filament.vendor if spool is not None else "") or None,
        "cost_per_kg": None if cost is None else float(cost),
        "currency": slot.printer.shop.currency,
        "loaded_at": slot.loaded_at,
        "last_synced": slot.synced_at,
        "spool_id": slot.spool_id,
        "preset": slot.preset,
    }
