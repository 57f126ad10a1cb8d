"""The status of an order: the one place that changes it."""

from accounts.actors import Actor, person
from accounts.models import User
from commerce.choices import ORDER_CHANGES, OrderStatus
from commerce.errors import WrongOrderStatus
from commerce.models import Order, OrderChange
from commerce.services.notices.webhooks import OF_STATUS, order_webhook
from config.core.announce import announce
from config.core.errors import Missing


def order_status_change(order: Order, status: OrderStatus, *, actor: Actor, reason: str = "") -> None:
    """The one place that assigns an order's status. The order must be locked."""
    if status not in ORDER_CHANGES[order.status]:
        raise WrongOrderStatus(f"A {order.status} order cannot become {status}.")
    OrderChange.objects.create(order=order, before=order.status, after=status, actor=person(actor), reason=reason[:200])
    order.status = status
    order.save(update_fields=["status", "updated_at"])
    if status in OF_STATUS:
        order_webhook(OF_STATUS[status], order)
    announce("commerce.order_changed", order_id=order.pk)


def order_lock(order_id: int, *, buyer: User | None = None) -> Order:
    """The order, locked. Lock it before its payments and before listings. Raises Missing for another's order."""
    rows = Order.objects.select_for_update(of=("self",)).select_related("buyer").filter(pk=order_id)
    if buyer is not None:
        rows = rows.filter(buyer=buyer)
    order = rows.first()
    if order is None:
        raise Missing("Order")
    return order
