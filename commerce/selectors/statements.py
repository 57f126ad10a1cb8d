"""A seller's statement of a period in one currency: what was brought forward, each line, and what is left.

The balance after a line is that before it and its amount, so the last one is what the ledger says at the end of the
period; a payout is one of the lines, with the balance it was drawn on before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from commerce import policies
from commerce.choices import AccountKind
from commerce.models import LedgerAccount, LedgerEntry, Payout
from config.core.errors import Invalid, Missing
from config.core.money import ZERO, quantise

ROWS_AT_ONCE: Final = 2000
COLUMNS: Final = (
    *("pk", "transaction__created_at", "transaction__kind", "amount", "transaction__payment__transaction_id"),
    *("transaction__payment__order_id", "transaction__payment__job_id", "transaction__payment__bounty_id"),
    *("transaction__payout__uuid", "transaction__promotion_id"),
)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`amount` into the balance (positive) or out of it, and the balance after it. What it is about, where known."""

    id: int
    at: datetime
    kind: str
    amount: Decimal
    balance: Decimal
    payment: str
    order_id: int | None
    job_id: int | None
    bounty_id: int | None
    payout: str
    promotion_id: int | None


@dataclass(frozen=True)
class Statement:
    """Lines are read as they are asked for, each time anew; `start` is None for all from the first line on."""

    seller: User
    currency: str
    start: datetime | None
    end: datetime
    opening: Decimal
    rows: QuerySet[LedgerEntry, dict[str, Any]]

    def lines(self, *, most: int | None = None) -> Iterator[StatementLine]:
        """In the order they were booked, in constant memory; the first `most` of them."""
        balance = self.opening
        for row in self.rows[:most].iterator(ROWS_AT_ONCE):
            amount = quantise(row["amount"], self.currency)
            balance += amount
            payout = row["transaction__payout__uuid"]
            yield StatementLine(
                id=row["pk"],
                at=row["transaction__created_at"],
                kind=row["transaction__kind"],
                amount=amount,
                balance=balance,
                payment=row["transaction__payment__transaction_id"] or "",
                order_id=row["transaction__payment__order_id"],
                job_id=row["transaction__payment__job_id"],
                bounty_id=row["transaction__payment__bounty_id"],
                payout=str(payout) if payout else "",
                promotion_id=row["transaction__promotion_id"],
            )

    def payouts(self) -> QuerySet[Payout]:
        """Those that were drawn on the balance in the period, or came back to it."""
        moved = self.rows.filter(transaction__payout__isnull=False).order_by().values("transaction__payout")
        return Payout.objects.filter(pk__in=moved).order_by("request_date", "pk")


def statement_of(
    *,
    actor: Actor,
    seller_id: int | None = None,
    currency: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
) -> Statement:
    """The actor's own, or for staff that of `seller_id`. Start and end are both included; without an end it is now.

    Raises Missing, and Invalid: `currency` where the balances are in more than one and none is named, `end` where it is
    before the start.
    """
    seller = _seller(actor, seller_id)
    currency = currency or _only_currency(seller)
    end = end or timezone.now()
    if start is not None and end < start:
        raise Invalid("The end is before the start.", field="end")
    lines = LedgerEntry.objects.filter(
        account__kind=AccountKind.SELLER,
        account__owner=seller,
        account__currency=currency,
        transaction__created_at__lte=end,
    )
    opening = ZERO
    if start is not None:
        before = lines.filter(transaction__created_at__lt=start)
        opening = before.aggregate(total=Sum("amount"))["total"] or ZERO
        lines = lines.filter(transaction__created_at__gte=start)
    return Statement(seller, currency, start, end, quantise(opening, currency), lines.order_by("pk").values(*COLUMNS))


def _seller(actor: Actor, seller_id: int | None) -> User:
    if seller_id is not None and seller_id != actor.pk and not policies.may_manage_orders(actor):
        raise Missing("Seller")
    seller = User.objects.filter(pk=seller_id or actor.pk or 0).first()
    if seller is None:
        raise Missing("Seller")
    return seller


def _only_currency(seller: User) -> str:
    accounts = LedgerAccount.objects.filter(kind=AccountKind.SELLER, owner=seller)
    found = sorted(set(accounts.values_list("currency", flat=True)))
    if len(found) > 1:
        raise Invalid(f"Name one of {', '.join(found)}: a statement is in one currency.", field="currency")
    return found[0] if found else settings.CURRENCIES["cultureup"]
