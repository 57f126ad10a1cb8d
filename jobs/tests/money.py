"""Money that came in for a job, and the quarrel about it, as rows: hiring only asks whether they are there."""

from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from commerce.choices import PAID, HireStatus, PaymentStatus
from commerce.models import Dispute, Payment, PaymentShare
from config.core.money import percent_of
from jobs.models import Job


def payment_row(job: Job, status: PaymentStatus = PaymentStatus.COMPLETED) -> Payment:
    """For a hired job; completed, it lies in escrow."""
    assert job.final_amount is not None
    assert job.hired_artist is not None
    fee = percent_of(job.final_amount, Decimal(10), job.currency)
    held = job.final_amount if status == PaymentStatus.COMPLETED else Decimal(0)
    payment = Payment.objects.create(
        payer=job.buyer,
        payee=job.hired_artist,
        job=job,
        transaction_id=f"TXN-{job.pk}-{job.payments.count()}",
        payment_method="stripe",
        status=status,
        hire_status=HireStatus.PENDING,
        amount=job.final_amount,
        currency=job.currency,
        platform_fee=fee,
        artist_earning=job.final_amount - fee,
        held_amount=held,
    )
    PaymentShare.objects.create(
        payment=payment,
        seller=job.hired_artist,
        gross=payment.amount,
        fee=fee,
        earning=payment.artist_earning,
        held_gross=held,
    )
    Job.objects.filter(pk=job.pk).update(paid_at=timezone.now() if payment.status in PAID else None)
    return payment


def open_dispute(job: Job, opened_by: User) -> Dispute:
    dispute = Dispute.objects.create(
        payment=payment_row(job), opened_by=opened_by, reason="It is not what we agreed on."
    )
    Job.objects.filter(pk=job.pk).update(disputed_at=dispute.created_at)
    return dispute
