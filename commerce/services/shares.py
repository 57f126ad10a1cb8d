"""How fee and earning follow a payment's money, in whatever parts and order it is released and refunded.

The fee of a part is never rounded by itself. What counts is the fee within all the gross that is not the seller's
(refunded, or still in hold), rounded once; a movement books by how much that changes. So the parts add up to the whole,
to the cent, whichever way it was taken.
"""

from dataclasses import dataclass
from decimal import Decimal

from commerce.models import Payment, PaymentShare
from config.core.money import ZERO, percent_of, share_out


@dataclass(frozen=True)
class Taken:
    """Where a refund came from: what was in hold, the platform's fee, and each seller's earning."""

    held: Decimal
    fee: Decimal
    earnings: dict[int, Decimal]


@dataclass(frozen=True)
class Released:
    fee: Decimal
    earning: Decimal


def fee_within(share: PaymentShare, gross: Decimal) -> Decimal:
    """The fee contained in `gross` of a share, rounded half up; the whole fee in the whole gross."""
    return min(percent_of(share.fee, gross * 100 / share.gross, share.payment.currency), share.fee)


def earned_so_far(share: PaymentShare, held: Decimal) -> Decimal:
    """What a share has brought its seller when `held` of it is in hold."""
    kept_back = share.refunded_gross + held
    return share.earning - kept_back + fee_within(share, kept_back)


def take_for_refund(payment: Payment, amount: Decimal) -> Taken:
    """Take a refund off a locked payment: from hold first, then from what its shares have brought, in proportion.

    Writes the shares and `payment.held_amount`, which the caller saves.
    """
    held = min(amount, payment.held_amount)
    shares = _lock_shares(payment)
    parts = share_out(amount, [share.gross - share.refunded_gross for share in shares], payment.currency)
    fee = ZERO
    earnings: dict[int, Decimal] = {}
    for share, part in zip(shares, parts, strict=True):
        if not part:
            continue
        # Only a job's payment holds anything, and it has one share: `held` is that one's.
        before = earned_so_far(share, payment.held_amount)
        share.refunded_gross += part
        share.refunded_fee = fee_within(share, share.refunded_gross)
        share.save(update_fields=["refunded_gross", "refunded_fee"])
        earning = before - earned_so_far(share, payment.held_amount - held)
        fee += part - held - earning
        if earning:
            earnings[share.seller_id] = earnings.get(share.seller_id, ZERO) + earning
    payment.held_amount -= held
    return Taken(held, fee, earnings)


def take_for_release(payment: Payment, amount: Decimal) -> Released:
    """Let `amount` of what a locked job payment holds become its seller's. The caller saves `payment.held_amount`."""
    [share] = _lock_shares(payment)
    before = earned_so_far(share, payment.held_amount)
    payment.held_amount -= amount
    earning = earned_so_far(share, payment.held_amount) - before
    return Released(fee=amount - earning, earning=earning)


def _lock_shares(payment: Payment) -> list[PaymentShare]:
    shares = list(payment.shares.select_for_update().order_by("pk"))
    for share in shares:
        share.payment = payment
    return shares
