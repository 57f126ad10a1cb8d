"""What a payout pays: the lines of its seller's balance since the payout before it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Min, Sum

from accounts.actors import Actor
from commerce import policies
from commerce.choices import AccountKind, TransactionKind
from commerce.models import LedgerEntry, Payout
from config.core.errors import Denied
from config.core.money import ZERO, quantise


@dataclass(frozen=True)
class PayoutLine:
    """`balance` is what the seller was owed after it."""

    entry: LedgerEntry
    balance: Decimal


@dataclass(frozen=True)
class PayoutLines:
    """The newest first, its own one among them; `count` is how many there are. `before` is what was owed before the
    oldest of all: with the amounts of all lines it adds up to what was owed after the payout. They were booked from
    `start` to `end`."""

    lines: list[PayoutLine]
    count: int
    before: Decimal
    start: datetime | None = None
    end: datetime | None = None


def payout_lines(*, actor: Actor, payout: Payout, most: int) -> PayoutLines:
    """For staff. Five queries at most, along the seller's account. Raises Denied."""
    if not policies.may_manage_orders(actor):
        raise Denied
    account = LedgerEntry.objects.filter(
        account__kind=AccountKind.SELLER, account__owner=payout.seller_id, account__currency=payout.currency
    )
    own = account.filter(transaction__key=f"payout:{payout.pk}").first()
    if own is None:
        return PayoutLines([], 0, ZERO)
    earlier = account.filter(pk__lt=own.pk, amount__lt=0, transaction__kind=TransactionKind.PAYOUT).order_by("-pk")
    since = earlier.values_list("pk", flat=True).first() or 0
    paid = account.filter(pk__gt=since, pk__lte=own.pk)
    totals = paid.aggregate(
        amount=Sum("amount"),
        count=Count("pk"),
        start=Min("transaction__created_at"),
        end=Max("transaction__created_at"),
    )
    before = quantise(account.filter(pk__lte=since).aggregate(total=Sum("amount"))["total"] or ZERO, payout.currency)
    balance, lines = quantise(before + totals["amount"], payout.currency), []
    for entry in paid.select_related("transaction__payment", "transaction__promotion").order_by("-pk")[:most]:
        lines.append(PayoutLine(entry, balance))
        balance -= quantise(entry.amount, payout.currency)
    return PayoutLines(lines, totals["count"], before, totals["start"], totals["end"])
