"""How fee and earning follow a payment's money, in whatever parts and order it is released, refunded and charged back.

The fee of a part is never rounded by itself. What counts is the fee within all the gross that is not the seller's
(refunded, withdrawn by a chargeback, or still in escrow), rounded once; a movement books by how much that changes. So
the parts add up to the whole, to the cent, whichever way it was taken, and what is put back ends where it began.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from commerce.choices import RefundStatus, TransactionKind
from commerce.errors import RefundTooLarge
from commerce.models import Chargeback, Payment, PaymentShare, Refund, ShareMovement, ShareReversal
from config.core.announce import announce
from config.core.money import ZERO, percent_of, share_out


@dataclass
class Taken:
    """Where money that went back came from: by seller what was in escrow for them and what they had earned, and the
    platform's fee. Negative is what was put back. `gross` is by seller what went back for good; `lines` are those that
    are bought no more (-1), or again (1)."""

    gross: dict[int, Decimal] = field(default_factory=dict)
    held: dict[int, Decimal] = field(default_factory=dict)
    earnings: dict[int, Decimal] = field(default_factory=dict)
    fee: Decimal = ZERO
    lines: dict[int, int] = field(default_factory=dict)

    def add(self, seller_id: int, *, gross: Decimal, held: Decimal, fee: Decimal, earning: Decimal) -> None:
        self.fee += fee
        for part, amounts in ((gross, self.gross), (held, self.held), (earning, self.earnings)):
            if part:
                amounts[seller_id] = amounts.get(seller_id, ZERO) + part

    @property
    def total(self) -> Decimal:
        return sum(self.held.values(), ZERO) + sum(self.earnings.values(), ZERO) + self.fee


@dataclass(frozen=True)
class Released:
    fee: Decimal
    earning: Decimal


def fee_within(share: PaymentShare, gross: Decimal) -> Decimal:
    """The fee contained in `gross` of a share, rounded half up; the whole fee in the whole gross."""
    if not gross:  # what was free has no fee, and nothing to divide by
        return ZERO
    if gross == share.gross:
        return share.fee
    return min(percent_of(share.fee, gross * 100 / share.gross, share.payment.currency), share.fee)


def earned_so_far(share: PaymentShare) -> Decimal:
    """What a share has brought its seller: without what went back or is withdrawn, and what is in escrow."""
    kept_back = share.refunded_gross + share.withdrawn_gross + share.held_gross
    return share.earning - kept_back + fee_within(share, kept_back)


def kept_lines(shares: list[PaymentShare]) -> set[int]:
    """The lines of a paid payment that were not given back whole. What was free in it is kept with the rest."""
    if all(share.refunded_gross == share.gross for share in shares):
        return set()
    return {
        share.line_id
        for share in shares
        if share.line_id is not None and (not share.gross or share.refunded_gross < share.gross)
    }


def left_of(share: PaymentShare) -> Decimal:
    """What has neither gone back nor is withdrawn."""
    return share.gross - share.refunded_gross - share.withdrawn_gross


@contextmanager
def shares_moving(payment: Payment, kind: TransactionKind) -> Iterator[tuple[list[PaymentShare], Taken]]:
    """Inside, the shares of a locked payment may be taken from and put back to; afterwards the second value says what
    that moved. Writes the shares and changes `payment.held_amount`, which the caller saves."""
    shares = shares_lock(payment)
    before = [(share.refunded_gross, left_of(share), share.held_gross, earned_so_far(share)) for share in shares]
    taken, kept = Taken(), kept_lines(shares)
    yield shares, taken
    now = kept_lines(shares)
    taken.lines = dict.fromkeys(now - kept, 1) | dict.fromkeys(kept - now, -1)
    movements = []
    for share, (refunded, left, held, earned) in zip(shares, before, strict=True):
        if (refunded, left, held) == (share.refunded_gross, left_of(share), share.held_gross):
            continue
        held -= share.held_gross
        earning = earned - earned_so_far(share)
        share.refunded_fee = fee_within(share, share.refunded_gross)
        share.save(update_fields=["refunded_gross", "refunded_fee", "held_gross", "withdrawn_gross"])
        fee = left - left_of(share) - held - earning
        taken.add(share.seller_id, gross=share.refunded_gross - refunded, held=held, fee=fee, earning=earning)
        payment.held_amount -= held
        movements.append((share, refunded - share.refunded_gross, -earning))
    _remember(kind, *movements)
    if payment.order_id is not None:
        announce("commerce.order_changed", order_id=payment.order_id)


def take(cause: Refund | Chargeback, shares: list[PaymentShare], amount: Decimal) -> None:
    """Take `amount` off the shares: off a refund's one share, or off all of them in proportion to what is left.

    Of each share what is in escrow goes first, then what it has brought. What pending refunds of one share have
    reserved is left for them, unless the gateway's own word leaves no room for that. Raises RefundTooLarge when that is
    less.
    """
    if not amount:
        return
    for share, part in zip(shares, _parts(cause, shares, amount), strict=True):
        if part:
            held = _deduct(share, part, cause)
            ShareReversal.objects.create(share=share, gross=part, held=held, **_named(cause))


def put_back(cause: Refund | Chargeback, shares: list[PaymentShare]) -> None:
    """Undo all that `take` took for this cause, each part where it came from."""
    by_share = {reversal.share_id: reversal for reversal in cause.reversals.all()}
    column = _column(cause)
    for share in shares:
        if share.pk in by_share:
            reversal = by_share[share.pk]
            setattr(share, column, getattr(share, column) - reversal.gross)
            share.held_gross += reversal.held
    cause.reversals.all().delete()


def at_stake(chargeback: Chargeback) -> dict[int, Decimal]:
    """By seller, the earnings they would lose if an open chargeback's amount were withdrawn. Changes nothing."""
    payment = chargeback.payment
    shares = list(payment.shares.order_by("pk"))
    left = [left_of(share) for share in shares]
    amount = max(min(chargeback.amount - chargeback.withdrawn, sum(left, ZERO)), ZERO)
    earnings: dict[int, Decimal] = {}
    for share, part in zip(shares, share_out(amount, left, payment.currency), strict=True):
        share.payment = payment
        before = earned_so_far(share)
        _deduct(share, part, chargeback)
        earnings[share.seller_id] = earnings.get(share.seller_id, ZERO) + before - earned_so_far(share)
    return earnings


def _parts(cause: Refund | Chargeback, shares: list[PaymentShare], amount: Decimal) -> list[Decimal]:
    payment = cause.payment
    left = [left_of(share) for share in shares]
    if isinstance(cause, Refund) and cause.share_id is not None:
        left = [part if share.pk == cause.share_id else ZERO for share, part in zip(shares, left, strict=True)]
    else:
        reserved = reserved_of_shares(payment)
        free = [part - reserved.get(share.pk, ZERO) for share, part in zip(shares, left, strict=True)]
        if min(free) >= 0 and sum(free, ZERO) >= amount:
            left = free
    if amount > sum(left, ZERO):
        raise RefundTooLarge("More went back than was left of the payment.")
    return share_out(amount, left, payment.currency)


def _deduct(share: PaymentShare, part: Decimal, cause: Refund | Chargeback) -> Decimal:
    """Returns what of it was in escrow."""
    held = min(part, share.held_gross)
    share.held_gross -= held
    setattr(share, _column(cause), getattr(share, _column(cause)) + part)
    return held


def _column(cause: Refund | Chargeback) -> str:
    """Where a share counts what the cause took: gone back, or withdrawn as long as the bank has not decided."""
    if isinstance(cause, Chargeback) and not cause.is_settled:
        return "withdrawn_gross"
    return "refunded_gross"


def _named(cause: Refund | Chargeback) -> dict[str, Refund | Chargeback]:
    return {"chargeback" if isinstance(cause, Chargeback) else "refund": cause}


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
        if share.line_id is not None and (gross or earning or kind == TransactionKind.PAYMENT)
    )


def put_in_escrow(share: PaymentShare) -> None:
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
