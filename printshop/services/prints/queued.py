"""The prints that wait, as the queue sees them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from printshop.models import PrintFilament, ScheduledPrint, Shop
from printshop.services.prints.hours import Hours
from printshop.services.prints.matching import Need
from printshop.services.prints.plan import Waiting
from printshop.services.prints.states import WAITING


@dataclass(slots=True)
class Queued:
    """A print that waits, and what is written about it now."""

    waiting: Waiting
    code: str
    words: str
    start: datetime | None
    order_id: int | None


def queues_of(shops: Sequence[int], taken: set[int], *, only: int | None = None) -> dict[int, list[Queued]]:
    found: dict[int, list[Queued]] = defaultdict(list)
    rows = ScheduledPrint.objects.filter(shop__in=shops, status__in=WAITING).order_by()
    filaments = PrintFilament.objects.filter(scheduled_print__shop__in=shops, scheduled_print__status__in=WAITING)
    if only is not None:
        rows, filaments = rows.filter(pk=only), filaments.filter(scheduled_print=only)
    needs = _needs(filaments)
    for row in rows.values_list(
        "shop_id",
        "id",
        "priority",
        "printer_id",
        "must_match_color",
        "material_slot",
        "estimated_minutes",
        "file__printer_model",
        "ship_by",
        "not_before",
        "next_try_at",
        "print_anyway",
        "times_passed_over",
        "item__order_id",
        "waiting_code",
        "waiting_reason",
        "scheduled_start",
    ):
        if row[1] in taken:
            continue
        waiting = Waiting(
            id=row[1],
            priority=row[2],
            needs=needs.get(row[1], ()),
            printer_id=row[3],
            must_match_color=row[4],
            asked_slot=row[5],
            minutes=row[6],
            model=row[7] or "",
            ship_by=row[8],
            not_before=row[9],
            next_try_at=row[10],
            print_anyway=row[11],
            times_passed_over=row[12],
            is_of_order=row[13] is not None,
        )
        found[row[0]].append(Queued(waiting, row[14], row[15], row[16], row[13]))
    return found


def _needs(rows: QuerySet[PrintFilament]) -> dict[int, tuple[Need, ...]]:
    found: dict[int, tuple[Need, ...]] = {}
    same: dict[tuple[Need, ...], tuple[Need, ...]] = {}
    for print_id, position, preset, material_type, color, grams in rows.order_by(
        "scheduled_print_id", "position"
    ).values_list("scheduled_print_id", "position", "preset", "material_type", "color", "grams"):
        needs = (*found.get(print_id, ()), Need(position, preset, material_type, color, grams))
        found[print_id] = same.setdefault(needs, needs)
    return found


def hours_of(shops: Sequence[int]) -> dict[int, Hours]:
    rows = Shop.objects.filter(pk__in=shops)
    return {
        pk: Hours.of(*columns)
        for pk, *columns in rows.values_list("pk", "time_zone", "working_days", "working_from", "working_until")
    }
