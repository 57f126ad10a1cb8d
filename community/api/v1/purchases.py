"""v1: what the caller bought, with the newest ticket about each."""

from datetime import UTC
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.choices import PaymentMethod
from commerce.documents.receipts import receipt_pdf
from commerce.models import OrderLine
from commerce.selectors import sales as selectors
from commerce.services.checkout.downloads import line_download
from community.choices import TicketStatus
from community.selectors.tickets import purchases_with_tickets
from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.papers import PDF, AsAsked, pdf
from config.dialects.v1 import AmountOut, SortedQuery, V1View
from marketplace.selectors.listing_pictures import NONE, Pictures, pictures_of

PAID_BY = {PaymentMethod.STRIPE.value: "credit_card"}
SUPPORT_WORDS = {
    None: "closed",
    TicketStatus.OPEN.value: "pending",
    TicketStatus.IN_PROGRESS.value: "in_progress",
    TicketStatus.RESOLVED.value: "resolved",
    TicketStatus.CLOSED.value: "closed",
}


class ModelOut(serializers.Serializer[Any]):
    title = serializers.CharField()
    category = serializers.CharField(allow_null=True)
    thumbnail_url = serializers.URLField(allow_null=True)
    preview_url = serializers.URLField(allow_null=True)


class PurchaseOut(serializers.Serializer[OrderLine]):
    """A line that was paid for and not given back whole. What is no model is shown alike: `stl_model_id` is the number
    of the listing. `support_status` is that of its newest ticket; `closed` when there is none."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField(source="order.buyer_id")
    stl_model_id = serializers.IntegerField(source="listing_id")
    purchase_date = serializers.DateTimeField(source="bought_at")
    purchase_price = AmountOut(source="total_price", currency="order.currency")
    currency = serializers.CharField(source="order.currency")
    payment_method = serializers.SerializerMethodField()
    download_count = serializers.IntegerField()
    last_download = serializers.DateTimeField(allow_null=True)
    support_status = serializers.SerializerMethodField()
    stl_model = serializers.SerializerMethodField()

    def get_payment_method(self, line: OrderLine) -> str:
        share = selectors.share_of(line)
        return "free" if share is None else PAID_BY.get(share.payment.payment_method, share.payment.payment_method)

    def get_support_status(self, line: Any) -> str:
        return SUPPORT_WORDS[line.ticket_status]

    @extend_schema_field(ModelOut)
    def get_stl_model(self, line: OrderLine) -> dict[str, str | None]:
        pictures: Pictures = self.context["pictures"].get(line.listing_id, NONE)
        files = Files(self.context["request"])
        return {
            "title": line.title,
            "category": _category(line),
            "thumbnail_url": files.public(pictures.thumbnail),
            "preview_url": files.public(pictures.preview),
        }


def _category(line: OrderLine) -> str | None:
    """The category's name; where a model has none, its maker's own word."""
    listing = line.listing
    if listing.category is not None:
        return listing.category.name
    model = getattr(listing, "model3d", None)
    return (model.subcategory or None) if model is not None else None


class DownloadOut(serializers.Serializer[Any]):
    download_url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    download_count = serializers.IntegerField()


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

    @operation(query=SortedQuery, answer=PurchaseOut, rows="page")
    def mine(self, request: Request) -> Response:
        return self.page(self.sorted(purchases_with_tickets(actor=self.caller), self.columns), self._shown)

    def _shown(self, lines: list[OrderLine]) -> list[Any]:
        return self.present_many(lines, pictures=pictures_of(line.listing_id for line in lines))

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


class Receipts(V1View):
    limits: ClassVar = Purchases.limits
    limit_group = Purchases.limit_group
    content_negotiation_class = AsAsked

    @operation(files=(PDF,))
    def receipt(self, request: Request, purchase_id: Reference) -> HttpResponseBase:
        """As PDF, of the whole order that the purchase was made with (ours)."""
        line = selectors.line_bought_by(actor=self.caller, reference=purchase_id)
        return pdf(receipt_pdf(actor=self.caller, order_id=line.order_id), f"order-{line.order_id}")
