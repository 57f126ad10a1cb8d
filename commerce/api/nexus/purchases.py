"""Nexus's purchases: the models that the caller bought, in whatever dialect, and their files."""

from typing import Any

from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.api.nexus.transactions import PURCHASE, PurchaseOut, purchases
from commerce.documents.receipts import receipt_pdf
from commerce.selectors.transactions import model_bought, models_bought
from commerce.services.checkout.downloads import DOWNLOAD_LIMIT, line_download
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.nexus import NexusView
from config.dialects.papers import PDF, AsAsked, pdf
from marketplace.services.models_3d.originals import Wanted, original_facts


class LinkOut(serializers.Serializer[Any]):
    download_url = serializers.URLField()
    expires_at = serializers.DateTimeField()
    filename = serializers.CharField()
    file_size = serializers.IntegerField(help_text="Bytes.")
    download_count = serializers.IntegerField()
    download_limit = serializers.IntegerField()
    downloads_remaining = serializers.IntegerField()


class LinkQuery(serializers.Serializer[Any]):
    """Additions: without them it is the newest main file."""

    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="One of GET /models/{id}/versions."
    )
    file_format = serializers.CharField(
        required=False, max_length=10, help_text='A file beside the main one, the first of that format: "fbx".'
    )
    file_id = serializers.UUIDField(required=False, help_text="One of the purchase's `further_files`.")


class Purchases(NexusView):
    @operation(answer=PurchaseOut, rows="page")
    def list(self, request: Request) -> Response:
        """What the caller owns, the newest first (ours)."""
        files = Files(request)
        rows = models_bought(actor=self.caller).values(*PURCHASE)
        return self.page(rows, lambda page: purchases(page, files))

    @operation(answer=PurchaseOut)
    def retrieve(self, request: Request, transaction_id: str) -> Response:
        """By the transaction's number or its public name (txn_…)."""
        line = model_bought(actor=self.caller, reference=transaction_id)
        [row] = models_bought(actor=self.caller).filter(pk=line.pk).values(*PURCHASE)
        [shown] = purchases([row], Files(request))
        return self.answer(shown)


class PurchaseLinks(NexusView):
    @operation(query=LinkQuery, answer=LinkOut)
    def download_link(self, request: Request, transaction_id: str) -> Response:
        """A signed link to the model's file. Each one counts, and ends when the price goes back. 409 while the seller
        has not attached a file."""
        line = model_bought(actor=self.caller, reference=transaction_id)
        query = self.query()
        wanted = Wanted(query.get("version"), query.get("file_format", "").lower(), query.get("file_id"))
        download = line_download(actor=self.caller, line=line, wanted=wanted)
        filename, size = original_facts(listing_id=line.listing_id, wanted=wanted)
        return self.answer(
            {
                "download_url": request.build_absolute_uri(download.url),
                "expires_at": download.expires_at,
                "filename": filename,
                "file_size": size,
                "download_count": download.download_count,
                "download_limit": DOWNLOAD_LIMIT,
                "downloads_remaining": DOWNLOAD_LIMIT - download.download_count,
            }
        )


class PurchaseReceipts(NexusView):
    content_negotiation_class = AsAsked

    @operation(files=(PDF,))
    def receipt(self, request: Request, transaction_id: str) -> HttpResponseBase:
        """As PDF, of the whole order that the purchase was made with (ours)."""
        line = model_bought(actor=self.caller, reference=transaction_id)
        return pdf(receipt_pdf(actor=self.caller, order_id=line.order_id), f"order-{line.order_id}")
