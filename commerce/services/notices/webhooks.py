"""What commerce tells other programs, in the transaction that causes it.

Buyers hear of their orders, sellers of their lines, both of a payment that went back. docs/reference/webhooks.md shows
each event's data.
"""

from collections.abc import Callable, Collection
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import QuerySet

from accounts.choices import WebhookEvent
from accounts.services.webhooks import webhook_event
from commerce.choices import OrderStatus
from commerce.models import Dispute, Order, OrderLine, Payment, PaymentShare, Payout, Refund, Subscription
from config.core.money import ZERO, shown

OF_STATUS = {
    OrderStatus.SHIPPED: WebhookEvent.ORDER_SHIPPED,
    OrderStatus.DELIVERED: WebhookEvent.ORDER_DELIVERED,
    OrderStatus.CANCELLED: WebhookEvent.ORDER_CANCELLED,
}


def order_webhook(
    event: WebhookEvent, order: Order, *, payment: Payment | None = None, only: Collection[int] | None = None
) -> None:
    """The buyer hears of the order, its sellers of their lines; of the sellers those in `only`, where it is given."""
    paid = {} if payment is None else {"payment_id": payment.pk}
    webhook_event(
        event,
        about=f"order-{order.pk}",
        people=[order.buyer_id, *(only or ())],
        others=_sellers_of(order) if only is None else None,
        data=_seen_by(order, lambda lines: {"amount": _total(lines)} | paid),
    )


def sale_webhook(order: Order, payment: Payment | None, shares: Collection[PaymentShare]) -> None:
    """A seller hears what their lines bring; what was free brings nothing."""
    by_line = {share.line_id: share for share in shares}

    def brought(lines: list[OrderLine]) -> dict[str, Any]:
        mine = [by_line[line.pk] for line in lines if line.pk in by_line]
        return {
            "payment_id": None if payment is None else payment.pk,
            "amount": _total(lines),
            "fee": sum((share.fee for share in mine), ZERO),
            "earning": sum((share.earning for share in mine), ZERO),
            "held": sum((share.held_gross for share in mine), ZERO),
        }

    webhook_event(
        WebhookEvent.SALE_MADE,
        about=f"order-{order.pk}",
        people=(),
        others=_sellers_of(order),
        data=_seen_by(order, brought),
    )


def refund_webhook(payment: Payment, refund: Refund, gross: dict[int, Decimal]) -> None:
    """`gross` is by seller what of it was theirs: that is the amount that they are told."""

    def data(person: int | None) -> dict[str, Any]:
        amount = refund.amount if person is None or person == payment.payer_id else gross.get(person, ZERO)
        return {
            "refund_id": refund.pk,
            **_ids_of(payment),
            "amount": shown(amount, payment.currency),
            "currency": payment.currency,
            "payment_status": payment.status,
        }

    webhook_event(WebhookEvent.PAYMENT_REFUNDED, about=_thing_of(payment), people={payment.payer_id, *gross}, data=data)


def dispute_webhook(event: WebhookEvent, dispute: Dispute, payment: Payment) -> None:
    amounts = {"artist_amount": dispute.artist_amount, "buyer_amount": dispute.buyer_amount}
    webhook_event(
        event,
        about=_thing_of(payment),
        people={payment.payer_id, payment.payee_id},
        data={
            "dispute_id": dispute.pk,
            **_ids_of(payment),
            "state": dispute.state,
            "opened_by": dispute.opened_by_id,
            **{name: None if part is None else shown(part, payment.currency) for name, part in amounts.items()},
            "currency": payment.currency,
        },
    )


def payout_webhook(payout: Payout) -> None:
    amounts = {"amount": payout.amount, "fees": payout.fees, "net_amount": payout.net_amount}
    webhook_event(
        WebhookEvent.PAYOUT_UPDATED,
        about=f"payout-{payout.pk}",
        people=[payout.seller_id],
        data={
            "payout_id": str(payout.uuid),
            "seller_id": payout.seller_id,
            "status": payout.status,
            **{name: shown(part, payout.currency) for name, part in amounts.items()},
            "currency": payout.currency,
            "method": payout.method,
            "waits_until": payout.waits_until,
        },
    )


def subscription_webhook(subscription: Subscription) -> None:
    webhook_event(
        WebhookEvent.SUBSCRIPTION_CHANGED,
        about=f"subscription-{subscription.pk}",
        people=[subscription.user_id],
        data={
            "subscription_id": subscription.pk,
            "user_id": subscription.user_id,
            "plan_id": subscription.plan_id,
            "status": subscription.status,
            "billing_cycle": subscription.billing_cycle,
            "amount": shown(subscription.amount, subscription.currency),
            "currency": subscription.currency,
            "current_period_end": subscription.current_period_end,
            "cancel_at_period_end": subscription.cancel_at_period_end,
        },
    )


# ---------------------------------------------------------------- parts
def _seen_by(
    order: Order, further: Callable[[list[OrderLine]], dict[str, Any]]
) -> Callable[[int | None], dict[str, Any]]:
    """What a person sees of an order, its lines read once: who buys and the platform all, a seller their own. Amounts
    in what is `further` to be said about them become text."""

    @cache
    def lines() -> list[OrderLine]:
        return list(OrderLine.objects.filter(order=order).order_by("pk"))

    def data(person: int | None) -> dict[str, Any]:
        seen = [line for line in lines() if person in (None, order.buyer_id, line.seller_id)]
        said = {
            name: shown(value, order.currency) if isinstance(value, Decimal) else value
            for name, value in further(seen).items()
        }
        return {
            "order_id": order.pk,
            "status": order.status,
            "buyer_id": order.buyer_id,
            **said,
            "currency": order.currency,
            "lines": [
                {
                    "line_id": line.pk,
                    "listing_id": line.listing_id,
                    "seller_id": line.seller_id,
                    "quantity": line.quantity,
                    "amount": shown(line.total_price, order.currency),
                    "shipped_at": line.shipped_at,
                    "delivered_at": line.delivered_at,
                }
                for line in seen
            ],
        }

    return data


def _sellers_of(order: Order) -> QuerySet[Any]:
    return OrderLine.objects.filter(order=order).values("seller")


def _total(lines: list[OrderLine]) -> Decimal:
    return sum((line.total_price for line in lines), ZERO)


def _ids_of(payment: Payment) -> dict[str, int | None]:
    return {
        "payment_id": payment.pk,
        "order_id": payment.order_id,
        "job_id": payment.job_id,
        "bounty_id": payment.bounty_id,
        "promotion_id": payment.promotion_id,
    }


def _thing_of(payment: Payment) -> str:
    """What it is for; its lock is held with the payment's."""
    name, number = [(name, number) for name, number in _ids_of(payment).items() if number is not None][-1]
    return f"{name.removesuffix('_id')}-{number}"
