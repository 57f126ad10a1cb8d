"""Money in escrow for a job: neither the artist's nor the buyer's until it is released, refunded or shared out.

What an order's line holds until its file is there is the matter of `files`; here it is only let go of.

Everything here works under the locks of job and payment, so that of two who want the same money one gets it. What a
pending refund has reserved is on its way back and cannot be released.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.actors import Actor
from commerce import policies
from commerce.choices import (
    PAID,
    UNPAID,
    AccountKind,
    DisputeState,
    HireStatus,
    RefundStatus,
    TransactionKind,
)
from commerce.errors import DisputeOpen, OwnMoney, WrongPaymentStatus
from commerce.models import Payment, PaymentShare
from commerce.selectors.escrow import payments_to_release
from commerce.services.ledger.booking import Posting, book
from commerce.services.ledger.shares import shares_lock, take_for_release
from commerce.services.notices.jobs import tell_about_release
from commerce.services.notices.orders import tell_about_file
from commerce.services.refunds.refunds import on_the_way_back, refund_reserve
from commerce.services.states.chargebacks import has_open_chargeback, refuse_release
from commerce.services.states.disputes import disputes_close, has_open_dispute
from commerce.services.states.payments import AUDITED, move_totals, payment_call_off, payment_lock
from config.core.announce import enqueue_after_commit
from config.core.audit import audited
from config.core.errors import Denied, DomainError, Invalid
from config.core.idempotency import Once, done_once
from config.core.money import ZERO, quantise
from jobs.choices import BountyStatus, JobStatus
from jobs.models import Bounty, Job

logger = logging.getLogger(__name__)


def free_in_escrow(payment: Payment) -> Decimal:
    """What is held and not on its way back to the buyer. The payment must be locked."""
    return quantise(max(payment.held_amount - on_the_way_back(payment), ZERO), payment.currency)


def free_of(share: PaymentShare) -> Decimal:
    """The same of one locked share. What a pending refund of the whole payment will take of it is not known yet, so it
    counts in full."""
    waiting = share.payment.refunds.filter(Q(share=None) | Q(share=share.pk), status=RefundStatus.PENDING)
    reserved = waiting.aggregate(total=Sum("amount"))["total"] or ZERO
    return quantise(max(share.held_gross - reserved, ZERO), share.payment.currency)


# ---------------------------------------------------------------- release
@done_once(Payment)
def payment_release(
    *, actor: Actor, payment_id: int, force: bool = False, reason: str = "", once: Once | None = None
) -> Payment:
    """Release all that is held and not on its way back to the artist. Administrators only, and not to themselves.

    The job must be completed; `force` releases before, and needs a reason. Raises Missing, Invalid, DisputeOpen,
    ChargebackOpen, and WrongPaymentStatus (also when it is released already).
    """
    if not policies.may_move_money(actor):
        raise Denied
    with transaction.atomic():
        payment = payment_lock(payment_id)
        if actor.pk is not None and payment.shares.filter(seller=actor.pk).exists():
            raise OwnMoney("Nobody releases money to themselves.")
        if force and not reason.strip():
            raise Invalid("Say why the money is released by force.", field="reason")
        if payment.status not in PAID:
            raise WrongPaymentStatus(f"The payment is {payment.status}; only a completed one can be released.")
        free = [(share, free_of(share)) for share in shares_lock(payment)]
        if not any(amount for _share, amount in free):
            raise WrongPaymentStatus(_why_nothing_is_free(payment))
        if has_open_dispute(payment):
            raise DisputeOpen
        if not force and not payment.is_for_work:
            raise WrongPaymentStatus("An order's money is released when its seller attaches the file.")
        if not force and payment.job is not None and payment.job.status != JobStatus.COMPLETED:
            raise WrongPaymentStatus(f"The job is {payment.job.status}; its payment is released when it is completed.")
        if not force and payment.bounty is not None and payment.bounty.status != BountyStatus.COMPLETED:
            raise WrongPaymentStatus("A bounty's payment is released when its creator accepts the work.")
        with audited(actor, "payment.release", payment, *AUDITED, force=force, reason=reason):
            for share, amount in free:
                if amount:
                    share_release(share, amount, reason=reason)
    return payment


def _why_nothing_is_free(payment: Payment) -> str:
    if payment.held_amount:
        return "What is held is being refunded."
    return f"The payment is {payment.hire_status} already."


def escrow_release(payment: Payment, amount: Decimal, *, reason: str) -> None:
    """Let `amount` of a locked job payment's escrow become the artist's, less the fee; they are told."""
    [share] = shares_lock(payment)
    share_release(share, amount, reason=reason)


def share_release(share: PaymentShare, amount: Decimal, *, reason: str) -> None:
    """The same for a locked share, whose seller is told. Other shares of the payment may still hold something.

    Raises ChargebackOpen.
    """
    payment = share.payment
    refuse_release(payment)
    released = take_for_release(share, amount)
    if payment.is_for_work or not payment.held_amount:
        payment.hire_status = HireStatus.RELEASED
    payment.save(update_fields=["held_amount", "hire_status", "updated_at"])
    releases = payment.ledger_transactions.filter(kind=TransactionKind.RELEASE).count()
    book(
        kind=TransactionKind.RELEASE,
        key=f"release:{payment.pk}:{releases + 1}",
        currency=payment.currency,
        payment=payment,
        note=reason[:200],
        postings=[
            Posting(AccountKind.HELD, -amount, owner_id=share.seller_id),
            Posting(AccountKind.FEES, released.fee),
            Posting(AccountKind.SELLER, released.earning, owner_id=share.seller_id),
        ],
    )
    move_totals(payment, spent=ZERO, earned={share.seller_id: released.earning})
    if payment.is_for_work:
        tell_about_release(payment, released)
    else:
        tell_about_file(payment, share, released)


# ---------------------------------------------------------------- automatic release
def payments_release_due() -> int:
    """Release what is held for jobs that were completed long enough ago and that nobody disputes. Returns how many.

    May run twice at once: each payment is looked at again under its locks.
    """
    released = 0
    for payment_id in payments_to_release().values_list("pk", flat=True):
        try:
            released += _release_when_due(payment_id)
        except DomainError as refusal:  # one payment's trouble must not keep the others waiting
            logger.warning("payment %s not released: %s", payment_id, refusal.code)
    return released


@transaction.atomic
def _release_when_due(payment_id: int) -> bool:
    payment = payment_lock(payment_id)
    due, amount = release_due_at(payment), free_in_escrow(payment)
    if payment.status not in PAID or not amount or due is None or timezone.now() < due:
        return False
    escrow_release(payment, amount, reason=f"{settings.JOB_RELEASE_DAYS} days after completion")
    return True


def release_due_at(payment: Payment) -> datetime | None:
    """When a locked payment is released by itself; None while its job is not completed, or a dispute or chargeback is
    open.

    A dispute stops the clock, so one that was withdrawn moves the day by as long as it stood after the completion.
    """
    job = payment.job
    if job is None or job.status != JobStatus.COMPLETED or job.completed_at is None:
        return None
    if has_open_dispute(payment) or has_open_chargeback(payment):
        return None
    due = job.completed_at + timedelta(days=settings.JOB_RELEASE_DAYS)
    for opened, closed in payment.disputes.filter(state=DisputeState.WITHDRAWN).values_list("created_at", "decided_at"):
        if closed is not None and closed > job.completed_at:
            due += closed - max(opened, job.completed_at)
    return due


# ---------------------------------------------------------------- cancellation
def job_payments_cancel(*, job: Job, actor: Actor, reason: str) -> None:
    """The job, which must be locked, is being cancelled: what was paid for it goes back to its buyer.

    A payment that has not come in is called off; what is held becomes a refund, carried out after the commit. What was
    released already stays the artist's. A dispute about the job is closed with that, and both are told.
    """
    for payment in Payment.objects.select_for_update(of=("self",)).filter(job=job).order_by("pk"):
        payment.job = job
        _give_back(payment, actor=actor, reason=reason or "job cancelled")


def bounty_payments_cancel(*, bounty: Bounty, actor: Actor, reason: str) -> None:
    """The same of a locked bounty that is being closed."""
    for payment in Payment.objects.select_for_update(of=("self",)).filter(bounty=bounty).order_by("pk"):
        payment.bounty = bounty
        _give_back(payment, actor=actor, reason=reason or "bounty closed")


def _give_back(payment: Payment, *, actor: Actor, reason: str) -> None:
    if payment.status in PAID:
        amount = free_in_escrow(payment)
        disputes_close(payment, artist_amount=ZERO, buyer_amount=amount, actor=actor, answer=reason)
        if amount:
            refund = refund_reserve(payment, amount=amount, actor=actor, reason=reason)
            enqueue_after_commit("commerce.tasks.refund_settle", refund.pk)
    elif payment.status in UNPAID:
        payment_call_off(payment, actor=actor, reason=reason)
