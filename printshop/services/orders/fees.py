"""What Etsy keeps of an order's payments: read from its payments, apart from the orders, since each is a request."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from config.core.announce import enqueue_after_commit
from config.core.errors import DomainError
from printshop.choices import ConnectionState, OrderSource
from printshop.gateways.etsy import Etsy, is_configured
from printshop.gateways.etsy_receipts import fees_read
from printshop.models import Shop, ShopOrder
from printshop.services.shops.tokens import access_token, with_token

AGAIN: Final = timedelta(days=1)
"""Payments appear when the money does."""
FOR_SO_LONG: Final = timedelta(days=60)
"""Younger orders alone, so that the past of a shop that connects does not use up the day of the others."""
KEPT: Final = 0.5
"""Of a day's requests: nobody waits for fees."""
AT_ONCE: Final = 100


def fees_sweep() -> int:
    """Hand the shops that have orders whose fees are to be read to the workers."""
    if not is_configured():
        return 0
    now = timezone.now()
    shops = Shop.objects.filter(etsy_state=ConnectionState.CONNECTED, orders__in=_due(now))
    numbers = list(shops.order_by("pk").values_list("pk", flat=True).distinct()[:200])
    for number in numbers:
        enqueue_after_commit("printshop.tasks.shop_fees_read", number)
    return len(numbers)


def shop_fees_read(*, shop_id: int) -> int:
    """The newest orders' first. How many were read; nothing is raised while Etsy is away or allows no more."""
    read = 0
    orders = _due(timezone.now()).filter(shop_id=shop_id).select_related("shop").order_by("-created_at")
    try:
        etsy = Etsy(access_token(shop_id=shop_id), shop_id=shop_id, kept=KEPT)
        for order in list(orders[:AT_ONCE]):
            shop_number, number = order.shop.etsy_shop_id or "", order.etsy_order_id
            payments = with_token(etsy, shop_id, lambda: etsy.payments(shop_number, number))  # noqa: B023
            fees = fees_read(payments, order.currency)
            changes = {"fees_read_at": timezone.now()} | ({} if fees is None else {"fees": fees})
            # A refund that came meanwhile has the fees read again.
            ShopOrder.objects.filter(pk=order.pk, refunded_amount=order.refunded_amount).update(**changes)
            read += 1
    except DomainError:
        pass
    return read


def _due(now: datetime) -> QuerySet[ShopOrder]:
    unread = Q(fees_read_at=None) | Q(fees=None, fees_read_at__lt=now - AGAIN)
    young = ShopOrder.objects.filter(created_at__gt=now - FOR_SO_LONG)
    return young.filter(unread, source=OrderSource.ETSY, is_paid=True)
