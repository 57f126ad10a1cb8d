"""A shop's filaments: made, corrected, let go of. Every gram that changes is a row in the history of its spool."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from PIL import ImageColor

from accounts.models import User
from config.core.errors import Invalid
from config.core.folding import folded
from config.core.idempotency import Once, done_once
from printshop.choices import PrintStatus, SpoolChangeKind
from printshop.models import Filament, PrinterSlot, PrintFilament, Spool
from printshop.models.filaments import grams_sum
from printshop.selectors.filaments import filament_own
from printshop.services.filaments.stock import (
    NOTHING,
    change_note,
    filament_locked,
    filament_settle,
    remaining_of,
    spool_change,
)
from printshop.services.filaments.taking import spool_seen
from printshop.services.shops.shops import shop_open

MOST_GRAMS: Final = Decimal("99999999.99")
CORRECTED: Final = "The stock was corrected."


@done_once(Filament)
def filament_create(
    *,
    actor: User,
    material: str,
    color: str,
    initial_amount: Decimal,
    current_amount: Decimal | None = None,
    cost_per_gram: Decimal | None = None,
    low_stock_threshold: Decimal = NOTHING,
    tare_amount: Decimal | None = None,
    vendor: str = "",
    once: Once | None = None,
) -> Filament:
    """With one spool that holds it. Amounts are grams; without `current_amount` it is full. Raises Invalid (the
    field)."""
    current = initial_amount if current_amount is None else current_amount
    _check_amounts(initial_amount, current)
    with transaction.atomic():
        filament = Filament(
            shop=shop_open(actor=actor),
            initial_amount=initial_amount,
            current_amount=current,
            cost_per_gram=cost_per_gram,
            low_stock_threshold=low_stock_threshold,
            tare_amount=tare_amount,
            vendor=vendor,
        )
        _name(filament, material, color)
        filament.save()
        if initial_amount:
            spool = Spool.objects.create(filament=filament, initial_amount=initial_amount, used_amount=initial_amount)
            spool_change(spool, grams=current, kind=SpoolChangeKind.ADDED, actor=actor)
        filament_settle(filament, tells=False)
    return filament


def filament_change(*, actor: User, filament_id: int, **changes: Any) -> Filament:
    """What is left out stays. `current_amount` is what there is on all spools in use: a difference is given to them or
    taken off them, and noted in their history; `initial_amount` is what they held in all. Raises Missing, Denied and
    Invalid (more left than there was)."""
    filament_own(actor=actor, filament_id=filament_id)
    with transaction.atomic():
        filament = filament_locked(filament_id, in_stock=True)
        _name(filament, changes.pop("material", filament.material), changes.pop("color", filament.color))
        initial = changes.pop("initial_amount", filament.initial_amount)
        current = changes.pop("current_amount", filament.current_amount)
        _check_amounts(initial, current)
        for name, value in changes.items():
            setattr(filament, name, value)
        _spread(filament, initial, current, actor)
        filament.initial_amount = initial
        filament.save()
        filament_settle(filament)
    return filament_own(actor=actor, filament_id=filament_id)


def filament_delete(*, actor: User, filament_id: int) -> None:
    """Gone from the stock; its history stays for the figures. Prints that wait are reserved of it no more. Raises
    Missing and Denied."""
    filament_own(actor=actor, filament_id=filament_id)
    with transaction.atomic():
        filament = filament_locked(filament_id, in_stock=True)
        now = timezone.now()
        spools = Spool.objects.filter(filament=filament, archived_at=None)
        PrinterSlot.objects.filter(spool__filament=filament).update(spool=None)
        for spool in spools.order_by("pk"):
            left = -remaining_of(spool)
            change_note(spool, grams=left, kind=SpoolChangeKind.REMOVED, actor=actor, note="The filament was deleted.")
        spools.update(archived_at=now)
        waiting = [PrintStatus.QUEUED, PrintStatus.SCHEDULED]
        PrintFilament.objects.filter(filament=filament, scheduled_print__status__in=waiting).update(filament=None)
        filament.removed_at, filament.is_low, filament.current_amount = now, False, NOTHING
        filament.save(update_fields=["removed_at", "is_low", "current_amount", "updated_at"])


def color_hex_of(color: str) -> str:
    """#RRGGBB of a word (CSS's names) or of such a value itself; empty for what is neither."""
    try:
        rgb = ImageColor.getrgb("".join(color.split()).lower())
    except ValueError:
        return ""
    if not all(0 <= channel <= 255 for channel in rgb):  # such as rgb(999, 0, 0)
        return ""
    return "#{:02X}{:02X}{:02X}".format(*rgb[:3])


def initial_settle(filament: Filament) -> None:
    """What the spools in use of a locked filament held when they were full. Raises Invalid (more than that can be)."""
    in_use = Spool.objects.filter(filament=filament, archived_at=None)
    filament.initial_amount = in_use.aggregate(sum=grams_sum("initial_amount"))["sum"] or NOTHING
    if filament.initial_amount > MOST_GRAMS:
        raise Invalid(f"The spools of a filament hold {MOST_GRAMS} grams in all at most.")
    filament.save(update_fields=["initial_amount", "updated_at"])


def _check_amounts(initial: Decimal, current: Decimal) -> None:
    for name, grams in (("initial_amount", initial), ("current_amount", current)):
        if not 0 <= grams <= MOST_GRAMS:
            raise Invalid(f"It must be 0 to {MOST_GRAMS} grams.", field=name)
    if current > initial:
        raise Invalid("There cannot be more left than there was.", field="current_amount")


def _name(filament: Filament, material: str, color: str) -> None:
    filament.material, filament.color = material.strip(), color.strip()
    for name, text in (("material", filament.material), ("color", filament.color)):
        if not text:
            raise Invalid("This may not be blank.", field=name)
    filament.material_folded, filament.color_folded = folded(filament.material), folded(filament.color)
    filament.color_hex = color_hex_of(filament.color)


def _spread(filament: Filament, initial: Decimal, current: Decimal, actor: User) -> None:
    """Make the spools in use of a locked filament hold `current` of `initial` grams in all."""
    spools = list(Spool.objects.filter(filament=filament, archived_at=None).order_by("pk"))
    if not spools and initial:
        spools = [Spool.objects.create(filament=filament, initial_amount=NOTHING)]
    for spool in spools:  # one that gave more than it held
        spool.used_amount = min(spool.used_amount, spool.initial_amount)
    before = {spool.pk: remaining_of(spool) for spool in spools}
    _resize(spools, initial - sum((spool.initial_amount for spool in spools), NOTHING))
    _refill(spools, current - sum(map(remaining_of, spools), NOTHING))
    for spool in spools:
        spool.save(update_fields=["initial_amount", "used_amount"])
        change = remaining_of(spool) - before[spool.pk]
        if change:
            change_note(spool, grams=change, kind=SpoolChangeKind.CORRECTED, actor=actor, note=CORRECTED)
            spool_seen(spool)


def _resize(spools: list[Spool], change: Decimal) -> None:
    """More or less that there was, with the same left as long as that is possible."""
    if change >= 0:
        for spool in spools[-1:]:
            spool.initial_amount += change
            spool.used_amount += change
        return
    less = -change
    for spool in spools:
        part = min(spool.used_amount, less)
        spool.initial_amount -= part
        spool.used_amount -= part
        less -= part
    for spool in reversed(spools):  # only what is left can go
        part = min(spool.initial_amount, less)
        spool.initial_amount -= part
        less -= part


def _refill(spools: Iterable[Spool], change: Decimal) -> None:
    """Take from the oldest first, give back to the newest first."""
    spools = list(spools)
    if change < 0:
        less = -change
        for spool in spools:
            part = min(remaining_of(spool), less)
            spool.used_amount += part
            less -= part
        return
    for spool in reversed(spools):
        part = min(spool.used_amount, change)
        spool.used_amount -= part
        change -= part
