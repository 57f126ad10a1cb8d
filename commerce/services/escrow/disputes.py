"""Disputes: the two sides of a job or a bounty disagree. Its money stays in escrow until one gives in or staff
decide."""

from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from accounts.actors import Actor
from accounts.choices import WebhookEvent
from accounts.models import User
from commerce import policies
from commerce.choices import PAID, DisputeOutcome, DisputeState
from commerce.errors import DisputeOpen, OwnMoney, WrongDisputeState, WrongPaymentStatus
from commerce.models import Dispute, Payment
from commerce.services.escrow.holds import escrow_release, free_in_escrow
from commerce.services.notices.jobs import (
    tell_about_decided_dispute,
    tell_about_open_dispute,
    tell_about_withdrawn_dispute,
)
from commerce.services.notices.webhooks import dispute_webhook
from commerce.services.refunds.refunds import refund_reserve
from commerce.services.states.disputes import dispute_end, has_open_dispute
from commerce.services.states.jobs import job_follow
from commerce.services.states.payments import AUDITED, payment_lock
from config.core.announce import enqueue_after_commit
from config.core.audit import audit_record, columns_shown
from config.core.errors import Denied, Invalid, Missing
from config.core.idempotency import Once, done_once
from config.core.money import ZERO, exact, shown
from jobs.choices import BountyStatus, JobStatus
from jobs.services.bounties import bounty_end, bounty_finish
from jobs.services.endings import job_call_off, job_finish


@done_once(Dispute)
def dispute_open(
    *,
    actor: User,
    reason: str,
    job_id: int | None = None,
    payment_id: int | None = None,
    once: Once | None = None,
) -> Dispute:
    """Buyer or artist of a job whose money is in escrow asks staff to decide; the job or its payment is given.

    The other party is told. Raises Invalid for what does not exist or is others', WrongPaymentStatus when nothing is
    held, DisputeOpen.
    """
    if (job_id is None) == (payment_id is None):
        raise Invalid("Give either job or payment.")
    if not reason.strip():
        raise Invalid("This field may not be blank.", field="reason")
    found = _payment_of_party(actor, job_id, payment_id)
    with transaction.atomic():
        payment = payment_lock(found)
        if payment.status not in PAID or not free_in_escrow(payment):
            raise WrongPaymentStatus("Nothing is held that could be disputed.")
        if has_open_dispute(payment):
            raise DisputeOpen("A dispute about this job is open already.")
        dispute = Dispute(payment=payment, opened_by=actor, reason=reason)
        dispute.save()
        job_follow(payment)
        tell_about_open_dispute(dispute, payment)
        dispute_webhook(WebhookEvent.DISPUTE_OPENED, dispute, payment)
    return dispute


def _payment_of_party(actor: User, job_id: int | None, payment_id: int | None) -> int:
    """The payment that holds the job's money, or the last one there was."""
    chosen = Q(job_id=job_id) if job_id is not None else Q(pk=payment_id)
    work = Q(job__isnull=False) | Q(bounty__isnull=False)
    payment = Payment.objects.filter(chosen, work).order_by("-held_amount", "-pk").first()
    if payment is None or not policies.is_party(actor, payment):
        field, number = ("job", job_id) if job_id is not None else ("payment", payment_id)
        raise Invalid(f'Invalid pk "{number}" - there is no such {field} of yours that was paid for.', field=field)
    return payment.pk


@done_once(Dispute)
def dispute_withdraw(*, actor: User, dispute_id: int, once: Once | None = None) -> Dispute:
    """Who opened it gives in; the other party is told. Raises Missing for strangers, Denied for who else may see it."""
    with transaction.atomic():
        dispute, payment = _lock(dispute_id)
        if not (policies.is_party(actor, payment) or policies.may_manage_orders(actor)):
            raise Missing("Dispute")
        if not policies.may_withdraw(actor, dispute):
            raise Denied("Only who opened the dispute can withdraw it.")
        dispute_end(dispute, DisputeState.WITHDRAWN, actor=actor)
        tell_about_withdrawn_dispute(dispute, payment)
    return dispute


@done_once(Dispute)
def dispute_decide(
    *,
    actor: Actor,
    dispute_id: int,
    outcome: DisputeOutcome,
    answer: str,
    artist_amount: Decimal | None = None,
    buyer_amount: Decimal | None = None,
    once: Once | None = None,
) -> Dispute:
    """Share out what is held: all to the artist, all to the buyer, or a split whose amounts add up to it.

    One transaction releases the artist's part, reserves the buyer's as a refund (carried out after the commit) and ends
    a job that is under way: completed when the artist gets anything, called off otherwise. Both are told.
    Administrators only, and not about their own jobs. Raises Denied, Missing, Invalid, WrongDisputeState.
    """
    if not policies.may_move_money(actor):
        raise Denied
    with transaction.atomic():
        dispute, payment = _lock(dispute_id)
        if not answer.strip():
            raise Invalid("Say why.", field="answer")
        if policies.is_party(actor, payment):
            raise OwnMoney("Nobody decides about his own job.")
        if dispute.state != DisputeState.OPEN:
            raise WrongDisputeState(f"The dispute is {dispute.state} already.")
        to_artist, to_buyer = _shares(payment, outcome, artist_amount, buyer_amount)
        before = columns_shown(payment, *AUDITED)
        dispute_end(
            dispute,
            DisputeState.DECIDED,
            actor=actor,
            artist_amount=to_artist,
            buyer_amount=to_buyer,
            answer=answer,
        )
        if to_buyer:
            refund = refund_reserve(payment, amount=to_buyer, actor=actor, reason=f"dispute {dispute.pk}")
            enqueue_after_commit("commerce.tasks.refund_settle", refund.pk)
        if to_artist:
            escrow_release(payment, to_artist, reason=f"dispute {dispute.pk}")
        tell_about_decided_dispute(dispute, payment, actor=actor)
        _end_work(payment, actor=actor, finished=bool(to_artist), reason=f"dispute {dispute.pk} was decided")
        decided = {
            "payment": payment.pk,
            "outcome": outcome,
            "artist_amount": shown(to_artist, payment.currency),
            "buyer_amount": shown(to_buyer, payment.currency),
        }
        audit_record(
            actor=actor,
            action="dispute.decide",
            target=dispute,
            before=before,
            after=columns_shown(payment, *AUDITED) | decided,
        )
    return dispute


def _shares(
    payment: Payment, outcome: DisputeOutcome, artist_amount: Decimal | None, buyer_amount: Decimal | None
) -> tuple[Decimal, Decimal]:
    """What artist and buyer get of what is held. Amounts that were sent must be right, whatever the outcome."""
    held = free_in_escrow(payment)
    if outcome == DisputeOutcome.SPLIT:
        expected = {"artist_amount": artist_amount, "buyer_amount": buyer_amount}
        for field, amount in expected.items():
            if amount is None:
                raise Invalid("This field is required for a split.", field=field)
            if amount < 0:
                raise Invalid("The amount must not be negative.", field=field)
            if amount != held:
                exact(amount, payment.currency, field=field)
        assert artist_amount is not None and buyer_amount is not None  # noqa: S101 (checked above)
        if artist_amount + buyer_amount != held:
            raise Invalid(f"The amounts must add up to what is held: {held} {payment.currency}.", field="buyer_amount")
        return artist_amount, buyer_amount
    to_artist, to_buyer = (held, ZERO) if outcome == DisputeOutcome.RELEASE else (ZERO, held)
    for field, sent, right in (
        ("artist_amount", artist_amount, to_artist),
        ("buyer_amount", buyer_amount, to_buyer),
    ):
        if sent is not None and sent != right:
            raise Invalid(f"With {outcome} this is {shown(right, payment.currency)}.", field=field)
    return to_artist, to_buyer


def _end_work(payment: Payment, *, actor: Actor, finished: bool, reason: str) -> None:
    job, bounty = payment.job, payment.bounty
    if job is not None and job.status == JobStatus.IN_PROGRESS:
        if finished:
            job_finish(job, actor=actor, reason=reason)
        else:
            job_call_off(job, actor=actor, reason=reason)
    if bounty is not None and bounty.status == BountyStatus.IN_PROGRESS:
        if finished:
            bounty_finish(bounty, actor=actor, reason=reason)
        else:
            bounty_end(bounty, actor=actor, reason=reason)


def _lock(dispute_id: int) -> tuple[Dispute, Payment]:
    """The dispute and its payment, locked, with the job before them."""
    payment_id = Dispute.objects.filter(pk=dispute_id).values_list("payment_id", flat=True).first()
    if payment_id is None:
        raise Missing("Dispute")
    payment = payment_lock(payment_id)
    dispute = Dispute.objects.select_for_update(of=("self",)).select_related("opened_by").get(pk=dispute_id)
    dispute.payment = payment
    return dispute, payment
