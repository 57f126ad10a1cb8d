"""CultureUp's admin API: orders, and the stock of the platform's own shop."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adminpanel.api.permissions import MayHandleOrders, MayKeepStock
from commerce.choices import OrderStatus
from commerce.models import Order
from commerce.services.checkout.fulfilment import order_close, order_force_complete
from config.dialects.base import operation
from config.dialects.cultureup import CultureupAdminView
from marketplace.services.equipment import MOST_STOCK, equipment_stock_set


class ReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class DecidedOrder(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(OrderStatus.choices)
    updated_at = serializers.DateTimeField()


class OrderDecided(serializers.Serializer[Any]):
    message = serializers.CharField()
    order = DecidedOrder()


class StockIn(serializers.Serializer[Any]):
    stock_quantity = serializers.IntegerField(min_value=0, max_value=MOST_STOCK)


class PieceInStock(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    stock_quantity = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class StockUpdated(serializers.Serializer[Any]):
    message = serializers.CharField()
    equipment = PieceInStock()


def decided(order: Order, words: str) -> dict[str, Any]:
    about = {"id": order.pk, "status": order.status, "updated_at": order.updated_at}
    return {"message": f"Order #{order.pk} {words} by admin", "order": about}


class Orders(CultureupAdminView):
    @operation(body=ReasonIn, answer=OrderDecided, idempotent=True, who=MayHandleOrders)
    def force_complete(self, request: Request, id: int) -> Response:
        order = order_force_complete(actor=request.user, order_id=id, once=self.once, **self.body())
        return self.answer(decided(order, "marked as delivered"))

    @operation(body=ReasonIn, answer=OrderDecided, idempotent=True, who=MayHandleOrders)
    def cancel(self, request: Request, id: int) -> Response:
        order = order_close(actor=request.user, order_id=id, once=self.once, **self.body())
        return self.answer(decided(order, "cancelled"))


class Stock(CultureupAdminView):
    @operation(body=StockIn, answer=StockUpdated, who=MayKeepStock)
    def update_stock(self, request: Request, id: int) -> Response:
        wanted = self.body()["stock_quantity"]
        item = equipment_stock_set(actor=request.user, equipment_id=id, stock=wanted)
        about = {"id": item.pk, "name": item.title, "stock_quantity": item.stock, "updated_at": item.updated_at}
        return self.answer({"message": f'Stock updated for "{item.title}"', "equipment": about})
