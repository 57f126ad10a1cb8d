"""CultureUp's disputes about jobs, and sellers' statements."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce import selectors
from commerce.api.cultureup_payments import number
from commerce.choices import DisputeState
from commerce.models import Dispute, LedgerEntry
from commerce.services import disputes
from config.dialects.base import operation
from config.dialects.cultureup.edge import CultureupView, PageQuery


# ---------------------------------------------------------------- words
def amount_out(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=2, **options)


class DisputeIn(serializers.Serializer[Any]):
    """About a job, or about the payment of one: exactly one is given."""

    job = number()
    payment = number()
    reason = serializers.CharField(max_length=2000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["job"] is not None and attrs["payment"] is not None:
            raise serializers.ValidationError("Give either job or payment, not both.")
        if attrs["job"] is None and attrs["payment"] is None:
            raise serializers.ValidationError({"job": ["This field is required."]})
        return attrs


class DisputesQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(DisputeState.choices, required=False)


class DisputePartyOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()


class DisputeOut(serializers.Serializer[Dispute]):
    """`artist_amount` and `buyer_amount` say who got what of `amount`, once it is decided."""

    id = serializers.IntegerField()
    payment = serializers.IntegerField(source="payment_id")
    job = serializers.IntegerField(source="payment.job_id")
    job_title = serializers.CharField(source="payment.job.title")
    buyer = DisputePartyOut(source="payment.payer")
    artist = DisputePartyOut(source="payment.payee")
    opened_by = DisputePartyOut()
    reason = serializers.CharField()
    state = serializers.ChoiceField(DisputeState.choices)
    amount = amount_out(source="payment.amount")
    held_amount = amount_out(source="payment.held_amount")
    currency = serializers.CharField(source="payment.currency")
    artist_amount = amount_out(allow_null=True)
    buyer_amount = amount_out(allow_null=True)
    answer = serializers.CharField()
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class StatementQuery(PageQuery):
    currency = serializers.RegexField(r"^[A-Z]{3}\Z", required=False)


class StatementLineOut(serializers.Serializer[Any]):
    """`amount` in or out of the caller's balance, and the `balance` of that currency after it."""

    id = serializers.IntegerField()
    created_at = serializers.DateTimeField(source="transaction.created_at")
    kind = serializers.CharField(source="transaction.kind")
    amount = amount_out()
    balance = amount_out()
    currency = serializers.CharField(source="account.currency")
    payment = serializers.IntegerField(source="transaction.payment_id", allow_null=True)
    order = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField()
    payout = serializers.UUIDField(source="transaction.payout.uuid", allow_null=True)

    def get_order(self, line: LedgerEntry) -> int | None:
        payment = line.transaction.payment
        return payment.order_id if payment is not None else None

    def get_job(self, line: LedgerEntry) -> int | None:
        payment = line.transaction.payment
        return payment.job_id if payment is not None else None


class BalanceOut(serializers.Serializer[Any]):
    """What the platform owes the caller now, and what is held for jobs of his beside it."""

    currency = serializers.CharField()
    balance = amount_out()
    held = amount_out()


class StatementOut(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    balances = BalanceOut(many=True)
    results = StatementLineOut(many=True)


# ---------------------------------------------------------------- doors
class Disputes(CultureupView):
    @operation(query=DisputesQuery, answer=DisputeOut, paged=True)
    def list(self, request: Request) -> Response:
        return self.page(selectors.disputes_of(actor=self.caller).filter(**self.query()))

    @operation(body=DisputeIn, answer=DisputeOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        sent = self.body()
        dispute = disputes.dispute_open(
            actor=self.caller, job_id=sent["job"], payment_id=sent["payment"], reason=sent["reason"]
        )
        return self.answer(selectors.dispute_visible(actor=self.caller, dispute_id=dispute.pk))

    @operation(answer=DisputeOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(selectors.dispute_visible(actor=self.caller, dispute_id=id))

    @operation(answer=DisputeOut)
    def withdraw(self, request: Request, id: int) -> Response:
        selectors.dispute_visible(actor=self.caller, dispute_id=id)
        disputes.dispute_withdraw(actor=self.caller, dispute_id=id)
        return self.answer(selectors.dispute_visible(actor=self.caller, dispute_id=id))


class Statement(CultureupView):
    @operation(query=StatementQuery, answer=StatementOut)
    def statement(self, request: Request) -> Response:
        """The lines that add up to the caller's balance, oldest first."""
        wanted = self.query()
        accounts = selectors.seller_accounts(actor=self.caller)
        lines = selectors.seller_statement(actor=self.caller)
        if "currency" in wanted:
            accounts = [account for account in accounts if account.currency == wanted["currency"]]
            lines = lines.filter(account__currency=wanted["currency"])
        page = self.page(lines, lambda rows: list(StatementLineOut(rows, many=True).data))
        page.data["balances"] = BalanceOut(accounts, many=True).data
        return page
