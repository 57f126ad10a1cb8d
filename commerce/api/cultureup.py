"""CultureUp's orders and payments."""

from datetime import UTC
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from commerce import selectors
from commerce.choices import PAID, OrderStatus, OrderType, PaymentMethod, PaymentStatus
from commerce.gateways.base import IntentStatus
from commerce.models import Order, OrderLine, Payment
from commerce.services import downloads, fulfilment, orders, payments
from commerce.services.payment_creation import payment_create
from config.core.errors import Invalid
from config.core.references import LARGEST_ID
from config.dialects.base import operation
from config.dialects.cultureup.edge import CultureupView
from config.dialects.cultureup.payments import STATUSES_OF_WORD, WORD_OF_STATUS
from marketplace.choices import Kind


# ---------------------------------------------------------------- words
def number() -> serializers.IntegerField:
    """The number of something else, or null for nothing."""
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None)


class ItemIn(serializers.Serializer[Any]):
    quantity = serializers.IntegerField(min_value=1, max_value=orders.MOST_PIECES, default=1)


class ArtworkItemIn(ItemIn):
    artwork_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class EquipmentItemIn(ItemIn):
    equipment_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class OrderIn(serializers.Serializer[Any]):
    order_type = serializers.ChoiceField(OrderType.choices)
    shipping_address = serializers.CharField(max_length=500)
    artwork_items = serializers.ListField(child=ArtworkItemIn(), required=False, max_length=orders.MOST_LINES)
    equipment_items = serializers.ListField(child=EquipmentItemIn(), required=False, max_length=orders.MOST_LINES)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["items"] = [
            *(orders.Item(row["artwork_id"], row["quantity"], Kind.ARTWORK) for row in attrs.pop("artwork_items", [])),
            *(
                orders.Item(row["equipment_id"], row["quantity"], Kind.EQUIPMENT)
                for row in attrs.pop("equipment_items", [])
            ),
        ]
        return attrs


class OrderChangeIn(serializers.Serializer[Any]):
    shipping_address = serializers.CharField(max_length=500, required=False)
    status = serializers.ChoiceField([OrderStatus.SHIPPED, OrderStatus.DELIVERED], required=False)


class OrdersQuery(serializers.Serializer[Any]):
    order_type = serializers.ChoiceField(OrderType.choices, required=False)
    status = serializers.ChoiceField(OrderStatus.choices, required=False)
    role = serializers.ChoiceField(["buyer", "seller"], default="buyer")
    ordering = serializers.ChoiceField(
        ["created_at", "-created_at", "total_amount", "-total_amount"], default="-created_at"
    )


class PersonOut(serializers.Serializer[User]):
    id = serializers.IntegerField()
    username = serializers.CharField()


class OrderOut(serializers.Serializer[Order]):
    id = serializers.IntegerField()
    buyer = PersonOut()
    order_type = serializers.CharField()
    status = serializers.CharField()
    total_amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    shipping_address = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    artwork_items = serializers.SerializerMethodField()
    equipment_items = serializers.SerializerMethodField()

    def get_shipping_address(self, order: Order) -> str:
        return order.shipping_address

    def get_artwork_items(self, order: Order) -> list[dict[str, Any]]:
        return [
            {
                "id": line.pk,
                "artwork": line.listing_id,
                "artwork_title": line.title,
                "artwork_artist": line.seller_name,
                **_amounts(line),
            }
            for line in order.lines.all()
            if line.kind != Kind.EQUIPMENT
        ]

    def get_equipment_items(self, order: Order) -> list[dict[str, Any]]:
        return [
            {"id": line.pk, "equipment": line.listing_id, "equipment_name": line.title, **_amounts(line)}
            for line in order.lines.all()
            if line.kind == Kind.EQUIPMENT
        ]


def _amounts(line: OrderLine) -> dict[str, Any]:
    return {
        "quantity": line.quantity,
        "price": f"{line.unit_price:.2f}",
        "total_price": f"{line.total_price:.2f}",
    }


class OrderStatusOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(OrderStatus.choices)


class OrderMovedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    order = OrderStatusOut()


class DownloadOut(serializers.Serializer[Any]):
    download_url = serializers.URLField()
    expires_at = serializers.DateTimeField()
    download_count = serializers.IntegerField()


class PaymentIn(serializers.Serializer[Any]):
    payee = number()
    order = number()
    job = number()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    payment_method = serializers.ChoiceField(PaymentMethod.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["job"] is not None and attrs["order"] is not None:
            raise serializers.ValidationError("Give either order or job, not both.")
        if attrs["job"] is None and attrs["order"] is None:
            raise serializers.ValidationError({"order": ["This field is required."]})
        return attrs


class PaymentsQuery(serializers.Serializer[Any]):
    payment_method = serializers.ChoiceField(PaymentMethod.choices, required=False)
    status = serializers.ChoiceField(sorted(STATUSES_OF_WORD), required=False)
    ordering = serializers.ChoiceField(["created_at", "-created_at", "amount", "-amount"], default="-created_at")


class PaymentOut(serializers.Serializer[Payment]):
    id = serializers.IntegerField()
    payer = PersonOut()
    payee = PersonOut()
    order = serializers.IntegerField(source="order_id", allow_null=True)
    job = serializers.IntegerField(source="job_id", allow_null=True)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    payment_method = serializers.CharField()
    status = serializers.SerializerMethodField()
    transaction_id = serializers.CharField()
    created_at = serializers.DateTimeField()
    platform_fee = serializers.DecimalField(max_digits=14, decimal_places=2)
    artist_earning = serializers.DecimalField(max_digits=14, decimal_places=2)

    def get_status(self, payment: Payment) -> str:
        return WORD_OF_STATUS[payment.status]


class ConfirmIn(serializers.Serializer[Any]):
    payment_method_id = serializers.CharField(max_length=200)
    return_url = serializers.URLField(max_length=500, required=False, allow_blank=True, default="")


class ProcessOut(serializers.Serializer[Any]):
    """What comes next, in what the payment method gives for it."""

    message = serializers.CharField()
    requires_action = serializers.BooleanField()
    client_secret = serializers.CharField(required=False, help_text="stripe")
    payment_intent_id = serializers.CharField(required=False, help_text="stripe")
    url = serializers.URLField(required=False, help_text="jazzcash: where the form is posted to")
    form = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False, help_text="jazzcash")
    account = serializers.CharField(required=False, allow_null=True, help_text="bank_transfer")
    reference = serializers.CharField(required=False, help_text="bank_transfer, cash_on_delivery")


class OutcomeOut(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    payment_id = serializers.IntegerField()
    transaction_id = serializers.CharField()
    status = serializers.CharField()
    message = serializers.CharField()


class ConfirmOut(serializers.Serializer[Any]):
    """The outcome, or with `requires_action` what 3-D Secure needs."""

    message = serializers.CharField()
    success = serializers.BooleanField(required=False)
    payment_id = serializers.IntegerField(required=False)
    transaction_id = serializers.CharField(required=False)
    status = serializers.CharField(required=False)
    requires_action = serializers.BooleanField(required=False)
    client_secret = serializers.CharField(required=False)
    next_action = serializers.DictField(required=False)


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


# ---------------------------------------------------------------- doors
class Orders(CultureupView):
    @operation(query=OrdersQuery, answer=OrderOut, paged=True)
    def list(self, request: Request) -> Response:
        query = self.query()
        sold = query["role"] == "seller"
        rows = selectors.orders_sold(actor=self.caller) if sold else selectors.orders_bought(actor=self.caller)
        for name in ("order_type", "status"):
            if name in query:
                rows = rows.filter(**{name: query[name]})
        return self.page(_ordered(rows, query["ordering"]))

    @operation(body=OrderIn, answer=OrderOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        order = orders.order_place(actor=self.caller, channel=self.dialect, **self.body())
        return self.answer(selectors.order_visible(actor=self.caller, order_id=order.pk))

    @operation(answer=OrderOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(selectors.order_visible(actor=self.caller, order_id=id))

    @operation(body=OrderIn, answer=OrderOut)
    def update(self, request: Request, id: int) -> Response:
        orders.order_replace(actor=self.caller, order_id=id, **self.body())
        return self.answer(selectors.order_visible(actor=self.caller, order_id=id))

    @operation(body=OrderChangeIn, answer=OrderOut)
    def partial_update(self, request: Request, id: int) -> Response:
        selectors.order_visible(actor=self.caller, order_id=id)
        sent = self.body(partial=True)
        if "status" in sent:
            sent["status"] = OrderStatus(sent["status"])
        fulfilment.order_change(actor=self.caller, order_id=id, **sent)
        return self.answer(selectors.order_visible(actor=self.caller, order_id=id))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        orders.order_delete(actor=self.caller, order_id=id)
        return self.answer()

    @operation(answer=OrderMovedOut)
    def confirm(self, request: Request, id: int) -> Response:
        order = orders.order_confirm(actor=self.caller, order_id=id)
        return self.answer(
            {"message": "Order confirmed successfully", "order": {"id": order.pk, "status": order.status}}
        )

    @operation(answer=OrderMovedOut)
    def cancel(self, request: Request, id: int) -> Response:
        order = fulfilment.order_cancel(actor=self.caller, order_id=id)
        return self.answer(
            {"message": "Order cancelled successfully", "order": {"id": order.pk, "status": order.status}}
        )

    @operation(answer=DownloadOut)
    def download(self, request: Request, id: int, item_id: int) -> Response:
        link = downloads.order_line_download(actor=self.caller, order_id=id, item_id=item_id)
        return self.answer(
            {
                "download_url": request.build_absolute_uri(link.url),
                "expires_at": link.expires_at.astimezone(UTC).replace(microsecond=0),
                "download_count": link.download_count,
            }
        )


class Payments(CultureupView):
    @operation(query=PaymentsQuery, answer=PaymentOut, paged=True)
    def list(self, request: Request) -> Response:
        query = self.query()
        rows = selectors.payments_of(actor=self.caller)
        if "payment_method" in query:
            rows = rows.filter(payment_method=query["payment_method"])
        if "status" in query:
            rows = rows.filter(status__in=STATUSES_OF_WORD[query["status"]])
        return self.page(_ordered(rows, query["ordering"]))

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
        )
        return self.answer(payment)

    @operation(answer=PaymentOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(selectors.payment_visible(actor=self.caller, payment_id=id))

    @operation(answer=ProcessOut, idempotent=True)
    def process(self, request: Request, id: int) -> Response:
        step = payments.payment_process(actor=self.caller, payment_id=id)
        return self.answer({**step.details, "requires_action": step.requires_action, "message": step.message})

    @operation(body=ConfirmIn, answer=ConfirmOut, idempotent=True)
    def confirm(self, request: Request, id: int) -> Response:
        sent = self.body()
        payment, intent = payments.payment_confirm(
            actor=self.caller,
            payment_id=id,
            payment_method=sent["payment_method_id"],
            return_url=sent["return_url"],
        )
        if intent.status == IntentStatus.NEEDS_ACTION:
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
        payment, intent = payments.payment_after_3d_secure(actor=self.caller, payment_id=id)
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


class Purchases(CultureupView):
    SHOWN: ClassVar = 20

    @operation(answer=PurchasesOut)
    def purchases(self, request: Request, user_id: int) -> Response:
        return self.answer(selectors.purchases_of(actor=self.caller, buyer_id=user_id, shown=self.SHOWN))


def _ordered(rows: QuerySet[Any], ordering: str) -> QuerySet[Any]:
    return rows.order_by(ordering, "-pk" if ordering.startswith("-") else "pk")
