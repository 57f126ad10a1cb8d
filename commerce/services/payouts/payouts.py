"""Payouts: a part of a seller's balance goes to their bank, PayPal or Stripe account.

The amount leaves the balance with the request, under the lock of the seller's ledger account, so that two requests at
once cannot exceed it. It lies on their payout account until administrators say that it was paid, or that it was not
and is theirs again. A bank may also return what was paid.

One to a new account waits before it can be carried out, and its seller, who is told, may stop it.
"""

from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM, Actor, person
from accounts.models import User
from accounts.services.notifications import notification_send
from commerce import policies
from commerce.choices import AccountKind, PayoutMethod, PayoutStatus, TransactionKind
from commerce.errors import BalanceTooLow, BelowMinimum, ChargebackOpen, PayoutWaits, WrongPayoutStatus
from commerce.models import Payout, PayoutChange
from commerce.selectors.balances import payout_settings_of
from commerce.services.ledger.booking import Posting, book
from commerce.services.notices.webhooks import payout_webhook
from commerce.services.payouts.accounts import Destination, account_digest, destination_of, waits_until
from commerce.services.payouts.balances import seller_balance_lock
from commerce.services.payouts.settings import CURRENCY_OF, masked
from commerce.services.states.chargebacks import earnings_at_stake, has_seller_open_chargeback
from commerce.services.states.payouts import payout_lock, payout_status_change
from config.core.audit import audited
from config.core.errors import Denied, Invalid
from config.core.idempotency import Once, done_once
from config.core.money import MOST_AMOUNT, ZERO, exact, percent_of, quantise
from config.core.references import Reference, referred


def payout_currency() -> str:
    return settings.CURRENCIES[CURRENCY_OF]


def payout_fee(amount: Decimal, method: str) -> Decimal:
    """What a payout of `amount` costs the seller, by the setting of its method."""
    return percent_of(amount, settings.PAYOUT_FEE_PERCENT.get(method, ZERO), payout_currency())


# ---------------------------------------------------------------- asking
@done_once(Payout)
def payout_request(
    *,
    actor: User,
    amount: Decimal,
    method: PayoutMethod,
    net_amount: Decimal,
    fees: Decimal | None = None,
    payout_account: str = "",
    once: Once | None = None,
) -> Payout:
    """Ask for a part of one's balance, in v1's currency. Held money is not part of it.

    `fees` (may be left out) and `net_amount` are checked against ours, never taken from the caller. Without a
    `payout_account` it goes to the one in the seller's settings, if they are for this method. Raises Invalid naming the
    field, BalanceTooLow and BelowMinimum.
    """
    currency = payout_currency()
    if amount <= 0:
        raise Invalid("The amount must be greater than zero.", field="amount")
    if amount != quantise(amount, currency):
        exact(amount, currency, field="amount")
    ours = payout_fee(amount, method)
    if fees is not None and fees != ours:
        raise Invalid(f"The fees of this payout are {ours} {currency}.", field="fees")
    if net_amount != amount - ours:
        raise Invalid(
            f"The net amount of this payout is {quantise(amount - ours, currency)} {currency}.", field="net_amount"
        )
    if net_amount <= 0:
        raise Invalid("The fees would take the whole amount.", field="amount")
    with transaction.atomic():
        available = seller_balance_lock(seller_id=actor.pk, currency=currency)
        if amount != available or amount > MOST_AMOUNT:  # the whole balance is paid out whatever it is
            exact(amount, currency, field="amount")
        chosen = payout_settings_of(actor=actor)
        if chosen is not None and amount < chosen.minimum_payout:
            minimum = quantise(chosen.minimum_payout, currency)
            raise BelowMinimum(f"Your minimum payout is {minimum} {currency}.")
        if amount > available:
            at_stake = earnings_at_stake(seller_id=actor.pk, currency=currency)
            disputed = f", for a buyer's bank disputes {quantise(at_stake, currency)}" if at_stake else ""
            raise BalanceTooLow(f"Your available balance is {quantise(available, currency)} {currency}{disputed}.")
        destination = Destination(payout_account) if payout_account else destination_of(chosen, method)
        return payout_make(actor, amount, method, destination, available=available, actor=actor)


def payout_make(
    seller: User,
    amount: Decimal,
    method: str,
    destination: Destination,
    *,
    available: Decimal,
    actor: Actor,
    period: str = "",
) -> Payout:
    """Take `amount` out of a balance that is locked and was found to hold it (the database looks again). Its seller is
    told when it waits, and when the schedule made it."""
    currency = payout_currency()
    fees = payout_fee(amount, method)
    payout = Payout.objects.create(
        seller=seller,
        amount=amount,
        currency=currency,
        method=method,
        fees=fees,
        net_amount=amount - fees,
        balance_before=available,
        account=destination.account,
        account_hint=masked(destination.account),
        account_digest=account_digest(method, destination),
        waits_until=waits_until(seller, method, destination),
        from_settings=destination.from_settings,
        period=period,
    )
    PayoutChange.objects.create(payout=payout, after=payout.status, actor=person(actor))
    _book(payout, "", (AccountKind.SELLER, -amount), (AccountKind.PAYOUT, amount))
    payout_webhook(payout)
    if payout.is_waiting:
        _tell_that_it_waits(payout)
    elif actor is SYSTEM:
        _tell(payout, f"A payout of {_worded(payout)} was made by your schedule")
    return payout


@done_once(Payout)
def payout_stop(*, actor: User, reference: Reference, once: Once | None = None) -> Payout:
    """Its seller takes it back, as long as nobody has begun to carry it out. Raises Missing and WrongPayoutStatus."""
    found = referred(Payout.objects.filter(seller=actor), reference, "Payout")
    with transaction.atomic():
        payout = payout_lock(found.pk)
        if payout.status != PayoutStatus.PENDING:
            raise WrongPayoutStatus(f"The payout is {payout.status} and can no longer be stopped.")
        _give_back(payout, actor=actor, reason="stopped by its seller")
    return payout


def payout_let_go(*, actor: Actor, payout_id: int, reason: str) -> Payout:
    """One that waits need not wait any longer. Administrators only, and not of their own money; its seller is told.

    Raises Denied, Missing, Invalid (`reason`) and WrongPayoutStatus.
    """
    with transaction.atomic():
        payout = _lock_for_staff(actor, payout_id)
        if not reason.strip():
            raise Invalid("Say why.", field="reason")
        if payout.seller_id == actor.pk:
            raise Denied("Nobody decides about their own payout.")
        if not payout.is_waiting:
            raise WrongPayoutStatus("The payout does not wait.")
        with audited(actor, "payout.let_go", payout, "status", reason=reason):
            payout.waits_until = timezone.now()
            payout.save(update_fields=["waits_until"])
            PayoutChange.objects.create(
                payout=payout,
                before=payout.status,
                after=payout.status,
                actor=person(actor),
                reason=f"let go: {reason}"[:200],
            )
            payout_webhook(payout)
            _tell(payout, f"Your payout of {_worded(payout)} waits no longer")
    return payout


# ---------------------------------------------------------------- carrying out
def payout_process(*, actor: Actor, payout_id: int) -> Payout:
    """It is being carried out. Administrators only; raises Denied, Missing, WrongPayoutStatus, PayoutWaits, and
    ChargebackOpen for money that a chargeback has taken meanwhile, as those below do."""
    with transaction.atomic():
        payout = _lock_for_staff(actor, payout_id)
        _refuse_waiting(payout)
        _refuse_charged_back(payout)
        with audited(actor, "payout.process", payout, "status"):
            payout_status_change(payout, PayoutStatus.PROCESSING, actor=actor)
            _tell(payout, f"Your payout of {_worded(payout)} is being processed")
    return payout


def payout_complete(*, actor: Actor, payout_id: int, reference: str = "") -> Payout:
    """It was paid; `reference` is the bank's or the gateway's."""
    with transaction.atomic():
        payout = _lock_for_staff(actor, payout_id)
        _refuse_waiting(payout)
        _refuse_charged_back(payout)
        with audited(actor, "payout.complete", payout, "status", reference=reference[:100] or None):
            payout_status_change(payout, PayoutStatus.COMPLETED, actor=actor, reason=reference)
            payout.reference = reference[:100]
            payout.save(update_fields=["reference"])
            _book(
                payout,
                ":paid",
                (AccountKind.PAYOUT, -payout.amount),
                (AccountKind.GATEWAY, payout.net_amount),
                (AccountKind.FEES, payout.fees),
            )
            _tell(payout, f"Your payout of {_worded(payout)} was paid", email="payout_updated")
    return payout


def payout_fail(*, actor: Actor, payout_id: int, reason: str) -> Payout:
    """It could not be paid, or the bank has returned it: the whole amount, fees included, is the seller's again."""
    with transaction.atomic():
        payout = _lock_for_staff(actor, payout_id)
        if not reason.strip():
            raise Invalid("Say why; the seller reads it.", field="reason")
        reference = payout.reference or None
        with audited(actor, "payout.fail", payout, "status", reference=reference, reason=reason[:200]):
            _give_back(payout, actor=actor, reason=reason)
    return payout


def _give_back(payout: Payout, *, actor: Actor, reason: str) -> None:
    was_paid = payout.status == PayoutStatus.COMPLETED
    payout_status_change(payout, PayoutStatus.FAILED, actor=actor, reason=reason)
    payout.failure_message = reason[:200]
    payout.save(update_fields=["failure_message"])
    back = (AccountKind.SELLER, payout.amount)
    if was_paid:
        _book(payout, ":returned", (AccountKind.GATEWAY, -payout.net_amount), (AccountKind.FEES, -payout.fees), back)
    else:
        _book(payout, ":failed", (AccountKind.PAYOUT, -payout.amount), back)
    _tell(payout, f"Your payout of {_worded(payout)} failed and is back in your balance", email="payout_updated")


def _lock_for_staff(actor: Actor, payout_id: int) -> Payout:
    if not policies.may_move_money(actor):
        raise Denied
    return payout_lock(payout_id)


# ---------------------------------------------------------------- parts
def _refuse_waiting(payout: Payout) -> None:
    if payout.is_waiting and payout.waits_until is not None:
        until = payout.waits_until
        raise PayoutWaits(
            f"The payout's account is new: it waits until {until:%d %B %Y, %H:%M} UTC, or until it is let go sooner.",
            waits_until=until,
        )


def _refuse_charged_back(payout: Payout) -> None:
    """One that has not begun waits while what it is of is disputed. What is being carried out has left already."""
    if payout.status != PayoutStatus.PENDING or not has_seller_open_chargeback(payout.seller_id, payout.currency):
        return
    if seller_balance_lock(seller_id=payout.seller_id, currency=payout.currency) < 0:
        raise ChargebackOpen("The money of this payout is disputed by a buyer's bank. It waits until that is decided.")


def _book(payout: Payout, step: str, *parts: tuple[AccountKind, Decimal]) -> None:
    """Each step has a key of its own, so none is booked twice. The gateway's account is named after the method."""
    owned = {AccountKind.SELLER, AccountKind.PAYOUT}
    book(
        kind=TransactionKind.PAYOUT,
        key=f"payout:{payout.pk}{step}",
        currency=payout.currency,
        payout=payout,
        note=payout.failure_message,
        postings=[
            Posting(
                kind,
                amount,
                owner_id=payout.seller_id if kind in owned else None,
                name=payout.method if kind == AccountKind.GATEWAY else "",
            )
            for kind, amount in parts
        ],
    )


def _worded(payout: Payout) -> str:
    return f"{payout.currency} {quantise(payout.amount, payout.currency)}"


def _tell_that_it_waits(payout: Payout) -> None:
    until = payout.waits_until
    account = f" ({payout.account_hint})" if payout.account_hint else ""
    _tell(
        payout,
        f"Your payout of {_worded(payout)} goes to a new account{account} and waits until {until:%d %B %Y, %H:%M} UTC. "
        "If it was not you, stop it and change your password",
        email="payout_waits",
    )


def _tell(payout: Payout, message: str, *, email: str = "") -> None:
    currency = payout.currency
    notification_send(
        user=payout.seller,
        notification_type="payout_updated",
        title="Payout Updated",
        message=f"{message}: {payout.failure_message}" if payout.failure_message else message,
        data={"payout_id": str(payout.uuid), "status": payout.status},
        email=email,
        email_context={
            "status": payout.status,
            "amount": str(quantise(payout.amount, currency)),
            "fees": str(quantise(payout.fees, currency)),
            "net_amount": str(quantise(payout.net_amount, currency)),
            "currency": currency,
            "method": payout.get_method_display(),
            "account": payout.account_hint,
            "reference": payout.reference,
            "reason": payout.failure_message,
            "waits_until": f"{payout.waits_until:%d %B %Y, %H:%M} UTC" if payout.waits_until else "",
        },
    )
