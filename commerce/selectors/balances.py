"""Sellers' balances, statements and payouts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Case, DecimalField, ExpressionWrapper, Q, QuerySet, Sum, Value, When, Window
from django.db.models.functions import Now

from accounts.actors import Actor
from accounts.models import User
from commerce.choices import OPEN_PAYOUTS, AccountKind, PayoutStatus
from commerce.models import LedgerAccount, LedgerEntry, Payout, PayoutSettings
from config.core.money import ZERO, quantise


def seller_balance(*, seller_id: int, currency: str) -> Decimal:
    """What the platform owes a seller now: the sum of their ledger lines."""
    entries = LedgerEntry.objects.filter(
        account__kind="seller", account__owner_id=seller_id, account__currency=currency
    )
    return quantise(entries.aggregate(total=Sum("amount"))["total"] or ZERO, currency)


@dataclass(frozen=True)
class SellerAccount:
    """What the platform owes a seller in a currency, and what lies in escrow for them beside it."""

    currency: str
    balance: Decimal
    held: Decimal


def seller_accounts(*, actor: Actor) -> list[SellerAccount]:
    """The actor's balances, one a currency; one of nothing in the art market's currency when there is none yet."""
    mine = LedgerAccount.objects.filter(kind__in=[AccountKind.SELLER, AccountKind.HELD], owner_id=actor.pk)
    sums = {
        (row["currency"], row["kind"]): row["total"] or ZERO
        for row in mine.values("currency", "kind").annotate(total=Sum("entries__amount"))
    }
    currencies = sorted({currency for currency, _kind in sums} or {settings.CURRENCIES["cultureup"]})
    return [
        SellerAccount(
            currency=currency,
            balance=quantise(sums.get((currency, AccountKind.SELLER), ZERO), currency),
            held=quantise(sums.get((currency, AccountKind.HELD), ZERO), currency),
        )
        for currency in currencies
    ]


def seller_statement(
    *, actor: Actor, currency: str = "", start: datetime | None = None, end: datetime | None = None
) -> QuerySet[LedgerEntry]:
    """The lines of the actor's balances in the order they were booked, each with the `balance` of its currency then:
    all, or those booked from `start` to `end`, both included.

    Filter by nothing but the account: a line left out would be missing in what follows.
    """
    lines = _lines_of(actor.pk, currency, end)
    running = Window(Sum("amount"), partition_by="account", order_by="pk")
    balance: Any = running
    if start is not None:
        before = lines.filter(transaction__created_at__lt=start).order_by()
        sums = before.values("account").annotate(total=Sum("amount"))
        brought = [When(account=row["account"], then=Value(row["total"])) for row in sums]
        lines = lines.filter(transaction__created_at__gte=start)
        balance = ExpressionWrapper(
            running + Case(*brought, default=Value(ZERO), output_field=DecimalField()), output_field=DecimalField()
        )
    return (
        lines.select_related("account", "transaction__payment", "transaction__payout")
        .annotate(balance=balance)
        .order_by("pk")
    )


def _lines_of(seller_id: int | None, currency: str, end: datetime | None) -> QuerySet[LedgerEntry]:
    lines = LedgerEntry.objects.filter(account__kind=AccountKind.SELLER, account__owner_id=seller_id)
    if currency:
        lines = lines.filter(account__currency=currency)
    return lines if end is None else lines.filter(transaction__created_at__lte=end)


def payouts_of(*, actor: Actor) -> QuerySet[Payout]:
    """The actor's payouts, newest first."""
    return Payout.objects.filter(seller_id=actor.pk).order_by("-request_date", "-pk")


def payouts_open() -> QuerySet[Payout]:
    """What is to be paid now, the oldest first; not what waits since its account is new. For the platform itself."""
    waits = Q(status=PayoutStatus.PENDING, waits_until__gt=Now())
    rows = Payout.objects.filter(~waits, status__in=OPEN_PAYOUTS)
    return rows.select_related("seller").order_by("request_date", "pk")


def payout_settings_of(*, actor: User) -> PayoutSettings | None:
    """None before the actor has set any."""
    return PayoutSettings.objects.filter(user_id=actor.pk).first()
