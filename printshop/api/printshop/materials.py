"""What lies in the AMS slots of the print shop's printers. `slot` is the printer's global tray id + 1."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.amounts import NumberIn
from config.dialects.base import operation
from config.dialects.printshop import IdQuery, MomentOut, PrintshopView
from printshop.api.printshop.prints import LARGEST_ID
from printshop.selectors.materials import material_row, materials
from printshop.services.filaments.materials import material_bind, material_set


class MaterialsQuery(serializers.Serializer[Any]):
    printer_id = IdQuery(required=False)


class MaterialIn(serializers.Serializer[Any]):
    """null lets what the printer says stand again."""

    remaining_pct = NumberIn(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False, allow_null=True
    )
    vendor = serializers.CharField(max_length=100, required=False, allow_null=True, allow_blank=True)
    cost_per_kg = NumberIn(max_digits=12, min_value=0, required=False, allow_null=True)


class BindIn(serializers.Serializer[Any]):
    spool_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, allow_null=True)


class MaterialOut(serializers.Serializer[Any]):
    """What is not known is null. `spool_id` (ours) is the spool of the stock that lies there."""

    id = serializers.IntegerField()
    printer_id = serializers.IntegerField()
    slot = serializers.IntegerField()
    material_type = serializers.CharField(allow_null=True)
    color = serializers.CharField(allow_null=True, help_text="#RRGGBB")
    weight_grams = serializers.FloatField(allow_null=True)
    remaining_pct = serializers.FloatField(allow_null=True)
    vendor = serializers.CharField(allow_null=True)
    cost_per_kg = serializers.FloatField(allow_null=True)
    currency = serializers.CharField()
    loaded_at = MomentOut(allow_null=True)
    last_synced = MomentOut(allow_null=True)
    spool_id = serializers.IntegerField(allow_null=True)
    preset = serializers.CharField()


class Materials(PrintshopView):
    @operation(query=MaterialsQuery, answer=MaterialOut, rows="all")
    def list(self, request: Request) -> Response:
        """What is loaded, by printer and slot."""
        return self.array(materials(actor=self.caller, **self.query()), self._shown)

    @operation(body=MaterialIn, answer=MaterialOut)
    def update(self, request: Request, id: int) -> Response:
        """What is set here is shown in place of what the printer says, until another spool is there. The weight follows
        `remaining_pct` where it is known how much the full spool holds."""
        return self.answer(self._shown([material_set(actor=self.caller, material_id=id, **self.body())])[0])

    @operation(body=BindIn, answer=MaterialOut)
    def spool(self, request: Request, id: int) -> Response:
        """Say which spool of the stock lies there; null is none (an addition of ours). One with RFID is found by
        itself."""
        return self.answer(self._shown([material_bind(actor=self.caller, material_id=id, **self.body())])[0])

    def _shown(self, slots: Any) -> Any:
        return list(MaterialOut([material_row(slot) for slot in slots], many=True).data)
