"""What printers were doing, every five minutes, and what share of the last week they were busy."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Avg, Case, F, FloatField, OuterRef, Subquery, Value, When
from django.db.models.functions import Round
from django.utils import timezone

from printshop.choices import AWAY, BUSY, NO_BRIDGE, PrinterStatus
from printshop.models import Printer, PrinterReading
from printshop.selectors.printers import bridge_is_running

EVERY: Final = timedelta(minutes=5)
COUNTED: Final = timedelta(days=7)


def readings_take(*, now: datetime | None = None) -> int:
    """One of each printer in these five minutes, from its row; those taken already stay. How many were taken."""
    now = now or timezone.now()
    at = datetime.fromtimestamp(now.timestamp() // EVERY.total_seconds() * EVERY.total_seconds(), tz=now.tzinfo)
    columns = ("status", "progress", "nozzle_temp", "bed_temp")
    with transaction.atomic():
        rows = Printer.objects.filter(removed_at=None, heard_at__isnull=False).values_list("pk", *columns)
        taken = [
            PrinterReading(printer_id=pk, at=at, **dict(zip(columns, values, strict=True))) for pk, *values in rows
        ]
        before = PrinterReading.objects.filter(at=at).count()
        PrinterReading.objects.bulk_create(taken, batch_size=500, ignore_conflicts=True)
        PrinterReading.objects.filter(at__lt=now - settings.KEEP["printer_readings"]).delete()
        _utilizations_keep(now)
    return len(taken) - before


def _utilizations_keep(now: datetime) -> None:
    busy = Case(When(status__in=BUSY, then=Value(100.0)), default=Value(0.0), output_field=FloatField())
    shares = (
        PrinterReading.objects.filter(printer=OuterRef("pk"), at__gt=now - COUNTED)
        .order_by()
        .values("printer")
        .annotate(share=Round(Avg(busy)))
        .values("share")
    )
    # Not those that are just being written: reports are of many printers as well, and in another order.
    free = Printer.objects.select_for_update(skip_locked=True, no_key=True).filter(removed_at=None)
    ids = list(free.values_list("pk", flat=True))
    Printer.objects.filter(pk__in=ids).update(utilization_pct=Subquery(shares))


def printers_without_bridge(*, now: datetime | None = None) -> int:
    """When no bridge is connected to them, nobody knows what printers do: they are offline. How many became so."""
    now = now or timezone.now()
    if bridge_is_running(now=now):
        return 0
    silent = Printer.objects.filter(removed_at=None).exclude(status__in=AWAY)
    return silent.update(
        status=PrinterStatus.OFFLINE,
        status_detail=NO_BRIDGE,
        current_job="",
        progress=None,
        remaining_seconds=None,
        version=F("version") + 1,
    )
