"""v1's sales, line by line, and the purchases of the dashboard."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.v1.cart import CheckoutOut, bought
from commerce.choices import RefundStatus
from commerce.models import OrderLine
from commerce.selectors import sales as selectors
from commerce.selectors.sales import SaleStatus
from commerce.services.checkout.checkout import order_pay
from commerce.services.escrow.files import purchase_refund
from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.v1 import V1View, amount

MOST = 500


# ---------------------------------------------------------------- what is read and shown
class SaleOut(serializers.Serializer[Any]):
    """One line of an order, of whatever kind: `design_id` is the listing's. `price` is the line's total.

    `seller_earnings` is what it brings after commission and refunds. The e-mail address is shown to the buyer,
    and to the seller of what was paid; else it is null. `transaction_id` is the payment's number, null without one.
    """

    id = serializers.UUIDField()
    design_id = serializers.UUIDField()
    design_name = serializers.CharField()
    buyer_id = serializers.IntegerField()
    buyer_email = serializers.CharField(allow_null=True)
    quantity = serializers.IntegerField()
    price = serializers.FloatField()
    currency = serializers.CharField()
    seller_earnings = serializers.FloatField()
    date = serializers.DateTimeField()
    status = serializers.ChoiceField([status.value for status in SaleStatus])
    transaction_id = serializers.CharField(allow_null=True)
    commission_rate = serializers.FloatField(help_text="0.1 is ten percent.")
    shipped_at = serializers.DateTimeField(allow_null=True, help_text="Null until it was, and for files.")


class RefundedOut(serializers.Serializer[Any]):
    """`status` is `pending` while the gateway has not answered: the refund is repeated until it has."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(["refunded", "pending"])
    amount = serializers.FloatField()
    currency = serializers.CharField()
    message = serializers.CharField()


def _shown(line: OrderLine, *, as_seller: bool) -> dict[str, Any]:
    sale, order = selectors.sale_of(line), line.order
    hidden = as_seller and sale.status == SaleStatus.PENDING
    return {
        "id": str(line.uuid),
        "design_id": str(line.listing.uuid),
        "design_name": line.title,
        "buyer_id": order.buyer_id,
        "buyer_email": None if hidden else order.buyer.email,
        "quantity": line.quantity,
        "price": amount(line.total_price, order.currency),
        "currency": order.currency,
        "seller_earnings": amount(sale.earnings, order.currency),
        "date": sale.date,
        "status": sale.status.value,
        "transaction_id": sale.transaction_id,
        "commission_rate": float(sale.commission_rate),
        "shipped_at": line.shipped_at,
    }


# ---------------------------------------------------------------- operations
class Sales(V1View):
    @operation(answer=SaleOut, rows="all")
    def purchases(self, request: Request) -> Response:
        """What the caller bought, the newest 500 lines."""
        return self._listed(selectors.lines_bought(actor=self.caller)[:MOST], as_seller=False)

    @operation(answer=SaleOut, rows="all")
    def list(self, request: Request) -> Response:
        """What the caller sold, the newest 500 lines."""
        return self._listed(selectors.lines_sold(actor=self.caller)[:MOST], as_seller=True)

    def _listed(self, lines: Iterable[OrderLine], *, as_seller: bool) -> Response:
        return Response([_shown(line, as_seller=as_seller) for line in lines])

    @operation(answer=RefundedOut, idempotent=True)
    def refund(self, request: Request, transaction_id: Reference) -> Response:
        """The whole price of a purchase whose file the seller has not attached yet."""
        line = selectors.line_bought_by(actor=self.caller, reference=transaction_id)
        refund = purchase_refund(actor=self.caller, line=line, once=self.once)
        done = refund.status == RefundStatus.SUCCEEDED
        return self.answer(
            {
                "id": str(line.uuid),
                "status": "refunded" if done else "pending",
                "amount": amount(refund.amount, line.order.currency),
                "currency": line.order.currency,
                "message": "Purchase refunded successfully" if done else "The refund is under way",
            }
        )

    @operation(answer=CheckoutOut, idempotent=True)
    def pay(self, request: Request, transaction_id: Reference) -> Response:
        """Try again to pay the order of an unpaid purchase, all of its lines, by the default method."""
        line = selectors.line_bought_by(actor=self.caller, reference=transaction_id)
        return self.answer(bought(order_pay(actor=self.caller, order_id=line.order_id, once=self.once)))
