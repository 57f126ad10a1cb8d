"""Orders, payments and the ledger in Django's admin site: looked at, never edited.

Payments are released and refunded, and disputes decided, through the same services as in the admin API.
"""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commerce import policies
from commerce.admin.payments import ActionReasonForm
from commerce.choices import DisputeOutcome
from commerce.models import (
    Chargeback,
    ChargebackChange,
    Dispute,
    GatewayEvent,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Order,
    OrderChange,
    OrderLine,
    PaymentChange,
    PaymentShare,
    Refund,
    SandboxIntent,
    SandboxRefund,
    ShareReversal,
)
from commerce.services.escrow.disputes import dispute_decide
from commerce.services.refunds.refunds import payment_refund
from config.adminsite.actions import confirmed, for_each
from config.adminsite.amounts import amount
from config.adminsite.rows import ReadOnlyAdmin
from config.core.models import IdempotentCall
from config.core.money import from_minor_units, quantise


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("id", "buyer", "channel", "order_type", "status", "total", "created_at")
    total = amount("total_amount", "total")
    list_filter = ("status", "order_type", "channel", "currency")
    list_select_related = ("buyer",)
    search_fields = ("=id", "buyer__username", "buyer__email")
    date_hierarchy = "created_at"


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    list_display = ("id", "order", "title", "seller_name", "quantity", "unit_price", "total_price", "download_count")
    list_filter = ("kind", "is_digital")
    list_select_related = ("order",)
    search_fields = ("=order__id", "title", "seller_name")


@admin.register(OrderChange)
class OrderChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("order", "actor")
    search_fields = ("=order__id",)


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


@admin.register(PaymentShare)
class PaymentShareAdmin(ReadOnlyAdmin):
    list_display = (
        *("id", "payment", "seller", "gross", "fee", "earning"),
        *("refunded_gross", "refunded_fee", "held_gross"),
    )
    list_select_related = ("payment", "seller")
    search_fields = ("payment__transaction_id", "seller__username")


@admin.register(PaymentChange)
class PaymentChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "payment", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("payment", "actor")
    search_fields = ("payment__transaction_id",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = (
        *("id", "payment", "amount", "status", "actor", "made_at_gateway", "reason", "attempts"),
        *("created_at", "settled_at"),
    )
    list_filter = ("status", "made_at_gateway", "payment__payment_method")
    list_select_related = ("payment", "actor")
    search_fields = ("payment__transaction_id", "=gateway_reference")
    actions = ("handed_over",)

    def has_money_permission(self, request: HttpRequest) -> bool:
        return policies.may_move_money(request.user)

    @admin.action(description="Handed over to the buyer by hand", permissions=["money"])
    @confirmed
    def handed_over(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        for_each(
            self,
            request,
            rows,
            lambda refund: payment_refund(actor=request.user, payment_id=refund.payment_id, refund=refund.pk),
        )


@admin.register(Chargeback)
class ChargebackAdmin(ReadOnlyAdmin):
    """It is answered in the gateway's own dashboard, with evidence; here it stands as the gateway says."""

    list_display = (
        *("id", "payment", "state", "disputed", "taken", "lost", "dispute_fee", "reason", "evidence_due_at"),
        *("opened_at", "closed_at"),
    )
    list_filter = ("state", "reason")
    list_select_related = ("payment",)
    search_fields = ("payment__transaction_id", "=gateway_reference")
    date_hierarchy = "opened_at"
    fields = (
        *("payment", "gateway_reference", "state", "reason", "disputed", "taken", "lost", "dispute_fee"),
        *("evidence_due_at", "opened_at", "created_at", "closed_at"),
    )
    readonly_fields = ("disputed", "taken", "lost", "dispute_fee")

    disputed, taken = amount("amount", "disputed"), amount("withdrawn")
    lost, dispute_fee = amount("loss", "the platform's loss"), amount("fee")


@admin.register(ChargebackChange)
class ChargebackChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "chargeback", "before", "after")
    list_filter = ("after",)
    list_select_related = ("chargeback",)
    search_fields = ("=chargeback__gateway_reference", "chargeback__payment__transaction_id")


@admin.register(ShareReversal)
class ShareReversalAdmin(ReadOnlyAdmin):
    list_display = ("id", "share", "refund", "chargeback", "gross", "held")
    list_select_related = ("share__payment", "refund", "chargeback")
    search_fields = ("share__payment__transaction_id", "=chargeback__gateway_reference")


@admin.register(GatewayEvent)
class GatewayEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "gateway", "event_type", "reference", "applied_at", "attempts", "error")
    list_filter = ("gateway", "event_type")
    search_fields = ("=event_id", "=reference", "=object_reference")


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "owner", "name", "currency")
    list_filter = ("kind", "currency")
    list_select_related = ("owner",)
    search_fields = ("owner__username",)


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "key", "payment", "refund", "chargeback", "note")
    list_filter = ("kind",)
    list_select_related = ("payment", "refund", "chargeback")
    search_fields = ("=key", "payment__transaction_id")
    date_hierarchy = "created_at"


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "transaction", "account", "amount")
    list_filter = ("account__kind", "account__currency")
    list_select_related = ("transaction", "account")
    search_fields = ("=transaction__key", "account__owner__username")


@admin.register(IdempotentCall)
class IdempotentCallAdmin(ReadOnlyAdmin):
    """Without the answers, which are their callers' alone."""

    list_display = fields = ("user", "key", "operation", "made_label", "made_id", "status", "created_at", "answered_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "=key")


@admin.register(SandboxIntent)
class SandboxIntentAdmin(ReadOnlyAdmin):
    """Without the client secret and the address of the 3-D Secure page, which are the payer's."""

    list_display = fields = ("reference", "asked", "status", "failure_code", "given_back", "created_at")
    readonly_fields = ("asked", "given_back")
    list_filter = ("status", "currency")
    search_fields = ("=reference",)

    @admin.display(description="amount", ordering="amount")
    def asked(self, intent: SandboxIntent) -> str:
        return _of_units(intent.amount, intent.currency)

    @admin.display(description="refunded", ordering="refunded")
    def given_back(self, intent: SandboxIntent) -> str:
        return _of_units(intent.refunded, intent.currency)


@admin.register(SandboxRefund)
class SandboxRefundAdmin(ReadOnlyAdmin):
    list_display = fields = ("reference", "intent", "given_back", "created_at")
    readonly_fields = ("given_back",)
    list_select_related = ("intent",)
    search_fields = ("=reference",)

    @admin.display(description="amount", ordering="amount")
    def given_back(self, refund: SandboxRefund) -> str:
        return _of_units(refund.amount, refund.intent.currency)


def _of_units(units: int, currency: str) -> str:
    return f"{from_minor_units(units, currency)} {currency}"
