"""The proof of subscriptions: each paid invoice is booked, once and whole; so is what went back of it, and nothing else
is on their account."""

from collections.abc import Container, Iterator
from decimal import Decimal

from django.db.models import F, Model, Q, Sum

from commerce.choices import AccountKind, ReversalKind
from commerce.models import InvoiceReversal, LedgerEntry, SubscriptionInvoice
from config.core.money import ZERO, quantise

TOLERANCE = Decimal("0.0004")


def subscription_faults(there: Container[type[Model]]) -> Iterator[str]:
    if SubscriptionInvoice in there:
        yield from _paid_invoices()
    yield from _their_account()
    if SubscriptionInvoice in there or InvoiceReversal in there:
        yield from _what_went_back()


def _what_went_back() -> Iterator[str]:
    for row in InvoiceReversal.objects.select_related("invoice").iterator():
        booked = LedgerEntry.objects.filter(transaction__key__startswith=row.ledger_key)
        for account, amount in ((AccountKind.SUBSCRIPTIONS, -row.taken), (AccountKind.EXPENSES, -row.fee)):
            said = booked.filter(account__kind=account).aggregate(total=Sum("amount"))["total"] or ZERO
            if abs(said - amount) > TOLERANCE:
                yield f"{row.kind} {row.reference} took {-amount}, the ledger says {-said} on {account}"
    counted = {kind: Sum("reversals__taken", filter=Q(reversals__kind=kind)) for kind in ReversalKind}
    for invoice in SubscriptionInvoice.objects.annotate(**counted).iterator():
        kept = {ReversalKind.REFUND: invoice.refunded_amount, ReversalKind.DISPUTE: invoice.disputed_amount}
        for kind, amount in kept.items():
            taken = getattr(invoice, kind) or ZERO
            if abs(taken - amount) > TOLERANCE:
                yield f"invoice {invoice.reference}: {amount} went back by {kind}, its rows say {taken}"


def _paid_invoices() -> Iterator[str]:
    on_account = Q(booked__entries__account__kind=AccountKind.SUBSCRIPTIONS)
    paid = SubscriptionInvoice.objects.filter(paid_at__isnull=False)
    for invoice in paid.annotate(said=Sum("booked__entries__amount", filter=on_account)).iterator():
        said, currency = invoice.said or ZERO, invoice.currency
        if quantise(said, currency) != quantise(invoice.amount, currency):
            yield f"invoice {invoice.reference} of {invoice.amount} is paid, the ledger says {said}"


def _their_account() -> Iterator[str]:
    paid = SubscriptionInvoice.objects.filter(paid_at__isnull=False)
    for currency, booked in (
        LedgerEntry.objects.filter(account__kind=AccountKind.SUBSCRIPTIONS)
        .order_by()
        .values_list("account__currency")
        .annotate(total=Sum("amount"))
    ):
        net = Sum(F("amount") - F("refunded_amount") - F("disputed_amount"))
        counted = paid.filter(currency=currency).aggregate(total=net)["total"] or ZERO
        if quantise(booked or ZERO, currency) != quantise(counted, currency):
            yield f"subscriptions brought {counted} {currency}, the ledger says {booked}"
