"""Charging a payment that was just begun, to the method that its payer keeps with us; without one they pay themselves.

A kept card goes through the same states as one that its owner enters.
"""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from commerce.choices import PAID, PaymentStatus
from commerce.errors import MethodUnavailable, NoDefaultMethod, WrongPaymentStatus
from commerce.gateways.chosen import card_gateway_name
from commerce.models import Payment, SavedMethod
from commerce.selectors.payments import methods_of
from commerce.services.payments.at_gateway import (
    payment_after_3d_secure,
    payment_confirm,
    payment_process,
    payment_require_try,
)

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


def payment_begin(*, actor: User, payment: Payment, token: str = "") -> Charge:
    """Charge the method that `token` is the gateway's name of, or else the payer's default one. Without one the payment
    is opened, for them to pay; the sandbox plays a payer who does so at once.

    Raises CardDeclined (the payment is `failed`, and may be tried again), GatewayRefused, GatewayUnavailable and
    WrongPaymentStatus, as `payment_charge_saved` does. Asks the gateway, so call it outside of transactions.
    """
    try:
        if token:
            paid = _charged_once(actor, payment, token)
        elif method_to_charge(actor=actor) is not None:
            paid = payment_charge_saved(actor=actor, payment_id=payment.pk)
        elif card_gateway_name() == "sandbox":
            paid = _charged_once(actor, payment, SANDBOX_CARD)
        else:
            return _opened(actor, payment)
    except WrongPaymentStatus:
        payment.refresh_from_db()
        if payment.status not in PAID:
            raise
        paid = payment  # the same call, at the same moment, was faster
    return _charge_of(actor, paid)


def _charged_once(actor: User, payment: Payment, token: str) -> Payment:
    paid = _opened_to_charge(actor, payment.pk)
    if paid.status not in PAID:
        paid, _intent = payment_confirm(actor=actor, payment_id=payment.pk, payment_method=token)
    return paid


def payment_resume(*, actor: User, payment: Payment, attempt: str, token: str = "") -> Charge:
    """Go on with what `payment_begin` began, wherever it stopped: `attempt` is its try at the payment.

    Raises as `payment_begin` does: CardDeclined also when that try had failed before. Asks the gateway, so call it
    outside of transactions.
    """
    payment_require_try(payment, attempt)
    if payment.status == PaymentStatus.PENDING:
        return payment_begin(actor=actor, payment=payment, token=token)
    return _charge_of(actor, payment)


def _charge_of(actor: User, paid: Payment) -> Charge:
    if paid.status != PaymentStatus.REQUIRES_ACTION:
        return Charge(paid)
    paid, intent = payment_after_3d_secure(actor=actor, payment_id=paid.pk)
    return Charge(paid) if intent is None else Charge(paid, intent.client_secret, intent.next_action)


def method_to_charge(*, actor: User) -> SavedMethod | None:
    """The actor's default method, if the gateway that takes cards here can charge it."""
    return methods_of(actor=actor).filter(is_default=True, gateway=card_gateway_name()).first()


def payment_charge_saved(*, actor: User, payment_id: int, return_url: str = "") -> Payment:
    """Charge the payer's default method with a payment of theirs that is pending (or failed: this is a new try then).

    The payment comes back `completed`; `requires_action` when the bank wants 3-D Secure, which then goes on as for any
    card payment (`payment_process` gives the client secret, `payment_after_3d_secure` the next action); or still
    `pending` when the gateway takes its time. The method need not be verified: the payer's own bank decides.

    Raises, and has changed nothing:
    - Missing: not a payment of the actor's;
    - NoDefaultMethod: they have none, or it cannot be charged here (PayPal, a bank account, another gateway's card);
    - WrongPaymentStatus: it is no card payment, is paid already, or what it is for was cancelled;
    - MethodUnavailable: no gateway takes cards here.
    Raises with the payment opened at the gateway:
    - CardDeclined: it is `failed` now, and may be tried again;
    - GatewayRefused: the gateway does not know the card any more; it stays `pending`;
    - GatewayUnavailable: unknown whether it was charged. It stays `pending`; calling again charges once, and the sweep
      settles it in any case.

    Asks the gateway, so call it outside of transactions.
    """
    method = method_to_charge(actor=actor)
    if method is None:
        raise NoDefaultMethod
    opened = _opened_to_charge(actor, payment_id)
    if opened.status in PAID:
        return opened
    payment, _intent = payment_confirm(
        actor=actor,
        payment_id=payment_id,
        payment_method=method.token,
        return_url=return_url,
        customer=method.customer,
    )
    return payment


def _opened_to_charge(actor: User, payment_id: int) -> Payment:
    """The payment, open at its gateway; or paid, when an earlier call was charged and what became of it was lost.

    Raises CardDeclined when that call was declined.
    """
    opened = payment_process(actor=actor, payment_id=payment_id).payment
    payment_require_try(opened, str(opened.attempt))
    return opened


def _opened(actor: User, payment: Payment) -> Charge:
    try:
        step = payment_process(actor=actor, payment_id=payment.pk)
    except MethodUnavailable:  # nobody takes cards here: it waits to be paid in another way
        return Charge(payment)
    return Charge(step.payment, str(step.details["client_secret"]))
