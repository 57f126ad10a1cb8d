"""What staff do with orders."""

from typing import Any

from django.db import transaction

from accounts.actors import Actor
from adminpanel import policies
from commerce.models import Order
from commerce.services.checkout import fulfilment
from commerce.services.states.orders import order_lock
from config.core.audit import audit_record
from config.core.errors import Denied
from config.core.idempotency import Once, done_once


@done_once(Order)
def order_force_complete(*, actor: Actor, order_id: int, reason: str = "", once: Once | None = None) -> Order:
    """Deliver whatever is not cancelled; see `fulfilment`. Raises Denied, Missing, WrongOrderStatus."""
    if not policies.may_handle_orders(actor):
        raise Denied
    with transaction.atomic():
        before = _state(order_lock(order_id))
        order = fulfilment.order_force_complete(actor=actor, order_id=order_id, reason=reason)
        _record("order.force_complete", order, before, reason, actor)
    return order


@done_once(Order)
def order_cancel(*, actor: Actor, order_id: int, reason: str = "", once: Once | None = None) -> Order:
    """Cancel what is not delivered: stock goes back, and so does what was paid.

    Raises Denied, Missing and WrongOrderStatus.
    """
    if not policies.may_handle_orders(actor):
        raise Denied
    with transaction.atomic():
        before = _state(order_lock(order_id))
        order = fulfilment.order_cancel(actor=actor, order_id=order_id, reason=reason)
        _record("order.cancel", order, before, reason, actor)
    return order


def _state(order: Order) -> dict[str, Any]:
    payments = order.payments.order_by("pk").values_list("transaction_id", "status")
    return {"status": order.status, "payments": dict(payments)}


def _record(action: str, order: Order, before: dict[str, Any], reason: str, actor: Actor) -> None:
    after = _state(order) | {"reason": reason}
    audit_record(actor=actor, action=action, target=order, before=before, after=after)
