"""What a buyer of CultureUp bought and paid for."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.cultureup.orders import OrderOut, PersonOut
from commerce.api.cultureup.payments import PaymentOut
from commerce.selectors.orders import purchases_of
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView


class ArtistPaidOut(PersonOut):
    first_name = serializers.CharField()
    last_name = serializers.CharField()


class JobPaidOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()


class JobPaymentOut(PaymentOut):
    """What a buyer paid an artist for a job, with the names that a list of purchases shows."""

    payee = ArtistPaidOut()
    job = JobPaidOut()  # type: ignore[assignment]


class PurchasesOut(serializers.Serializer[Any]):
    orders = OrderOut(many=True)
    payments = JobPaymentOut(many=True)
    total_orders = serializers.IntegerField()
    total_payments = serializers.IntegerField()
    completed_orders = serializers.IntegerField()
    completed_payments = serializers.IntegerField()


class Purchases(CultureupView):
    SHOWN: ClassVar = 20

    @operation(answer=PurchasesOut)
    def purchases(self, request: Request, user_id: int) -> Response:
        return self.answer(purchases_of(actor=self.caller, buyer_id=user_id, shown=self.SHOWN))
