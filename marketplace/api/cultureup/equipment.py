"""CultureUp's equipment shop: read by everybody, kept by staff."""

from collections.abc import Iterable
from typing import Any, cast

from django.core.files.storage import default_storage
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.core.money import shown_price
from config.dialects.amounts import AmountIn, AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView
from config.dialects.fields import SentBoolean, SentText
from config.dialects.permissions import asking
from marketplace import policies
from marketplace.choices import EquipmentType
from marketplace.models import Equipment
from marketplace.selectors.artworks import NEWEST
from marketplace.selectors.equipment import EQUIPMENT_COLUMNS, EQUIPMENT_ORDERINGS, equipment_listed, equipment_visible
from marketplace.services import equipment
from marketplace.services.equipment import DEAREST, MOST_STOCK, EquipmentChanges


# ---------------------------------------------------------------- input
class EquipmentIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, source="title")
    description = SentText(max_length=20_000)
    equipment_type = serializers.ChoiceField(choices=EquipmentType.choices)
    price = AmountIn(min_value=0, max_value=DEAREST)
    stock_quantity = serializers.IntegerField(min_value=0, max_value=MOST_STOCK, source="stock")
    image = serializers.FileField(max_length=255, required=False)
    is_available = SentBoolean(required=False)


class EquipmentQuery(serializers.Serializer[Any]):
    equipment_type = serializers.ChoiceField(
        source="equipment__equipment_type", choices=EquipmentType.choices, required=False
    )
    min_price = AmountIn(source="price__gte", required=False)
    max_price = AmountIn(source="price__lte", required=False)
    in_stock = serializers.BooleanField(required=False, allow_null=True, default=None)
    search = serializers.CharField(max_length=200, required=False)
    ordering = serializers.ChoiceField(choices=list(EQUIPMENT_ORDERINGS), default=NEWEST)


# ---------------------------------------------------------------- output
class EquipmentOut(serializers.Serializer[Any]):
    """In lists and alone."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    equipment_type = serializers.ChoiceField(choices=EquipmentType.choices)
    price = AmountOut()
    currency = serializers.CharField()
    stock_quantity = serializers.IntegerField(allow_null=True, help_text="Null when it is not counted.")
    image = serializers.URLField(allow_null=True)
    is_available = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    in_stock = serializers.BooleanField()


def listed(rows: Iterable[Any], request: Request) -> list[dict[str, Any]]:
    """Rows of EQUIPMENT_COLUMNS as CultureUp shows them."""
    return [
        {
            "id": row["id"],
            "name": row["title"],
            "description": row["description"],
            "equipment_type": row["equipment__equipment_type"],
            "price": shown_price(row["price"], row["currency"]),
            "currency": row["currency"],
            "stock_quantity": row["stock"],
            "image": _address(row["equipment__image"], request),
            "is_available": row["is_available"],
            "created_at": row["created_at"],
            "in_stock": row["stock"] != 0,
        }
        for row in rows
    ]


def shown(piece: Equipment, request: Request) -> dict[str, Any]:
    """One piece, in the form of the lists."""
    row = {name: getattr(piece, name.removeprefix("equipment__")) for name in EQUIPMENT_COLUMNS}
    return listed([row | {"equipment__image": piece.image.name}], request)[0]


def _address(image: str, request: Request) -> str | None:
    return request.build_absolute_uri(default_storage.url(image)) if image else None


STOCK = asking(policies.may_keep_equipment)


class EquipmentShop(CultureupView):
    @operation(query=EquipmentQuery, answer=EquipmentOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self._page(equipment_listed(actor=request.user, **self.query()))

    @operation(answer=EquipmentOut, rows="page", who=AllowAny)
    def in_stock(self, request: Request) -> Response:
        return self._page(equipment_listed(actor=request.user, in_stock=True))

    @operation(answer=EquipmentOut, who=AllowAny)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(shown(equipment_visible(actor=request.user, equipment_id=id), request))

    @operation(body=EquipmentIn, answer=EquipmentOut, status=201, multipart=True, idempotent=True, who=STOCK)
    def create(self, request: Request) -> Response:
        made = equipment.equipment_create(actor=self.caller, once=self.once, **self.body())
        return self.answer(shown(made, request))

    @operation(body=EquipmentIn, answer=EquipmentOut, multipart=True, idempotent=True, who=STOCK)
    def update(self, request: Request, id: int) -> Response:
        return self._change(request, id, self.body())

    @operation(body=EquipmentIn, answer=EquipmentOut, multipart=True, idempotent=True, who=STOCK)
    def partial_update(self, request: Request, id: int) -> Response:
        return self._change(request, id, self.body(partial=True))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        equipment.equipment_delete(actor=self.caller, equipment_id=id)
        return self.answer()

    def _change(self, request: Request, id: int, sent: dict[str, Any]) -> Response:
        image = sent.pop("image", None)
        changes = cast(EquipmentChanges, sent)
        piece = equipment.equipment_update(
            actor=self.caller,
            equipment_id=id,
            changes=changes,
            image=image,
            once=self.once,
        )
        return self.answer(shown(piece, request))

    def _page(self, rows: Any) -> Response:
        return self.page(rows, lambda found: listed(found, self.request))
