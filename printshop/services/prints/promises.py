"""When an order is ready: promised from the estimates of its prints, and written when that has changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from printshop.choices import TO_BE_MADE, PrintStatus
from printshop.models import ScheduledPrint, ShopOrder
from printshop.services.prints.plan import Plan, PrinterState
from printshop.services.prints.printers_seen import OpenRun
from printshop.services.prints.queued import Queued

SAME_TIME: Final = timedelta(minutes=2)
SAME_SHARE: Final = 20
"""An estimate is written anew when it differs by more than two minutes and by a twentieth of the time until then."""


def ends_of_runs(printers: Sequence[PrinterState], runs: dict[int, OpenRun]) -> dict[int, list[datetime | None]]:
    """When the prints of an order that are being made are ready, by order."""
    found: dict[int, list[datetime | None]] = defaultdict(list)
    for printer in printers:
        run = runs.get(printer.id)
        if run is not None and run.order_id is not None:
            found[run.order_id].append(printer.available_at)
    return found


def orders_with_failed_prints(shops: Sequence[int]) -> set[int]:
    """They are ready only when somebody has done something about those."""
    failed = ScheduledPrint.objects.filter(
        shop__in=shops,
        status=PrintStatus.FAILED,
        item__order__is_shipped=False,
        item__order__production_status__in=TO_BE_MADE,
    )
    return {pk for pk in failed.order_by().values_list("item__order_id", flat=True) if pk is not None}


def orders_promise(
    made: Plan,
    queue: Sequence[Queued],
    running: dict[int, list[datetime | None]],
    broken: set[int],
    now: datetime,
) -> None:
    """An order is ready with the last of its prints; where one of them has no honest estimate, nor has the order."""
    ends: dict[int, list[datetime | None]] = defaultdict(list)
    for order_id, moments in running.items():
        ends[order_id] += moments
    started = {start.waiting.id for start in made.starts}
    for row in queue:
        if row.order_id is not None:
            note = made.notes.get(row.waiting.id)
            start = now if row.waiting.id in started else note.start if note is not None else None
            ends[row.order_id].append(None if start is None else start + row.waiting.duration)
    if not ends:
        return
    promised = {
        order_id: None if order_id in broken or None in moments else max(filter(None, moments))
        for order_id, moments in ends.items()
    }
    shown = dict(ShopOrder.objects.filter(pk__in=promised).values_list("pk", "promised_ship_at"))
    changed = {
        order_id: moment
        for order_id, moment in promised.items()
        if order_id in shown and _is_new(shown[order_id], moment, now)
    }
    if not changed:
        return
    with transaction.atomic():
        rows = ShopOrder.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=changed).only("pk")
        orders = list(rows)
        for order in orders:
            order.promised_ship_at = changed[order.pk]
        ShopOrder.objects.bulk_update(orders, ["promised_ship_at"], batch_size=1000)


def _is_new(before: datetime | None, after: datetime | None, now: datetime) -> bool:
    if before is None or after is None:
        return before is not after
    return is_other(before, after, now)


def is_other(before: datetime, after: datetime, now: datetime) -> bool:
    """Estimates move by seconds all the time: those are not worth a write."""
    return abs(after - before) > max(SAME_TIME, (after - now) / SAME_SHARE)
