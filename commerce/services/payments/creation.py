"""Beginning to pay: what a payment is for, how much it is and who gets it are our own rows' word."""

import secrets
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts.models import User
from commerce.choices import LIVE_PAYMENTS, UNPAID, OrderStatus, PaymentMethod, PaymentStatus
from commerce.gateways.by_hand import transfer_account
from commerce.models import Order, Payment, PaymentChange, PaymentShare, Promotion
from commerce.services.coupons.uses import coupon_take_again
from commerce.services.notices.orders import tell_about_cash_order
from commerce.services.payments.at_gateway import payment_close_at_gateway
from commerce.services.payments.payees_gone import NOT_SENT, artist_gone_refuse, seller_gone_refuse
from commerce.services.states.orders import order_lock
from commerce.services.states.payments import payment_call_off
from config.core.errors import Invalid, Missing
from config.core.idempotency import Once, done_once
from config.core.money import ZERO, chargeable, percent_of, quantise, shown, unit
from jobs.choices import JobStatus
from jobs.models import Bounty, Job
from jobs.services.states import job_lock

TAKEN = (*LIVE_PAYMENTS, PaymentStatus.REFUNDED)
HIRING_CHANNEL = "cultureup"  # the one dialect that has jobs
BOUNTY_CHANNEL = "nexus"  # and the one that has bounties


def payment_create(
    *,
    actor: User,
    method: PaymentMethod,
    amount: Decimal,
    order_id: int | None = None,
    job_id: int | None = None,
    payee_id: int | None = None,
    once: Once | None = None,
) -> Payment:
    """Begin to pay an own order or an own job, of which exactly one is given. The same call again gives the same one.

    `amount` and `payee_id` are checked against it, never taken from the caller. An unpaid payment by another method is
    given up for this one, where nothing can come in for it any more; a card's is closed at its gateway first. Raises
    Invalid, naming the field, when they differ, when it cannot be paid (any more, or by this method), and when it has a
    payment already; MethodUnavailable, GatewayUnavailable; CouponUsedUp, when an earlier one failed.
    """
    if method == PaymentMethod.BANK_TRANSFER:
        transfer_account(field="payment_method")
    if (order_id is None) == (job_id is None):
        raise Invalid("Give either order or job.")
    try:
        return _begun(actor, method, amount, order_id, job_id, payee_id, closed=None, once=once)
    except _StillOpenError as found:
        opened = found.payment
    closed = opened.gateway_reference if payment_close_at_gateway(opened) else ""
    return _begun(actor, method, amount, order_id, job_id, payee_id, closed=closed, once=once)


@done_once(Payment)
def _begun(
    actor: User,
    method: PaymentMethod,
    amount: Decimal,
    order_id: int | None,
    job_id: int | None,
    payee_id: int | None,
    *,
    closed: str | None,
    once: Once | None = None,
) -> Payment:
    """`closed` is the card payment's reference that was closed at its gateway; None before that was tried."""
    with transaction.atomic():
        if job_id is not None:
            return _for_job(actor, job_id, method, amount, payee_id, closed)
        assert order_id is not None  # noqa: S101 (exactly one is given)
        return _for_order(actor, order_id, method, amount, payee_id, closed)


# ---------------------------------------------------------------- another method
class _StillOpenError(Exception):
    """This card payment would make way, but has to be closed at its gateway first, outside of the transaction."""

    def __init__(self, payment: Payment) -> None:
        self.payment = payment


def _give_up_other_method(payment: Payment, method: PaymentMethod, closed: str | None, *, actor: User) -> bool:
    """Whether this locked payment made way: not for a second one by the same method, and not where money may come."""
    if payment.payment_method == method or payment.status not in UNPAID:
        return False
    if payment.gateway_reference and payment.gateway_reference != closed:
        if payment.payment_method == PaymentMethod.STRIPE and closed is None:
            raise _StillOpenError(payment)
        return False
    payment_call_off(payment, actor=actor, reason=f"to be paid by {method.label.lower()}")
    return True


# ---------------------------------------------------------------- orders
def _for_order(
    actor: User, order_id: int, method: PaymentMethod, amount: Decimal, payee_id: int | None, closed: str | None
) -> Payment:
    """The fee of each line is rounded half up; the payment's fee is their sum, and fee + earning = amount."""
    order = _payable_order(actor, order_id)
    _check_amount(amount, order.total_amount, order.currency, "order", method)
    lines = list(order.lines.select_related("seller").order_by("pk"))
    if method == PaymentMethod.CASH_ON_DELIVERY and all(line.is_digital for line in lines):
        raise Invalid("Nothing of this order is delivered by post, where it could be paid.", field="payment_method")
    sellers = {line.seller_id: line.seller for line in lines}
    if payee_id is None and any(line.kind != "equipment" for line in lines):
        raise Invalid("This field is required.", field="payee")
    if payee_id is not None and payee_id not in sellers:
        raise Invalid("The payee must be one of the order's sellers.", field="payee")
    is_sent = order.status not in NOT_SENT or any(line.shipped_at for line in lines)
    for earlier in order.payments.select_for_update().filter(status__in=TAKEN).order_by("pk"):
        if is_sent or not _give_up_other_method(earlier, method, closed, actor=actor):
            raise Invalid("The order has a payment already.", field="order")
    percent = settings.FEE_PERCENT[order.channel]
    fees = [percent_of(line.total_price, percent, order.currency) for line in lines]
    fee = sum(fees, ZERO)
    payment = Payment.objects.create(
        payer=actor,
        payee=sellers[payee_id] if payee_id is not None else lines[0].seller,
        order=order,
        transaction_id=_transaction_id(),
        payment_method=method,
        amount=order.total_amount,
        currency=order.currency,
        platform_fee=fee,
        artist_earning=order.total_amount - fee,
    )
    PaymentShare.objects.bulk_create(
        PaymentShare(
            payment=payment,
            line=line,
            seller_id=line.seller_id,
            gross=line.total_price,
            fee=line_fee,
            earning=line.total_price - line_fee,
        )
        for line, line_fee in zip(lines, fees, strict=True)
    )
    PaymentChange.objects.create(payment=payment, after=payment.status, actor=actor)
    if method == PaymentMethod.CASH_ON_DELIVERY and order.status == OrderStatus.CONFIRMED:
        tell_about_cash_order(payment, order)
    coupon_take_again(order)
    return payment


def _payable_order(actor: User, order_id: int) -> Order:
    try:
        order = order_lock(order_id, buyer=actor)
    except Missing:
        raise _unknown("order", order_id) from None
    if order.status == OrderStatus.CANCELLED:
        raise Invalid("The order is cancelled.", field="order")
    if order.total_amount == 0:
        raise Invalid("There is nothing to pay for this order.", field="order")
    seller_gone_refuse(order)
    return order


# ---------------------------------------------------------------- jobs
def _for_job(
    actor: User, job_id: int, method: PaymentMethod, amount: Decimal, payee_id: int | None, closed: str | None
) -> Payment:
    """The whole goes to the hired artist, less the fee; one share without an order's line says so."""
    job, agreed = _payable_job(actor, job_id)
    if method == PaymentMethod.CASH_ON_DELIVERY:
        raise Invalid("A job is paid before it is delivered; cash on delivery is for orders.", field="payment_method")
    _check_amount(amount, agreed, job.currency, "job", method)
    if payee_id is None:
        raise Invalid("This field is required.", field="payee")
    if payee_id != job.hired_artist_id:
        raise Invalid("The payee must be the artist hired for this job.", field="payee")
    for earlier in Payment.objects.select_for_update().filter(job=job, status__in=TAKEN).order_by("pk"):
        if not _give_up_other_method(earlier, method, closed, actor=actor):
            raise Invalid("The job has a payment already.", field="job")
    fee = percent_of(agreed, settings.FEE_PERCENT[HIRING_CHANNEL], job.currency)
    payment = Payment.objects.create(
        payer=actor,
        payee_id=payee_id,
        job=job,
        transaction_id=_transaction_id(),
        payment_method=method,
        amount=agreed,
        currency=job.currency,
        platform_fee=fee,
        artist_earning=agreed - fee,
    )
    PaymentShare.objects.create(payment=payment, seller_id=payee_id, gross=agreed, fee=fee, earning=agreed - fee)
    PaymentChange.objects.create(payment=payment, after=payment.status, actor=actor)
    return payment


def _payable_job(actor: User, job_id: int) -> tuple[Job, Decimal]:
    """The job, locked, and what was agreed on."""
    try:
        job = job_lock(job_id)
    except Missing:
        raise _unknown("job", job_id) from None
    if job.buyer_id != actor.pk:
        raise _unknown("job", job_id)
    if job.status == JobStatus.CANCELLED:
        raise Invalid("The job is cancelled.", field="job")
    if job.status == JobStatus.OPEN or job.final_amount is None:
        raise Invalid("Nobody is hired for this job yet.", field="job")
    artist_gone_refuse(job)
    return job, quantise(job.final_amount, job.currency)


# ---------------------------------------------------------------- promotions
def payment_for_promotion(promotion: Promotion, *, payer: User, payee: User, amount: Decimal) -> Payment:
    """Begin to pay, by card, what of a promotion just made the seller's balance does not cover. All of it is fee."""
    payment = Payment.objects.create(
        payer=payer,
        payee=payee,
        promotion=promotion,
        transaction_id=_transaction_id(),
        payment_method=PaymentMethod.STRIPE,
        amount=amount,
        currency=promotion.currency,
        platform_fee=amount,
        artist_earning=ZERO,
    )
    PaymentShare.objects.create(payment=payment, seller=payee, gross=amount, fee=amount, earning=ZERO)
    PaymentChange.objects.create(payment=payment, after=payment.status, actor=payer)
    return payment


# ---------------------------------------------------------------- bounties
def payment_for_bounty(bounty: Bounty, *, payer: User, winner: User) -> Payment:
    """Begin to pay, by card, the budget of a locked bounty to whom its creator has just chosen."""
    amount = chargeable(bounty.budget, bounty.currency)
    fee = percent_of(amount, settings.FEE_PERCENT[BOUNTY_CHANNEL], bounty.currency)
    payment = Payment.objects.create(
        payer=payer,
        payee=winner,
        bounty=bounty,
        transaction_id=_transaction_id(),
        payment_method=PaymentMethod.STRIPE,
        amount=amount,
        currency=bounty.currency,
        platform_fee=fee,
        artist_earning=amount - fee,
    )
    PaymentShare.objects.create(payment=payment, seller=winner, gross=amount, fee=fee, earning=amount - fee)
    PaymentChange.objects.create(payment=payment, after=payment.status, actor=payer)
    return payment


# ---------------------------------------------------------------- parts
def _unknown(field: str, number: int) -> Invalid:
    """Somebody else's looks like one that does not exist."""
    return Invalid(f'Invalid pk "{number}" - object does not exist.', field=field)


def _check_amount(amount: Decimal, expected: Decimal, currency: str, what: str, method: PaymentMethod) -> None:
    """Also that a card can be charged with it: it may have been agreed on before Stripe took the payments."""
    if amount != expected:
        raise Invalid(f"The amount of this {what} is {shown(expected, currency)} {currency}.", field="amount")
    if method == PaymentMethod.STRIPE and expected != chargeable(expected, currency):
        message = f"Cards are charged in steps of {unit(currency)} {currency}. Choose another method."
        raise Invalid(message, field="payment_method")


def _transaction_id() -> str:
    return f"TXN{secrets.randbelow(10**15):015d}"
