"""What commerce tells people about the money of a job or a bounty. Written in the transaction that causes it."""

from decimal import Decimal

from accounts.actors import Actor
from accounts.choices import NotificationType
from accounts.models import User
from accounts.services.notifications import notification_send
from commerce.models import Dispute, Payment, Refund
from commerce.services.ledger.shares import Released
from commerce.services.notices.orders import about
from config.core.money import quantise
from jobs.models import Bounty, Job


def tell_about_escrow(payment: Payment) -> None:
    """The buyer learns that their payment came in, the artist that it waits for them."""
    job, amount = _work(payment), _shown(payment, payment.amount)
    notification_send(
        user=payment.payer,
        notification_type=NotificationType.PAYMENT_HELD,
        title="Payment Held",
        message=f'Your payment of {amount} for "{job.title}" was received. It is held until the work is accepted',
        data=about(payment),
        email=_email(payment, "job_payment_held"),
        email_context=_context(payment) | {"amount": str(quantise(payment.amount, payment.currency))},
    )
    notification_send(
        user=payment.payee,
        notification_type=NotificationType.PAYMENT_HELD,
        title="Payment Held",
        message=f'{payment.payer.username} paid {amount} for "{job.title}". It is held for you until it is released',
        data=about(payment),
    )


def tell_about_release(payment: Payment, released: Released) -> None:
    earning, fee = (quantise(part, payment.currency) for part in (released.earning, released.fee))
    notification_send(
        user=payment.payee,
        notification_type=NotificationType.PAYMENT_RECEIVED,
        title="Payment Received",
        message=f'The payment for "{_work(payment).title}" was released: you earn {payment.currency} {earning}',
        data=about(payment) | {"earning": str(earning)},
        email=_email(payment, "job_payment_released"),
        email_context=_context(payment) | {"earning": str(earning), "fee": str(fee)},
    )


def tell_about_job_refund(payment: Payment, refund: Refund) -> None:
    amount = quantise(refund.amount, payment.currency)
    notification_send(
        user=payment.payer,
        notification_type=NotificationType.PAYMENT_REFUNDED,
        title="Payment Refunded",
        message=f'{payment.currency} {amount} of your payment for "{_work(payment).title}" were refunded',
        data=about(payment) | {"amount": str(amount)},
        email=_email(payment, "job_payment_refunded"),
        email_context=_context(payment) | {"amount": str(amount)},
    )
    notification_send(
        user=payment.payee,
        notification_type=NotificationType.PAYMENT_REFUNDED,
        title="Payment Refunded",
        message=f'{payment.currency} {amount} of the payment for "{_work(payment).title}" went back to its buyer',
        data=about(payment) | {"amount": str(amount)},
    )


def tell_about_open_dispute(dispute: Dispute, payment: Payment) -> None:
    """The other party, and nobody else."""
    _tell_about_dispute(
        _other(payment, dispute.opened_by_id),
        dispute,
        payment,
        NotificationType.DISPUTE_OPENED,
        "Dispute Opened",
        f'{dispute.opened_by.username} opened a dispute about "{_work(payment).title}". '
        "The payment stays in escrow until it is decided",
    )


def tell_about_withdrawn_dispute(dispute: Dispute, payment: Payment) -> None:
    _tell_about_dispute(
        _other(payment, dispute.opened_by_id),
        dispute,
        payment,
        NotificationType.DISPUTE_DECIDED,
        "Dispute Withdrawn",
        f'{dispute.opened_by.username} withdrew the dispute about "{_work(payment).title}"',
    )


def tell_about_decided_dispute(dispute: Dispute, payment: Payment, *, actor: Actor) -> None:
    """Both parties, but whoever decided it by calling the job off."""
    shares = [
        f"{_shown(payment, amount)} {where}"
        for amount, where in (
            (dispute.artist_amount, "are released to the artist"),
            (dispute.buyer_amount, "go back to the buyer"),
        )
        if amount
    ]
    message = f'The dispute about "{_work(payment).title}" is decided: {" and ".join(shares) or "nothing is moved"}'
    for user in (payment.payer, payment.payee):
        if user.pk != actor.pk:
            _tell_about_dispute(
                user,
                dispute,
                payment,
                NotificationType.DISPUTE_DECIDED,
                "Dispute Decided",
                message + (f". {dispute.answer}" if dispute.answer else ""),
            )


# ---------------------------------------------------------------- parts
def _tell_about_dispute(
    user: User, dispute: Dispute, payment: Payment, notification_type: NotificationType, title: str, message: str
) -> None:
    notification_send(
        user=user,
        notification_type=notification_type,
        title=title,
        message=message,
        data=about(payment) | {"dispute_id": dispute.pk},
    )


def _other(payment: Payment, user_id: int) -> User:
    return payment.payee if payment.payer_id == user_id else payment.payer


def _work(payment: Payment) -> Job | Bounty:
    work = payment.job or payment.bounty
    assert work is not None, "a payment for work"  # noqa: S101 (callers have locked it)
    return work


def _email(payment: Payment, name: str) -> str:
    """E-mails are about jobs; of a bounty people read in their list."""
    return name if payment.job is not None else ""


def _context(payment: Payment) -> dict[str, str | int]:
    work = _work(payment)
    return {
        "job_id": work.pk,
        "job_title": work.title,
        "currency": payment.currency,
        "transaction_id": payment.transaction_id,
    }


def _shown(payment: Payment, amount: Decimal) -> str:
    return f"{payment.currency} {quantise(amount, payment.currency)}"
