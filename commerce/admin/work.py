"""What this app knows of work that is paid for, on the pages of jobs, contracts and bounties."""

from collections.abc import Iterator, Sequence

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest

from commerce import policies
from commerce.admin.parts import SHOWN, ledger_panel, payments_happened, payments_panel, refunds_panel
from commerce.models import Dispute, Payment
from config.adminsite.amounts import in_currency
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.timeline import Happening
from jobs.models import Contract, Job


def money_of_job(request: HttpRequest, job: Job) -> Iterator[Panel]:
    """Seven queries at most."""
    if policies.may_manage_orders(request.user):
        yield from money_of(request, _payments_of(job))


def money_of_contract(request: HttpRequest, contract: Contract) -> Iterator[Panel]:
    """The payments for its job; there it says more. One query."""
    if policies.may_manage_orders(request.user):
        yield payments_panel(request, _payments_of(contract.job))


def money_of_job_happened(request: HttpRequest, job: Job) -> Iterator[Happening]:
    if policies.may_manage_orders(request.user):
        yield from payments_happened(request, *_payments_of(job))


def money_of(request: HttpRequest, payments: Sequence[Payment]) -> Iterator[Panel]:
    """Payments for a work, and what became of them."""
    yield payments_panel(request, payments)
    yield refunds_panel(request, *payments)
    disputes = Dispute.objects.filter(payment__in=payments).select_related("payment", "opened_by", "decided_by")
    yield Panel(
        "Disputes",
        ("Dispute", "Opened by", "Says", "State", "To the artist", "To the buyer", "Decided by", "Opened"),
        [
            (
                link(f"#{dispute.pk}", row_address(request, "commerce.Dispute", dispute.pk)),
                str(dispute.opened_by),
                dispute.reason,
                dispute.get_state_display(),
                in_currency(dispute.artist_amount, dispute.payment.currency),
                in_currency(dispute.buyer_amount, dispute.payment.currency),
                str(dispute.decided_by or ""),
                dispute.created_at,
            )
            for dispute in disputes.order_by("-pk")[:SHOWN]
        ],
        numeric=(4, 5),
    )
    yield ledger_panel(*(payment.pk for payment in payments))


def _payments_of(job: Job) -> list[Payment]:
    """The newest first; read once a request."""
    prefetch_related_objects([job], Prefetch("payments", Payment.objects.order_by("-pk")))
    return list(job.payments.all())
