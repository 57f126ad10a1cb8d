"""How fee and earning follow a payment's money, in whatever parts and order it is released and refunded.

The fee of a part is never rounded by itself. What counts is the fee within all the gross that is not the seller's
(refunded, or still in hold), rounded once; a movement books by how much that changes. So the parts add up to the whole,
to the cent, whichever way it was taken.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from commerce.choices import RefundStatus, TransactionKind
from commerce.models import Payment, PaymentShare, Refund, ShareMovement
from config.core.money import ZERO, percent_of, share_out


@dataclass
class Taken:
    """Where a refund came from: by seller what was in hold for him and what he had earned, and the platform's fee."""

    held: dict[int, Decimal] = field(default_factory=dict)
    earnings: dict[int, Decimal] = field(default_factory=dict)
    fee: Decimal = ZERO

    def add(self, seller_id: int, *, held: Decimal, fee: Decimal, earning: Decimal) -> None:
        self.fee += fee
        for part, amounts in ((held, self.held), (earning, self.earnings)):
            if part:
                amounts[seller_id] = amounts.get(seller_id, ZERO) + part


@dataclass(frozen=True)
class Released:
    fee: Decimal
    earning: Decimal


def fee_within(share: PaymentShare, gross: Decimal) -> Decimal:
    """The fee contained in `gross` of a share, rounded half up; the whole fee in the whole gross."""
    if not gross:  # what was free has no fee, and nothing to divide by
        return ZERO
    return min(percent_of(share.fee, gross * 100 / share.gross, share.payment.currency), share.fee)


def earned_so_far(share: PaymentShare) -> Decimal:
    """What a share has brought its seller: without what went back, and what is in hold."""
    kept_back = share.refunded_gross + share.held_gross
    return share.earning - kept_back + fee_within(share, kept_back)


def take_for_refund(refund: Refund) -> Taken:
    """Take a refund off its locked payment: off its one share, or off all of them in proportion to what is left.

    Of each share what is in hold goes first, then what it has brought. What pending refunds of one share have reserved
    is left for them. Writes the shares and `payment.held_amount`, which the caller saves.
    """
    payment = refund.payment
    shares = shares_lock(payment)
    if refund.share_id is not None:
        parts = [refund.amount if share.pk == refund.share_id else ZERO for share in shares]
    else:
        reserved = reserved_of_shares(payment)
        left = [share.gross - share.refunded_gross - reserved.get(share.pk, ZERO) for share in shares]
        parts = share_out(refund.amount, left, payment.currency)
    taken = Taken()
    for share, part in zip(shares, parts, strict=True):
        if not part:
            continue
        before, held = earned_so_far(share), min(part, share.held_gross)
        share.held_gross -= held
        share.refunded_gross += part
        share.refunded_fee = fee_within(share, share.refunded_gross)
        share.save(update_fields=["held_gross", "refunded_gross", "refunded_fee"])
        earning = before - earned_so_far(share)
        taken.add(share.seller_id, held=held, fee=part - held - earning, earning=earning)
        payment.held_amount -= held
        _remember(TransactionKind.REFUND, (share, -part, -earning))
    return taken


def take_for_release(share: PaymentShare, amount: Decimal) -> Released:
    """Let `amount` of what a locked share holds become its seller's. The caller saves `payment.held_amount`."""
    before = earned_so_far(share)
    share.held_gross -= amount
    share.save(update_fields=["held_gross"])
    share.payment.held_amount -= amount
    earning = earned_so_far(share) - before
    _remember(TransactionKind.RELEASE, (share, ZERO, earning))
    return Released(fee=amount - earning, earning=earning)


def remember_sale(shares: list[PaymentShare]) -> None:
    """An order has just been paid. Call it when what is held of its shares is in hold."""
    _remember(TransactionKind.PAYMENT, *((share, share.gross, earned_so_far(share)) for share in shares))


def _remember(kind: TransactionKind, *movements: tuple[PaymentShare, Decimal, Decimal]) -> None:
    """Write down what moved for each line: the ledger adds up what a seller's lines bring. Of jobs it says all."""
    ShareMovement.objects.bulk_create(
        ShareMovement(share=share, kind=kind, gross=gross, earning=earning)
        for share, gross, earning in movements
        if share.line_id is not None
    )


def put_in_hold(share: PaymentShare) -> None:
    """All of a share that has just been paid is nobody's yet. The caller saves `payment.held_amount`."""
    share.held_gross = share.gross
    share.save(update_fields=["held_gross"])
    share.payment.held_amount += share.gross


def shares_lock(payment: Payment) -> list[PaymentShare]:
    """The shares of a locked payment, which each know it."""
    shares = list(payment.shares.select_for_update().order_by("pk"))
    for share in shares:
        share.payment = payment
    return shares


def reserved_of_shares(payment: Payment) -> dict[int, Decimal]:
    """By share, what pending refunds of it alone have set aside. The payment must be locked."""
    waiting = payment.refunds.filter(status=RefundStatus.PENDING, share__isnull=False).order_by()
    return dict(waiting.values_list("share").annotate(Sum("amount")))
