"""A shop's orders, Etsy's and the platform's, with what belongs to them."""

from django.db.models import QuerySet

from accounts.actors import Actor
from printshop.choices import CALLED_OFF, OrderStatus
from printshop.models import Communication, OrderNote, Shipment, ShopOrder
from printshop.selectors.shops import own


def orders(*, actor: Actor) -> QuerySet[ShopOrder]:
    """The actor's shop's, the newest first, with their items."""
    rows = ShopOrder.objects.filter(shop__owner_id=actor.pk) if actor.pk is not None else ShopOrder.objects.none()
    return rows.defer("address").prefetch_related("items").order_by("-created_at", "-pk")


def order_of(*, actor: Actor, order_id: int) -> ShopOrder:
    """One of the actor's. Raises Missing and Denied."""
    return own(ShopOrder.objects.prefetch_related("items"), actor=actor, pk=order_id, thing="Order")


def notes_of(*, actor: Actor, order_id: int) -> QuerySet[OrderNote]:
    """As they were written. Raises Missing and Denied."""
    return order_of(actor=actor, order_id=order_id).order_notes.order_by("pk")


def communications_of(*, actor: Actor, order_id: int) -> QuerySet[Communication]:
    """As they were logged. Raises Missing and Denied."""
    return order_of(actor=actor, order_id=order_id).communications.order_by("pk")


def shipments_of(*, actor: Actor, order_id: int) -> QuerySet[Shipment]:
    """Its parcels. Raises Missing and Denied."""
    return order_of(actor=actor, order_id=order_id).shipments.order_by("pk")


def ship_warning(order: ShopOrder) -> str | None:
    """When its prints are expected to be ready after the buyer was told that it ships."""
    expected, promised = order.expected_ship_at, order.promised_ship_at
    left = order.is_shipped or order.status in CALLED_OFF | {OrderStatus.SHIPPED, OrderStatus.COMPLETED}
    if left or expected is None or promised is None or promised <= expected:
        return None
    return (
        f"Its prints are expected to be ready on {promised:%Y-%m-%d %H:%M} UTC, "
        f"after {expected:%Y-%m-%d %H:%M} UTC, when it should have been shipped."
    )
