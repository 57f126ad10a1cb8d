"""Bounties with their money: the budget is charged when a winner is chosen, held, and released or given back.

A winner is one when the budget is here. Of two that are chosen at once one is charged: a bounty has one live payment.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from accounts.services.accounts import deals
from commerce.choices import LIVE_PAYMENTS, PAID, UNPAID
from commerce.errors import GatewayRefused, GatewayUnavailable, NoDefaultMethod
from commerce.models import Payment
from commerce.services.escrow.holds import bounty_payments_cancel, escrow_release, free_in_escrow
from commerce.services.payments.at_gateway import payment_close, payment_is_open_elsewhere
from commerce.services.payments.charging import Charge, can_be_charged, payment_begin
from commerce.services.payments.creation import payment_for_bounty
from commerce.services.states.chargebacks import has_open_chargeback
from commerce.services.states.disputes import has_open_dispute
from commerce.services.states.payments import payment_call_off, payment_lock
from config.core.audit import audited
from config.core.errors import Denied, DomainError, Invalid
from jobs import policies
from jobs.choices import BOUNTY_SILENCE, SENT_BACK, BountyStatus
from jobs.errors import BountyBeingPaid, DisputeOpen, NoApplicant, WrongBountyStatus
from jobs.models import Bounty
from jobs.services import bounties
from jobs.services.bounties import bounty_lock_managed
from jobs.services.states import bounty_lock

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Awarded:
    """While the winner is none yet, the creator goes on with `client_secret` or where `next_action` says."""

    bounty: Bounty
    client_secret: str = ""
    next_action: dict[str, Any] | None = None

    @property
    def waits(self) -> bool:
        return bool(self.client_secret or self.next_action)


def bounty_update(
    *,
    actor: User,
    bounty_id: int,
    status: BountyStatus | None = None,
    winner_id: int | None = None,
    token: str = "",
    reason: str = "",
    **words: Any,
) -> Awarded:
    """Other words while it is open; or one step: a winner (with or without in progress), completed (accepts the work,
    and releases its money), closed (gives back what is held), in progress again for delivered work (sends it back).
    `reason` is why an administrator closes it: those whom it concerns are told.

    Raises Missing, Denied, Invalid, WrongBountyStatus, and what the steps raise. A winner is charged for, so call it
    outside of transactions.
    """
    if winner_id is not None:
        with transaction.atomic():
            bounty = bounty_lock_managed(actor, bounty_id)
        if bounty.winner_id != winner_id or bounty.status == BountyStatus.OPEN:
            if words or status not in (None, BountyStatus.IN_PROGRESS):
                raise Invalid("Choose the winner alone; change the rest before.", field="winner_id")
            return bounty_award(actor=actor, bounty_id=bounty_id, winner_id=winner_id, token=token)
    with transaction.atomic():
        bounty = bounty_lock_managed(actor, bounty_id)
        if words:
            if bounty.payments.filter(status__in=LIVE_PAYMENTS).exists() and bounty.status == BountyStatus.OPEN:
                raise BountyBeingPaid
            bounties.bounty_rewrite(bounty, actor=actor, **words)
        if status is not None and status != bounty.status:
            _step(bounty, status, actor=actor, because=reason)
        elif status == BountyStatus.IN_PROGRESS and bounty.delivered_at is not None:
            _require_creator(actor, bounty)
            bounties.bounty_turn(bounty, actor=actor, delivered=False)
    return Awarded(bounty)


def _step(bounty: Bounty, status: BountyStatus, *, actor: User, because: str) -> None:
    match status:
        case BountyStatus.COMPLETED:
            _require_creator(actor, bounty)
            _accept(bounty, actor=actor, reason="accepted by its creator")
        case BountyStatus.CLOSED:
            _close(bounty, actor=actor, because=because)
        case BountyStatus.IN_PROGRESS if bounty.status == BountyStatus.OPEN:
            raise WrongBountyStatus("Choose a winner: that puts it in progress.")
        case _:
            raise WrongBountyStatus(f"A bounty that is {bounty.get_status_display().lower()} stays so.")


def _require_creator(actor: Actor, bounty: Bounty) -> None:
    if not policies.is_bounty_creator(actor, bounty):
        raise Denied


# ---------------------------------------------------------------- choosing
def bounty_award(*, actor: User, bounty_id: int, winner_id: int, token: str = "") -> Awarded:
    """Choose one of those who applied, and charge the budget: by `token`, or else the creator's default method.

    Raises Missing, Denied, NoApplicant, WrongBountyStatus, BountyBeingPaid, NoDefaultMethod and CardDeclined; then
    nothing has changed. With a bank that asks for more, or a gateway that does not answer, the winner is chosen when
    the budget comes in. Asks the gateway, so call it outside of transactions.
    """
    with transaction.atomic():
        bounty = bounty_lock_managed(actor, bounty_id)
        _require_creator(actor, bounty)
        if bounty.status == BountyStatus.IN_PROGRESS and bounty.winner_id == winner_id:
            return Awarded(bounty)  # a second click, after the first one's payment came in
        if bounty.status != BountyStatus.OPEN:
            raise WrongBountyStatus("A winner was chosen already.")
        application = bounty.applications.select_related("user").filter(user=winner_id).first()
        if application is None or not deals(application.user):
            raise NoApplicant
        payment = bounty.payments.filter(status__in=LIVE_PAYMENTS).first()
        if payment is not None and payment.payee_id != winner_id:
            raise BountyBeingPaid
        if not token and not can_be_charged(actor=actor):
            raise NoDefaultMethod
        if payment is None:
            payment = payment_for_bounty(bounty, payer=actor, winner=application.user)
    charge = _charged(payment, token, actor=actor)
    found = Bounty.objects.select_related("creator", "winner").get(pk=bounty_id)
    if found.winner_id is not None:
        return Awarded(found)
    return Awarded(found, charge.client_secret, charge.next_action)


def _charged(payment: Payment, token: str, *, actor: User) -> Charge:
    try:
        return payment_begin(actor=actor, payment=payment, token=token)
    except GatewayUnavailable:  # the sweep finds out
        raise
    except DomainError:
        try:
            _payment_end(payment.pk, actor=actor, reason="the payment failed")
        except (GatewayUnavailable, GatewayRefused) as trouble:  # the sweep gives it up
            logger.info("payment %s not called off: %s", payment.pk, trouble.code)
        raise


def _payment_end(payment_id: int, *, actor: Actor, reason: str) -> bool:
    """Give up a payment, closed at its gateway first. False when it has come in, or still may: it is kept then."""
    closed = payment_close(payment_id)
    if closed is None:
        return False
    with transaction.atomic():
        payment = payment_lock(payment_id)
        if payment_is_open_elsewhere(payment, closed):
            return False
        payment_call_off(payment, actor=actor, reason=reason)
    return True


# ---------------------------------------------------------------- the end
def _accept(bounty: Bounty, *, actor: Actor, reason: str) -> None:
    """The locked bounty's work is accepted: what is held becomes the winner's, less the fee."""
    if bounty.status != BountyStatus.IN_PROGRESS:
        raise WrongBountyStatus("Only work in progress is accepted.")
    payment = _paid(bounty)
    if has_open_dispute(payment):
        raise DisputeOpen("There is an open dispute about this bounty.")
    bounties.bounty_finish(bounty, actor=actor, reason=reason)
    amount = free_in_escrow(payment)
    if amount:
        escrow_release(payment, amount, reason=reason)


def _close(bounty: Bounty, *, actor: User, because: str) -> None:
    """What is held goes back. Its creator may while it is open, when the work did not come in time, and when its
    winner's account was closed before it came; administrators as long as it is not completed, which the audit trail
    says of them, but not of their own."""
    if policies.is_bounty_creator(actor, bounty):
        _require_late(bounty)
        _end(bounty, actor=actor, reason="closed by its creator")
        return
    with audited(actor, "bounty.close", bounty, "status", reason=because or None):
        _end(bounty, actor=actor, reason="closed by staff", because=because)


def _end(bounty: Bounty, *, actor: Actor, reason: str, because: str = "") -> None:
    bounty_payments_cancel(bounty=bounty, actor=actor, reason=reason)
    bounties.bounty_end(bounty, actor=actor, reason=reason, because=because)


def _require_late(bounty: Bounty) -> None:
    if bounty.status != BountyStatus.IN_PROGRESS:
        return
    if bounty.delivered_at is not None:
        raise WrongBountyStatus("The work was delivered. Accept it, send it back, or open a dispute.")
    until = work_due_at(bounty)
    if bounty.winner is not None and not bounty.winner.is_active:
        return  # a closed account delivers nothing any more
    back = bounty.history.filter(reason=SENT_BACK).order_by("-pk").first()
    if back is not None:  # what was delivered is not taken by sending it back after the deadline
        until = max(until, back.created_at + BOUNTY_SILENCE)
    if timezone.now() < until:
        raise WrongBountyStatus(f"The winner has until {until:%d %B %Y, %H:%M} UTC. Until then open a dispute.")


def work_due_at(bounty: Bounty) -> datetime:
    """Until when the winner may deliver: the deadline; 14 days where there is none, or they were chosen after it."""
    assert bounty.awarded_at is not None  # noqa: S101 (a constraint of the table)
    if bounty.deadline is not None and bounty.deadline > bounty.awarded_at:
        return bounty.deadline
    return bounty.awarded_at + BOUNTY_SILENCE


def bounty_delete(*, actor: User, bounty_id: int, reason: str = "") -> None:
    """Out of sight: one that is open, which is closed with that, or that has ended. `reason` is an administrator's, and
    told to its creator. Raises Missing, Denied, and WrongBountyStatus while somebody works on it."""
    with transaction.atomic():
        bounty = bounty_lock_managed(actor, bounty_id)
        if bounty.status == BountyStatus.IN_PROGRESS:
            raise WrongBountyStatus("A bounty that somebody works on cannot be deleted.")
        if policies.is_bounty_creator(actor, bounty):
            _take_away(bounty, actor=actor)
        else:
            with audited(actor, "bounty.remove", bounty, "status", reason=reason or None):
                _take_away(bounty, actor=actor, because=reason)


def _take_away(bounty: Bounty, *, actor: Actor, because: str = "") -> None:
    if bounty.status == BountyStatus.OPEN:
        _end(bounty, actor=actor, reason="deleted", because=because)
    bounties.bounty_take_away(bounty, actor=actor, because=because)


def _paid(bounty: Bounty) -> Payment:
    payment_id = bounty.payments.filter(status__in=PAID).values_list("pk", flat=True).first()
    if payment_id is None:
        raise WrongBountyStatus("Nothing is held for this bounty (any more).")
    payment = payment_lock(payment_id)
    payment.bounty = bounty
    return payment


# ---------------------------------------------------------------- what happens by itself
def bounties_sweep() -> int:
    """Accept what was delivered 14 days ago and nobody answered to; give up payments that did not come in. Returns how
    many bounties moved. May run twice at once."""
    now = timezone.now()
    silent = Bounty.objects.filter(
        status=BountyStatus.IN_PROGRESS, delivered_at__lte=now - BOUNTY_SILENCE, disputed_at=None
    )
    moved = 0
    for bounty_id in silent.order_by("delivered_at", "pk").values_list("pk", flat=True)[:500]:
        try:
            moved += _accept_silent(bounty_id)
        except DomainError as refusal:  # one's trouble must not keep the others waiting
            logger.warning("bounty %s not completed: %s", bounty_id, refusal.code)
    late = now - timedelta(hours=settings.ORDER_PAYMENT_WINDOW_HOURS)
    waiting = Payment.objects.filter(bounty__isnull=False, status__in=UNPAID, created_at__lt=late)
    unheard: set[str] = set()
    for payment_id, name in waiting.order_by("pk").values_list("pk", "gateway")[:500]:
        if name in unheard:  # a gateway that is down costs one time-out a sweep, not hundreds
            continue
        try:
            moved += _payment_end(payment_id, actor=SYSTEM, reason="not paid in time")
        except GatewayUnavailable:  # the next run looks again
            unheard.add(name)
        except DomainError as refusal:
            logger.info("payment %s not called off: %s", payment_id, refusal.code)
    return moved


@transaction.atomic
def _accept_silent(bounty_id: int) -> bool:
    bounty = bounty_lock(bounty_id)
    silent = bounty.delivered_at is not None and bounty.delivered_at <= timezone.now() - BOUNTY_SILENCE
    if bounty.status != BountyStatus.IN_PROGRESS or not silent or bounty.disputed_at is not None:
        return False
    if has_open_chargeback(_paid(bounty)):
        return False
    _accept(bounty, actor=SYSTEM, reason="nobody answered for 14 days")
    return True
