"""Paying a payment that was just begun: by what its payer keeps with us, or else by himself."""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from commerce.choices import PaymentStatus
from commerce.errors import MethodUnavailable
from commerce.gateways import card_gateway_name
from commerce.models import Payment
from commerce.services.charging import method_to_charge, payment_charge_saved
from commerce.services.payments import payment_after_3d_secure, payment_confirm, payment_process

SANDBOX_CARD = "pm_card_visa"


@dataclass(frozen=True)
class Charge:
    """While the payment is not `completed`, its payer goes on with `client_secret`, or where `next_action` says."""

    payment: Payment
    client_secret: str = ""
    next_action: dict[str, Any] | None = None


def can_be_charged(*, actor: User) -> bool:
    """Whether `payment_begin` would charge, instead of handing out a client secret."""
    return method_to_charge(actor=actor) is not None or card_gateway_name() == "sandbox"


def payment_begin(*, actor: User, payment: Payment) -> Charge:
    """Charge the payer's default method. Without one the payment is opened, for him to pay; the sandbox plays a payer
    who does so at once.

    Raises CardDeclined (the payment is `failed`, and may be tried again), GatewayRefused, GatewayUnavailable and
    WrongPaymentStatus, as `payment_charge_saved` does. Asks the gateway, so call it outside of transactions.
    """
    if method_to_charge(actor=actor) is not None:
        paid = payment_charge_saved(actor=actor, payment_id=payment.pk)
    elif card_gateway_name() == "sandbox":
        payment_process(actor=actor, payment_id=payment.pk)
        paid, _intent = payment_confirm(actor=actor, payment_id=payment.pk, payment_method=SANDBOX_CARD)
    else:
        return _opened(actor, payment)
    if paid.status != PaymentStatus.REQUIRES_ACTION:
        return Charge(paid)
    paid, intent = payment_after_3d_secure(actor=actor, payment_id=payment.pk)
    return Charge(paid) if intent is None else Charge(paid, intent.client_secret, intent.next_action)


def _opened(actor: User, payment: Payment) -> Charge:
    try:
        step = payment_process(actor=actor, payment_id=payment.pk)
    except MethodUnavailable:  # nobody takes cards here: it waits to be paid in another way
        return Charge(payment)
    return Charge(step.payment, str(step.details["client_secret"]))
