"""The shop itself (additions of ours): its connection to Etsy, and when and in which currency it works."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.printshop import MomentOut, PrintshopView
from printshop.choices import ConnectionState
from printshop.models import Shop
from printshop.services.shops.shops import shop_change, shop_open
from printshop.services.shops.sign_in import etsy_disconnect


class ShopOut(serializers.Serializer[Shop]):
    """`etsy_state` is none, connected, or refused: then Etsy asks for a new sign-in. `sync_error` is why the last sync
    did not end well. `working_days` are 0 (Monday) to 6, empty for all of them; prints start between `working_from` and
    `working_until` in `time_zone`, at any hour where these are null."""

    etsy_state = serializers.ChoiceField(ConnectionState.choices)
    etsy_user_id = serializers.CharField(allow_null=True)
    shop_id = serializers.CharField(source="etsy_shop_id", allow_null=True)
    shop_name = serializers.CharField(source="etsy_shop_name")
    last_synced = MomentOut(source="etsy_seen_until", allow_null=True)
    sync_error = serializers.CharField()
    currency = serializers.CharField()
    time_zone = serializers.CharField()
    working_days = serializers.ListField(child=serializers.IntegerField())
    working_from = serializers.TimeField(format="%H:%M", allow_null=True)
    working_until = serializers.TimeField(format="%H:%M", allow_null=True)


class ShopIn(serializers.Serializer[Any]):
    """Working hours are given, or taken away by null, together."""

    currency = serializers.RegexField(r"^[A-Za-z]{3}$", required=False)
    time_zone = serializers.CharField(max_length=64, required=False)
    working_days = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), max_length=7, required=False
    )
    working_from = serializers.TimeField(required=False, allow_null=True)
    working_until = serializers.TimeField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("working_from" in attrs) != ("working_until" in attrs):
            raise serializers.ValidationError({"working_from": ["Send both working hours, or neither."]})
        return attrs


class OneShop(PrintshopView):
    @operation(answer=ShopOut)
    def get(self, request: Request) -> Response:
        """The caller's shop (an addition of ours)."""
        return self.answer(shop_open(actor=self.caller))

    @operation(body=ShopIn, answer=ShopOut)
    def update(self, request: Request) -> Response:
        """What is left out stays (an addition of ours)."""
        sent = self.body()
        if "working_from" in sent:
            sent["working_hours"] = sent.pop("working_from"), sent.pop("working_until")
        if "currency" in sent:
            sent["currency"] = sent["currency"].upper()
        return self.answer(shop_change(actor=self.caller, **sent))


class Disconnect(PrintshopView):
    @operation(answer=ShopOut)
    def disconnect(self, request: Request) -> Response:
        """End the connection to Etsy (an addition of ours). The orders stay."""
        return self.answer(etsy_disconnect(actor=self.caller))
