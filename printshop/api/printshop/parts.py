"""What is sold and what it is printed from (additions of ours)."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.printshop import IdQuery, MessageOut, MomentOut, PrintshopView
from printshop.api.printshop.filaments import GramsIn, GramsOut
from printshop.api.printshop.prints import LARGEST_ID, ColorIn
from printshop.models import PrintPart
from printshop.selectors.print_files import part_own, parts
from printshop.services.prints.parts import part_change, part_create, part_delete
from printshop.services.prints.prints import MOST_MINUTES

MOST_PIECES = 1000


class PartIn(serializers.Serializer[Any]):
    """Of what it is a part: a SKU, a listing of Etsy's or of the platform's (`listing_id`). A SKU says more than a
    listing: it comes first. `pieces` come out of one print of the plate, `per_item` are needed of it. Material, colour,
    grams and minutes stand in place of the file's."""

    sku = serializers.CharField(max_length=100, required=False, allow_blank=True)
    etsy_listing_id = serializers.CharField(max_length=20, required=False, allow_blank=True)
    listing_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    file_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    plate = serializers.IntegerField(min_value=1, max_value=999, required=False)
    material_type = serializers.CharField(max_length=40, required=False, allow_blank=True)
    color = ColorIn(required=False, allow_blank=True)
    grams = GramsIn(required=False, allow_null=True)
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES, required=False, allow_null=True)
    pieces = serializers.IntegerField(min_value=1, max_value=MOST_PIECES, required=False)
    per_item = serializers.IntegerField(min_value=1, max_value=MOST_PIECES, required=False)


class PartsQuery(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=100, required=False)
    etsy_listing_id = serializers.CharField(max_length=20, required=False)
    listing_id = IdQuery(required=False)


class PartOut(serializers.Serializer[PrintPart]):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    etsy_listing_id = serializers.CharField()
    listing_id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    file_id = serializers.IntegerField()
    file_name = serializers.CharField(source="file.name")
    plate = serializers.IntegerField()
    material_type = serializers.CharField()
    color = serializers.CharField()
    grams = GramsOut(allow_null=True)
    minutes = serializers.IntegerField(allow_null=True)
    pieces = serializers.IntegerField()
    per_item = serializers.IntegerField()
    created_at = MomentOut()


class Parts(PrintshopView):
    list_name: ClassVar = "parts"

    @operation(query=PartsQuery, answer=PartOut, rows="page")
    def list(self, request: Request) -> Response:
        """The newest first (an addition of ours)."""
        return self.page(parts(actor=self.caller, **self.query()))

    @operation(body=PartIn, answer=PartOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        """Paid orders that waited for it get their prints, in the background (an addition of ours)."""
        made = part_create(actor=self.caller, once=self.once, **self.body())
        return self.answer(part_own(actor=self.caller, part_id=made.pk))

    @operation(answer=PartOut)
    def retrieve(self, request: Request, id: int) -> Response:
        """One part (an addition of ours)."""
        return self.answer(part_own(actor=self.caller, part_id=id))

    @operation(body=PartIn, answer=PartOut, partial=True)
    def update(self, request: Request, id: int) -> Response:
        """What is left out stays; so does what is in the queue (an addition of ours)."""
        return self.answer(part_change(actor=self.caller, part_id=id, **self.body(partial=True)))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """What is in the queue stays there (an addition of ours)."""
        part_delete(actor=self.caller, part_id=id)
        return self.answer({"message": "Part deleted"})
