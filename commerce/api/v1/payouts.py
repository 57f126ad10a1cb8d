"""v1's payouts: what a seller takes out of their balance."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.choices import PayoutMethod, PayoutStatus
from commerce.models import Payout
from commerce.selectors.balances import payouts_of
from commerce.services.payouts.payouts import payout_request, payout_stop
from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.v1 import AmountIn, AmountOut, V1View

METHODS = [PayoutMethod.PAYPAL, PayoutMethod.STRIPE, PayoutMethod.BANK_TRANSFER]
MOST = 500


class PayoutIn(serializers.Serializer[Any]):
    """`fees` and `net_amount` must be what the platform computes."""

    amount = AmountIn()
    method = serializers.ChoiceField([method.value for method in METHODS])
    fees = AmountIn(required=False, allow_null=True)
    net_amount = AmountIn()
    payout_account = serializers.CharField(max_length=254, required=False, allow_null=True, allow_blank=True)


class PayoutOut(serializers.Serializer[Payout]):
    """`payout_account` is shown to its owner alone: as they sent it, or masked where it is that of their settings.

    `waits_until` is set where that account is new: until then the payout is not carried out.
    """

    id = serializers.UUIDField(source="uuid")
    seller_id = serializers.IntegerField()
    amount = AmountOut()
    method = serializers.ChoiceField(PayoutMethod.choices)
    fees = AmountOut()
    net_amount = AmountOut()
    currency = serializers.CharField()
    payout_account = serializers.SerializerMethodField()
    status = serializers.ChoiceField(PayoutStatus.choices)
    request_date = serializers.DateTimeField()
    processed_date = serializers.DateTimeField(allow_null=True)
    waits_until = serializers.DateTimeField(allow_null=True)

    def get_payout_account(self, payout: Payout) -> str | None:
        return (payout.account_hint if payout.from_settings else payout.account) or None


class Payouts(V1View):
    @operation(body=PayoutIn, answer=PayoutOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        sent = self.body()
        payout = payout_request(
            actor=self.caller,
            amount=sent["amount"],
            method=sent["method"],
            fees=sent.get("fees"),
            net_amount=sent["net_amount"],
            payout_account=sent.get("payout_account") or "",
            once=self.once,
        )
        return self.answer(payout)

    @operation(answer=PayoutOut, rows="all")
    def list(self, request: Request) -> Response:
        """The newest 500."""
        return Response(self.present_many(list(payouts_of(actor=self.caller)[:MOST])))

    @operation(answer=PayoutOut, idempotent=True)
    def cancel(self, request: Request, payout_id: Reference) -> Response:
        """Stop a payout that nobody has begun to carry out: it is `failed`, and the amount in the balance again."""
        return self.answer(payout_stop(actor=self.caller, reference=payout_id, once=self.once))
