"""What a shop does with its orders. None of it is told to Etsy, but for shipping (services/orders/shipping.py)."""

from django.db import transaction

from accounts.models import User
from commerce.choices import OrderStatus as PlatformStatus
from commerce.services.checkout.fulfilment import order_progress
from config.core.errors import Invalid
from printshop.choices import Channel, Direction, OrderStatus, ProductionStatus
from printshop.errors import WrongStatus
from printshop.models import Communication, OrderNote, ShopOrder
from printshop.selectors.orders import order_of
from printshop.services.orders.production import production_follow

BY_THE_PLATFORM = {OrderStatus.SHIPPED: PlatformStatus.SHIPPED, OrderStatus.COMPLETED: PlatformStatus.DELIVERED}
SPELLINGS = {"cancelled": OrderStatus.CANCELED, "refunded": OrderStatus.FULLY_REFUNDED}


def shop_order_change(
    *,
    actor: User,
    order_id: int,
    status: str | None = None,
    production_status: ProductionStatus | None = None,
    notes: str | None = None,
) -> ShopOrder:
    """What is None stays. An order called off by its status or its production status loses the prints that did not
    start; one that is taken up again gets them anew.

    The status holds until Etsy says another one. That of a platform's order is the platform's, unless it knows nothing
    of a parcel: `shipped` and `completed` are told there, others are refused.
    Raises Missing, Denied, Invalid and WrongStatus.
    """
    word = _status(status) if status is not None else None
    order = order_of(actor=actor, order_id=order_id)
    with transaction.atomic():
        is_the_platforms = order.order_id is not None and order.items.filter(line__is_digital=False).exists()
        if word is not None and is_the_platforms and word != order.status:
            _progress(actor, order, word)
        order = ShopOrder.objects.select_for_update().get(pk=order.pk)
        changes = {
            "status": None if is_the_platforms else word,
            "production_status": production_status,
            "notes": notes,
        }
        changed = {name: value for name, value in changes.items() if value not in (None, getattr(order, name))}
        for name, value in changed.items():
            setattr(order, name, value)
        if changed:
            order.save(update_fields=[*changed, "updated_at"])
        if changed.keys() & {"status", "production_status"}:
            production_follow(shop_id=order.shop_id, orders=[order])
    return order_of(actor=actor, order_id=order_id)


def note_add(*, actor: User, order_id: int, content: str) -> OrderNote:
    """Raises Missing and Denied."""
    return OrderNote.objects.create(order=order_of(actor=actor, order_id=order_id), author=actor, content=content)


def communication_log(
    *,
    actor: User,
    order_id: int,
    message: str,
    direction: Direction = Direction.INBOUND,
    channel: Channel = Channel.ETSY_MESSAGE,
) -> Communication:
    """What was said elsewhere; nothing is sent. Raises Missing and Denied."""
    return Communication.objects.create(
        order=order_of(actor=actor, order_id=order_id),
        author=actor,
        message=message,
        direction=direction,
        channel=channel,
    )


def _status(word: str) -> OrderStatus:
    known = word.strip().lower()
    known = SPELLINGS.get(known, known)
    if known not in OrderStatus.values:
        raise Invalid(f"Must be one of {', '.join(OrderStatus.values)}.", field="status")
    return OrderStatus(known)


def _progress(actor: User, order: ShopOrder, word: OrderStatus) -> None:
    """The platform tells us what becomes of it, in this transaction."""
    if word not in BY_THE_PLATFORM or order.order_id is None:
        raise WrongStatus(f"An order of the platform's cannot be made {word} here.")
    lines = set(order.items.values_list("line", flat=True))  # what the shop sells in it and does not print is not sent
    order_progress(actor=actor, order_id=order.order_id, status=BY_THE_PLATFORM[word], only=lines)
