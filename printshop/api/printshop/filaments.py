"""The print shop's filament stock. Amounts are grams; `cost_per_gram` is in the shop's currency."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.amounts import NumberIn, NumberOut
from config.dialects.base import operation
from config.dialects.printshop import MessageOut, MomentOut, PrintshopView
from printshop.choices import SpoolChangeKind
from printshop.models import Filament, Spool, SpoolChange
from printshop.selectors.filaments import filament_own, filaments, spool_history, spools
from printshop.services.filaments.filaments import filament_change, filament_create, filament_delete
from printshop.services.filaments.spools import (
    spool_add,
    spool_archive,
    spool_change_details,
    spool_correct,
    spool_weigh,
)


class GramsIn(NumberIn):
    """Grams, to the hundredth."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 10, "decimal_places": 2, "min_value": 0} | options)


class GramsOut(NumberOut):
    def __init__(self, **options: Any) -> None:
        super().__init__(currency=None, **options)


class FilamentIn(serializers.Serializer[Any]):
    material = serializers.CharField(max_length=40)
    color = serializers.CharField(max_length=60)
    initial_amount = GramsIn()
    current_amount = GramsIn(required=False, help_text="Without it the spool is full.")
    cost_per_gram = NumberIn(max_digits=10, decimal_places=5, min_value=0, required=False, allow_null=True)
    low_stock_threshold = GramsIn(required=False)
    tare_amount = GramsIn(required=False, allow_null=True, help_text="Of an empty spool.")
    vendor = serializers.CharField(max_length=100, required=False, allow_blank=True)


class FilamentsQuery(serializers.Serializer[Any]):
    material = serializers.CharField(max_length=40, required=False)
    color = serializers.CharField(max_length=60, required=False)
    low_stock = serializers.BooleanField(default=False)


class FilamentOut(serializers.Serializer[Filament]):
    """`current_amount` is what is left on all spools in use, `reserved_amount` (ours) what prints that wait or run will
    take of it. It `is_low` at or below its threshold."""

    id = serializers.IntegerField()
    material = serializers.CharField()
    color = serializers.CharField()
    initial_amount = GramsOut()
    current_amount = GramsOut()
    cost_per_gram = NumberOut(currency=None, decimal_places=5, allow_null=True)
    currency = serializers.CharField(source="shop.currency")
    low_stock_threshold = GramsOut()
    created_at = MomentOut()
    updated_at = MomentOut()
    reserved_amount = GramsOut()
    is_low = serializers.BooleanField()
    color_hex = serializers.CharField()
    tare_amount = GramsOut(allow_null=True)
    vendor = serializers.CharField()


class SpoolIn(serializers.Serializer[Any]):
    initial_amount = GramsIn()
    remaining_amount = GramsIn(required=False, help_text="Without it the spool is full.")
    tare_amount = GramsIn(required=False, allow_null=True)
    tray_uuid = serializers.CharField(max_length=64, required=False, allow_blank=True, help_text="Its RFID.")
    label = serializers.CharField(max_length=60, required=False, allow_blank=True)  # type: ignore[assignment]


class SpoolChangeIn(serializers.Serializer[Any]):
    tare_amount = GramsIn(required=False, allow_null=True)
    tray_uuid = serializers.CharField(max_length=64, required=False, allow_blank=True)
    label = serializers.CharField(max_length=60, required=False, allow_blank=True)  # type: ignore[assignment]


class WeighIn(serializers.Serializer[Any]):
    gross_amount = GramsIn(help_text="Spool and filament together, as the scale shows it.")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CorrectIn(serializers.Serializer[Any]):
    remaining_amount = GramsIn()
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class SpoolsQuery(serializers.Serializer[Any]):
    archived = serializers.BooleanField(default=False, help_text="Also those that were put away.")


class SpoolOut(serializers.Serializer[Spool]):
    id = serializers.IntegerField()
    filament_id = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    initial_amount = GramsOut()
    used_amount = GramsOut()
    remaining_amount = GramsOut()
    tare_amount = GramsOut(allow_null=True)
    tray_uuid = serializers.CharField()
    material_id = serializers.IntegerField(source="slot_id", allow_null=True, help_text="The AMS slot it lies in.")
    last_used_at = MomentOut(allow_null=True)
    archived_at = MomentOut(allow_null=True)
    created_at = MomentOut()


class HistoryOut(serializers.Serializer[SpoolChange]):
    """`grams` is negative when they were taken."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(SpoolChangeKind.choices)
    grams = GramsOut()
    print_id = serializers.IntegerField(source="run.scheduled_print_id", allow_null=True, default=None)
    cost = NumberOut(currency=None, decimal_places=5, allow_null=True)
    currency = serializers.CharField()
    note = serializers.CharField()
    created_at = MomentOut()


class Filaments(PrintshopView):
    list_name: ClassVar = "filaments"

    @operation(query=FilamentsQuery, answer=FilamentOut, rows="page")
    def list(self, request: Request) -> Response:
        """The newest first. `low_stock=true` keeps those at or below their threshold."""
        return self.page(filaments(actor=self.caller, **self.query()))

    @operation(body=FilamentIn, answer=FilamentOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        """With one spool that holds it."""
        made = filament_create(actor=self.caller, once=self.once, **self.body())
        return self.answer(filament_own(actor=self.caller, filament_id=made.pk))

    @operation(body=FilamentIn, answer=FilamentOut, partial=True)
    def update(self, request: Request, id: int) -> Response:
        """What is left out stays. A difference in `current_amount` is noted in the history of its spools."""
        return self.answer(filament_change(actor=self.caller, filament_id=id, **self.body(partial=True)))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        filament_delete(actor=self.caller, filament_id=id)
        return self.answer({"message": "Filament deleted"})


class Spools(PrintshopView):
    """The spools of a filament (additions of ours)."""

    @operation(query=SpoolsQuery, answer=SpoolOut, rows="all")
    def list(self, request: Request, id: int) -> Response:
        """The oldest first (an addition of ours)."""
        return self.array(spools(actor=self.caller, filament_id=id, **self.query()))

    @operation(body=SpoolIn, answer=SpoolOut, status=201)
    def create(self, request: Request, id: int) -> Response:
        """Add a spool (an addition of ours)."""
        return self.answer(spool_add(actor=self.caller, filament_id=id, **self.body()))

    @operation(body=SpoolChangeIn, answer=SpoolOut)
    def update(self, request: Request, id: int) -> Response:
        """Label, tare and RFID (an addition of ours)."""
        return self.answer(spool_change_details(actor=self.caller, spool_id=id, **self.body()))

    @operation(body=WeighIn, answer=SpoolOut)
    def weigh(self, request: Request, id: int) -> Response:
        """What the scale shows (an addition of ours). Less than the tare is an empty spool; more than a full one weighs
        says that it held more."""
        return self.answer(spool_weigh(actor=self.caller, spool_id=id, **self.body()))

    @operation(body=CorrectIn, answer=SpoolOut)
    def correct(self, request: Request, id: int) -> Response:
        """Say what remains (an addition of ours)."""
        return self.answer(spool_correct(actor=self.caller, spool_id=id, **self.body()))

    @operation(answer=SpoolOut)
    def archive(self, request: Request, id: int) -> Response:
        """Put it away: it counts no more (an addition of ours)."""
        return self.answer(spool_archive(actor=self.caller, spool_id=id))


class SpoolHistory(PrintshopView):
    list_name: ClassVar = "changes"

    @operation(answer=HistoryOut, rows="page")
    def history(self, request: Request, id: int) -> Response:
        """What came to a spool and left it, the newest first (an addition of ours)."""
        return self.page(spool_history(actor=self.caller, spool_id=id))
