"""Filament: what a shop has in stock, what is reserved of it, and the history of its spools."""

from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from accounts.actors import Actor
from config.core.errors import Missing
from config.core.folding import folded
from printshop.choices import PrintStatus
from printshop.models import Filament, PrintFilament, Spool, SpoolChange
from printshop.models.filaments import REMAINING, grams_sum
from printshop.selectors.shops import own, shop_of

RESERVING = (PrintStatus.QUEUED, PrintStatus.SCHEDULED, PrintStatus.STARTED)
NOTHING = Value(Decimal(0), output_field=DecimalField(max_digits=12, decimal_places=2))


def filaments(
    *, actor: Actor, material: str = "", color: str = "", low_stock: bool | None = None
) -> QuerySet[Filament]:
    """Those of the actor's shop, the newest first, each with its `reserved_amount`: grams of prints that wait or run.
    Material and colour are compared without case; `low_stock` keeps those at or below their threshold."""
    rows = Filament.objects.filter(shop=shop_of(actor=actor), removed_at=None)
    if material:
        rows = rows.filter(material_folded=folded(material.strip()))
    if color:
        rows = rows.filter(color_folded=folded(color.strip()))
    if low_stock:
        rows = rows.filter(is_low=True)
    return with_reserved(rows).order_by("-pk")


def with_reserved(rows: QuerySet[Filament]) -> QuerySet[Filament]:
    needs = PrintFilament.objects.filter(filament=OuterRef("pk"), scheduled_print__status__in=RESERVING)
    grams = needs.order_by().values("filament").annotate(grams=grams_sum("grams")).values("grams")
    return rows.select_related("shop").annotate(reserved_amount=Coalesce(Subquery(grams), NOTHING))


def filament_own(*, actor: Actor, filament_id: int) -> Filament:
    """Raises Missing and Denied."""
    rows = with_reserved(Filament.objects.filter(removed_at=None))
    return own(rows, actor=actor, pk=filament_id, thing="Filament")


def spools(*, actor: Actor, filament_id: int, archived: bool = False) -> QuerySet[Spool]:
    """Of one filament, the oldest first. Raises Missing and Denied."""
    filament = filament_own(actor=actor, filament_id=filament_id)
    rows = Spool.objects.filter(filament=filament).annotate(
        remaining_amount=Greatest(REMAINING, NOTHING), slot_id=F("slots__pk")
    )
    return rows.order_by("pk") if archived else rows.filter(archived_at=None).order_by("pk")


def spool_own(*, actor: Actor, spool_id: int) -> Spool:
    """Raises Missing and Denied."""
    rows = Spool.objects.select_related("filament").annotate(
        remaining_amount=Greatest(REMAINING, NOTHING), slot_id=F("slots__pk")
    )
    found = rows.filter(pk=spool_id).first()
    if found is None:
        raise Missing("Spool")
    own(Filament.objects.all(), actor=actor, pk=found.filament_id, thing="Spool")
    return found


def spool_history(*, actor: Actor, spool_id: int) -> QuerySet[Any]:
    """The newest change first. Raises Missing and Denied."""
    spool = spool_own(actor=actor, spool_id=spool_id)
    return SpoolChange.objects.filter(spool=spool).select_related("run").order_by("-pk")
