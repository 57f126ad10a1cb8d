"""The queue and what came of it, as a shop's owner sees it. Cancelled prints are in no list."""

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.actors import Actor
from config.core.errors import Missing
from printshop.choices import PrintStatus
from printshop.models import PrintRun, ScheduledPrint
from printshop.selectors.printers import printer_own
from printshop.selectors.shops import own, shop_of


def prints(*, actor: Actor, printer_id: int | None = None, status: str = "") -> QuerySet[ScheduledPrint]:
    """Those of the actor's shop, the most urgent first, equal ones in the order they came. `shown_printer_id` is the
    printer that was asked for, else the one that prints or printed it. Raises Missing and Denied (the printer)."""
    rows = ScheduledPrint.objects.filter(shop=shop_of(actor=actor))
    if printer_id is not None:
        printer_own(actor=actor, printer_id=printer_id)
        rows = rows.filter(_on(printer_id))
    rows = rows.filter(status=status) if status else rows.exclude(status=PrintStatus.CANCELLED)
    return shown(rows).order_by("priority", "pk")


def queue_of(*, actor: Actor, printer_id: int) -> QuerySet[ScheduledPrint]:
    """What waits for a printer alone, and what is just being sent to it, in the order of the queue. Raises Missing and
    Denied."""
    printer_own(actor=actor, printer_id=printer_id)
    sent = PrintRun.objects.filter(printer=printer_id, ended_at=None, is_extra=False).values("scheduled_print")
    rows = ScheduledPrint.objects.filter(
        Q(printer=printer_id) | Q(printer=None, pk__in=sent), status__in=[PrintStatus.QUEUED, PrintStatus.SCHEDULED]
    )
    return rows.order_by("priority", F("ship_by").asc(nulls_last=True), "pk")


def print_own(*, actor: Actor, print_id: int) -> ScheduledPrint:
    """Raises Missing, also for one that was cancelled, and Denied."""
    found: ScheduledPrint = own(shown(ScheduledPrint.objects.all()), actor=actor, pk=print_id, thing="Scheduled print")
    if found.status == PrintStatus.CANCELLED:
        raise Missing("Scheduled print")
    return found


def shown(rows: QuerySet[ScheduledPrint]) -> QuerySet[ScheduledPrint]:
    runs = PrintRun.objects.filter(scheduled_print=OuterRef("pk")).order_by("-pk").values("printer_id")[:1]
    return rows.annotate(
        shown_printer_id=Coalesce("printer_id", Subquery(runs), output_field=BigIntegerField()),
        shown_order_id=F("item__order_id"),
    )


def _on(printer_id: int) -> Q:
    """Asked for on it, or the last try was on it."""
    later = PrintRun.objects.filter(scheduled_print=OuterRef("scheduled_print"), pk__gt=OuterRef("pk"))
    last = PrintRun.objects.filter(~Exists(later), printer=printer_id, scheduled_print__printer=None)
    return Q(printer=printer_id) | Q(printer=None, pk__in=last.values("scheduled_print"))
