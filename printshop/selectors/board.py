"""Everything of a shop at one look: its printers, its queue, the orders that are late. In a few queries, whatever there
is of each."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from accounts.actors import Actor
from config.core.errors import Denied, Missing
from printshop import policies
from printshop.choices import BUSY, OrderStatus, PrintStatus, ProductionStatus
from printshop.models import Printer, PrinterSlot, PrintRun, ScheduledPrint, Shop, ShopOrder
from printshop.models.orders import GONE
from printshop.selectors.materials import grams_shown
from printshop.selectors.printers import bridge_is_running, status_row

MOST_PRINTS: Final = 200
MOST_ORDERS: Final = 50
MOST_SHOPS: Final = 100
WAITING: Final = (PrintStatus.QUEUED, PrintStatus.SCHEDULED)
MOMENT: Final = "%Y-%m-%dT%H:%M:%S"


def shop_looked_at(*, actor: Actor, shop_id: int) -> Shop:
    """Raises Missing, and Denied for who is neither its owner nor staff."""
    shop = Shop.objects.select_related("owner").filter(pk=shop_id).first()
    if shop is None:
        raise Missing("Shop")
    if not policies.may_look_at(actor, shop):
        raise Denied
    return shop


def board_of(shop: Shop | None) -> dict[str, Any]:
    """For an actor who may look at it. Moments are in UTC."""
    return {"printers": printer_rows(shop), **queue_of(shop), "bridge_is_running": bridge_is_running()}


def queue_of(shop: Shop | None) -> dict[str, Any]:
    """What waits to be printed or is just being sent, and the orders that are or will be late."""
    return {"queue": _queue(shop), "late_orders": late_orders(shop)}


def printer_rows(shop: Shop | None) -> list[dict[str, Any]]:
    """Each as `status_row` has it, and its slots."""
    slots: dict[int, list[dict[str, Any]]] = defaultdict(list)
    mine = Printer.objects.filter(shop=shop, removed_at=None)
    for slot in PrinterSlot.objects.filter(printer__in=mine.order_by()).select_related("spool").order_by("number"):
        slots[slot.printer_id].append(slot_row(slot))
    return [
        {**status_row(printer), "model": printer.model, "slots": slots[printer.pk]}
        for printer in mine.defer("report", "access_code").order_by("pk")
    ]


def printer_row(printer_id: int) -> dict[str, Any]:
    """One of them, without its slots."""
    printer = Printer.objects.defer("report", "access_code").get(pk=printer_id)
    return {**status_row(printer), "model": printer.model}


def shops_with_printers() -> QuerySet[Shop]:
    """The newest first, each with `printers_count` and `working_count`; a page of them."""
    there = Q(printers__removed_at=None)
    rows = Shop.objects.select_related("owner").annotate(
        printers_count=Count("printers", filter=there),
        working_count=Count("printers", filter=there & Q(printers__status__in=BUSY)),
    )
    return rows.filter(printers_count__gt=0).order_by("-pk")[:MOST_SHOPS]


def slot_row(slot: PrinterSlot) -> dict[str, Any]:
    """With its spool. What was set by hand stands in the place of what the printer says."""
    return {
        "id": slot.pk,
        "slot": slot.number,
        "is_loaded": slot.is_loaded,
        "material_type": slot.material_type,
        "color": slot.color,
        "remaining_pct": slot.manual.get("remaining_pct", slot.remaining_pct),
        "weight_grams": grams_shown(slot),
        "vendor": slot.manual.get("vendor", slot.vendor) or None,
    }


def _queue(shop: Shop | None) -> list[dict[str, Any]]:
    rows = ScheduledPrint.objects.filter(shop=shop, status__in=WAITING).select_related("printer", "item__order")
    order = (F("scheduled_start").asc(nulls_last=True), "priority", "pk")
    runs = PrintRun.objects.filter(ended_at=None, is_extra=False, printer__shop=shop).values_list(
        "scheduled_print_id", "printer__name"
    )
    sent_to = dict(runs)
    return [
        {
            "id": row.pk,
            "job_name": row.job_name,
            "status": row.status,
            "printer_id": row.printer_id,
            "printer_name": row.printer.name if row.printer is not None else None,
            "priority": row.priority,
            "material_type": row.material_type or None,
            "color": row.color or None,
            "estimated_minutes": row.estimated_minutes,
            "scheduled_start": _moment(row.scheduled_start),
            "sent_to": sent_to.get(row.pk),
            "ship_by": _moment(row.ship_by),
            "waiting_code": row.waiting_code or None,
            "waiting_reason": row.waiting_reason or None,
            "order_id": row.item.order_id if row.item is not None else None,
            "order_number": _number(row.item.order) if row.item is not None else None,
        }
        for row in rows.order_by(*order)[:MOST_PRINTS]
    ]


def late_orders(shop: Shop | None, *, now: datetime | None = None) -> list[dict[str, Any]]:
    """Paid, not shipped, and by the queue ready only after the time the buyer was told; or that time is over, also
    of what is made and not sent yet."""
    behind = Q(promised_ship_at__gt=F("expected_ship_at")) & ~Q(production_status=ProductionStatus.COMPLETED)
    late = behind | Q(expected_ship_at__lt=now or timezone.now())
    rows = ShopOrder.objects.filter(late, shop=shop, is_paid=True, is_shipped=False).exclude(GONE)
    rows = rows.exclude(status__in=[OrderStatus.SHIPPED, OrderStatus.COMPLETED])
    return [
        {
            "id": row.pk,
            "order_number": _number(row),
            "production_status": row.production_status,
            "expected_ship_at": _moment(row.expected_ship_at),
            "promised_ship_at": _moment(row.promised_ship_at),
        }
        for row in rows.order_by("expected_ship_at", "pk")[:MOST_ORDERS]
    ]


def _number(order: ShopOrder) -> str:
    """As the shop's owner knows it: Etsy's number, or the platform's."""
    return order.etsy_order_id or str(order.order_id)


def _moment(moment: datetime | None) -> str | None:
    return moment.strftime(MOMENT) if moment is not None else None
