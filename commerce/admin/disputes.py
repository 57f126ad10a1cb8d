"""Disputes between buyer and artist in the admin site, decided by the same service as in the admin API."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars

from accounts.admin.timeline import mails_about
from commerce import policies
from commerce.admin.parts import ledger_panel, payments_happened, payments_panel, refunds_panel
from commerce.admin.payments import ActionReasonForm
from commerce.choices import DisputeOutcome, DisputeState
from commerce.models import Dispute, Payment
from commerce.services.escrow.disputes import dispute_decide
from commerce.services.escrow.holds import free_in_escrow
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import in_currency
from config.adminsite.decisions import DecisionForm, decision
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link
from config.adminsite.ranges import DateRange
from config.adminsite.records import RecordAdmin
from config.adminsite.timeline import Happening, status_changes
from config.core.idempotency import Once
from jobs.models import Bounty, Contract, Job


def is_open(dispute: Dispute) -> bool:
    return dispute.state == DisputeState.OPEN


class AnswerForm(DecisionForm):
    answer = forms.CharField(max_length=2000, widget=forms.Textarea, help_text="Both sides read it.")


class SplitForm(AnswerForm):
    field_order = ("artist_amount", "buyer_amount", "answer")
    artist_amount = forms.DecimalField(max_digits=14, decimal_places=3, min_value=0)
    buyer_amount = forms.DecimalField(max_digits=14, decimal_places=3, min_value=0)

    def __init__(self, *args: Any, row: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        payment = row.payment
        self.fields["artist_amount"].label = f"To {payment.payee}, in {payment.currency}"
        self.fields["buyer_amount"].label = f"Back to {payment.payer}, in {payment.currency}"
        held = in_currency(free_in_escrow(payment), payment.currency)
        self.fields["artist_amount"].help_text = "Before the platform's fee, which is taken of it."
        self.fields["buyer_amount"].help_text = f"Both add up to what is held, {held}."


@admin.register(Dispute)
class DisputeAdmin(RecordAdmin):
    """The reason beside the list's actions is the answer both parties get."""

    list_display = ("id", "payment", "work", "opened_by", "state", "held", "created_at", "decided_by", "decided_at")
    list_filter = ("state", ("created_at", DateRange))
    list_select_related = (
        *("payment__job__category", "payment__bounty", "payment__payer", "payment__payee"),
        *("opened_by", "decided_by"),
    )
    search_fields = ("payment__transaction_id", "payment__job__title", "opened_by__username")
    date_hierarchy = "created_at"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("payment", "state"), ("work", "held"), ("opened_by", "created_at"), "reason"),
                    *(("artist_amount", "buyer_amount"), ("decided_by", "decided_at"), "answer"),
                )
            },
        ),
    )
    readonly_fields = ("work", "held", "state", "created_at", "decided_at")
    actions = ("release_to_artist", "refund_to_buyer")
    action_form = ActionReasonForm
    decisions = ("release", "refund", "split")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        rows: QuerySet[Dispute] = super().get_queryset(request)
        return rows.select_related(*self.list_select_related)

    @admin.display(description="work")
    def work(self, dispute: Dispute) -> str:
        return str(dispute.payment.job or dispute.payment.bounty)

    @admin.display(description="held")
    def held(self, dispute: Dispute) -> str:
        return in_currency(dispute.payment.held_amount, dispute.payment.currency)

    held.exported_as = "payment__held_amount"  # type: ignore[attr-defined]

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Dispute) -> Iterator[Panel]:
        payment = row.payment
        yield Panel(
            "The two sides",
            ("Side", "Who", "Says", "Other disputes"),
            [
                (
                    side,
                    link(who, row_address(request, "accounts.User", who.pk)),
                    row.reason if row.opened_by_id == who.pk else "",
                    _others(row, who.pk),
                )
                for side, who in (("Buyer", payment.payer), ("Artist", payment.payee))
            ],
            numeric=(3,),
            note="Who has not opened it says nothing here: their word is in the messages about the work.",
        )
        yield _job_panel(request, payment.job) if payment.job is not None else _bounty_panel(request, payment.bounty)
        yield payments_panel(request, [payment])
        yield refunds_panel(request, payment)
        yield ledger_panel(payment.pk)

    def happened(self, request: HttpRequest, row: Dispute) -> Iterator[Happening]:
        payment, held = row.payment, self.held(row)
        yield Happening(row.created_at, f"Opened: {held} are held", row.opened_by.username, row.reason, "balance")
        if row.decided_at is not None:
            who = row.decided_by.username if row.decided_by else "the platform"
            words = " and ".join(
                f"{in_currency(value, payment.currency)} {to}"
                for value, to in ((row.artist_amount, "to the artist"), (row.buyer_amount, "back to the buyer"))
                if value
            )
            yield Happening(
                row.decided_at, f"{row.get_state_display()}: {words}".rstrip(": "), who, row.answer, "gavel"
            )
        work = payment.job or payment.bounty
        if work is not None:
            for change in status_changes(work):
                yield Happening(change.at, f"{work}: {change.what}", change.who, change.note, "work")
        yield from payments_happened(request, payment)
        people = (payment.payer_id, payment.payee_id)
        yield from mails_about({"payment_id": payment.pk}, people=people, since=payment.created_at)

    # ------------------------------------------------------------ decisions
    def has_money_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_move_money(request.user)

    @decision(
        "Release",
        form=AnswerForm,
        permissions=["money"],
        when=is_open,
        icon="lock_open",
        warning="All that is held becomes the artist's, less the fee. Work under way counts as completed.",
    )
    def release(self, request: HttpRequest, row: Dispute, sent: dict[str, Any], once: Once) -> str:
        return self._settle(request, row, sent, once, DisputeOutcome.RELEASE)

    @decision(
        "Refund",
        form=AnswerForm,
        permissions=["money"],
        when=is_open,
        danger=True,
        icon="undo",
        warning="All that is held goes back to the buyer. Work under way is called off.",
    )
    def refund(self, request: HttpRequest, row: Dispute, sent: dict[str, Any], once: Once) -> str:
        return self._settle(request, row, sent, once, DisputeOutcome.REFUND)

    @decision(
        "Split",
        form=SplitForm,
        permissions=["money"],
        when=is_open,
        icon="call_split",
        warning="Each side gets a part of what is held. Work under way counts as completed if the artist gets any.",
    )
    def split(self, request: HttpRequest, row: Dispute, sent: dict[str, Any], once: Once) -> str:
        return self._settle(request, row, sent, once, DisputeOutcome.SPLIT)

    def _settle(
        self, request: HttpRequest, row: Dispute, sent: dict[str, Any], once: Once, outcome: DisputeOutcome
    ) -> str:
        done = dispute_decide(actor=request.user, dispute_id=row.pk, outcome=outcome, once=once, **sent)
        currency = row.payment.currency
        return (
            f"Decided: {in_currency(done.artist_amount, currency)} to {row.payment.payee}, "
            f"{in_currency(done.buyer_amount, currency)} back to {row.payment.payer}."
        )

    def _decide(self, request: HttpRequest, rows: QuerySet[Dispute], outcome: DisputeOutcome) -> None:
        answer = request.POST.get("reason", "").strip()
        for_each(
            self,
            request,
            rows,
            lambda dispute: dispute_decide(actor=request.user, dispute_id=dispute.pk, outcome=outcome, answer=answer),
        )

    @admin.action(description="Decide for the artist: release what is held", permissions=["money"])
    @confirmed
    def release_to_artist(self, request: HttpRequest, rows: QuerySet[Dispute]) -> None:
        self._decide(request, rows, DisputeOutcome.RELEASE)

    @admin.action(description="Decide for the buyer: refund what is held", permissions=["money"])
    @confirmed
    def refund_to_buyer(self, request: HttpRequest, rows: QuerySet[Dispute]) -> None:
        self._decide(request, rows, DisputeOutcome.REFUND)


def _others(dispute: Dispute, user_id: int) -> int:
    theirs = Payment.objects.filter(Q(payer=user_id) | Q(payee=user_id))
    return Dispute.objects.filter(payment__in=theirs).exclude(pk=dispute.pk).count()


def _job_panel(request: HttpRequest, job: Job) -> Panel:
    contract = Contract.objects.filter(job=job).order_by("-pk").first()
    rows = [
        ("Job", link(job, row_address(request, "jobs.Job", job.pk))),
        ("State", job.get_status_display()),
        ("Wanted", truncatechars(job.description, 1000)),
        ("Agreed", in_currency(job.final_amount, job.currency)),
        ("Deadline", job.deadline),
        ("Hired", job.hired_at),
        ("Delivered, as the artist says", job.delivered_at),
        ("Completed", job.completed_at),
    ]
    if contract is not None:
        signed = [
            f"{side} signed" if at is not None else f"{side} did not sign"
            for side, at in (("buyer", contract.buyer_signed_at), ("artist", contract.artist_signed_at))
        ]
        name = f"{contract.get_status_display()}: {', '.join(signed)}"
        rows.append(("Contract", link(name, row_address(request, "jobs.Contract", contract.pk))))
        rows.append(("Terms", truncatechars(contract.terms, 2000)))
    return Panel("The work", ("", ""), rows)


def _bounty_panel(request: HttpRequest, bounty: Bounty | None) -> Panel:
    if bounty is None:
        return Panel("The work", ("", ""), [])
    return Panel(
        "The work",
        ("", ""),
        [
            ("Bounty", link(bounty, row_address(request, "jobs.Bounty", bounty.pk))),
            ("State", bounty.get_status_display()),
            ("Wanted", truncatechars(bounty.description, 1000)),
            ("Requirements", truncatechars(bounty.requirements, 1000)),
            ("Budget", in_currency(bounty.budget, bounty.currency)),
            ("Deadline", bounty.deadline),
            ("Awarded", bounty.awarded_at),
            ("Delivered, as the winner says", bounty.delivered_at),
            ("Ended", bounty.ended_at),
        ],
    )
