"""What lies in the slots: set by hand, and the spools that are bound to them.

What the owner sets stands in a slot's `manual`, beside what the printer reports, until another spool is there.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from config.core.errors import Invalid
from config.core.money import exact
from printshop.models import PrinterSlot, Spool
from printshop.selectors.filaments import spool_own
from printshop.selectors.materials import material_own


def material_set(*, actor: User, material_id: int, **changes: Any) -> PrinterSlot:
    """`remaining_pct` (0 to 100), `vendor` and `cost_per_kg` (in the shop's currency); None lets the printer's word
    stand again. Raises Missing, Denied and Invalid."""
    material_own(actor=actor, material_id=material_id)
    with transaction.atomic():
        slot = PrinterSlot.objects.select_for_update(of=("self",)).select_related("printer__shop").get(pk=material_id)
        if changes.get("cost_per_kg") is not None:
            exact(changes["cost_per_kg"], slot.printer.shop.currency, field="cost_per_kg")
        manual = dict(slot.manual or {})
        for name, value in changes.items():
            if value is None:
                manual.pop(name, None)
            else:
                manual[name] = float(value) if isinstance(value, Decimal) else value
        slot.manual = manual
        slot.save(update_fields=["manual"])
    return material_own(actor=actor, material_id=material_id)


def material_bind(*, actor: User, material_id: int, spool_id: int | None) -> PrinterSlot:
    """Say by hand which spool lies in a slot; None: none that is known. It leaves the slot it was in before. Raises
    Missing, Denied and Invalid (an empty slot, an archived spool, another RFID than the printer reads)."""
    material_own(actor=actor, material_id=material_id)
    spool = spool_own(actor=actor, spool_id=spool_id) if spool_id is not None else None
    with transaction.atomic():
        slots = PrinterSlot.objects.select_for_update(of=("self",)).order_by("pk")
        by_id = {slot.pk: slot for slot in slots.filter(Q(pk=material_id) | Q(spool=spool_id, spool__isnull=False))}
        slot = by_id[material_id]
        if spool is not None:
            _check(slot, spool)
            PrinterSlot.objects.filter(spool=spool).exclude(pk=slot.pk).update(spool=None)
        slot.spool = spool
        slot.save(update_fields=["spool"])
    return material_own(actor=actor, material_id=material_id)


def slots_bind(*, printer_ids: Sequence[int]) -> int:
    """Bind spools by their RFID to the slots of printers that read it, and take them out of slots that read another one
    or are empty. Call it after the slots have changed; it may be called again. Returns how many slots changed."""
    with transaction.atomic():
        slots = list(
            PrinterSlot.objects.select_for_update(of=("self",))
            .select_related("spool", "printer")
            .filter(printer__in=printer_ids)
            .order_by("pk")
        )
        known = _spools_by_rfid(slots)
        wrong = [slot for slot in slots if slot.spool is not None and not _may_stay(slot, slot.spool)]
        found = {slot.pk: known.get((slot.printer.shop_id, slot.tray_uuid)) for slot in slots if slot.is_loaded}
        right = [slot for slot in slots if found.get(slot.pk) not in (None, slot.spool_id)]
        PrinterSlot.objects.filter(pk__in=[slot.pk for slot in wrong]).update(spool=None)
        PrinterSlot.objects.filter(spool__in=[found[slot.pk] for slot in right]).update(spool=None)
        taken: set[int] = set()
        for slot in right:
            spool_id = found[slot.pk]
            if spool_id is not None and spool_id not in taken:  # two printers cannot have one spool: the first has it
                taken.add(spool_id)
                PrinterSlot.objects.filter(pk=slot.pk).update(spool=spool_id)
    return len({slot.pk for slot in (*wrong, *right)})


def is_other_spool(before: PrinterSlot, *, tray_uuid: str, material_type: str, color: str) -> bool:
    """Whether a report shows another spool in a slot than was there: what was set by hand does not hold for that. RFID
    decides where both have one; else another material or colour does."""
    if before.tray_uuid and tray_uuid:
        return before.tray_uuid != tray_uuid
    if before.tray_uuid != tray_uuid:
        return True
    return (before.material_type, before.color) != (material_type, color)


def _spools_by_rfid(slots: Iterable[PrinterSlot]) -> dict[tuple[int, str], int]:
    rfids = {slot.tray_uuid for slot in slots if slot.tray_uuid}
    if not rfids:
        return {}
    rows = Spool.objects.filter(tray_uuid__in=rfids, archived_at=None).order_by("-pk")
    return {(row[0], row[1]): row[2] for row in rows.values_list("filament__shop_id", "tray_uuid", "pk")}


def _may_stay(slot: PrinterSlot, spool: Spool) -> bool:
    """One that was bound by hand stays while the slot reads no RFID."""
    if not slot.is_loaded or spool.archived_at is not None:
        return False
    return not slot.tray_uuid or not spool.tray_uuid or slot.tray_uuid == spool.tray_uuid


def _check(slot: PrinterSlot, spool: Spool) -> None:
    if not slot.is_loaded:
        raise Invalid("The slot is empty.", field="spool_id")
    if spool.archived_at is not None:
        raise Invalid("The spool was put away.", field="spool_id")
    if slot.tray_uuid and spool.tray_uuid and slot.tray_uuid != spool.tray_uuid:
        raise Invalid("The printer reads another RFID there.", field="spool_id")
