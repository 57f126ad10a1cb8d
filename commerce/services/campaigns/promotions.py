"""Promotions: a seller pays for their listing to be shown first for a time.

The price is taken from their balance as far as that reaches, the rest from their default method. What the balance pays
is set aside (nobody can pay it out or spend it twice) while the rest is being charged, and is only booked when that has
come in: a declined card takes nothing.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from accounts.services.accounts import house_account
from commerce.choices import UNPAID, PaymentStatus, PromotionType
from commerce.errors import CardDeclined, GatewayRefused, GatewayUnavailable, NoDefaultMethod
from commerce.models import Payment, Promotion
from commerce.services.payments.at_gateway import payment_close, payment_is_open_elsewhere
from commerce.services.payments.charging import can_be_charged, payment_begin, payment_resume
from commerce.services.payments.creation import payment_for_promotion
from commerce.services.payouts.balances import seller_balance_lock
from commerce.services.states.payments import payment_call_off, payment_lock
from commerce.services.states.promotions import promotion_call_off, promotion_start
from config.core.errors import DomainError, Invalid
from config.core.idempotency import Once, call_claim, call_find, call_keep, made_by
from config.core.models import IdempotentCall
from config.core.money import ZERO, chargeable, exact, shown
from config.core.numbers import number_take
from marketplace import policies as catalogue
from marketplace.errors import NotOnSale, NotYours
from marketplace.models import Listing

logger = logging.getLogger(__name__)
LONGEST: Final = 365


@dataclass(frozen=True)
class Promoted:
    """While the promotion has not started, its seller goes on with `client_secret` or where `next_action` says."""

    promotion: Promotion
    client_secret: str = ""
    next_action: dict[str, Any] | None = None


def promotion_price(*, duration_days: int, currency: str) -> Decimal:
    """What so many days cost when the seller names no budget."""
    return chargeable(Decimal(settings.PROMOTION_PRICE_PER_DAY * duration_days), currency)


def promotion_create(
    *,
    actor: User,
    listing: Listing,
    promotion_type: PromotionType,
    duration_days: int,
    budget: Decimal | None = None,
    target_audience: str = "",
    once: Once | None = None,
) -> Promoted:
    """Promote an own listing that is on sale for `budget`, or for the price of so many days. It runs once it is paid.

    With a bank that asks for 3-D Secure, or a gateway that does not answer, it starts when the rest has come in; asked
    for once more meanwhile, it is that one, which is charged once. The same call again goes on with that promotion.
    Raises NotYours, Invalid (`duration_days`, `budget`), NotOnSale, NoDefaultMethod, CardDeclined, GatewayRefused; then
    nothing was taken. Asks the gateway, so call it outside of transactions.
    """
    earlier = call_find(once)
    if earlier is not None:
        return _resumed(actor, earlier)
    if not catalogue.owns(actor, listing):
        raise NotYours("Only the maker of this design can promote it.")
    if not catalogue.is_live(listing):
        raise NotOnSale("Only what is on sale can be promoted.")
    if not 1 <= duration_days <= LONGEST:
        raise Invalid(f"A promotion runs for 1 to {LONGEST} days.", field="duration_days")
    currency = listing.currency
    if budget is None:
        cost = promotion_price(duration_days=duration_days, currency=currency)
    else:
        cost = exact(budget, currency, field="budget")
    if cost <= 0:
        raise Invalid("The budget must be positive.", field="budget")
    with transaction.atomic():
        earlier = call_claim(once)
        if earlier is None:
            promotion, payment = _begun(actor, listing, promotion_type, duration_days, cost, target_audience)
            call_keep(once, promotion, state=str(payment.attempt) if payment else "")
    if earlier is not None:
        return _resumed(actor, earlier)
    return Promoted(promotion) if payment is None else _charged(actor, promotion, payment)


def _begun(
    actor: User,
    listing: Listing,
    promotion_type: PromotionType,
    duration_days: int,
    cost: Decimal,
    target_audience: str,
) -> tuple[Promotion, Payment | None]:
    """The promotion, and what of it is to be charged; started where that is nothing. The same one that is being paid
    already is not made beside it."""
    currency = listing.currency
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # a second click finds the first one's
    wanted = {
        "listing": listing,
        "seller": actor,
        "promotion_type": promotion_type,
        "target_audience": target_audience,
        "duration_days": duration_days,
        "cost": cost,
    }
    under_way = Payment.objects.select_related("promotion").filter(
        **{f"promotion__{name}": value for name, value in wanted.items()},
        promotion__called_off_at=None,
        status__in=[PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION],
    )
    for payment in under_way.order_by("pk")[:1]:
        assert payment.promotion is not None  # noqa: S101 (it is found by it)
        return payment.promotion, payment
    from_balance = min(max(seller_balance_lock(seller_id=actor.pk, currency=currency), ZERO), cost)
    rest = cost - from_balance
    if rest and not can_be_charged(actor=actor):
        raise NoDefaultMethod(f"{shown(rest, currency)} {currency} are to be charged, but {_NO_METHOD}")
    promotion = Promotion.objects.create(number=_number(), from_balance=from_balance, currency=currency, **wanted)
    if not rest:
        promotion_start(promotion)
        return promotion, None
    return promotion, payment_for_promotion(promotion, payer=actor, payee=house_account(), amount=rest)


def _resumed(actor: User, call: IdempotentCall) -> Promoted:
    """How a promotion stands that an earlier call made, after going on with its payment."""
    promotion = made_by(call, Promotion)
    payment = promotion.payments.order_by("pk").first()
    if payment is None:
        return Promoted(promotion)
    if promotion.called_off_at is not None:
        raise CardDeclined(payment.failure_message or None, code=payment.failure_code or "card_declined")
    return _charged(actor, promotion, payment, attempt=call.state)


def _number() -> str:
    year = timezone.now().year
    return f"PROMO-{year}-{number_take(series='promotion', year=year):03}"


_NO_METHOD: Final = "you have no default payment method that can be charged."


def _charged(actor: User, promotion: Promotion, payment: Payment, *, attempt: str = "") -> Promoted:
    """`attempt` is the try that an earlier call began."""
    secret, next_action = "", None
    try:
        if attempt:
            charge = payment_resume(actor=actor, payment=payment, attempt=attempt)
        else:
            charge = payment_begin(actor=actor, payment=payment)
    except GatewayUnavailable:
        logger.info("promotion %s waits for its gateway", promotion.number)
    except DomainError:
        try:
            _call_off(payment.pk, actor=actor, reason="the card was declined")
        except (GatewayUnavailable, GatewayRefused) as trouble:  # the sweep calls it off
            logger.info("promotion %s not called off: %s", promotion.number, trouble.code)
        raise
    else:
        secret, next_action = charge.client_secret, charge.next_action
    promotion.refresh_from_db()
    return Promoted(promotion, secret, next_action)


def promotions_expire() -> int:
    """Call off promotions whose rest did not come in in time. A payment is closed at its gateway first."""
    limit = timezone.now() - timedelta(hours=settings.ORDER_PAYMENT_WINDOW_HOURS)
    waiting = Payment.objects.filter(
        promotion__starts_at=None, promotion__called_off_at=None, promotion__created_at__lt=limit, status__in=UNPAID
    )
    ended = 0
    silent: set[str] = set()
    for payment_id, name in waiting.order_by("pk").values_list("pk", "gateway")[:500]:
        if name in silent:  # a gateway that is down costs one time-out a sweep, not hundreds
            continue
        try:
            ended += _call_off(payment_id, actor=SYSTEM, reason="not paid in time")
        except GatewayUnavailable:  # the next run looks again
            silent.add(name)
        except DomainError as refusal:
            logger.info("promotion of payment %s not called off: %s", payment_id, refusal.code)
    return ended


def _call_off(payment_id: int, *, actor: Actor, reason: str) -> bool:
    """Give up an unpaid promotion and its payment, which is closed at its gateway first. False when it was paid, still
    may be, or was called off meanwhile."""
    closed = payment_close(payment_id)
    if closed is None:
        return False
    with transaction.atomic():
        payment = payment_lock(payment_id)
        promotion = payment.promotion
        if promotion is None or payment_is_open_elsewhere(payment, closed) or promotion.called_off_at is not None:
            return False
        payment_call_off(payment, actor=actor, reason=reason)
        promotion_call_off(promotion)
    return True
