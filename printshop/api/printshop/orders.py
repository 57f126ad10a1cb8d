"""A shop's orders, what is noted on them and what was said with their buyers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.amounts import NumberOut
from config.dialects.base import operation
from config.dialects.moments import EndIn, StartIn
from config.dialects.printshop import ArrayQuery, MomentOut, PageQuery, PrintshopView
from printshop.choices import Channel, Direction, OrderSource, ProductionStatus
from printshop.models import Communication, OrderNote, ShopOrder, ShopOrderItem
from printshop.selectors.orders import communications_of, notes_of, order_of, orders, ship_warning
from printshop.services.orders.orders import SPELLINGS, communication_log, note_add, shop_order_change
from printshop.services.orders.sync import SyncResult, orders_sync


class StatusIn(serializers.CharField):
    """In any case; `cancelled` is Etsy's `canceled`."""

    def to_internal_value(self, data: Any) -> str:
        word = super().to_internal_value(data).lower()
        return SPELLINGS.get(word, word)


class OrdersQuery(PageQuery):
    """`end_date` is included. `source` (an addition of ours) is etsy or platform."""

    status = StatusIn(max_length=40, required=False)
    production_status = serializers.ChoiceField(ProductionStatus.choices, required=False)
    source = serializers.ChoiceField(OrderSource.choices, required=False)  # type: ignore[assignment]
    start_date = StartIn(source="created_at__gte", required=False)
    end_date = EndIn(source="created_at__lte", required=False)


class OrderIn(serializers.Serializer[Any]):
    """`status` is one of Etsy's words or `shipped`."""

    status = serializers.CharField(max_length=40, required=False)
    production_status = serializers.ChoiceField(ProductionStatus.choices, required=False)
    notes = serializers.CharField(max_length=10_000, required=False, allow_blank=True)


class VariationOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.CharField()


@extend_schema_field(VariationOut(many=True))
class VariationsField(serializers.JSONField):
    pass


class ItemOut(serializers.Serializer[ShopOrderItem]):
    """`price` is of one piece. What follows it is ours: Etsy's or the platform's numbers and what the buyer chose."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    price = NumberOut(currency="order.currency")
    sku = serializers.CharField()
    etsy_listing_id = serializers.CharField()
    listing_id = serializers.IntegerField(allow_null=True)
    variations = VariationsField()
    personalization = serializers.CharField()
    is_digital = serializers.BooleanField()


class OrderOut(serializers.Serializer[ShopOrder]):
    """What follows `items` is ours. `source` is etsy or platform; `order_id` is the platform's order, `etsy_order_id`
    null for one. `promised_ship_date` is when the queue expects its last print to be ready, `expected_ship_date` when
    the buyer was told that it ships; `ship_warning` says in words that the first is later."""

    id = serializers.IntegerField()
    etsy_order_id = serializers.SerializerMethodField()
    buyer_name = serializers.CharField()
    buyer_email = serializers.EmailField(allow_null=True)
    status = serializers.CharField()
    production_status = serializers.ChoiceField(ProductionStatus.choices)
    total_amount = NumberOut()
    currency = serializers.CharField()
    created_at = MomentOut()
    items = ItemOut(many=True, source="items.all")
    source = serializers.ChoiceField(OrderSource.choices)  # type: ignore[assignment]
    order_id = serializers.IntegerField(allow_null=True)
    is_paid = serializers.BooleanField()
    is_shipped = serializers.BooleanField()
    is_gift = serializers.BooleanField()
    refunded_amount = NumberOut()
    country = serializers.CharField()
    message = serializers.CharField()
    notes = serializers.CharField()
    shipped_at = MomentOut(allow_null=True)
    expected_ship_date = MomentOut(source="expected_ship_at", allow_null=True)
    promised_ship_date = MomentOut(source="promised_ship_at", allow_null=True)
    ship_warning = serializers.SerializerMethodField()

    def get_etsy_order_id(self, order: ShopOrder) -> str | None:
        return order.etsy_order_id or None

    def get_ship_warning(self, order: ShopOrder) -> str | None:
        return ship_warning(order)


class OneOrderOut(OrderOut):
    """`shipping_address` is ours, in lines."""

    shipping_address = serializers.CharField(source="address")


class SyncOut(serializers.Serializer[SyncResult]):
    """`is_complete` (an addition of ours) is false while the rest is read in the background."""

    message = serializers.CharField()
    synced_count = serializers.IntegerField()
    total_orders = serializers.IntegerField()
    updated_count = serializers.IntegerField()
    is_complete = serializers.BooleanField()


class NoteIn(serializers.Serializer[Any]):
    content = serializers.CharField(max_length=10_000)


class NoteOut(serializers.Serializer[OrderNote]):
    id = serializers.IntegerField()
    content = serializers.CharField()
    created_at = MomentOut()


class NewNoteOut(serializers.Serializer[OrderNote]):
    id = serializers.IntegerField()
    order_id = serializers.IntegerField()
    content = serializers.CharField()
    created_at = MomentOut()


class CommunicationIn(serializers.Serializer[Any]):
    message = serializers.CharField(max_length=10_000)
    direction = serializers.ChoiceField(Direction.choices, default=Direction.INBOUND)
    channel = serializers.ChoiceField(Channel.choices, default=Channel.ETSY_MESSAGE)


class CommunicationOut(serializers.Serializer[Communication]):
    id = serializers.IntegerField()
    order_id = serializers.IntegerField()
    message = serializers.CharField()
    direction = serializers.ChoiceField(Direction.choices)
    channel = serializers.ChoiceField(Channel.choices)
    created_at = MomentOut()


class Orders(PrintshopView):
    list_name = "orders"

    @operation(query=OrdersQuery, answer=OrderOut, rows="page")
    def list(self, request: Request) -> Response:
        """The newest first."""
        wanted = {name: value for name, value in self.query().items() if name not in ("limit", "offset")}
        return self.page(orders(actor=self.caller).filter(**wanted))


class OneOrder(PrintshopView):
    @operation(answer=OneOrderOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(order_of(actor=self.caller, order_id=id))

    @operation(body=OrderIn, answer=OneOrderOut)
    def update(self, request: Request, id: int) -> Response:
        """What is left out stays. Nothing is told to Etsy; a status set here holds until Etsy says another one."""
        return self.answer(shop_order_change(actor=self.caller, order_id=id, **self.body()))


class Sync(PrintshopView):
    minute_limits = {"sync": ("etsy-sync", 5)}

    @operation(answer=SyncOut)
    def sync(self, request: Request) -> Response:
        """Reads what is new or changed at Etsy, cancellations and refunds included."""
        done = orders_sync(actor=self.caller)
        message = f"Synced {done.new} new order{'' if done.new == 1 else 's'}"
        if done.is_running_elsewhere:
            message = "A sync is running already; what it finds follows"
        elif not done.is_complete:
            message += " so far; the rest follows in the background"
        return self.answer(
            {
                "message": message,
                "synced_count": done.new,
                "total_orders": done.total_orders,
                "updated_count": done.changed,
                "is_complete": done.is_complete,
            }
        )


class Notes(PrintshopView):
    @operation(body=NoteIn, answer=NewNoteOut, status=201)
    def create(self, request: Request, id: int) -> Response:
        return self.answer(note_add(actor=self.caller, order_id=id, **self.body()))

    @operation(query=ArrayQuery, answer=NoteOut, rows="all")
    def list(self, request: Request, id: int) -> Response:
        """As they were written."""
        return self.array(notes_of(actor=self.caller, order_id=id))


class Communications(PrintshopView):
    @operation(body=CommunicationIn, answer=CommunicationOut, status=201)
    def create(self, request: Request, id: int) -> Response:
        """Only logged: nothing is sent."""
        return self.answer(communication_log(actor=self.caller, order_id=id, **self.body()))

    @operation(query=ArrayQuery, answer=CommunicationOut, rows="all")
    def list(self, request: Request, id: int) -> Response:
        """The log, as it was written (an addition of ours)."""
        return self.array(communications_of(actor=self.caller, order_id=id))
