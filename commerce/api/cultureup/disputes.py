"""CultureUp's disputes about jobs."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.cultureup.fields import number
from commerce.choices import DisputeState
from commerce.models import Dispute
from commerce.selectors.escrow import dispute_visible, disputes_of
from commerce.services.escrow import disputes
from config.dialects.amounts import AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView


# ---------------------------------------------------------------- what is read and shown
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
    job = serializers.IntegerField(source="payment.job_id", allow_null=True)
    job_title = serializers.CharField(source="payment.job.title", allow_null=True)
    buyer = DisputePartyOut(source="payment.payer")
    artist = DisputePartyOut(source="payment.payee")
    opened_by = DisputePartyOut()
    reason = serializers.CharField()
    state = serializers.ChoiceField(DisputeState.choices)
    amount = AmountOut(source="payment.amount", currency="payment.currency")
    held_amount = AmountOut(source="payment.held_amount", currency="payment.currency")
    currency = serializers.CharField(source="payment.currency")
    artist_amount = AmountOut(currency="payment.currency", allow_null=True)
    buyer_amount = AmountOut(currency="payment.currency", allow_null=True)
    answer = serializers.CharField()
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


# ---------------------------------------------------------------- operations
class Disputes(CultureupView):
    @operation(query=DisputesQuery, answer=DisputeOut, rows="page")
    def list(self, request: Request) -> Response:
        return self.page(disputes_of(actor=self.caller).filter(**self.query()))

    @operation(body=DisputeIn, answer=DisputeOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        sent = self.body()
        dispute = disputes.dispute_open(
            actor=self.caller, job_id=sent["job"], payment_id=sent["payment"], reason=sent["reason"], once=self.once
        )
        return self.answer(dispute_visible(actor=self.caller, dispute_id=dispute.pk))

    @operation(answer=DisputeOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(dispute_visible(actor=self.caller, dispute_id=id))

    @operation(answer=DisputeOut, idempotent=True)
    def withdraw(self, request: Request, id: int) -> Response:
        dispute_visible(actor=self.caller, dispute_id=id)
        disputes.dispute_withdraw(actor=self.caller, dispute_id=id, once=self.once)
        return self.answer(dispute_visible(actor=self.caller, dispute_id=id))
