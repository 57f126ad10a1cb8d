"""What administrators do about payouts, with its entries in the audit trail. Account numbers stand there masked."""

from collections.abc import Callable

from django.db import transaction

from accounts.actors import Actor
from adminpanel import policies
from commerce.models import Payout, PayoutSettings
from commerce.services.payouts import payouts, settings
from commerce.services.states.payouts import payout_lock
from config.core.audit import audit_record
from config.core.errors import Denied


def payout_process(*, actor: Actor, payout_id: int) -> Payout:
    """It is being carried out."""
    return _decide(lambda: payouts.payout_process(actor=actor, payout_id=payout_id), "process", actor, payout_id)


def payout_complete(*, actor: Actor, payout_id: int, reference: str = "") -> Payout:
    """It was paid."""
    return _decide(
        lambda: payouts.payout_complete(actor=actor, payout_id=payout_id, reference=reference),
        "complete",
        actor,
        payout_id,
    )


def payout_fail(*, actor: Actor, payout_id: int, reason: str) -> Payout:
    """It could not be paid, or came back: the amount is the seller's again."""
    return _decide(
        lambda: payouts.payout_fail(actor=actor, payout_id=payout_id, reason=reason), "fail", actor, payout_id
    )


def payout_let_go(*, actor: Actor, payout_id: int, reason: str) -> Payout:
    """It need not wait for its new account any longer."""
    return _decide(
        lambda: payouts.payout_let_go(actor=actor, payout_id=payout_id, reason=reason),
        "let_go",
        actor,
        payout_id,
        reason=reason,
    )


def payout_settings_verify(*, actor: Actor, settings_id: int) -> PayoutSettings:
    """The seller's account was checked: payouts may go there by themselves."""
    with transaction.atomic():
        chosen = settings.payout_settings_verify(actor=actor, settings_id=settings_id)
        shown = settings.payout_account_shown(chosen)
        audit_record(
            actor=actor,
            action="payout_settings.verify",
            target=chosen,
            after={"method": chosen.method, "account_number": shown["account_number"], "is_verified": True},
        )
    return chosen


def _decide(move: Callable[[], Payout], verb: str, actor: Actor, payout_id: int, *, reason: str = "") -> Payout:
    if not policies.may_move_money(actor):
        raise Denied
    with transaction.atomic():
        before = payout_lock(payout_id).status
        payout = move()
        after = {"status": payout.status, "reference": payout.reference, "reason": payout.failure_message or reason}
        audit_record(
            actor=actor,
            action=f"payout.{verb}",
            target=payout,
            before={"status": before},
            after={name: value for name, value in after.items() if value},
        )
    return payout
