"""Where a print stands: the one place that moves it, and leaves its history."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from accounts.actors import SYSTEM, Actor, person
from config.core.errors import Missing
from printshop.choices import PRINT_CHANGES, PrintStatus
from printshop.errors import WrongStatus
from printshop.models import PrintChange, ScheduledPrint, ShopOrder

WAITING: Final = (PrintStatus.QUEUED, PrintStatus.SCHEDULED)
"""In the queue. A scheduled one is either being sent to a printer, as its open run says, or waits like the others."""
UNFINISHED: Final = (*WAITING, PrintStatus.STARTED)
"""Their grams are reserved."""
LONGEST_REASON: Final = 300


def print_locked(print_id: int) -> ScheduledPrint:
    """Locked until the transaction ends, and with it all of its runs: whoever changes one locks its print first.
    Raises Missing."""
    found = ScheduledPrint.objects.select_for_update(of=("self",)).filter(pk=print_id).first()
    if found is None:
        raise Missing("Scheduled print")
    return found


def print_locked_of_order(print_id: int) -> ScheduledPrint:
    """As `print_locked`, and before it the order that it is of, whose production follows it: whoever starts or ends a
    print locks both, in this order. Raises Missing."""
    ShopOrder.objects.select_for_update(of=("self",)).filter(items__prints=print_id).only("pk").first()
    return print_locked(print_id)


def print_move(
    scheduled: ScheduledPrint, after: PrintStatus, *, actor: Actor = SYSTEM, reason: str = "", **columns: Any
) -> None:
    """Change the status of a locked print, and further columns with it. Raises WrongStatus."""
    before = scheduled.status
    if after not in PRINT_CHANGES[before]:
        raise WrongStatus(f"A {before} print cannot become {after}.", field="status")
    now = timezone.now()
    values = _values(after, now) | columns
    for name, value in values.items():
        setattr(scheduled, name, value)
    scheduled.save(update_fields=list(values))
    PrintChange.objects.create(
        scheduled_print=scheduled, before=before, after=after, actor=person(actor), reason=reason[:LONGEST_REASON]
    )


def prints_move(
    prints: Iterable[ScheduledPrint], after: PrintStatus, *, actor: Actor = SYSTEM, reason: str = "", **columns: Any
) -> int:
    """The same of many locked prints, which may all make this change, in two statements."""
    prints = list(prints)
    if not prints:
        return 0
    for each in prints:
        if after not in PRINT_CHANGES[each.status]:
            raise WrongStatus(f"A {each.status} print cannot become {after}.")
    rows: QuerySet[ScheduledPrint] = ScheduledPrint.objects.filter(pk__in=[each.pk for each in prints])
    rows.update(**_values(after, timezone.now()), **columns)
    PrintChange.objects.bulk_create(
        PrintChange(
            scheduled_print=each,
            before=each.status,
            after=after,
            actor=person(actor),
            reason=reason[:LONGEST_REASON],
        )
        for each in prints
    )
    return len(prints)


def _values(after: PrintStatus, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"status": after, "changed_at": now}
    if after in (PrintStatus.COMPLETED, PrintStatus.FAILED, PrintStatus.CANCELLED):
        values |= {"ended_at": now, "waiting_code": "", "waiting_reason": ""}
    if after == PrintStatus.STARTED:
        values |= {"started_at": now, "scheduled_start": now, "waiting_code": "", "waiting_reason": ""}
    if after == PrintStatus.QUEUED:
        values |= {"started_at": None, "ended_at": None, "failure_reason": ""}
    return values
