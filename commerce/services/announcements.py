"""What commerce tells people about orders and payments. Written in the transaction that causes it, delivered later."""

from decimal import Decimal

from accounts.models import User
from commerce.models import Order, OrderLine, Payment, PaymentShare, Refund
from community.services.notifications import notification_send
from config.core.money import ZERO, quantise


def tell_about_sale(payment: Payment, order: Order, shares: list[PaymentShare]) -> None:
    """The sellers learn of their sale and what it earns them, the buyer that the purchase is confirmed."""
    lines = {line.pk: line for line in order.lines.select_related("seller").order_by("pk")}
    by_seller: dict[int, list[PaymentShare]] = {}
    for share in shares:
        by_seller.setdefault(share.seller_id, []).append(share)
    for parts in by_seller.values():
        mine = [lines[part.line_id] for part in parts if part.line_id is not None]
        earning = quantise(sum((part.earning for part in parts), ZERO), payment.currency)
        fee = quantise(sum((part.fee for part in parts), ZERO), payment.currency)
        titles = ", ".join(f"'{line.title}'" for line in mine)
        notification_send(
            user=mine[0].seller,
            notification_type="payment_received",
            title="Payment Received",
            message=f"{payment.payer.username} bought {titles}: you earn {payment.currency} {earning}",
            data={"payment_id": payment.pk, "order_id": order.pk, "earning": str(earning)},
            email="sale",
            email_context={
                "order_id": order.pk,
                "lines": _shown(mine, payment.currency),
                "earning": str(earning),
                "fee": str(fee),
                "currency": payment.currency,
            },
        )
    notification_send(
        user=payment.payer,
        notification_type="purchase_confirmed",
        title="Purchase Confirmed",
        message=f"Your payment of {payment.currency} {quantise(payment.amount, payment.currency)} "
        f"for order #{order.pk} was received",
        data={"payment_id": payment.pk, "order_id": order.pk},
        email="purchase_confirmation",
        email_context={
            "order_id": order.pk,
            "lines": _shown(list(lines.values()), payment.currency),
            "total": str(quantise(payment.amount, payment.currency)),
            "currency": payment.currency,
            "transaction_id": payment.transaction_id,
        },
    )


def tell_about_payment(payment: Payment, user: User, notification_type: str, title: str, message: str) -> None:
    notification_send(
        user=user,
        notification_type=notification_type,
        title=title,
        message=message,
        data=about(payment),
    )


def about(payment: Payment) -> dict[str, int | str]:
    """The ids a front-end needs to open what a notification speaks of."""
    what = {"order_id": payment.order_id} if payment.order_id is not None else {"job_id": payment.job_id}
    return {"payment_id": payment.pk, **{name: number for name, number in what.items() if number is not None}}


def tell_about_refund(payment: Payment, refund: Refund, earnings: dict[int, Decimal]) -> None:
    amount = quantise(refund.amount, payment.currency)
    notification_send(
        user=payment.payer,
        notification_type="payment_refunded",
        title="Payment Refunded",
        message=f"{payment.currency} {amount} of payment {payment.transaction_id} were refunded",
        data={"payment_id": payment.pk, "order_id": payment.order_id, "amount": str(amount)},
        email="payment_refunded",
        email_context={"order_id": payment.order_id, "amount": str(amount), "currency": payment.currency},
    )
    for seller in User.objects.filter(pk__in=earnings).order_by("pk"):
        taken = quantise(earnings[seller.pk], payment.currency)
        tell_about_payment(
            payment,
            seller,
            "payment_refunded",
            "Sale Refunded",
            f"{payment.currency} {taken} of your earning for order #{payment.order_id} were taken back by a refund",
        )


def _shown(lines: list[OrderLine], currency: str) -> list[dict[str, str | int]]:
    return [
        {"title": line.title, "quantity": line.quantity, "total": str(quantise(line.total_price, currency))}
        for line in lines
    ]
