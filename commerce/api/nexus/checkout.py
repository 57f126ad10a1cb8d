"""Nexus's checkout: what is in the cart becomes an order, and is paid by a second call. And the purchase of one model
without the cart."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.nexus.transactions import PURCHASE, PurchaseOut, TransactionOut, purchases, transactions
from commerce.choices import PayBy
from commerce.models import Order
from commerce.selectors.transactions import COLUMNS, Money, models_bought, money_of, transaction_name
from commerce.services.checkout import checkouts
from commerce.services.checkout.checkout import Checkout
from config.core.errors import Denied
from config.core.references import LARGEST_ID
from config.dialects.amounts import number_of
from config.dialects.base import operation
from config.dialects.fields import NextActionOut, SentText
from config.dialects.files import Files
from config.dialects.nexus import MessageOut, NexusView
from marketplace.selectors.models_3d import model_visible

NAMES = {PayBy.CARD: "Credit or debit card", PayBy.PAYPAL: "PayPal", PayBy.CRYPTO: "Cryptocurrency"}
TOKEN = 255


# ---------------------------------------------------------------- what is read and shown
class CheckoutIn(serializers.Serializer[Any]):
    payment_method = serializers.ChoiceField(PayBy.choices)
    coupon_code = SentText(max_length=50)


class ProcessIn(serializers.Serializer[Any]):
    """Without a token the caller's default method is charged; the sandbox plays a buyer who pays."""

    checkout_id = serializers.CharField(max_length=50)
    payment_method = serializers.ChoiceField(PayBy.choices, required=False)
    payment_token = SentText(max_length=TOKEN)


class PurchaseIn(serializers.Serializer[Any]):
    buyer_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    payment_method = serializers.ChoiceField(PayBy.choices, default=PayBy.STRIPE)
    payment_token = SentText(max_length=TOKEN)
    coupon_code = SentText(max_length=50)


class PurchaseQuery(serializers.Serializer[Any]):
    buyer_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)


class CheckoutItemOut(serializers.Serializer[Any]):
    """`price` is that of all pieces, a campaign's where one runs; a coupon's `discount_amount` is taken off it."""

    model_id = serializers.IntegerField()
    title = serializers.CharField()
    price = serializers.FloatField()
    discount_amount = serializers.FloatField()
    amount = serializers.FloatField()
    transaction_id = serializers.CharField()


class CheckoutOut(serializers.Serializer[Any]):
    checkout_id = serializers.CharField()
    status = serializers.ChoiceField(["pending", "completed", "failed"])
    payment_method = serializers.ChoiceField(PayBy.choices)
    coupon_code = serializers.CharField(allow_null=True)
    items = CheckoutItemOut(many=True)
    subtotal = serializers.FloatField()
    discount_amount = serializers.FloatField()
    total = serializers.FloatField()
    currency = serializers.CharField()
    client_secret = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class PaidOut(serializers.Serializer[Any]):
    """202 while the payment waits for its buyer: `next_action` says where, or `client_secret` finishes it."""

    message = serializers.CharField()
    checkout_id = serializers.CharField()
    payment_status = serializers.ChoiceField(["pending", "completed"])
    total = serializers.FloatField()
    currency = serializers.CharField()
    transactions = TransactionOut(many=True)
    purchases = PurchaseOut(many=True)
    next_action = NextActionOut(required=False)
    client_secret = serializers.CharField(required=False)


class MethodOut(serializers.Serializer[Any]):
    id = serializers.ChoiceField([method.value for method in NAMES])
    name = serializers.CharField()
    enabled = serializers.BooleanField()


class BoughtOut(MessageOut):
    """202 while the payment waits for its buyer, as in `process-payment`."""

    transaction_id = serializers.IntegerField()
    next_action = NextActionOut(required=False)
    client_secret = serializers.CharField(required=False)


# ---------------------------------------------------------------- operations
class Checkouts(NexusView):
    @operation(body=CheckoutIn, answer=CheckoutOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        """The cart keeps what was checked out until it is paid. Another checkout takes the place of this one. What is
        free is bought with that."""
        sent = self.body()
        done = checkouts.checkout_open(
            actor=self.caller,
            channel=self.dialect,
            pay_by=sent["payment_method"],
            coupon_code=sent.get("coupon_code", ""),
            once=self.once,
        )
        return self.answer(checkout_shown(done))

    @operation(answer=MethodOut, rows="all")
    def payment_methods(self, request: Request) -> Response:
        """Those that are set up here."""
        offered = checkouts.methods_offered()
        return Response([{"id": method, "name": NAMES[method], "enabled": True} for method in offered])

    @operation(body=ProcessIn, answer=PaidOut, also=(202,), idempotent=True)
    def process_payment(self, request: Request) -> Response:
        """Pay a checkout. 402 for a declined card, after which it may be tried again; 202 when the bank asks for more:
        the payment ends by itself then, and this call again says how it stands."""
        sent = self.body()
        done = checkouts.checkout_pay(
            actor=self.caller,
            checkout_id=sent["checkout_id"],
            pay_by=sent.get("payment_method", ""),
            token=sent.get("payment_token", ""),
            once=self.once,
        )
        return self._paid(done)

    def _paid(self, done: Checkout) -> Response:
        order = done.order
        rows = list(order.lines.order_by("pk").values(*COLUMNS))
        bought = models_bought(actor=self.caller).filter(order=order).order_by("pk") if done.is_paid else None
        body = {
            "message": "Payment successful" if done.is_paid else "The payment waits for you",
            "checkout_id": order.checkout_id,
            "payment_status": "completed" if done.is_paid else "pending",
            "total": number_of(order.total_amount, order.currency),
            "currency": order.currency,
            "transactions": transactions(rows),
            "purchases": purchases(list(bought.values(*PURCHASE)), Files(self.request)) if bought is not None else [],
        }
        return self.answer(body | next_step(done), status=200 if done.is_paid else 202)


class ModelPurchases(NexusView):
    @operation(body=PurchaseIn, query=PurchaseQuery, answer=BoughtOut, also=(202,), idempotent=True)
    def purchase(self, request: Request, id: int) -> Response:
        """Buy a model at once, without the cart. Nobody buys for another: a `buyer_id` must be the caller's."""
        sent = self.body()
        named = {sent.get("buyer_id"), self.query().get("buyer_id")} - {None}
        if named - {self.caller.pk}:
            raise Denied
        model = model_visible(actor=self.caller, reference=id)
        done = checkouts.listing_buy(
            actor=self.caller,
            channel=self.dialect,
            listing=model.listing,
            pay_by=sent["payment_method"],
            token=sent.get("payment_token", ""),
            coupon_code=sent.get("coupon_code", ""),
            once=self.once,
        )
        message = "Purchase successful" if done.is_paid else "The payment waits for you"
        body = {"message": message, "transaction_id": done.order.lines.get().pk}
        return self.answer(body | next_step(done), status=200 if done.is_paid else 202)


# ---------------------------------------------------------------- parts
def next_step(done: Checkout) -> dict[str, Any]:
    if done.is_paid:
        return {}
    steps = {"next_action": done.next_action, "client_secret": done.client_secret}
    return {name: value for name, value in steps.items() if value}


def checkout_shown(done: Checkout) -> dict[str, Any]:
    order = done.order
    rows = list(order.lines.order_by("pk").values(*COLUMNS))
    money = money_of(rows)
    items = [_item(row, order) for row in rows]
    discount = sum((row["discount_amount"] for row in rows), start=order.total_amount * 0)
    return {
        "checkout_id": order.checkout_id,
        "status": _status(order, list(money.values())),
        "payment_method": order.pay_by,
        "coupon_code": order.coupon_code or None,
        "items": items,
        "subtotal": number_of(order.total_amount + discount, order.currency),
        "discount_amount": number_of(discount, order.currency),
        "total": number_of(order.total_amount, order.currency),
        "currency": order.currency,
        "client_secret": done.client_secret or None,
        "created_at": order.created_at,
    }


def _status(order: Order, money: list[Money]) -> str:
    if order.status == "cancelled":
        return "failed"
    return "completed" if {part.status for part in money} <= {"completed", "refunded"} else "pending"


def _item(row: dict[str, Any], order: Order) -> dict[str, Any]:
    return {
        "model_id": row["listing_id"],
        "title": row["title"],
        "price": number_of(row["total_price"] + row["discount_amount"], order.currency),
        "discount_amount": number_of(row["discount_amount"], order.currency),
        "amount": number_of(row["total_price"], order.currency),
        "transaction_id": transaction_name(row["uuid"]),
    }
