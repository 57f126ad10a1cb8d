"""Etsy's receipts become orders: what Etsy says is stored, what the shop added stays.

A receipt may be read twice, late, and by two at once (a sync and a webhook): what is older than what is stored is left
alone, what says the same as before writes nothing.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from printshop.choices import OrderSource, ShipmentState
from printshop.gateways.etsy_receipts import Receipt
from printshop.models import Shipment, ShopOrder, ShopOrderItem
from printshop.services.orders.production import production_follow

logger = logging.getLogger(__name__)
TRIES: Final = 3


@dataclass
class Stored:
    new: int = 0
    changed: int = 0


def receipts_store(
    *, shop_id: int, receipts: Iterable[Receipt], read_at: datetime, within: Callable[[], None] = lambda: None
) -> Stored:
    """All or none, with what `within` does, in one transaction. `read_at` is when Etsy's answer came, by our clock."""
    read = {receipt.receipt_id: receipt for receipt in receipts}
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                within()
                return _store(shop_id, read, read_at)
        except IntegrityError:  # another reader stored one of them at this moment: it is found now
            if attempt + 1 == TRIES:
                raise
    raise AssertionError


def _store(shop_id: int, read: dict[str, Receipt], read_at: datetime) -> Stored:
    rows = ShopOrder.objects.filter(shop_id=shop_id, etsy_order_id__in=read).order_by("pk")
    known = {order.etsy_order_id: order for order in rows.select_for_update()}
    fresh = [receipt for number, receipt in read.items() if number not in known]
    made = _create(shop_id, fresh, read_at)
    changed = [
        order
        for number, order in known.items()
        if _is_newer(read[number], order, read_at) and read[number].digest != order.digest
    ]
    _change(changed, read, read_at)
    production_follow(shop_id=shop_id, orders=[*made, *changed])
    return Stored(len(made), len(changed))


def _is_newer(receipt: Receipt, order: ShopOrder, read_at: datetime) -> bool:
    """Refunds move no time of Etsy's: of two readings with the same one the later counts."""
    if receipt.changed_at == order.changed_at:
        return order.read_at is None or read_at >= order.read_at
    return receipt.changed_at > order.changed_at


def _create(shop_id: int, receipts: list[Receipt], read_at: datetime) -> list[ShopOrder]:
    orders = [
        ShopOrder(
            shop_id=shop_id,
            source=OrderSource.ETSY,
            etsy_order_id=receipt.receipt_id,
            status=receipt.columns["source_status"],
            digest=receipt.digest,
            read_at=read_at,
            **receipt.columns,
        )
        for receipt in receipts
    ]
    ShopOrder.objects.bulk_create(orders)
    pairs = list(zip(orders, receipts, strict=True))
    ShopOrderItem.objects.bulk_create(
        ShopOrderItem(order=order, transaction_id=line.transaction_id, **line.columns)
        for order, receipt in pairs
        for line in receipt.lines or ()
    )
    for order, receipt in pairs:
        if receipt.parcels:
            _parcels_follow(order, receipt)
    return orders


def _change(orders: list[ShopOrder], read: dict[str, Receipt], read_at: datetime) -> None:
    items: dict[int, dict[str, ShopOrderItem]] = {}
    for item in ShopOrderItem.objects.filter(order__in=orders).order_by("pk"):
        items.setdefault(item.order_id, {})[item.transaction_id] = item
    for order in orders:
        receipt = read[order.etsy_order_id]
        columns: dict[str, Any] = {**receipt.columns, "digest": receipt.digest, "read_at": read_at}
        if order.source_status != receipt.columns["source_status"]:
            columns["status"] = receipt.columns["source_status"]
        if order.refunded_amount != receipt.columns["refunded_amount"]:
            columns["fees_read_at"] = None  # a refund gives fees back
        for name in ("buyer_email", "paid_at", "shipped_at"):
            # What Etsy withholds today it may have told before; and what was shipped here is not told back at once.
            columns[name] = columns[name] or getattr(order, name)
        for name, value in columns.items():
            setattr(order, name, value)
        order.save(update_fields=[*columns, "updated_at"])
        if receipt.lines is not None:
            _lines_follow(order, receipt, items.get(order.pk, {}))
        if receipt.parcels:
            _parcels_follow(order, receipt)


def _lines_follow(order: ShopOrder, receipt: Receipt, known: dict[str, ShopOrderItem]) -> None:
    """A line that Etsy no longer has goes; its prints that did not start are cancelled by `production_follow`."""
    for line in receipt.lines or ():
        item = known.pop(line.transaction_id, None) or ShopOrderItem(order=order, transaction_id=line.transaction_id)
        if item.pk is not None and all(getattr(item, name) == value for name, value in line.columns.items()):
            continue
        for name, value in line.columns.items():
            setattr(item, name, value)
        item.save()
    gone = [item for number, item in known.items() if number not in receipt.unread]
    if gone:
        production_follow(shop_id=order.shop_id, orders=[], gone=gone)
        ShopOrderItem.objects.filter(pk__in=[item.pk for item in gone]).delete()


def _parcels_follow(order: ShopOrder, receipt: Receipt) -> None:
    for parcel in receipt.parcels:
        told = {"state": ShipmentState.TOLD, "etsy_shipping_id": parcel.shipping_id, "error": ""}
        mine = Shipment.objects.select_for_update().filter(order=order, tracking_code__iexact=parcel.tracking_code)
        waiting = mine.exclude(state=ShipmentState.TOLD).first()
        if waiting is not None:
            for name, value in told.items():
                setattr(waiting, name, value)
            waiting.told_at = parcel.told_at or timezone.now()
            waiting.save(update_fields=[*told, "told_at"])
        elif not mine.exists():
            Shipment.objects.create(
                order=order,
                carrier=parcel.carrier,
                tracking_code=parcel.tracking_code,
                told_at=parcel.told_at,
                **told,
            )
