"""Booking. Every movement is one transaction whose entries add up to nothing; nothing booked is ever changed."""

from dataclasses import dataclass
from decimal import Decimal

from commerce.choices import AccountKind, TransactionKind
from commerce.models import (
    Chargeback,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    Payout,
    Promotion,
    Refund,
)
from commerce.services.ledger.shares import Taken
from config.core.money import ZERO, quantise


@dataclass(frozen=True)
class Posting:
    """Money into (positive) or out of (negative) an account. What we owe is positive, what we are owed negative."""

    kind: AccountKind
    amount: Decimal
    owner_id: int | None = None
    name: str = ""


def book(
    *,
    kind: TransactionKind,
    key: str,
    currency: str,
    postings: list[Posting],
    payment: Payment | None = None,
    refund: Refund | None = None,
    payout: Payout | None = None,
    promotion: Promotion | None = None,
    chargeback: Chargeback | None = None,
    note: str = "",
) -> LedgerTransaction:
    """Write one movement. `key` is unique, so the same movement cannot be booked twice. Call it in a transaction."""
    merged: dict[tuple[AccountKind, int | None, str], Decimal] = {}
    for posting in postings:
        account = (posting.kind, posting.owner_id, posting.name)
        merged[account] = merged.get(account, ZERO) + quantise(posting.amount, currency)
    if sum(merged.values(), ZERO) != ZERO:
        raise AssertionError(f"ledger transaction {key} does not add up: {merged}")
    transaction = LedgerTransaction.objects.create(
        kind=kind,
        key=key,
        payment=payment,
        refund=refund,
        payout=payout,
        promotion=promotion,
        chargeback=chargeback,
        note=note,
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=transaction, account=_account(*account, currency), amount=amount)
        for account, amount in sorted(merged.items(), key=lambda item: (item[0][0], item[0][1] or 0, item[0][2]))
        if amount
    )
    return transaction


def went_back(payment: Payment, taken: Taken) -> list[Posting]:
    """The postings of money that went back to a payment's buyer, or came back from there where it is negative."""
    return [
        Posting(AccountKind.GATEWAY, taken.total, name=payment.gateway),
        *(Posting(AccountKind.HELD, -amount, owner_id=seller) for seller, amount in taken.held.items()),
        Posting(AccountKind.FEES, -taken.fee),
        *(Posting(AccountKind.SELLER, -amount, owner_id=seller) for seller, amount in taken.earnings.items()),
    ]


def _account(kind: AccountKind, owner_id: int | None, name: str, currency: str) -> LedgerAccount:
    account, _created = LedgerAccount.objects.get_or_create(kind=kind, owner_id=owner_id, name=name, currency=currency)
    return account
