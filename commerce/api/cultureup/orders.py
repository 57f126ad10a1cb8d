"""CultureUp's orders."""

from datetime import UTC
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from commerce.choices import OrderStatus, OrderType
from commerce.documents.receipts import receipt_pdf
from commerce.models import Order, OrderLine
from commerce.selectors.orders import address_shown, order_visible, orders_bought, orders_sold
from commerce.services.checkout import downloads, fulfilment
from commerce.services.orders import orders
from config.core.money import shown
from config.core.ordering import ordered
from config.core.references import LARGEST_ID
from config.dialects.amounts import AmountOut, OwnAmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView
from config.dialects.fields import SentText
from config.dialects.papers import PDF, AsAsked, pdf
from marketplace.choices import Kind


# ---------------------------------------------------------------- what is read and shown
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


class OrderPlaceIn(OrderIn):
    """`coupon_code` lowers what no campaign makes cheaper still."""

    coupon_code = SentText(max_length=50)


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


class LineOut(serializers.Serializer[Any]):
    """Amounts are in the order's currency."""

    id = serializers.IntegerField()
    quantity = serializers.IntegerField()
    price = AmountOut()
    discount_amount = AmountOut()
    total_price = AmountOut()
    shipped_at = serializers.DateTimeField(allow_null=True)


class ArtworkLineOut(LineOut):
    artwork = serializers.IntegerField()
    artwork_title = serializers.CharField()
    artwork_artist = serializers.CharField()


class EquipmentLineOut(LineOut):
    equipment = serializers.IntegerField()
    equipment_name = serializers.CharField()


class OrderOut(serializers.Serializer[Order]):
    id = serializers.IntegerField()
    buyer = PersonOut()
    order_type = serializers.ChoiceField(OrderType.choices)
    status = serializers.ChoiceField(OrderStatus.choices)
    total_amount = OwnAmountOut()
    currency = serializers.CharField()
    shipping_address = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    artwork_items = serializers.SerializerMethodField()
    equipment_items = serializers.SerializerMethodField()

    def get_shipping_address(self, order: Order) -> str:
        """Where to send it; empty for a seller who has nothing to send there, as in the list."""
        return address_shown(order)

    @extend_schema_field(ArtworkLineOut(many=True))
    def get_artwork_items(self, order: Order) -> list[dict[str, Any]]:
        return [
            {
                "id": line.pk,
                "artwork": line.listing_id,
                "artwork_title": line.title,
                "artwork_artist": line.seller_name,
                **_facts(order, line),
            }
            for line in order.lines.all()
            if line.kind != Kind.EQUIPMENT
        ]

    @extend_schema_field(EquipmentLineOut(many=True))
    def get_equipment_items(self, order: Order) -> list[dict[str, Any]]:
        return [
            {"id": line.pk, "equipment": line.listing_id, "equipment_name": line.title, **_facts(order, line)}
            for line in order.lines.all()
            if line.kind == Kind.EQUIPMENT
        ]


def _facts(order: Order, line: OrderLine) -> dict[str, Any]:
    return {
        "quantity": line.quantity,
        "price": shown(line.unit_price, order.currency),
        "discount_amount": shown(line.discount_amount, order.currency),
        "total_price": shown(line.total_price, order.currency),
        "shipped_at": line.shipped_at,
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


# ---------------------------------------------------------------- operations
class Orders(CultureupView):
    @operation(query=OrdersQuery, answer=OrderOut, rows="page")
    def list(self, request: Request) -> Response:
        wanted = self.query()
        role, ordering = wanted.pop("role"), wanted.pop("ordering")
        rows = orders_bought(actor=self.caller)
        if role == "seller":
            rows, ordering = orders_sold(actor=self.caller), ordering.replace("total_amount", "own_total_amount")
        return self.page(ordered(rows.filter(**wanted), ordering))

    @operation(body=OrderPlaceIn, answer=OrderOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        order = orders.order_place(actor=self.caller, channel=self.dialect, once=self.once, **self.body())
        return self.answer(order_visible(actor=self.caller, order_id=order.pk))

    @operation(answer=OrderOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(order_visible(actor=self.caller, order_id=id))

    @operation(body=OrderIn, answer=OrderOut)
    def update(self, request: Request, id: int) -> Response:
        orders.order_replace(actor=self.caller, order_id=id, **self.body())
        return self.answer(order_visible(actor=self.caller, order_id=id))

    @operation(body=OrderChangeIn, answer=OrderOut)
    def partial_update(self, request: Request, id: int) -> Response:
        order_visible(actor=self.caller, order_id=id)
        sent = self.body(partial=True)
        if "status" in sent:
            sent["status"] = OrderStatus(sent["status"])
        fulfilment.order_change(actor=self.caller, order_id=id, **sent)
        return self.answer(order_visible(actor=self.caller, order_id=id))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        orders.order_delete(actor=self.caller, order_id=id)
        return self.answer()

    @operation(answer=OrderMovedOut, idempotent=True)
    def confirm(self, request: Request, id: int) -> Response:
        order = orders.order_confirm(actor=self.caller, order_id=id, once=self.once)
        return self.answer(
            {"message": "Order confirmed successfully", "order": {"id": order.pk, "status": order.status}}
        )

    @operation(answer=OrderMovedOut, idempotent=True)
    def cancel(self, request: Request, id: int) -> Response:
        order = fulfilment.order_cancel(actor=self.caller, order_id=id, once=self.once)
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


class Receipts(CultureupView):
    content_negotiation_class = AsAsked

    @operation(files=(PDF,))
    def receipt(self, request: Request, id: int) -> HttpResponseBase:
        """As PDF: all of it for its buyer and staff, for a seller their own items (ours)."""
        return pdf(receipt_pdf(actor=self.caller, order_id=id), f"order-{id}")
