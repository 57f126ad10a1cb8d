"""Sellers' balances, statements and payouts."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Q, QuerySet, Sum, Window
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


def seller_statement(*, actor: Actor) -> QuerySet[LedgerEntry]:
    """The lines of the actor's balances in the order they were booked, each with the `balance` of its currency then.

    Filter by nothing but the account: a line left out would be missing in what follows.
    """
    running = Window(Sum("amount"), partition_by="account", order_by="pk")
    return (
        LedgerEntry.objects.filter(account__kind=AccountKind.SELLER, account__owner_id=actor.pk)
        .select_related("account", "transaction__payment", "transaction__payout")
        .annotate(balance=running)
        .order_by("pk")
    )


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
