"""What an order's change means for its prints: paid ones are printed, called-off ones no more."""

from collections.abc import Iterable, Sequence

from printshop.choices import CALLED_OFF, ProductionStatus
from printshop.models import PrintPart, ScheduledPrint, ShopOrder, ShopOrderItem
from printshop.services.prints.from_orders import order_prints_cancel, order_prints_make


def is_called_off(order: ShopOrder) -> bool:
    """By its source or the shop, or because all of its money went back."""
    return (
        order.status in CALLED_OFF
        or order.source_status in CALLED_OFF
        or 0 < order.total_amount <= order.refunded_amount
        or order.production_status == ProductionStatus.CANCELLED
    )


def production_follow(*, shop_id: int, orders: Sequence[ShopOrder], gone: Iterable[ShopOrderItem] = ()) -> None:
    """Make the prints that locked orders lack, cancel those that nobody wants any more and that did not start. In the
    transaction of the orders' change."""
    for item in gone:
        order_prints_cancel(order_id=item.order_id, item_id=item.pk, reason="the item was taken out of the order")
    wanted = [order for order in orders if order.is_paid and not is_called_off(order)]
    if wanted and PrintPart.objects.filter(shop_id=shop_id).exists():
        for order in wanted:
            order_prints_make(order_id=order.pk)
    called_off = [order.pk for order in orders if is_called_off(order)]
    if called_off:
        prints = ScheduledPrint.objects.filter(shop_id=shop_id, item__order__in=called_off)
        printed = set(prints.values_list("item__order", flat=True))
        for order_id in sorted(number for number in called_off if number in printed):
            order_prints_cancel(order_id=order_id, reason="the order was called off")
