"""Disputes between buyer and artist in the admin site, decided by the same service as in the admin API."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import policies
from commerce.admin.payments import ActionReasonForm
from commerce.choices import DisputeOutcome
from commerce.models import Dispute
from commerce.services.escrow.disputes import dispute_decide
from config.adminsite.actions import confirmed, for_each
from config.adminsite.rows import ReadOnlyAdmin
from config.core.money import quantise


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """The reason beside the action is the answer both parties get. A split is decided in the API, with its amounts."""

    list_display = ("id", "payment", "job", "opened_by", "state", "held", "created_at", "decided_by", "decided_at")
    list_filter = ("state",)
    list_select_related = ("payment__job", "opened_by", "decided_by")
    search_fields = ("payment__transaction_id", "payment__job__title", "opened_by__username")
    date_hierarchy = "created_at"
    actions = ("release_to_artist", "refund_to_buyer")
    action_form = ActionReasonForm

    @admin.display(description="job")
    def job(self, dispute: Dispute) -> str:
        return str(dispute.payment.job or dispute.payment.bounty)

    @admin.display(description="held")
    def held(self, dispute: Dispute) -> str:
        return f"{quantise(dispute.payment.held_amount, dispute.payment.currency)} {dispute.payment.currency}"

    def has_money_permission(self, request: HttpRequest) -> bool:
        return policies.may_move_money(request.user)

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
