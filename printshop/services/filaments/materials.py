"""What lies in the slots: set by hand, and the spools that are bound to them.

What the owner sets stands in a slot's `manual`, beside what the printer reports, until another spool is there.
"""

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
from printshop.services.filaments.stock import filament_locked


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
        if spool is not None:  # of two slots that are given it at once, it lies in the later one
            filament_locked(spool.filament_id)
            spool.refresh_from_db(fields=["archived_at", "tray_uuid"])
        slots = PrinterSlot.objects.select_for_update(of=("self",)).order_by("pk")
        by_id = {slot.pk: slot for slot in slots.filter(Q(pk=material_id) | Q(spool=spool_id, spool__isnull=False))}
        slot = by_id[material_id]
        if spool is not None:
            _check(slot, spool)
            PrinterSlot.objects.filter(spool=spool).exclude(pk=slot.pk).update(spool=None)
        slot.spool = spool
        slot.save(update_fields=["spool"])
    return material_own(actor=actor, material_id=material_id)


def spool_bind(spool: Spool, *, shop_id: int) -> None:
    """A spool that has just got its RFID lies where a printer of the shop reads it; slots that are filled later find
    theirs when they are reported (`printshop.services.printers.reports`). In the caller's transaction."""
    if not spool.tray_uuid or spool.slots.exists():
        return
    slots = PrinterSlot.objects.select_for_update(of=("self",)).order_by("pk")
    slot = slots.filter(
        printer__shop=shop_id, printer__removed_at=None, is_loaded=True, tray_uuid=spool.tray_uuid, spool=None
    ).first()
    if slot is not None:
        slot.spool = spool
        slot.save(update_fields=["spool"])


def _check(slot: PrinterSlot, spool: Spool) -> None:
    if not slot.is_loaded:
        raise Invalid("The slot is empty.", field="spool_id")
    if spool.archived_at is not None:
        raise Invalid("The spool was put away.", field="spool_id")
    if slot.tray_uuid and spool.tray_uuid and slot.tray_uuid != spool.tray_uuid:
        raise Invalid("The printer reads another RFID there.", field="spool_id")
