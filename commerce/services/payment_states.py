"""The payment's state machine, and what moves with it."""

from decimal import Decimal

from django.conf import settings

from accounts.actors import Actor, person
from accounts.services.totals import totals_add
from commerce.choices import PAYMENT_CHANGES, PaymentStatus
from commerce.errors import WrongPaymentStatus
from commerce.models import Order, Payment, PaymentChange, PaymentShare
from commerce.services.orders import order_lock
from config.core.errors import Missing
from config.core.money import ZERO


def payment_lock(payment_id: int) -> tuple[Payment, Order]:
    """The payment and its order, locked: the order always first, as everywhere."""
    order_id = Payment.objects.filter(pk=payment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing("Payment")
    order = order_lock(order_id)
    payment = Payment.objects.select_for_update(of=("self",)).select_related("payer", "payee").get(pk=payment_id)
    return payment, order


def payment_status_change(payment: Payment, status: PaymentStatus, *, actor: Actor, reason: str) -> None:
    """The one place that assigns a payment's status. The payment must be locked."""
    if status not in PAYMENT_CHANGES[payment.status]:
        raise WrongPaymentStatus(f"A {payment.status} payment cannot become {status}.")
    PaymentChange.objects.create(
        payment=payment, before=payment.status, after=status, actor=person(actor), reason=reason[:200]
    )
    payment.status = status
    payment.save(update_fields=["status", "updated_at"])


def count_totals(payment: Payment, shares: list[PaymentShare]) -> None:
    """Carry a completed payment into what its payer spent and its sellers earned."""
    earned: dict[int, Decimal] = {}
    for share in shares:
        earned[share.seller_id] = earned.get(share.seller_id, ZERO) + share.earning
    move_totals(payment, spent=payment.amount, earned=earned)


def move_totals(payment: Payment, *, spent: Decimal, earned: dict[int, Decimal]) -> None:
    """Add to people's totals. Only the art market's currency is counted; rows are touched in the order of their ids."""
    if payment.currency != settings.CURRENCIES["cultureup"]:
        return
    for user_id in sorted({payment.payer_id, *earned}):
        totals_add(user_id, spent=spent if user_id == payment.payer_id else ZERO, earned=earned.get(user_id, ZERO))
