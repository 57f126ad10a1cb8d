"""v1's cart, and its checkout."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.choices import PieceSize
from commerce.models import CartItem
from commerce.services.checkout.checkout import Checkout, checkout
from commerce.services.orders import carts
from commerce.services.orders.carts import CartLine
from config.core.references import Reference, referred
from config.dialects.base import operation
from config.dialects.fields import NextActionOut, SentText
from config.dialects.files import Files
from config.dialects.v1 import AmountIn, AmountOut, MessageOut, ReferenceField, V1View, amount
from marketplace.selectors.listing_pictures import NONE, Pictures, pictures_of
from marketplace.selectors.models_3d import model_visible


# ---------------------------------------------------------------- what is read and shown
class CartItemIn(serializers.Serializer[Any]):
    """`name`, `original_price` and `icon` are the client's own; `price` is what the cart shows, or the design's."""

    design_id = ReferenceField()
    name = serializers.CharField(max_length=500)
    price = AmountIn(min_value=0)
    original_price = AmountIn(required=False, allow_null=True)
    size = serializers.ChoiceField(PieceSize.choices)
    color = serializers.CharField(max_length=50, allow_blank=True)
    icon = serializers.CharField(max_length=500, allow_blank=True)
    quantity = serializers.IntegerField(min_value=1, max_value=carts.MOST_PIECES, default=1)


class CartChangeIn(serializers.Serializer[Any]):
    """What is null or left out stays."""

    quantity = serializers.IntegerField(min_value=1, max_value=carts.MOST_PIECES, required=False, allow_null=True)
    size = serializers.ChoiceField(PieceSize.choices, required=False, allow_null=True)
    color = serializers.CharField(max_length=50, required=False, allow_null=True, allow_blank=True)


class CartItemOut(serializers.Serializer[CartLine]):
    """`price` is what a piece costs the caller now, if they buy the cart; `original_price` what it would without a
    campaign, else null. `discount_amount` (ours) is what the coupon on the cart takes off all pieces. `is_available`
    (ours) is false for what is no longer on sale: take it out to check out. So are the addresses of its pictures."""

    id = serializers.UUIDField(source="item.uuid")
    user_id = serializers.IntegerField(source="item.user_id")
    design_id = serializers.UUIDField(source="item.listing.uuid")
    name = serializers.CharField(source="item.listing.title")
    price = AmountOut(source="offer.price", currency="item.listing.currency")
    original_price = AmountOut(source="offer.list_price", currency="item.listing.currency", allow_null=True)
    currency = serializers.CharField(source="item.listing.currency")
    size = serializers.CharField(source="item.size")
    color = serializers.CharField(source="item.color")
    icon = serializers.CharField(source="item.icon")
    quantity = serializers.IntegerField(source="item.quantity")
    discount_amount = AmountOut(source="discount", currency="item.listing.currency")
    added_at = serializers.DateTimeField(source="item.added_at")
    is_available = serializers.BooleanField()
    thumbnail_url = serializers.SerializerMethodField()
    preview_url = serializers.SerializerMethodField()

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_thumbnail_url(self, line: CartLine) -> str | None:
        return self._address(line, "thumbnail")

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_preview_url(self, line: CartLine) -> str | None:
        return self._address(line, "preview")

    def _address(self, line: CartLine, which: str) -> str | None:
        pictures: Pictures = self.context["pictures"].get(line.item.listing_id, NONE)
        return Files(self.context["request"]).public(getattr(pictures, which))


class CheckoutIn(serializers.Serializer[Any]):
    """`coupon_code` (ours) takes the place of the coupon on the cart."""

    coupon_code = SentText(max_length=50)


class CheckoutOut(serializers.Serializer[Any]):
    """`success` is true when all is paid, or was free. Else the payment is pending, and goes on with `client_secret` or
    where `next_action` says. Each of `transaction_ids` is one line of the cart."""

    success = serializers.BooleanField()
    message = serializers.CharField()
    transaction_ids = serializers.ListField(child=serializers.UUIDField())
    total_amount = serializers.FloatField()
    currency = serializers.CharField()
    client_secret = serializers.CharField(required=False)
    next_action = NextActionOut(required=False)


def bought(done: Checkout) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "success": done.is_paid,
        "message": "Checkout completed" if done.is_paid else "The payment is pending",
        "transaction_ids": done.transaction_ids,
        "total_amount": amount(done.order.total_amount, done.order.currency),
        "currency": done.order.currency,
    }
    if not done.is_paid and done.client_secret:
        shown["client_secret"] = done.client_secret
    if not done.is_paid and done.next_action:
        shown["next_action"] = done.next_action
    return shown


# ---------------------------------------------------------------- operations
class Cart(V1View):
    @operation(body=CartItemIn, answer=CartItemOut, status=201)
    def add(self, request: Request) -> Response:
        """The same design, size and color again adds to the quantity."""
        sent = self.body()
        design = model_visible(actor=self.caller, reference=sent["design_id"], thing="Design")
        item = carts.cart_add(
            actor=self.caller,
            channel=self.dialect,
            listing=design.listing,
            quantity=sent["quantity"],
            size=sent["size"],
            color=sent["color"],
            icon=sent["icon"],
            price=sent["price"],
        )
        return self._shown(item)

    @operation(answer=CartItemOut, rows="all")
    def list(self, request: Request) -> Response:
        lines = carts.cart_lines(actor=self.caller)
        return Response(self.present_many(lines, pictures=pictures_of(line.item.listing_id for line in lines)))

    @operation(body=CartChangeIn, answer=CartItemOut)
    def update(self, request: Request, cart_item_id: Reference) -> Response:
        sent = self.body()
        item = carts.cart_change(actor=self.caller, item=self._item(cart_item_id), **sent)
        return self._shown(item)

    @operation(answer=MessageOut)
    def remove(self, request: Request, cart_item_id: Reference) -> Response:
        carts.cart_remove(actor=self.caller, item=self._item(cart_item_id))
        return self.answer({"message": "Cart item removed successfully"})

    def _shown(self, item: CartItem) -> Response:
        line = carts.cart_line(actor=self.caller, item=item)
        return self.answer(line, pictures=pictures_of([line.item.listing_id]))

    def _item(self, reference: Reference) -> CartItem:
        return referred(CartItem.objects.filter(user=self.caller), reference, "Cart item")


class Checkouts(V1View):
    @operation(body=CheckoutIn, answer=CheckoutOut, idempotent=True)
    def create(self, request: Request) -> Response:
        """Needs no body. A declined card is 400: the order waits, unpaid, and its `transaction_ids` come with it."""
        code = self.body().get("coupon_code", "")
        done = checkout(actor=self.caller, channel=self.dialect, coupon_code=code, once=self.once)
        return self.answer(bought(done))
