"""Money that no gateway tells of: staff say that it has arrived."""

from django.db import transaction

from accounts.models import User
from commerce import policies
from commerce.choices import PAID_BY_HAND, PaymentStatus
from commerce.errors import WrongPaymentStatus
from commerce.models import Payment
from commerce.services.payments.completion import payment_complete
from commerce.services.states.payments import payment_lock
from config.core.errors import Denied


def payment_complete_by_hand(*, actor: User, payment_id: int) -> Payment:
    """Staff confirm that a bank transfer or cash has arrived."""
    if not policies.may_move_money(actor):
        raise Denied
    with transaction.atomic():
        payment = payment_lock(payment_id)
        if payment.payment_method not in PAID_BY_HAND:
            raise WrongPaymentStatus("Only bank transfers and cash on delivery are completed by hand.")
        if payment.status != PaymentStatus.PENDING:
            raise WrongPaymentStatus(f"The payment is {payment.status} and cannot be completed.")
        payment_complete(payment, actor=actor, gateway=payment.payment_method, reason="confirmed by staff")
    return payment
