"""Parcels of orders (additions of ours)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.printshop import ArrayQuery, MomentOut, PrintshopView
from printshop.choices import ShipmentState
from printshop.models import Shipment
from printshop.selectors.orders import shipments_of
from printshop.services.orders.shipping import order_ship


class ShipmentIn(serializers.Serializer[Any]):
    """A tracking code and its carrier, as Etsy spells it (`other` for those it does not know); without both the order
    is only marked as shipped. The note goes to the buyer, with Etsy's e-mail or the platform's notice."""

    carrier = serializers.CharField(max_length=100, required=False, allow_blank=True)
    tracking_code = serializers.CharField(max_length=100, required=False, allow_blank=True)
    note_to_buyer = serializers.CharField(max_length=500, required=False, allow_blank=True)


class ShipmentOut(serializers.Serializer[Shipment]):
    """`state` is `told` once Etsy knows it, or the platform's buyer has a notice; `waiting` or `unclear` is tried again
    by itself, and `error` says why it is not told yet."""

    id = serializers.IntegerField()
    order_id = serializers.IntegerField()
    carrier = serializers.CharField()
    tracking_code = serializers.CharField()
    note_to_buyer = serializers.CharField()
    state = serializers.ChoiceField(ShipmentState.choices)
    error = serializers.CharField()
    created_at = MomentOut()
    told_at = MomentOut(allow_null=True)


class Shipments(PrintshopView):
    @operation(body=ShipmentIn, answer=ShipmentOut, status=201, also=(200,))
    def create(self, request: Request, id: int) -> Response:
        """Ship an order (an addition of ours). The same parcel again is 200 and mails nobody a second time."""
        shipment, is_new = order_ship(actor=self.caller, order_id=id, **self.body())
        return self.answer(shipment, status=201 if is_new else 200)

    @operation(query=ArrayQuery, answer=ShipmentOut, rows="all")
    def list(self, request: Request, id: int) -> Response:
        """An order's parcels (an addition of ours)."""
        return self.array(shipments_of(actor=self.caller, order_id=id))
