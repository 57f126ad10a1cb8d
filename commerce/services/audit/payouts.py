"""The proof of the payouts: each is booked as its status says, and no other money is on its way."""

from collections.abc import Container, Iterator
from decimal import Decimal

from django.db.models import F, Model, Q, Sum

from commerce.choices import OPEN_PAYOUTS, AccountKind, PayoutStatus
from commerce.models import LedgerEntry, Payout
from config.core.money import ZERO, quantise

KINDS = (AccountKind.SELLER, AccountKind.PAYOUT, AccountKind.GATEWAY, AccountKind.FEES)


def payout_faults(there: Container[type[Model]]) -> Iterator[str]:
    if Payout in there:
        yield from _entries_of_each()
    yield from _money_on_its_way()


def _entries_of_each() -> Iterator[str]:
    amount, account = "ledger_transactions__entries__amount", "ledger_transactions__entries__account"
    sums = {
        kind.value: Sum(
            amount,
            filter=Q(**{f"{account}__kind": kind})
            # Money on the account of somebody else than the seller is not money of this payout.
            & (Q(**{f"{account}__owner": None}) | Q(**{f"{account}__owner": F("seller")})),
        )
        for kind in KINDS
    }
    for payout in Payout.objects.annotate(**{f"booked_{name}": total for name, total in sums.items()}).iterator():
        booked = {kind: getattr(payout, f"booked_{kind.value}") or ZERO for kind in KINDS}
        expected = _expected(payout)
        for kind in KINDS:
            if quantise(booked[kind], payout.currency) != quantise(expected[kind], payout.currency):
                yield f"payout {payout.pk} is {payout.status}: {booked[kind]} on {kind}, not {expected[kind]}"


def _expected(payout: Payout) -> dict[AccountKind, Decimal]:
    nothing = dict.fromkeys(KINDS, ZERO)
    if payout.status in OPEN_PAYOUTS:
        return nothing | {AccountKind.SELLER: -payout.amount, AccountKind.PAYOUT: payout.amount}
    if payout.status == PayoutStatus.COMPLETED:
        return nothing | {
            AccountKind.SELLER: -payout.amount,
            AccountKind.GATEWAY: payout.net_amount,
            AccountKind.FEES: payout.fees,
        }
    return nothing


def _money_on_its_way() -> Iterator[str]:
    """Each seller's payout account holds what their open payouts are of."""
    on_its_way = LedgerEntry.objects.filter(account__kind=AccountKind.PAYOUT)
    of_sellers = on_its_way.values_list("account__owner", "account__currency").annotate(Sum("amount")).order_by()
    booked = {(owner, currency): total for owner, currency, total in of_sellers}
    still_open = Payout.objects.filter(status__in=OPEN_PAYOUTS)
    of_payouts = still_open.values_list("seller", "currency").annotate(Sum("amount")).order_by()
    waiting = {(seller, currency): total for seller, currency, total in of_payouts}
    for seller, currency in sorted({*booked, *waiting}, key=str):
        said, meant = booked.get((seller, currency), ZERO), waiting.get((seller, currency), ZERO)
        if quantise(said, currency) != quantise(meant, currency):
            yield f"seller {seller}: {said} {currency} are on their way, the open payouts are of {meant}"
