"""Money that no gateway tells of: staff say that it has arrived."""

from django.db import transaction

from accounts.actors import Actor
from commerce import policies
from commerce.choices import PAID_BY_HAND, PaymentStatus
from commerce.errors import OwnMoney, WrongPaymentStatus
from commerce.models import Payment
from commerce.services.payments.completion import payment_complete
from commerce.services.states.payments import AUDITED, payment_lock
from config.core.audit import audited
from config.core.errors import Denied
from config.core.idempotency import Once, done_once


@done_once(Payment)
def payment_complete_by_hand(*, actor: Actor, payment_id: int, once: Once | None = None) -> Payment:
    """A bank transfer or cash has arrived. Administrators only, and not of what they owe themselves. Raises Denied,
    OwnMoney, Missing, WrongPaymentStatus."""
    if not policies.may_move_money(actor):
        raise Denied
    with transaction.atomic():
        payment = payment_lock(payment_id)
        if policies.is_payer(actor, payment):
            raise OwnMoney("Nobody says of their own money that it has arrived.")
        if payment.payment_method not in PAID_BY_HAND:
            raise WrongPaymentStatus("Only bank transfers and cash on delivery are completed by hand.")
        if payment.status != PaymentStatus.PENDING:
            raise WrongPaymentStatus(f"The payment is {payment.status} and cannot be completed.")
        with audited(actor, "payment.complete", payment, *AUDITED):
            payment_complete(payment, actor=actor, gateway=payment.payment_method, reason="confirmed by staff")
    return payment
