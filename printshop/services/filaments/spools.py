"""Spools: added, weighed, corrected, put away. Weighing follows Spoolman's rules."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from config.core.errors import Invalid
from printshop.choices import SpoolChangeKind
from printshop.errors import InUse
from printshop.models import Filament, PrinterSlot, Spool
from printshop.selectors.filaments import filament_own, spool_own
from printshop.services.filaments.filaments import MOST_GRAMS, initial_settle
from printshop.services.filaments.materials import spool_bind
from printshop.services.filaments.stock import (
    NOTHING,
    change_note,
    filament_locked,
    filament_settle,
    remaining_of,
)
from printshop.services.filaments.taking import spool_seen


def spool_add(
    *,
    actor: User,
    filament_id: int,
    initial_amount: Decimal,
    remaining_amount: Decimal | None = None,
    tare_amount: Decimal | None = None,
    tray_uuid: str = "",
    label: str = "",
) -> Spool:
    """Full unless told what remains. Raises Missing, Denied, Invalid (the field) and InUse (an RFID that another spool
    of the shop has)."""
    filament_own(actor=actor, filament_id=filament_id)
    remaining = initial_amount if remaining_amount is None else remaining_amount
    _check(initial_amount, "initial_amount")
    if not 0 <= remaining <= initial_amount:
        raise Invalid("There cannot be more left than it holds.", field="remaining_amount")
    with transaction.atomic():
        filament = filament_locked(filament_id, in_stock=True)
        _check_rfid(filament, tray_uuid)
        spool = Spool.objects.create(
            filament=filament,
            initial_amount=initial_amount,
            used_amount=initial_amount - remaining,
            tare_amount=tare_amount,
            tray_uuid=tray_uuid,
            label=label,
        )
        change_note(spool, grams=remaining, kind=SpoolChangeKind.ADDED, actor=actor)
        spool_bind(spool, shop_id=filament.shop_id)
        initial_settle(filament)
        filament_settle(filament)
    return spool_own(actor=actor, spool_id=spool.pk)


def spool_change_details(*, actor: User, spool_id: int, **changes: Any) -> Spool:
    """Its label, tare and RFID. Raises Missing, Denied and InUse."""
    with transaction.atomic():
        filament, spool = _locked(actor, spool_id)
        if changes.get("tray_uuid"):
            _check_rfid(filament, changes["tray_uuid"], but=spool.pk)
        for name, value in changes.items():
            setattr(spool, name, value)
        spool.save(update_fields=list(changes))
        spool_bind(spool, shop_id=filament.shop_id)
    return spool_own(actor=actor, spool_id=spool_id)


def spool_weigh(*, actor: User, spool_id: int, gross_amount: Decimal, note: str = "") -> Spool:
    """What the scale shows of spool and filament together, in grams.

    The tare is the spool's, else the filament's, else nothing. Below the tare it is empty; above what a full one
    weighs, it held more at the beginning than was thought. Raises Missing, Denied and Invalid.
    """
    _check(gross_amount, "gross_amount", least=NOTHING)
    with transaction.atomic():
        filament, spool = _locked(actor, spool_id)
        tare = filament.tare_amount if spool.tare_amount is None else spool.tare_amount
        net = max(gross_amount - (tare or NOTHING), NOTHING)
        _set(filament, spool, net, SpoolChangeKind.WEIGHED, actor, note)
    return spool_own(actor=actor, spool_id=spool_id)


def spool_correct(*, actor: User, spool_id: int, remaining_amount: Decimal, note: str = "") -> Spool:
    """Say what remains. Raises Missing, Denied and Invalid (more than it holds)."""
    with transaction.atomic():
        filament, spool = _locked(actor, spool_id)
        if not 0 <= remaining_amount <= spool.initial_amount:
            raise Invalid(f"It must be 0 to {spool.initial_amount:f} grams.", field="remaining_amount")
        _set(filament, spool, remaining_amount, SpoolChangeKind.CORRECTED, actor, note)
    return spool_own(actor=actor, spool_id=spool_id)


def spool_archive(*, actor: User, spool_id: int) -> Spool:
    """Put away: it counts in the stock no more, and lies in no slot. Again it changes nothing. Raises Missing and
    Denied."""
    with transaction.atomic():
        filament, spool = _locked(actor, spool_id)
        if spool.archived_at is None:
            PrinterSlot.objects.filter(spool=spool).update(spool=None)
            change_note(spool, grams=-remaining_of(spool), kind=SpoolChangeKind.REMOVED, actor=actor)
            spool.archived_at = timezone.now()
            spool.save(update_fields=["archived_at"])
            initial_settle(filament)
            filament_settle(filament)
    return spool_own(actor=actor, spool_id=spool_id)


def _locked(actor: User, spool_id: int) -> tuple[Filament, Spool]:
    """Under the lock of its filament."""
    filament = filament_locked(spool_own(actor=actor, spool_id=spool_id).filament_id)
    return filament, Spool.objects.get(pk=spool_id)


def _set(filament: Filament, spool: Spool, net: Decimal, kind: SpoolChangeKind, actor: User, note: str) -> None:
    before = remaining_of(spool) if spool.archived_at is None else net
    spool.initial_amount = max(spool.initial_amount, net)
    spool.used_amount = spool.initial_amount - net
    spool.save(update_fields=["initial_amount", "used_amount"])
    change_note(spool, grams=net - before, kind=kind, actor=actor, note=note)
    spool_seen(spool)
    initial_settle(filament)
    filament_settle(filament)


def _check(grams: Decimal, field: str, *, least: Decimal = Decimal("0.01")) -> None:
    if not least <= grams <= MOST_GRAMS:
        raise Invalid(f"It must be {least:f} to {MOST_GRAMS} grams.", field=field)


def _check_rfid(filament: Filament, tray_uuid: str, *, but: int | None = None) -> None:
    """One spool of a shop has it. Spools of two filaments may be given it at the same moment: a slot is bound to the
    older one then."""
    if not tray_uuid:
        return
    others = Spool.objects.filter(tray_uuid=tray_uuid, filament__shop=filament.shop_id, archived_at=None)
    if (others if but is None else others.exclude(pk=but)).exists():
        raise InUse("Another spool has this RFID.", field="tray_uuid")
