"""The proof of subscriptions: each paid invoice is booked, once and whole, and nothing else is on their account."""

from collections.abc import Iterator

from django.db.models import Q, Sum

from commerce.choices import AccountKind
from commerce.models import LedgerEntry, SubscriptionInvoice
from config.core.money import ZERO, quantise


def subscription_faults() -> Iterator[str]:
    on_account = Q(booked__entries__account__kind=AccountKind.SUBSCRIPTIONS)
    paid = SubscriptionInvoice.objects.filter(paid_at__isnull=False)
    for invoice in paid.annotate(said=Sum("booked__entries__amount", filter=on_account)).iterator():
        said, currency = invoice.said or ZERO, invoice.currency
        if quantise(said, currency) != quantise(invoice.amount, currency):
            yield f"invoice {invoice.reference} of {invoice.amount} is paid, the ledger says {said}"
    for currency, booked in (
        LedgerEntry.objects.filter(account__kind=AccountKind.SUBSCRIPTIONS)
        .order_by()
        .values_list("account__currency")
        .annotate(total=Sum("amount"))
    ):
        counted = paid.filter(currency=currency).aggregate(total=Sum("amount"))["total"] or ZERO
        if quantise(booked or ZERO, currency) != quantise(counted, currency):
            yield f"subscriptions brought {counted} {currency}, the ledger says {booked}"
