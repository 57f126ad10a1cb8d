"""Payments between their payer and their gateway: opened, confirmed, settled, closed.

The gateway is asked outside of transactions. What it answers is recorded under the locks, and only ever its present
state is recorded, so events may come twice, late, or in any order.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from commerce import policies
from commerce.choices import (
    PAID,
    PAID_BY_HAND,
    UNPAID,
    PaymentMethod,
    PaymentStatus,
)
from commerce.errors import CardDeclined, GatewayRefused, GatewayUnavailable, MethodUnavailable, WrongPaymentStatus
from commerce.gateways.base import Gateway, Intent, IntentStatus
from commerce.gateways.by_hand import transfer_account
from commerce.gateways.chosen import card_gateway, gateway
from commerce.models import Payment
from commerce.services.coupons.uses import coupon_return, coupon_take_again
from commerce.services.notices.orders import tell_about_payment
from commerce.services.orders.orders import order_await_cash
from commerce.services.payments.already_owned import already_owned_refuse
from commerce.services.payments.completion import payment_complete
from commerce.services.payments.payees_gone import payee_gone_refuse
from commerce.services.states.payments import is_called_off, payment_lock, payment_status_change
from config.core.errors import DomainError, Missing
from config.core.idempotency import Once, call_claim, call_find, call_keep

logger = logging.getLogger(__name__)

AT_ONCE = 100
"""How many payments a sweep asks about at most."""
OPEN = frozenset({PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION})


@dataclass(frozen=True)
class NextStep:
    """What the payer does next. `details` is the gateway's: a client secret, a form to post, an account to pay to."""

    payment: Payment
    requires_action: bool
    message: str
    details: dict[str, Any]


# ---------------------------------------------------------------- paying
def payment_process(*, actor: User, payment_id: int, once: Once | None = None) -> NextStep:
    """Open the payment at its gateway, or open it again after a declined try. Sending it twice opens it once.

    The same call again begins no new try: it gives the step of the payment as it stands now, paid or not.
    """
    payment = _own(actor, payment_id)
    if call_find(once) is None:
        payment_close_failed_try(payment)
    with transaction.atomic():
        if call_claim(once) is None:
            payment = payment_lock(payment_id)
            payment_open_try(payment, actor=actor)
            call_keep(once, payment, state=str(payment.attempt))
    return _next_step(payment)


def payment_open_try(payment: Payment, *, actor: User) -> None:
    """See to it that a locked payment may be paid now: one that failed is pending again, with a try of its own, and
    its order has the use of its coupon again.

    Raises WrongPaymentStatus, AlreadyOwned, PayeeGone and CouponUsedUp.
    """
    if is_called_off(payment) or payment.status not in UNPAID:
        raise WrongPaymentStatus(f"The payment is {payment.status} and cannot be processed.")
    already_owned_refuse(payment)
    payee_gone_refuse(payment)
    if payment.status == PaymentStatus.FAILED:
        payment.attempt = uuid.uuid4()
        payment.gateway_reference = ""
        payment.save(update_fields=["attempt", "gateway_reference"])
        payment_status_change(payment, PaymentStatus.PENDING, actor=actor, reason="new try")
    if payment.payment_method == PaymentMethod.CASH_ON_DELIVERY and payment.order is not None:
        order_await_cash(payment.order, payment, actor=actor)
    if payment.order is not None:
        coupon_take_again(payment.order)


def _next_step(payment: Payment) -> NextStep:
    match payment.payment_method:
        case PaymentMethod.STRIPE:
            return _open_card_payment(payment)
        case PaymentMethod.JAZZCASH:
            return _open_jazzcash(payment)
        case PaymentMethod.BANK_TRANSFER:
            details = {"account": transfer_account(), "reference": payment.transaction_id}
            message = "Transfer the amount to the account with this reference. The payment completes when it arrives."
            return NextStep(payment, False, message, details)
    message = "Pay when the order is delivered. No further step is needed."
    return NextStep(payment, False, message, {"reference": payment.transaction_id})


def payment_close_failed_try(payment: Payment) -> None:
    """Before a new try the old one is closed at the gateway, so that nobody can still pay it beside the new one."""
    if payment.status != PaymentStatus.FAILED or payment.payment_method != PaymentMethod.STRIPE:
        return
    if payment.gateway_reference:
        _record(payment.pk, _cancelled_intent(payment), actor=SYSTEM)


def payment_close_at_gateway(payment: Payment) -> bool:
    """Whether nobody can pay this card payment any more. What was paid in the meantime is recorded. Asks the gateway,
    so call it outside of transactions."""
    intent = _cancelled_intent(payment)
    if intent.status == IntentStatus.SUCCEEDED:
        _record(payment.pk, intent, actor=SYSTEM)
    return intent.status == IntentStatus.CANCELLED


def payment_close(payment_id: int) -> str | None:
    """The reference at its gateway under which nobody can pay a payment any more, '' where it never was there; None
    when it has come in, or still may. What is called off in its payer's absence is closed first, so that nobody is
    charged for it. Asks the gateway, so call it outside of transactions."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.status not in UNPAID or (payment.gateway_reference and not payment_close_at_gateway(payment)):
        return None
    return payment.gateway_reference


def payment_is_open_elsewhere(payment: Payment, closed: str) -> bool:
    """Whether a locked payment can still be paid, or was, though it was `closed`: another try has begun since."""
    return payment.status not in UNPAID or payment.gateway_reference != closed


def _cancelled_intent(payment: Payment) -> Intent:
    chosen = _gateway_of(payment)
    try:
        return chosen.cancel(payment.gateway_reference)
    except GatewayRefused:  # it succeeded meanwhile
        return chosen.retrieve(payment.gateway_reference)


def _open_card_payment(payment: Payment) -> NextStep:
    chosen = _gateway_of(payment)
    if payment.gateway_reference:
        intent = chosen.retrieve(payment.gateway_reference)
    else:
        intent = chosen.create(
            amount=payment.amount,
            currency=payment.currency,
            key=str(payment.attempt),
            description=payment.description,
            metadata={"transaction_id": payment.transaction_id, "payment_id": str(payment.pk)},
        )
        _remember_reference(payment, chosen, intent)
    payment = _record(payment.pk, intent, actor=SYSTEM)
    if payment.status == PaymentStatus.CANCELLED:  # given up while the gateway was asked: nobody gets its secret
        payment_cancel_at_gateway(payment_id=payment.pk)
        raise WrongPaymentStatus("The payment is cancelled and cannot be processed.")
    message = "Stripe PaymentIntent created successfully. Complete 3D Secure if required."
    details = {"client_secret": intent.client_secret, "payment_intent_id": intent.reference}
    return NextStep(payment, intent.status == IntentStatus.NEEDS_ACTION, message, details)


def _open_jazzcash(payment: Payment) -> NextStep:
    from commerce.gateways.jazzcash import checkout_form

    form = checkout_form(payment)
    reference = form.fields["pp_TxnRefNo"]
    Payment.objects.filter(pk=payment.pk, attempt=payment.attempt).update(
        gateway="jazzcash", gateway_reference=reference
    )
    payment.refresh_from_db()
    message = "Post this form to JazzCash to pay."
    return NextStep(payment, True, message, {"url": form.url, "form": form.fields})


def _remember_reference(payment: Payment, chosen: Gateway, intent: Intent) -> None:
    """Two simultaneous calls share the attempt's key, so the gateway gave both the same intent."""
    Payment.objects.filter(pk=payment.pk, attempt=payment.attempt).update(
        gateway=chosen.name, gateway_reference=intent.reference
    )
    payment.gateway, payment.gateway_reference = chosen.name, intent.reference


def payment_confirm(
    *,
    actor: User,
    payment_id: int,
    payment_method: str,
    return_url: str = "",
    customer: str = "",
    once: Once | None = None,
) -> tuple[Payment, Intent | None]:
    """Charge the card. Raises CardDeclined (the payment is failed then; `process` allows a new try).

    `customer` is given for a saved card: whose it is at the gateway. The same call again charges nothing new: it says
    how this try at the payment has ended, without an intent when it has.
    """
    with transaction.atomic():
        earlier = call_claim(once)
        payment = _own(actor, payment_id)
        if earlier is None:
            _require_confirmable(payment)
            call_keep(once, payment, state=str(payment.attempt))
    if earlier is not None:
        payment_require_try(payment, earlier.state)
        if payment.status not in OPEN:
            return payment, None
    intent = _gateway_of(payment).confirm(
        reference=payment.gateway_reference,
        payment_method=payment_method,
        return_url=return_url,
        key=str(uuid.uuid5(payment.attempt, payment_method)),
        customer=customer,
    )
    payment = _record(payment.pk, intent, actor=actor)
    _raise_if_declined(payment)
    return payment, intent


def _require_confirmable(payment: Payment) -> None:
    if payment.payment_method != PaymentMethod.STRIPE:
        raise WrongPaymentStatus("Only card payments are confirmed with a payment method.")
    if payment.status not in OPEN:
        raise WrongPaymentStatus(f"The payment is {payment.status} and cannot be confirmed.")
    if not payment.gateway_reference:
        raise WrongPaymentStatus("The payment has not been processed yet.")
    already_owned_refuse(payment)
    payee_gone_refuse(payment)


def payment_require_try(payment: Payment, attempt: str) -> None:
    """Raises CardDeclined when this try at the payment has failed, also where another one has begun since."""
    if str(payment.attempt) != attempt:  # only one that failed makes way
        raise CardDeclined(payment.failure_message or None, code=payment.failure_code or "card_declined")
    _raise_if_declined(payment)


def payment_after_3d_secure(*, actor: User, payment_id: int, once: Once | None = None) -> tuple[Payment, Intent | None]:
    """Look up how 3-D Secure ended. Raises CardDeclined when it failed.

    The same call again speaks of the same try, whatever has begun since.
    """
    payment = _own(actor, payment_id)
    earlier = call_find(once)
    if earlier is not None:
        payment_require_try(payment, earlier.state)
    if payment.payment_method != PaymentMethod.STRIPE or not payment.gateway_reference:
        raise WrongPaymentStatus("The payment has not been confirmed yet.")
    if payment.status in PAID:
        return payment, None
    _raise_if_declined(payment)
    intent = _gateway_of(payment).retrieve(payment.gateway_reference)
    payment = _record(payment.pk, intent, actor=actor, once=once)
    _raise_if_declined(payment)
    return payment, intent


def _raise_if_declined(payment: Payment) -> None:
    if payment.status == PaymentStatus.FAILED:
        raise CardDeclined(payment.failure_message or None, code=payment.failure_code or "card_declined")


def payment_settle(*, actor: Actor, payment_id: int) -> Payment:
    """Ask the gateway how the payment stands and record it. Safe to call at any time, any number of times."""
    payment = Payment.objects.get(pk=payment_id)
    if not payment.gateway_reference:
        return payment
    intent = _gateway_of(payment).retrieve(payment.gateway_reference)
    return _record(payment.pk, intent, actor=actor)


def payments_sweep() -> int:
    """Settle payments left between two states: the gateway or we fell silent in the middle.

    In turn: whoever was asked about the longest ago, or waits the longest without having been asked about.
    """
    now = timezone.now()
    open_ones = Payment.objects.filter(
        Q(checked_at__isnull=True) | Q(checked_at__lt=now - timedelta(minutes=5)),
        status__in=[PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION],
        updated_at__lt=now - timedelta(minutes=1),
        created_at__gt=now - timedelta(days=30),
    ).exclude(gateway_reference="")
    settled = 0
    silent: set[str] = set()
    in_turn = open_ones.order_by(Coalesce("checked_at", "created_at"), "pk")
    for payment_id, name in in_turn.values_list("pk", "gateway")[:AT_ONCE]:
        if name in silent:  # a gateway that is down costs one time-out a sweep, not a hundred
            continue
        Payment.objects.filter(pk=payment_id).update(checked_at=timezone.now())
        try:
            payment_settle(actor=SYSTEM, payment_id=payment_id)
        except GatewayUnavailable:
            silent.add(name)
        except DomainError as error:  # one payment's trouble must not keep the others from being settled
            logger.warning("payment %s not settled: %s", payment_id, error.code)
        else:
            settled += 1
    return settled


# ---------------------------------------------------------------- what the gateway says
def payment_cancel_at_gateway(*, payment_id: int) -> None:
    """Close a given-up payment at its gateway. If it was paid in the meantime, that is recorded and given back."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != PaymentStatus.CANCELLED or not payment.gateway_reference:
        return
    _record(payment.pk, _cancelled_intent(payment), actor=SYSTEM)


def _record(payment_id: int, intent: Intent, *, actor: Actor, once: Once | None = None) -> Payment:
    """Write down the gateway's present state of a payment. The only way a gateway moves a payment."""
    with transaction.atomic():
        earlier = call_claim(once)
        payment = payment_lock(payment_id)
        if earlier is None:
            call_keep(once, payment, state=str(payment.attempt))
        if intent.reference != payment.gateway_reference:
            return payment  # a try that was given up meanwhile
        if intent.amount != payment.amount or intent.currency != payment.currency:
            logger.error("payment %s: the gateway speaks of another amount", payment.pk)
            raise GatewayRefused("The payment service speaks of another amount.")
        match intent.status:
            case IntentStatus.SUCCEEDED:
                if payment.status in {*UNPAID, PaymentStatus.CANCELLED}:
                    payment_complete(payment, actor=actor, gateway=payment.gateway, reason="paid")
            case IntentStatus.NEEDS_ACTION:
                if payment.status == PaymentStatus.PENDING:
                    payment_status_change(payment, PaymentStatus.REQUIRES_ACTION, actor=actor, reason="3-D Secure")
            case IntentStatus.FAILED:
                if payment.status in OPEN:
                    _fail(payment, intent, actor)
            case IntentStatus.CANCELLED:
                if payment.status in OPEN:
                    _fail(payment, intent, actor)
    return payment


def _fail(payment: Payment, intent: Intent, actor: Actor) -> None:
    payment.failure_code = intent.failure_code[:60]
    payment.failure_message = intent.failure_message[:200]
    payment.save(update_fields=["failure_code", "failure_message"])
    payment_status_change(payment, PaymentStatus.FAILED, actor=actor, reason=intent.failure_code or "failed")
    tell_about_payment(
        payment, payment.payer, "payment_failed", "Payment Failed", f"Your payment {payment.transaction_id} failed"
    )
    if payment.order is not None:  # last, as a coupon is locked last
        coupon_return(payment.order)


# ---------------------------------------------------------------- parts
def _own(actor: User, payment_id: int) -> Payment:
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None or not policies.may_pay(actor, payment):
        raise Missing("Payment")
    return payment


def _gateway_of(payment: Payment) -> Gateway:
    if payment.gateway and payment.gateway not in PAID_BY_HAND:
        return gateway(payment.gateway)
    if payment.payment_method != PaymentMethod.STRIPE:
        raise MethodUnavailable("This payment has no gateway.")
    return card_gateway()
