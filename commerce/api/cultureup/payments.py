"""CultureUp's payments."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.cultureup.fields import number
from commerce.api.cultureup.orders import PersonOut
from commerce.choices import PAID, PaymentMethod, PaymentStatus
from commerce.gateways.base import IntentStatus
from commerce.models import Payment
from commerce.selectors.payments import payment_visible, payments_of
from commerce.services.payments import at_gateway
from commerce.services.payments.creation import payment_create
from config.core.errors import Invalid
from config.core.ordering import ordered
from config.dialects.amounts import AmountIn, OwnAmountOut
from config.dialects.base import operation
from config.dialects.cultureup import PAYMENT_STATUS, STATUSES_OF_WORD, WORD_OF_STATUS, CultureupView
from config.dialects.fields import NextActionOut, Word


# ---------------------------------------------------------------- what is read and shown
class PaymentIn(serializers.Serializer[Any]):
    payee = number()
    order = number()
    job = number()
    amount = AmountIn()
    payment_method = serializers.ChoiceField(PaymentMethod.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["job"] is not None and attrs["order"] is not None:
            raise serializers.ValidationError("Give either order or job, not both.")
        if attrs["job"] is None and attrs["order"] is None:
            raise serializers.ValidationError({"order": ["This field is required."]})
        return attrs


class PaymentsQuery(serializers.Serializer[Any]):
    payment_method = serializers.ChoiceField(PaymentMethod.choices, required=False)
    status = Word(dict(sorted(STATUSES_OF_WORD.items())), source="status__in", required=False)
    ordering = serializers.ChoiceField(["created_at", "-created_at", "amount", "-amount"], default="-created_at")


class PaymentOut(serializers.Serializer[Payment]):
    id = serializers.IntegerField()
    payer = PersonOut()
    payee = PersonOut()
    order = serializers.IntegerField(source="order_id", allow_null=True)
    job = serializers.IntegerField(source="job_id", allow_null=True)
    amount = OwnAmountOut()
    currency = serializers.CharField()
    payment_method = serializers.ChoiceField(PaymentMethod.choices)
    status = serializers.SerializerMethodField()
    transaction_id = serializers.CharField()
    created_at = serializers.DateTimeField()
    platform_fee = OwnAmountOut()
    artist_earning = OwnAmountOut()

    @extend_schema_field(serializers.ChoiceField(PAYMENT_STATUS))
    def get_status(self, payment: Payment) -> str:
        return WORD_OF_STATUS[payment.status]


class ConfirmIn(serializers.Serializer[Any]):
    payment_method_id = serializers.CharField(max_length=200)
    return_url = serializers.URLField(max_length=500, required=False, allow_blank=True)


class ProcessOut(serializers.Serializer[Any]):
    """What comes next, in what the payment method gives for it."""

    forms: ClassVar = {
        "CardPaymentOpened": ("message", "requires_action", "client_secret", "payment_intent_id"),
        "JazzcashPaymentOpened": ("message", "requires_action", "url", "form"),
        "PaymentByHandOpened": ("message", "requires_action", "account?", "reference"),
    }
    message = serializers.CharField()
    requires_action = serializers.BooleanField()
    client_secret = serializers.CharField(required=False, help_text="stripe")
    payment_intent_id = serializers.CharField(required=False, help_text="stripe")
    url = serializers.URLField(required=False, help_text="jazzcash: where the form is posted to")
    form = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False, help_text="jazzcash")
    account = serializers.CharField(required=False, help_text="bank_transfer")
    reference = serializers.CharField(required=False, help_text="bank_transfer, cash_on_delivery")


class OutcomeOut(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    payment_id = serializers.IntegerField()
    transaction_id = serializers.CharField()
    status = serializers.ChoiceField(PAYMENT_STATUS)
    message = serializers.CharField()


class ConfirmOut(serializers.Serializer[Any]):
    """The outcome, or with `requires_action` what 3-D Secure needs."""

    forms: ClassVar = {
        "PaymentConfirmed": ("message", "success", "payment_id", "transaction_id", "status"),
        "PaymentNeedsAction": ("message", "requires_action", "client_secret", "next_action"),
    }
    message = serializers.CharField()
    success = serializers.BooleanField(required=False)
    payment_id = serializers.IntegerField(required=False)
    transaction_id = serializers.CharField(required=False)
    status = serializers.ChoiceField(PAYMENT_STATUS, required=False)
    requires_action = serializers.BooleanField(required=False)
    client_secret = serializers.CharField(required=False)
    next_action = NextActionOut(required=False, allow_null=True)


# ---------------------------------------------------------------- operations
class Payments(CultureupView):
    @operation(query=PaymentsQuery, answer=PaymentOut, rows="page")
    def list(self, request: Request) -> Response:
        wanted = self.query()
        ordering = wanted.pop("ordering").replace("amount", "own_amount")
        return self.page(ordered(payments_of(actor=self.caller).filter(**wanted), ordering))

    @operation(body=PaymentIn, answer=PaymentOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        sent = self.body()
        payment = payment_create(
            actor=self.caller,
            order_id=sent["order"],
            job_id=sent["job"],
            method=PaymentMethod(sent["payment_method"]),
            amount=sent["amount"],
            payee_id=sent["payee"],
            once=self.once,
        )
        return self.answer(payment)

    @operation(answer=PaymentOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(payment_visible(actor=self.caller, payment_id=id))

    @operation(answer=ProcessOut, idempotent=True)
    def process(self, request: Request, id: int) -> Response:
        step = at_gateway.payment_process(actor=self.caller, payment_id=id, once=self.once)
        return self.answer({**step.details, "requires_action": step.requires_action, "message": step.message})

    @operation(body=ConfirmIn, answer=ConfirmOut, idempotent=True)
    def confirm(self, request: Request, id: int) -> Response:
        sent = self.body()
        payment, intent = at_gateway.payment_confirm(
            actor=self.caller,
            payment_id=id,
            payment_method=sent["payment_method_id"],
            return_url=sent.get("return_url", ""),
            once=self.once,
        )
        if intent is not None and intent.status == IntentStatus.NEEDS_ACTION:
            return self.answer(
                {
                    "requires_action": True,
                    "client_secret": intent.client_secret,
                    "next_action": intent.next_action,
                    "message": "Please complete 3D Secure verification",
                }
            )
        return self.answer(_outcome(payment, "Payment completed successfully"))

    @operation(answer=OutcomeOut, idempotent=True)
    def three_d_secure(self, request: Request, id: int) -> Response:
        payment, intent = at_gateway.payment_after_3d_secure(actor=self.caller, payment_id=id, once=self.once)
        if intent is not None and intent.status == IntentStatus.NEEDS_ACTION:
            raise Invalid("3D Secure verification has not been completed yet.")
        return self.answer(_outcome(payment, "3D Secure verification completed successfully"))


# Said of a payment that did not, or not yet, come in.
NOT_PAID = {
    PaymentStatus.FAILED: "The payment failed",
    PaymentStatus.CANCELLED: "The payment was called off",
    PaymentStatus.REFUNDED: "The payment was refunded",
}


def _outcome(payment: Payment, message: str) -> dict[str, Any]:
    completed = payment.status in PAID
    return {
        "success": completed,
        "payment_id": payment.pk,
        "transaction_id": payment.transaction_id,
        "status": WORD_OF_STATUS[payment.status],
        "message": message
        if completed
        else NOT_PAID.get(PaymentStatus(payment.status), "The payment is being processed"),
    }
