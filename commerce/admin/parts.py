"""What the pages of orders, disputes, refunds and the like show alike: payments, refunds, and what happened to them."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from commerce.choices import RefundStatus
from commerce.models import Chargeback, LedgerEntry, LedgerTransaction, Payment, PaymentChange, Refund
from config.adminsite.amounts import in_currency
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.timeline import BY_ITSELF, MOST, Happening, audit_entries, notes, status_change

SHOWN: Final = 50


def payments_panel(request: HttpRequest, payments: Sequence[Payment]) -> Panel:
    return Panel(
        "Payments",
        ("Payment", "By", "Amount", "Given back", "Held", "State", "Why not", "Begun", "Completed"),
        [
            (
                link(payment, row_address(request, "commerce.Payment", payment.pk)),
                f"{payment.get_payment_method_display()}, {payment.gateway}".strip(", "),
                *(
                    in_currency(amount, payment.currency)
                    for amount in (payment.amount, payment.refunded_amount, payment.held_amount)
                ),
                payment.get_status_display(),
                payment.failure_message,
                payment.created_at,
                payment.completed_at,
            )
            for payment in payments[:SHOWN]
        ],
        numeric=(2, 3, 4),
    )


def refunds_panel(request: HttpRequest, *payments: Payment) -> Panel:
    """The newest first. One query."""
    refunds = Refund.objects.filter(payment__in=payments).select_related("payment", "share__line", "actor")
    return Panel(
        "Refunds",
        ("Refund", "Of", "Amount", "State", "By", "Reason", "Asked", "Settled"),
        [
            (
                link(f"#{refund.pk}", row_address(request, "commerce.Refund", refund.pk)),
                str(refund.share.line) if refund.share is not None and refund.share.line is not None else "all",
                in_currency(refund.amount, refund.payment.currency),
                refund.get_status_display(),
                refund.actor or BY_ITSELF,
                refund.failure_message or refund.reason,
                refund.created_at,
                refund.settled_at,
            )
            for refund in refunds.order_by("-pk")[:SHOWN]
        ],
        numeric=(2,),
    )


def ledger_panel(*payment_ids: int) -> Panel:
    """The ledger's entries about payments, in order: those of a transaction add up to nothing. Two queries."""
    return entries_panel(LedgerTransaction.objects.filter(payment__in=payment_ids))


def entries_panel(transactions: QuerySet[LedgerTransaction]) -> Panel:
    entries = Prefetch("entries", queryset=LedgerEntry.objects.select_related("account__owner").order_by("pk"))
    moved = transactions.order_by("pk").prefetch_related(entries)
    return Panel(
        "Ledger",
        ("When", "What", "Account", "Whose", "Amount"),
        [
            (
                movement.created_at if first else "",
                movement.get_kind_display() if first else "",
                entry.account.get_kind_display(),
                entry.account.owner or entry.account.name or "the platform",
                in_currency(entry.amount, entry.account.currency),
            )
            for movement in moved[:SHOWN]
            for first, entry in _first_marked(movement)
        ],
        numeric=(4,),
        note="The entries of a transaction add up to nothing; none is ever changed.",
        empty="No money has moved yet.",
    )


def _first_marked(movement: LedgerTransaction) -> Iterator[tuple[bool, LedgerEntry]]:
    for place, entry in enumerate(movement.entries.all()):
        yield place == 0, entry


def money_happened(request: HttpRequest, *payments: Payment) -> Iterator[Happening]:
    """Refunds of payments, and what cardholders disputed of them. Two queries."""
    for refund in Refund.objects.filter(payment__in=payments).select_related("payment", "actor").order_by("-pk")[:MOST]:
        of = f"Refund of {in_currency(refund.amount, refund.payment.currency)}"
        who = refund.actor.username if refund.actor else BY_ITSELF
        address = row_address(request, "commerce.Refund", refund.pk)
        yield Happening(refund.created_at, f"{of}: {refund.get_status_display()}", who, refund.reason, "undo", address)
        if refund.status == RefundStatus.FAILED and refund.settled_at is not None:  # it may be days later
            gateway, why = refund.payment.gateway, refund.failure_message
            yield Happening(refund.settled_at, f"{of} failed", gateway, why, "error", address)
    for chargeback in Chargeback.objects.filter(payment__in=payments).select_related("payment").order_by("-pk")[:MOST]:
        amount = in_currency(chargeback.amount, chargeback.payment.currency)
        words = f"Chargeback of {amount}: {chargeback.get_state_display()}"
        address = row_address(request, "commerce.Chargeback", chargeback.pk)
        yield Happening(
            chargeback.opened_at, words, chargeback.payment.gateway, chargeback.reason, "credit_card_off", address
        )


def payments_happened(request: HttpRequest, *payments: Payment) -> Iterator[Happening]:
    """All that the pages of these payments tell, for another thing's. Five queries."""
    changes = PaymentChange.objects.filter(payment__in=payments).select_related("payment", "actor")
    for change in changes.order_by("-pk")[:MOST]:
        yield status_change(change, of=f"Payment {change.payment}")
    yield from audit_entries(*payments)
    yield from notes(*payments)
    yield from money_happened(request, *payments)
