"""Nexus's cart. It is the one that every dialect fills; a coupon applied here holds in all of them."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.errors import CouponUnknown
from commerce.services.coupons.uses import cart_coupon_apply, cart_coupon_forget
from commerce.services.orders import carts
from commerce.services.orders.carts import Cart, CartLine
from config.core.errors import Missing
from config.core.references import LARGEST_ID
from config.dialects.amounts import number_of
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.nexus_objects import ModelMiniOut, mini_columns, model_mini
from marketplace.models import Listing
from marketplace.selectors.models_3d import model_visible

DOLLARS = "USD"


class AddIn(serializers.Serializer[Any]):
    model_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class CouponCodeIn(serializers.Serializer[Any]):
    """`coupon_code` is another name of `code`, which wins."""

    code = serializers.CharField(max_length=50, required=False)
    coupon_code = serializers.CharField(max_length=50, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        code = attrs.get("code") or attrs.get("coupon_code")
        if not code:
            raise serializers.ValidationError({"code": [serializers.ErrorDetail("Field required", "required")]})
        return {"code": code}


class ItemOut(serializers.Serializer[Any]):
    """`price` is what a piece costs now, a campaign's price where one runs; `list_price` (ours) is without it."""

    id = serializers.IntegerField()
    model_id = serializers.IntegerField()
    model = ModelMiniOut()
    price = serializers.FloatField()
    list_price = serializers.FloatField()
    quantity = serializers.IntegerField()
    discount_amount = serializers.FloatField(help_text="The coupon's, off all pieces.")
    currency = serializers.CharField()
    discount_by = serializers.ChoiceField(["campaign", "coupon"], allow_null=True)
    created_at = serializers.DateTimeField()


class CartOut(serializers.Serializer[Any]):
    """`subtotal` is before the coupon. What is no longer on sale is left out."""

    items = ItemOut(many=True)
    item_count = serializers.IntegerField()
    subtotal = serializers.FloatField()
    coupon_code = serializers.CharField(allow_null=True)
    discount_amount = serializers.FloatField()
    total = serializers.FloatField()
    currency = serializers.CharField()


class AddedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    item = ItemOut()
    item_count = serializers.IntegerField()
    subtotal = serializers.FloatField()
    currency = serializers.CharField()


class RemovedOut(MessageOut):
    item_count = serializers.IntegerField()
    subtotal = serializers.FloatField()
    currency = serializers.CharField()


class AppliedOut(MessageOut):
    coupon_code = serializers.CharField()
    discount_percent = serializers.FloatField()
    subtotal = serializers.FloatField()
    discount_amount = serializers.FloatField()
    total = serializers.FloatField()
    currency = serializers.CharField()


# ---------------------------------------------------------------- operations
class Carts(NexusView):
    @operation(answer=CartOut)
    def retrieve(self, request: Request) -> Response:
        cart = carts.cart_of(actor=self.caller)
        code = cart.coupon.code if cart.coupon is not None else None
        items = self._items(cart.on_sale)
        return self.answer({"items": items} | self._sums(cart) | {"coupon_code": code})

    @operation(body=AddIn, answer=AddedOut, status=201)
    def add(self, request: Request) -> Response:
        model = model_visible(actor=self.caller, reference=self.body()["model_id"])
        if not model.is_available or model.status != "approved":
            raise Missing("Model")
        added = carts.cart_add_once(actor=self.caller, channel=self.dialect, listing=model.listing)
        cart = carts.cart_of(actor=self.caller)
        [item] = self._items([line for line in cart.on_sale if line.item.pk == added.pk])
        return self.answer({"message": "Model added to cart", "item": item} | _few(cart))

    @operation(answer=RemovedOut)
    def remove(self, request: Request, model_id: int) -> Response:
        carts.cart_remove_listing(actor=self.caller, listing_id=model_id)
        return self.answer({"message": "Model removed from cart"} | _few(carts.cart_of(actor=self.caller)))

    def _items(self, lines: list[CartLine]) -> list[dict[str, Any]]:
        files = Files(self.request)
        listings = Listing.objects.filter(pk__in=[line.item.listing_id for line in lines])
        rows = {row["id"]: row for row in listings.values(*mini_columns())}
        return [_item(line, rows[line.item.listing_id], files) for line in lines]

    @staticmethod
    def _sums(cart: Cart) -> dict[str, Any]:
        currency = _currency(cart)
        return _few(cart) | {
            "discount_amount": number_of(cart.discount, currency),
            "total": number_of(cart.subtotal - cart.discount, currency),
        }


class CartCoupons(NexusView):
    @operation(body=CouponCodeIn, answer=AppliedOut)
    def apply_coupon(self, request: Request) -> Response:
        """It stays on the cart until it is checked out, or another one takes its place; nothing is reserved by it."""
        try:
            coupon = cart_coupon_apply(actor=self.caller, code=self.body()["code"])
        except CouponUnknown:
            raise Missing("Coupon") from None
        cart = carts.cart_of(actor=self.caller)
        currency = _currency(cart)
        return self.answer(
            {
                "message": "Coupon applied",
                "coupon_code": coupon.code,
                "discount_percent": float(coupon.discount_percent),
                "subtotal": number_of(cart.subtotal, currency),
                "discount_amount": number_of(cart.discount, currency),
                "total": number_of(cart.subtotal - cart.discount, currency),
                "currency": currency,
            }
        )

    @operation(answer=MessageOut)
    def remove_coupon(self, request: Request) -> Response:
        """Take the coupon off the cart (ours)."""
        if not cart_coupon_forget(actor=self.caller):
            raise Missing("Coupon")
        return self.answer({"message": "Coupon removed"})


def _item(line: CartLine, row: dict[str, Any], files: Files) -> dict[str, Any]:
    offer, currency = line.offer, line.item.listing.currency
    return {
        "id": line.item.pk,
        "model_id": line.item.listing_id,
        "model": model_mini(row, "", files),
        "price": number_of(offer.price, currency),
        "list_price": number_of(offer.price if offer.list_price is None else offer.list_price, currency),
        "quantity": line.item.quantity,
        "discount_amount": number_of(line.discount, currency),
        "currency": currency,
        "discount_by": offer.lowered_by,
        "created_at": line.item.added_at,
    }


def _few(cart: Cart) -> dict[str, Any]:
    currency = _currency(cart)
    return {"item_count": len(cart.on_sale), "subtotal": number_of(cart.subtotal, currency), "currency": currency}


def _currency(cart: Cart) -> str:
    return cart.lines[0].item.listing.currency if cart.lines else DOLLARS
