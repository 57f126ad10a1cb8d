"""What staff decide about other people's shops: that less is printed, never more. The owner is told why, and may take
each of it back; machines, stock, parcels and Etsy's money are theirs alone."""

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.choices import NotificationType
from accounts.services.notifications import notification_send
from config.core.audit import audited
from config.core.errors import Denied, Missing
from printshop import policies
from printshop.choices import PrintStatus, ProductionStatus
from printshop.errors import WrongStatus
from printshop.models import Printer, ScheduledPrint, Shop, ShopOrder
from printshop.services.live import tell_queue_changed
from printshop.services.orders.production import production_follow
from printshop.services.prints.dispatch import queue_note
from printshop.services.prints.order_states import order_follow
from printshop.services.prints.prints import print_take_out
from printshop.services.prints.states import print_locked


def shop_order_call_off(*, actor: Actor, order_id: int, reason: str) -> ShopOrder:
    """Nothing more of an order is printed: prints that have not started are cancelled. Its source and its buyer are
    told nothing, and no money moves. Raises Denied, Missing and WrongStatus (it is made, shipped or called off)."""
    with transaction.atomic():
        order = _order_locked(actor, order_id)
        if order.is_called_off or order.is_shipped or order.production_status == ProductionStatus.COMPLETED:
            raise WrongStatus("There is nothing left to print of this order.")
        _produce(order, ProductionStatus.CANCELLED, actor=actor, action="shop_order.call_off", reason=reason)
        _tell_about_order(order, "Prints called off", f"Staff called off what is to be printed for {order}", reason)
    queue_note(shop_id=order.shop_id, now=timezone.now())
    return order


def shop_order_take_up(*, actor: Actor, order_id: int, reason: str) -> ShopOrder:
    """What was called off in the shop, by staff or its owner, is printed after all: prints that it lacks are made.
    Raises Denied, Missing and WrongStatus (it was not, or its source called it off)."""
    with transaction.atomic():
        order = _order_locked(actor, order_id)
        if order.production_status != ProductionStatus.CANCELLED:
            raise WrongStatus("It was not called off in the shop.")
        _produce(order, ProductionStatus.PENDING, actor=actor, action="shop_order.take_up", reason=reason)
        if order.is_called_off:
            raise WrongStatus("Its source called it off.")
        _tell_about_order(order, "Prints taken up again", f"Staff put {order} back into production", reason)
    queue_note(shop_id=order.shop_id, now=timezone.now())
    return order


def print_call_off(*, actor: Actor, print_id: int, reason: str) -> ScheduledPrint:
    """Take a print that has not started out of the queue of its shop. Raises Denied, Missing, WrongStatus (it started,
    or is over) and InUse (it is being sent to its printer at this moment)."""
    if not policies.may_manage_shops(actor):
        raise Denied
    with transaction.atomic():
        scheduled = print_locked(print_id)
        with audited(actor, "print.call_off", scheduled, "status", reason=reason):
            print_take_out(scheduled, actor=actor, reason=reason)
        _tell(
            scheduled.shop_id,
            NotificationType.PRINT_FAILED,
            "Print called off",
            f"Staff took {scheduled} out of the queue: {reason}",
            print_id=scheduled.pk,
        )
    queue_note(shop_id=scheduled.shop_id, now=timezone.now())
    return scheduled


def printer_set_aside(*, actor: Actor, printer_id: int, reason: str) -> Printer:
    """The queue starts nothing more on a printer until its owner lets it. What it prints now goes on. Raises Denied,
    Missing and WrongStatus (it takes nothing already)."""
    if not policies.may_manage_shops(actor):
        raise Denied
    with transaction.atomic():
        printer = Printer.objects.select_for_update(of=("self",)).filter(pk=printer_id, removed_at=None).first()
        if printer is None:
            raise Missing("Printer")
        if not printer.is_taking_prints:
            raise WrongStatus("It takes no prints from the queue already.")
        with audited(actor, "printer.set_aside", printer, "is_taking_prints", reason=reason):
            printer.is_taking_prints = False
            printer.save(update_fields=["is_taking_prints"])
        tell_queue_changed(printer.shop_id)
        _tell(
            printer.shop_id,
            NotificationType.PRINTER_MAINTENANCE,
            "Printer set aside",
            f"{printer} takes no more prints from the queue until you let it: {reason}",
            printer_id=printer.pk,
        )
    queue_note(shop_id=printer.shop_id, now=timezone.now())
    return printer


# ---------------------------------------------------------------- parts
def _order_locked(actor: Actor, order_id: int) -> ShopOrder:
    if not policies.may_manage_shops(actor):
        raise Denied
    order = ShopOrder.objects.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise Missing("Order")
    return order


def _produce(order: ShopOrder, status: ProductionStatus, *, actor: Actor, action: str, reason: str) -> None:
    """The order's prints follow in the same transaction; what was begun of it already counts."""

    def waiting() -> int:
        unfinished = [PrintStatus.QUEUED, PrintStatus.SCHEDULED]
        return ScheduledPrint.objects.filter(item__order=order, status__in=unfinished).count()

    with audited(actor, action, order, "production_status", prints=waiting, reason=reason):
        order.production_status = status
        order.save(update_fields=["production_status", "updated_at"])
        production_follow(shop_id=order.shop_id, orders=[order])
        order_follow(order)


def _tell_about_order(order: ShopOrder, title: str, words: str, reason: str) -> None:
    _tell(order.shop_id, NotificationType.ORDER_UPDATED, title, f"{words}: {reason}", shop_order_id=order.pk)


def _tell(shop_id: int, kind: NotificationType, title: str, message: str, **about: int) -> None:
    owner = Shop.objects.select_related("owner").get(pk=shop_id).owner
    notification_send(user=owner, notification_type=kind, title=title, message=message, data=dict(about))
