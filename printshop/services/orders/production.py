"""What an order's change means for its prints: paid ones are printed, called-off ones no more."""

from collections.abc import Iterable, Sequence

from printshop.models import PrintPart, ScheduledPrint, ShopOrder, ShopOrderItem
from printshop.services.prints.from_orders import order_prints_cancel, order_prints_make


def production_follow(*, shop_id: int, orders: Sequence[ShopOrder], gone: Iterable[ShopOrderItem] = ()) -> None:
    """Make the prints that locked orders lack, cancel those that nobody wants any more and that did not start. In the
    transaction of the orders' change."""
    for item in gone:
        order_prints_cancel(order_id=item.order_id, item_id=item.pk, reason="the item was taken out of the order")
    wanted = [order for order in orders if order.is_paid and not order.is_called_off]
    if wanted and PrintPart.objects.filter(shop_id=shop_id).exists():
        for order in wanted:
            order_prints_make(order_id=order.pk)
    called_off = [order.pk for order in orders if order.is_called_off]
    if called_off:
        prints = ScheduledPrint.objects.filter(shop_id=shop_id, item__order__in=called_off)
        printed = set(prints.values_list("item__order", flat=True))
        for order_id in sorted(number for number in called_off if number in printed):
            order_prints_cancel(order_id=order_id, reason="the order was called off")
