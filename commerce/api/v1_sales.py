"""v1's sales, line by line, and the purchases of the dashboard."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.v1_cart import CheckoutOut, bought
from commerce.choices import PaymentMethod, RefundStatus
from commerce.models import OrderLine
from commerce.selectors import sales as selectors
from commerce.selectors.sales import SaleStatus
from commerce.services.checkout import order_pay
from commerce.services.downloads import line_download
from commerce.services.held_files import purchase_refund
from community.choices import TicketStatus
from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.v1.edge import SortedQuery, V1View
from config.dialects.v1.fields import AmountOut, amount

MOST = 500
PAID_BY = {PaymentMethod.STRIPE.value: "credit_card"}
SUPPORT_WORDS = {
    None: "closed",
    TicketStatus.OPEN.value: "pending",
    TicketStatus.IN_PROGRESS.value: "in_progress",
    TicketStatus.RESOLVED.value: "resolved",
    TicketStatus.CLOSED.value: "closed",
}


# ---------------------------------------------------------------- words
class SaleOut(serializers.Serializer[Any]):
    """One line of an order, of whatever kind: `design_id` is the listing's. `price` is the line's total.

    `seller_earnings` is what it brings after commission and refunds. The e-mail address is shown to the buyer himself,
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
    message = serializers.CharField()


class ModelOut(serializers.Serializer[Any]):
    title = serializers.CharField()
    category = serializers.CharField(allow_null=True)


class PurchaseOut(serializers.Serializer[OrderLine]):
    """A line that was paid for and not given back whole. What is no model is shown alike: `stl_model_id` is the number
    of the listing. `support_status` is that of its newest ticket; `closed` when there is none."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField(source="order.buyer_id")
    stl_model_id = serializers.IntegerField(source="listing_id")
    purchase_date = serializers.DateTimeField(source="bought_at")
    purchase_price = AmountOut(source="total_price", currency="order.currency")
    payment_method = serializers.SerializerMethodField()
    download_count = serializers.IntegerField()
    last_download = serializers.DateTimeField(allow_null=True)
    support_status = serializers.SerializerMethodField()
    stl_model = serializers.SerializerMethodField()

    def get_payment_method(self, line: OrderLine) -> str:
        share = selectors.share_of(line)
        return "free" if share is None else PAID_BY.get(share.payment.payment_method, share.payment.payment_method)

    def get_support_status(self, line: Any) -> str:
        return SUPPORT_WORDS[line.support]

    @extend_schema_field(ModelOut)
    def get_stl_model(self, line: OrderLine) -> dict[str, str | None]:
        return {"title": line.title, "category": _category(line)}


class DownloadOut(serializers.Serializer[Any]):
    download_url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    download_count = serializers.IntegerField()


def _category(line: OrderLine) -> str | None:
    """The category's name; where a model has none, its maker's own word."""
    listing = line.listing
    if listing.category is not None:
        return listing.category.name
    model = getattr(listing, "model3d", None)
    return (model.subcategory or None) if model is not None else None


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


# ---------------------------------------------------------------- doors
class Sales(V1View):
    @operation(answer=SaleOut, many=True)
    def purchases(self, request: Request) -> Response:
        """What the caller bought, the newest 500 lines."""
        return self._listed(selectors.lines_bought(actor=self.caller)[:MOST], as_seller=False)

    @operation(answer=SaleOut, many=True)
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
                "message": "Purchase refunded successfully" if done else "The refund is under way",
            }
        )

    @operation(answer=CheckoutOut, idempotent=True)
    def pay(self, request: Request, transaction_id: Reference) -> Response:
        """Try again to pay the order of an unpaid purchase, all of its lines, by the default method."""
        line = selectors.line_bought_by(actor=self.caller, reference=transaction_id)
        return self.answer(bought(order_pay(actor=self.caller, order_id=line.order_id, once=self.once)))


class Purchases(V1View):
    limits: ClassVar = {"user": 1000}
    limit_group = "purchase-management:"
    columns: ClassVar = {
        "created_at": "order__created_at",
        "purchase_date": "bought_at",
        "purchase_price": "total_price",
        "download_count": "download_count",
        "title": "title",
    }

    @operation(query=SortedQuery, answer=PurchaseOut, paged=True)
    def mine(self, request: Request) -> Response:
        return self.page(self.sorted(selectors.purchases_kept(actor=self.caller), self.columns))

    @operation(answer=DownloadOut)
    def download(self, request: Request, purchase_id: Reference) -> Response:
        """A link that expires. Ten of them, each counts; 409 while the seller has not attached the file."""
        line = selectors.line_bought_by(actor=self.caller, reference=purchase_id)
        link = line_download(actor=self.caller, line=line)
        return self.answer(
            {
                "download_url": request.build_absolute_uri(link.url),
                "expires_at": link.expires_at.astimezone(UTC).replace(microsecond=0),
                "download_count": link.download_count,
            }
        )
