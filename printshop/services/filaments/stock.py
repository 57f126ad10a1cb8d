"""Grams on spools: every change of them, its history, and what a filament has in all.

Whoever changes spools of a filament locks the filament first; several are locked in the order of their ids.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.actors import SYSTEM, Actor, person
from accounts.choices import NotificationType
from accounts.services.notifications import notification_send
from config.core.errors import Missing
from printshop.choices import SpoolChangeKind
from printshop.models import Filament, Spool, SpoolChange
from printshop.models.filaments import REMAINING, grams_sum

HUNDREDTH: Final = Decimal("0.01")
NOTHING: Final = Decimal(0)


def grams_of(value: Decimal | float | int) -> Decimal:
    """Worked out grams, to the hundredth."""
    return Decimal(value).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def remaining_of(spool: Spool) -> Decimal:
    """Never below nothing."""
    return max(Decimal(spool.initial_amount) - Decimal(spool.used_amount), NOTHING)


def filament_locked(filament_id: int, *, in_stock: bool = False) -> Filament:
    """Raises Missing; with `in_stock` also for one that was deleted, and be it a moment ago."""
    found = Filament.objects.select_for_update(of=("self",)).select_related("shop").filter(pk=filament_id).first()
    if found is None or (in_stock and found.removed_at is not None):
        raise Missing("Filament")
    return found


def filaments_locked(filament_ids: Iterable[int]) -> dict[int, Filament]:
    rows = Filament.objects.select_for_update(of=("self",)).select_related("shop")
    return {row.pk: row for row in rows.filter(pk__in=set(filament_ids)).order_by("pk")}


def spool_change(
    spool: Spool,
    *,
    grams: Decimal,
    kind: SpoolChangeKind,
    actor: Actor = SYSTEM,
    note: str = "",
    run_id: int | None = None,
    position: int | None = None,
    cost_per_gram: Decimal | None = None,
    currency: str = "",
) -> SpoolChange:
    """Take grams off a spool (negative) or give them back, of a locked filament; `filament_settle` follows."""
    used = {"last_used_at": timezone.now()} if run_id is not None else {}
    Spool.objects.filter(pk=spool.pk).update(used_amount=Greatest(F("used_amount") - grams, NOTHING), **used)
    spool.refresh_from_db(fields=["used_amount", "last_used_at"])
    return change_note(
        spool,
        grams=grams,
        kind=kind,
        actor=actor,
        note=note,
        run_id=run_id,
        position=position,
        cost_per_gram=cost_per_gram,
        currency=currency,
    )


def change_note(
    spool: Spool,
    *,
    grams: Decimal,
    kind: SpoolChangeKind,
    actor: Actor = SYSTEM,
    note: str = "",
    run_id: int | None = None,
    position: int | None = None,
    cost_per_gram: Decimal | None = None,
    currency: str = "",
) -> SpoolChange:
    """The history's row of a change of a spool that is saved with it."""
    return SpoolChange.objects.create(
        spool=spool,
        kind=kind,
        grams=grams,
        run_id=run_id,
        position=position,
        cost=None if cost_per_gram is None else (-grams * cost_per_gram).quantize(Decimal("0.00001")),
        currency="" if cost_per_gram is None else currency,
        actor=person(actor),
        note=note[:200],
    )


def filament_settle(filament: Filament, *, tells: bool = True) -> None:
    """Work out what a locked filament has over all its spools in use. Its owner is told once when it becomes low; one
    that was deleted is never low."""
    in_use = Spool.objects.filter(filament=filament, archived_at=None)
    filament.current_amount = grams_of(in_use.aggregate(sum=grams_sum(Greatest(REMAINING, NOTHING)))["sum"] or 0)
    was_low = filament.is_low
    filament.is_low = filament.removed_at is None and filament.current_amount <= filament.low_stock_threshold
    filament.save(update_fields=["current_amount", "is_low", "updated_at"])
    if tells and filament.is_low and not was_low:
        _tell_low(filament)


def _tell_low(filament: Filament) -> None:
    notification_send(
        user=filament.shop.owner,
        notification_type=NotificationType.FILAMENT_LOW,
        title=f"{filament} is running low",
        message=(
            f"{filament.current_amount:f} g of {filament} are left on all its spools; you asked to be told at "
            f"{filament.low_stock_threshold:f} g."
        ),
        data={"filament_id": filament.pk, "current_amount": float(filament.current_amount)},
    )
