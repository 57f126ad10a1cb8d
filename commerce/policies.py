"""Who may do what with orders and money."""

from accounts.actors import Actor
from accounts.policies import ADMINISTRATOR, MODERATOR, STAFF, level
from commerce.choices import OrderStatus
from commerce.models import Dispute, Order, Payment


def is_buyer(actor: Actor, order: Order) -> bool:
    return actor.pk is not None and order.buyer_id == actor.pk


def may_manage_orders(actor: Actor) -> bool:
    """Staff see every order, complete and cancel it."""
    return level(actor) >= STAFF


def may_move_money(actor: Actor) -> bool:
    """Release, refund and complete payments, decide disputes, carry out payouts: administrators and superusers."""
    return level(actor) >= ADMINISTRATOR


def may_manage_coupons(actor: Actor) -> bool:
    """They give money away: administrators and superusers."""
    return level(actor) >= ADMINISTRATOR


def may_manage_plans(actor: Actor) -> bool:
    """What the platform itself sells: administrators and superusers."""
    return level(actor) >= ADMINISTRATOR


def may_moderate_reviews(actor: Actor) -> bool:
    """Take away what breaks the rules."""
    return level(actor) >= MODERATOR


def may_cancel(actor: Actor, order: Order) -> bool:
    """The buyer until it is shipped, staff until it is delivered; who has bought it is its buyer, staff or not."""
    if may_manage_orders(actor) and not is_buyer(actor, order):
        return order.status in {OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.SHIPPED}
    return is_buyer(actor, order) and order.status in {OrderStatus.PENDING, OrderStatus.CONFIRMED}


def is_payer(actor: Actor, payment: Payment) -> bool:
    return actor.pk is not None and payment.payer_id == actor.pk


def may_pay(actor: Actor, payment: Payment) -> bool:
    """Nobody pays for another."""
    return is_payer(actor, payment)


def is_party(actor: Actor, payment: Payment) -> bool:
    """Buyer or artist of a job that was paid for."""
    return actor.pk is not None and actor.pk in {payment.payer_id, payment.payee_id}


def may_withdraw(actor: Actor, dispute: Dispute) -> bool:
    """Who opened it."""
    return actor.pk is not None and dispute.opened_by_id == actor.pk
