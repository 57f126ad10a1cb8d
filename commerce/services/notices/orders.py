"""What commerce tells people about orders and payments. Written in the transaction that causes it, delivered later."""

from typing import Final

from django.conf import settings

from accounts.models import User
from accounts.services.notifications import notification_send
from commerce.models import Order, OrderLine, Payment, PaymentShare, Refund
from commerce.services.ledger.shares import Released, Taken
from config.core.money import ZERO, quantise

MODEL_BY_MODEL: Final = "nexus"
"""The channel whose messages are of one model each."""


def tell_about_sale(payment: Payment, order: Order, shares: list[PaymentShare]) -> None:
    """The sellers learn of their sale and what it earns them, the buyer that the purchase is confirmed."""
    lines = {line.pk: line for line in order.lines.select_related("seller").order_by("pk")}
    if order.channel == MODEL_BY_MODEL:
        for share in shares:
            if share.line_id is not None:
                _tell_about_model(order, lines[share.line_id], payment=payment, share=share)
        return
    by_seller: dict[int, list[PaymentShare]] = {}
    for share in shares:
        by_seller.setdefault(share.seller_id, []).append(share)
    for parts in by_seller.values():
        mine = [lines[part.line_id] for part in parts if part.line_id is not None]
        earning = quantise(sum((part.earning for part in parts), ZERO), payment.currency)
        fee = quantise(sum((part.fee for part in parts), ZERO), payment.currency)
        titles = ", ".join(f"'{line.title}'" for line in mine)
        held = [part for part in parts if part.held_gross]
        notification_send(
            user=mine[0].seller,
            notification_type="payment_received",
            title="Payment Received",
            message=f"{payment.payer.username} bought {titles}: you earn {payment.currency} {earning}"
            + ("" if not held else f". {_held_for(held, lines)}"),
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


def tell_about_gift(order: Order) -> None:
    """Nothing was to be paid. Said in Nexus alone."""
    if order.channel == MODEL_BY_MODEL:
        for line in order.lines.select_related("seller").order_by("pk"):
            _tell_about_model(order, line)


def _tell_about_model(
    order: Order, line: OrderLine, *, payment: Payment | None = None, share: PaymentShare | None = None
) -> None:
    """Seller and buyer of one model, each by a message of its own."""
    currency, buyer = order.currency, order.buyer
    earning = quantise(share.earning if share is not None else ZERO, currency)
    amount = str(quantise(line.total_price, currency))
    held = ". The payment is held until you attach the file" if share is not None and share.held_gross else ""
    about_it = {"order_id": order.pk, "line_id": line.pk, "model_id": line.listing_id}
    about_it |= {} if payment is None else {"payment_id": payment.pk}
    details = {"model_name": line.title, "model_id": line.listing_id, "amount": amount, "currency": currency}
    notification_send(
        user=line.seller,
        notification_type="payment_received",
        title="New sale",
        message=f"{buyer.username} bought {line.title}: you earn {currency} {earning}{held}",
        data=about_it | {"earning": str(earning)},
        email="sale_notification",
        email_context=details
        | {"revenue": str(earning), "fee_percent": f"{settings.FEE_PERCENT[order.channel].normalize():f}"},
    )
    notification_send(
        user=buyer,
        notification_type="purchase_confirmed",
        title="Purchase confirmed",
        message=f"You can now download {line.title}",
        data=about_it,
        email="purchase_confirmation",
        email_context=details,
    )


def tell_about_cash_order(payment: Payment, order: Order) -> None:
    """The sellers learn that they can send what is paid for when it is delivered."""
    by_seller: dict[User, list[str]] = {}
    for line in order.lines.select_related("seller").order_by("pk"):
        by_seller.setdefault(line.seller, []).append(f"'{line.title}'")
    for seller, titles in by_seller.items():
        text = f"{payment.payer.username} ordered {', '.join(titles)} and pays in cash on delivery"
        tell_about_payment(payment, seller, "order_updated", "New Order", text)


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
    what = {
        "order_id": payment.order_id,
        "job_id": payment.job_id,
        "bounty_id": payment.bounty_id,
        "promotion_id": payment.promotion_id,
    }
    return {"payment_id": payment.pk, **{name: number for name, number in what.items() if number is not None}}


def tell_about_refund(payment: Payment, refund: Refund, taken: Taken) -> None:
    """Of an order's payment, or a promotion's."""
    amount = quantise(refund.amount, payment.currency)
    if payment.order_id is None:
        text = f"{payment.currency} {amount} of payment {payment.transaction_id} were refunded"
        tell_about_payment(payment, payment.payer, "payment_refunded", "Payment Refunded", text)
        return
    notification_send(
        user=payment.payer,
        notification_type="payment_refunded",
        title="Payment Refunded",
        message=f"{payment.currency} {amount} of payment {payment.transaction_id} were refunded",
        data={"payment_id": payment.pk, "order_id": payment.order_id, "amount": str(amount)},
        email="payment_refunded",
        email_context={"order_id": payment.order_id, "amount": str(amount), "currency": payment.currency},
    )
    for seller in User.objects.filter(pk__in={*taken.earnings, *taken.held}).order_by("pk"):
        parts = []
        for part, words in (
            (taken.earnings.get(seller.pk), "of your earning"),
            (taken.held.get(seller.pk), "that were held for you"),
        ):
            if part:
                parts.append(f"{payment.currency} {quantise(part, payment.currency)} {words}")
        text = f"{' and '.join(parts)} for order #{payment.order_id} were taken back by a refund"
        tell_about_payment(payment, seller, "payment_refunded", "Sale Refunded", text)


def tell_about_file(payment: Payment, share: PaymentShare, released: Released) -> None:
    """The file of a line is there: its seller gets their money, its buyer can download it."""
    line = share.line
    assert line is not None, "only lines wait for files"  # noqa: S101 (a share without one is a job's)
    earning = quantise(released.earning, payment.currency)
    text = f"The file of '{line.title}' is there: you earn {payment.currency} {earning} for order #{line.order_id}"
    tell_about_payment(payment, line.seller, "payment_received", "Payment Released", text)
    text = f"The file of '{line.title}' is there: you can download it now"
    tell_about_payment(payment, payment.payer, "order_updated", "File Ready", text)


def _held_for(held: list[PaymentShare], lines: dict[int, OrderLine]) -> str:
    titles = ", ".join(f"'{lines[share.line_id].title}'" for share in held if share.line_id is not None)
    return f"The payment for {titles} is held until you attach the file"


def _shown(lines: list[OrderLine], currency: str) -> list[dict[str, str | int]]:
    return [
        {"title": line.title, "quantity": line.quantity, "total": str(quantise(line.total_price, currency))}
        for line in lines
    ]
