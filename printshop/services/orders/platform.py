"""The platform's own orders, as far as a shop prints them: beside Etsy's, and following the platform's.

A line is printed when its seller says from what (a print part of its listing), or when it is a 3-D model that is not
sold as a file. It is heard of in the transaction that changes the order; the sweep repairs what was missed, and takes
up orders whose listing got its print part later.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from commerce.choices import OrderStatus as PlatformStatus
from commerce.models import Order, OrderLine, PaymentShare
from commerce.selectors.orders import address_for_seller, sent_orders
from commerce.services.states.orders import order_lock
from config.core.money import ZERO
from marketplace.choices import Kind
from printshop.choices import CALLED_OFF, OrderSource, OrderStatus
from printshop.models import PrintPart, Shop, ShopOrder, ShopOrderItem
from printshop.services.orders.production import production_follow

logger = logging.getLogger(__name__)

LOOKED_BACK: Final = timedelta(days=60)
AT_ONCE: Final = 200


def platform_order_follow(*, order_id: int) -> None:
    """An order of the platform's has changed, and is locked: so do the orders of the shops that print of it."""
    shops = Shop.objects.filter(owner__sold_lines__order=order_id).order_by("pk").distinct()
    for shop in shops:
        lines = list(_printed(OrderLine.objects.filter(order=order_id, seller=shop.owner_id), shop))
        mine = ShopOrder.objects.select_for_update().filter(shop=shop, order=order_id).first()
        if lines or mine is not None:
            order = Order.objects.select_related("buyer").get(pk=order_id)
            _follow(shop, order, lines, mine)


def platform_orders_sweep() -> int:
    """Orders that a shop lacks, or that say something else than the platform's. How many were looked at."""
    since = timezone.now() - LOOKED_BACK
    printed = _printed(OrderLine.objects.filter(order=OuterRef("pk"), seller__print_shop__isnull=False), None)
    followed = ShopOrder.objects.filter(order=OuterRef("pk"))
    lacking = _made().filter(Exists(printed), ~Exists(followed), created_at__gt=since)
    items = ShopOrderItem.objects.filter(order=OuterRef("pk"))
    paid_items = items.filter(line__payment_shares__payment__completed_at__isnull=False).order_by().values("order")
    went_back = paid_items.annotate(sum=Sum("line__payment_shares__refunded_gross")).values("sum")
    by_post = items.filter(line__is_digital=False)
    ours = ShopOrder.objects.filter(source=OrderSource.PLATFORM, created_at__gt=since).annotate(
        went_back=Coalesce(Subquery(went_back), Decimal(0), output_field=DecimalField())
    )
    differing = ours.filter(
        Q(order__status=PlatformStatus.CANCELLED) & ~Q(source_status__in=CALLED_OFF)
        | ~Q(went_back=F("refunded_amount")) & ~Q(source_status__in=CALLED_OFF)
        | Q(Exists(by_post), ~Exists(by_post.filter(line__shipped_at=None)), is_shipped=False)
    )
    numbers = [
        *lacking.order_by("pk").values_list("pk", flat=True)[:AT_ONCE],
        *differing.order_by("order_id").values_list("order_id", flat=True)[:AT_ONCE],
    ]
    for number in dict.fromkeys(numbers):
        try:
            with transaction.atomic():
                order_lock(number)  # type: ignore[arg-type]
                platform_order_follow(order_id=number)  # type: ignore[arg-type]
        except Exception:  # a fault of ours with one order holds up no other
            logger.exception("order %s could not be taken over into a print shop", number)
    return len(numbers)


def _made() -> QuerySet[Order]:
    """What is printed of: paid, or to be paid on delivery. One that its buyer has only confirmed waits."""
    status = [PlatformStatus.CONFIRMED, PlatformStatus.SHIPPED, PlatformStatus.DELIVERED]
    return Order.objects.filter(sent_orders(), status__in=status)


def _printed(lines: QuerySet[OrderLine], shop: Shop | None) -> QuerySet[OrderLine]:
    parts = PrintPart.objects.filter(listing=OuterRef("listing"), shop__owner=OuterRef("seller"))
    if shop is not None:
        parts = PrintPart.objects.filter(listing=OuterRef("listing"), shop=shop)
    return lines.filter(Q(kind=Kind.MODEL, is_digital=False) | Exists(parts)).order_by("pk")


def _follow(shop: Shop, order: Order, lines: Sequence[OrderLine], mine: ShopOrder | None) -> None:
    if mine is None:
        if not _made().filter(pk=order.pk).exists():
            return
        known: set[int | None] = set()
    else:
        known = set(mine.items.values_list("line", flat=True))
        lines = [
            line
            for line in OrderLine.objects.filter(order=order, seller=shop.owner_id).order_by("pk")
            if line.pk in known or line in lines
        ]
    shares = list(
        PaymentShare.objects.filter(line__in=lines, payment__completed_at__isnull=False).select_related("payment")
    )
    gone = [line.pk for line in lines if _is_given_back([share for share in shares if share.line_id == line.pk])]
    columns = _columns(shop, order, lines, shares)
    if mine is None:
        mine = ShopOrder.objects.create(
            shop=shop, source=OrderSource.PLATFORM, order=order, status=columns["source_status"], **columns
        )
    else:
        if mine.source_status != columns["source_status"]:
            columns["status"] = columns["source_status"]
        for name, value in columns.items():
            setattr(mine, name, value)
        mine.save(update_fields=[*columns, "updated_at"])
    ShopOrderItem.objects.bulk_create(_item(mine, line) for line in lines if line.pk not in known)
    # What was given back alone is not printed any more; the order's other items are.
    mine.items.filter(line__in=gone, is_called_off=False).update(is_called_off=True)
    mine.items.filter(is_called_off=True).exclude(line__in=gone).update(is_called_off=False)
    taken_back = list(mine.items.filter(is_called_off=True)) if len(gone) < len(lines) else []
    production_follow(shop_id=shop.pk, orders=[mine], gone=taken_back)


def _is_given_back(shares: Sequence[PaymentShare]) -> bool:
    """All that was paid of a line."""
    paid = sum((share.gross for share in shares), ZERO)
    return 0 < paid <= sum((share.refunded_gross for share in shares), ZERO)


def _columns(shop: Shop, order: Order, lines: Sequence[OrderLine], shares: Sequence[PaymentShare]) -> dict[str, Any]:
    total = sum((line.total_price for line in lines), ZERO)
    refunded = sum((share.refunded_gross for share in shares), ZERO)
    by_post = [line for line in lines if not line.is_digital]
    is_shipped = bool(by_post) and all(line.shipped_at is not None for line in by_post)
    is_delivered = is_shipped and all(line.delivered_at is not None for line in by_post)
    if order.status == PlatformStatus.CANCELLED:
        status = OrderStatus.CANCELED
    elif 0 < total <= refunded:
        status = OrderStatus.FULLY_REFUNDED
    elif refunded:
        status = OrderStatus.PARTIALLY_REFUNDED
    elif is_delivered:
        status = OrderStatus.COMPLETED
    elif is_shipped:
        status = OrderStatus.SHIPPED
    else:
        status = OrderStatus.PAID
    return {
        "buyer_name": order.buyer.get_full_name() or order.buyer.username,
        "buyer_email": order.buyer.email,
        "address": address_for_seller(order_id=order.pk, seller_id=shop.owner_id),
        "source_status": status,
        # One that is paid on delivery is printed before it is paid, as it is sent before.
        "is_paid": order.status != PlatformStatus.PENDING,
        "is_shipped": is_shipped,
        "total_amount": total,
        "refunded_amount": refunded,
        "fees": sum((share.fee - share.refunded_fee for share in shares), ZERO) if shares or not total else None,
        "currency": order.currency,
        "paid_at": min((share.payment.completed_at for share in shares if share.payment.completed_at), default=None),
        "shipped_at": max((line.shipped_at for line in by_post if line.shipped_at), default=None)
        if is_shipped
        else None,
        "created_at": order.created_at,
        "changed_at": order.updated_at,
    }


def _item(mine: ShopOrder, line: OrderLine) -> ShopOrderItem:
    chosen = (("Size", line.size), ("Color", line.color))
    return ShopOrderItem(
        order=mine,
        line=line,
        listing_id=line.listing_id,
        title=line.title,
        quantity=line.quantity,
        price=line.unit_price,
        variations=[{"name": name, "value": value} for name, value in chosen if value],
    )
