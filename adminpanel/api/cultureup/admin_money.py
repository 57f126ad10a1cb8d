"""CultureUp's admin API: payments, and the disputes about them."""

from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adminpanel.api.fields import LARGEST_ID
from adminpanel.api.permissions import MayMoveMoney, MayReadAll
from commerce.choices import DisputeOutcome, DisputeState, HireStatus, PaymentMethod, RefundStatus
from commerce.models import Dispute, Payment
from commerce.selectors.escrow import dispute_visible, disputes_for_staff
from commerce.selectors.payments import payment_stats, payments_for_staff
from commerce.services.escrow.disputes import dispute_decide
from commerce.services.escrow.holds import payment_release
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.refunds.refunds import payment_refund
from config.core.money import shown
from config.core.text_search import each_word_in
from config.dialects.amounts import AmountIn, AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import PAYMENT_STATUS, STATUSES_OF_WORD, WORD_OF_STATUS, CultureupAdminView
from config.dialects.fields import Word

ORDERINGS = {
    "created_at": ("created_at", "pk"),
    "-created_at": ("-created_at", "-pk"),
    "amount": ("amount", "pk"),
    "-amount": ("-amount", "-pk"),
}


class PaymentsQuery(serializers.Serializer[Any]):
    payment_method = serializers.ChoiceField(PaymentMethod.choices, required=False)
    status = Word(STATUSES_OF_WORD, source="status__in", required=False)
    hire_status = serializers.ChoiceField(HireStatus.choices, required=False)
    search = serializers.CharField(max_length=200, allow_blank=True, default="")
    ordering = serializers.ChoiceField(list(ORDERINGS), default="-created_at")


class PaymentRow(serializers.ModelSerializer[Payment]):
    payer = serializers.IntegerField(source="payer_id")
    payer_username = serializers.CharField(source="payer.username")
    payee = serializers.IntegerField(source="payee_id")
    payee_username = serializers.CharField(source="payee.username")
    order = serializers.IntegerField(source="order_id", allow_null=True)
    job = serializers.IntegerField(source="job_id", allow_null=True)
    job_title = serializers.SerializerMethodField()
    amount = AmountOut()
    status = serializers.SerializerMethodField()
    stripe_payment_intent = serializers.SerializerMethodField()
    platform_fee = AmountOut()
    artist_earning = AmountOut()
    refund_amount = AmountOut(source="refunded_amount")
    held_amount = AmountOut()
    days_since_payment = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields: ClassVar = [
            *("id", "transaction_id", "payer", "payer_username", "payee", "payee_username"),
            *("order", "job", "job_title", "amount", "currency", "payment_method", "status", "hire_status"),
            *("stripe_payment_intent", "created_at", "platform_fee", "artist_earning", "refund_amount"),
            "held_amount",
            "days_since_payment",
        ]

    def get_job_title(self, payment: Payment) -> str | None:
        return payment.job.title if payment.job is not None else None

    @extend_schema_field(serializers.ChoiceField(PAYMENT_STATUS))
    def get_status(self, payment: Payment) -> str:
        return WORD_OF_STATUS[payment.status]

    def get_stripe_payment_intent(self, payment: Payment) -> str | None:
        is_card = payment.payment_method == PaymentMethod.STRIPE
        return (payment.gateway_reference or None) if is_card else None

    def get_days_since_payment(self, payment: Payment) -> int:
        return (timezone.now() - payment.created_at).days


class ReleaseIn(serializers.Serializer[Any]):
    force = serializers.BooleanField(default=False)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class RefundIn(serializers.Serializer[Any]):
    """Of the payment, or of one `item` of its order. `refund` names one that waits to be handed over, and now was."""

    amount = AmountIn(required=False, allow_null=True, default=None, min_value=Decimal("0.001"))
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    item = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None)
    refund = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None)


class DecidedPayment(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    transaction_id = serializers.CharField()
    updated_at = serializers.DateTimeField()


class ReleasedPayment(DecidedPayment):
    hire_status = serializers.ChoiceField(HireStatus.choices)
    artist_earning = AmountOut(currency=None)
    currency = serializers.CharField()


class PaymentReleased(serializers.Serializer[Any]):
    message = serializers.CharField()
    payment = ReleasedPayment()


class RefundedPayment(DecidedPayment):
    status = serializers.ChoiceField(PAYMENT_STATUS)
    refund_amount = AmountOut(currency=None)
    currency = serializers.CharField()


class PaymentRefunded(serializers.Serializer[Any]):
    message = serializers.CharField()
    payment = RefundedPayment()


class CompletedPayment(DecidedPayment):
    status = serializers.ChoiceField(PAYMENT_STATUS)
    hire_status = serializers.ChoiceField(HireStatus.choices)


class PaymentCompleted(serializers.Serializer[Any]):
    message = serializers.CharField()
    payment = CompletedPayment()


class MoneyTaken(serializers.Serializer[Any]):
    total_revenue = AmountOut(currency=None)
    platform_fees = AmountOut(currency=None)


class PaymentStats(serializers.Serializer[Any]):
    total_payments = serializers.IntegerField()
    completed_payments = serializers.IntegerField()
    pending_payments = serializers.IntegerField()
    failed_payments = serializers.IntegerField()
    refunded_payments = serializers.IntegerField()
    total_revenue = AmountOut(currency=None)
    platform_fees = AmountOut(currency=None)
    currency = serializers.CharField()
    pending_releases = serializers.IntegerField()
    other_currencies = serializers.DictField(child=MoneyTaken())


class DisputesQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(DisputeState.choices, required=False)


class DisputeRow(serializers.Serializer[Dispute]):
    id = serializers.IntegerField()
    payment = serializers.IntegerField(source="payment_id")
    transaction_id = serializers.CharField(source="payment.transaction_id")
    job = serializers.IntegerField(source="payment.job_id", allow_null=True)
    job_title = serializers.CharField(source="payment.job.title", allow_null=True)
    buyer = serializers.IntegerField(source="payment.payer_id")
    buyer_username = serializers.CharField(source="payment.payer.username")
    artist = serializers.IntegerField(source="payment.payee_id")
    artist_username = serializers.CharField(source="payment.payee.username")
    opened_by = serializers.IntegerField(source="opened_by_id")
    opened_by_username = serializers.CharField(source="opened_by.username")
    reason = serializers.CharField()
    state = serializers.ChoiceField(DisputeState.choices)
    amount = AmountOut(source="payment.amount", currency="payment.currency")
    held_amount = AmountOut(source="payment.held_amount", currency="payment.currency")
    currency = serializers.CharField(source="payment.currency")
    artist_amount = AmountOut(currency="payment.currency", allow_null=True)
    buyer_amount = AmountOut(currency="payment.currency", allow_null=True)
    answer = serializers.CharField()
    decided_by = serializers.IntegerField(source="decided_by_id", allow_null=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class DisputeDecisionIn(serializers.Serializer[Any]):
    """With `split` both amounts are needed, and add up to what is held."""

    outcome = serializers.ChoiceField(DisputeOutcome.choices)
    artist_amount = AmountIn(required=False, allow_null=True, default=None, min_value=Decimal(0))
    buyer_amount = AmountIn(required=False, allow_null=True, default=None, min_value=Decimal(0))
    answer = serializers.CharField(max_length=2000)


def decided(payment: Payment, words: str, **shown: Any) -> dict[str, Any]:
    about = {"id": payment.pk, "transaction_id": payment.transaction_id, **shown, "updated_at": payment.updated_at}
    return {"message": f"Payment {payment.transaction_id} {words}", "payment": about}


class Payments(CultureupAdminView):
    @operation(query=PaymentsQuery, answer=PaymentRow, rows="page", who=MayReadAll)
    def list(self, request: Request) -> Response:
        wanted = self.query()
        order = ORDERINGS[wanted.pop("ordering")]
        searched = each_word_in(wanted.pop("search"), "transaction_id", "payer__search_key", "payee__search_key")
        rows = payments_for_staff(actor=request.user).filter(searched)
        return self.page(rows.filter(**wanted).order_by(*order))

    @operation(body=ReleaseIn, answer=PaymentReleased, idempotent=True, who=MayMoveMoney)
    def release(self, request: Request, id: int) -> Response:
        payment = payment_release(actor=request.user, payment_id=id, once=self.once, **self.body())
        earning = shown(payment.net_earning, payment.currency)
        return self.answer(
            decided(
                payment,
                "released to artist",
                hire_status=payment.hire_status,
                artist_earning=earning,
                currency=payment.currency,
            )
        )

    @operation(body=RefundIn, answer=PaymentRefunded, idempotent=True, who=MayMoveMoney)
    def refund(self, request: Request, id: int) -> Response:
        refund = payment_refund(actor=request.user, payment_id=id, once=self.once, **self.body())
        payment = refund.payment
        if refund.status == RefundStatus.PENDING:  # the gateway is silent; it is asked again until it answers
            words, returned = "is being refunded", refund.amount
        else:
            words, returned = "refunded successfully", payment.refunded_amount
        return self.answer(
            decided(
                payment,
                words,
                status=WORD_OF_STATUS[payment.status],
                refund_amount=shown(returned, payment.currency),
                currency=payment.currency,
            )
        )

    @operation(answer=PaymentCompleted, idempotent=True, who=MayMoveMoney)
    def complete(self, request: Request, id: int) -> Response:
        payment = payment_complete_by_hand(actor=request.user, payment_id=id, once=self.once)
        status = WORD_OF_STATUS[payment.status]
        return self.answer(decided(payment, "completed successfully", status=status, hire_status=payment.hire_status))

    @operation(answer=PaymentStats, who=MayReadAll)
    def stats(self, request: Request) -> Response:
        found = payment_stats(actor=request.user)
        return Response(PaymentStats(found).data)


class Disputes(CultureupAdminView):
    @operation(query=DisputesQuery, answer=DisputeRow, rows="page", who=MayReadAll)
    def list(self, request: Request) -> Response:
        return self.page(disputes_for_staff(actor=request.user).filter(**self.query()))

    @operation(body=DisputeDecisionIn, answer=DisputeRow, idempotent=True, who=MayMoveMoney)
    def decide(self, request: Request, id: int) -> Response:
        sent = self.body()
        outcome = DisputeOutcome(sent.pop("outcome"))
        dispute_decide(actor=request.user, dispute_id=id, outcome=outcome, once=self.once, **sent)
        return self.answer(dispute_visible(actor=request.user, dispute_id=id))
