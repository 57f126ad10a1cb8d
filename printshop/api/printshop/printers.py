"""The print shop's printers."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.counting import FURTHEST
from config.dialects.printshop import MAX_LIMIT, MessageOut, MomentOut, PrintshopView
from printshop.choices import ConnectionType, PrinterStatus
from printshop.models import Printer
from printshop.selectors.printers import printer_own, printers, status_row
from printshop.services.printers.printers import (
    printer_certificate_accept,
    printer_change,
    printer_create,
    printer_plate_clear,
    printer_remove,
)


class PrintersQuery(serializers.Serializer[Any]):
    """All up to 200, unless told otherwise."""

    limit = serializers.IntegerField(min_value=1, default=MAX_LIMIT)
    offset = serializers.IntegerField(min_value=0, max_value=FURTHEST, default=0)


class PrinterIn(serializers.Serializer[Any]):
    """`bambu_lan` needs `api_url` (of which host and port count), `bambu_cloud` needs `serial_number`, and its
    `access_code` is the account's access token."""

    name = serializers.CharField(max_length=100)
    connection_type = serializers.ChoiceField(choices=ConnectionType.choices)
    serial_number = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    api_url = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    access_code = serializers.CharField(max_length=4096)
    files_port = serializers.IntegerField(
        min_value=1, max_value=65535, default=990, help_text="Of FTPS, where it is not 990."
    )


class PrinterChangeIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False)
    api_url = serializers.CharField(max_length=300, required=False)
    serial_number = serializers.CharField(max_length=40, required=False)
    access_code = serializers.CharField(max_length=4096, required=False)
    files_port = serializers.IntegerField(min_value=1, max_value=65535, required=False)
    needs_clear_plate = serializers.BooleanField(required=False)
    is_taking_prints = serializers.BooleanField(required=False)


class PrinterOut(serializers.Serializer[Printer]):
    """The access code is never given out. `utilization_pct` is the share of the last seven days in which it was busy;
    0 while that is not known. What stands after `created_at` is an addition of ours."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.SerializerMethodField()
    connection_type = serializers.ChoiceField(choices=ConnectionType.choices)
    serial_number = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=PrinterStatus.choices)
    current_job = serializers.SerializerMethodField()
    utilization_pct = serializers.SerializerMethodField()
    created_at = MomentOut()
    status_detail = serializers.CharField()
    model = serializers.CharField()
    is_monitored_only = serializers.BooleanField()
    needs_clear_plate = serializers.BooleanField()
    is_plate_clear = serializers.BooleanField()
    is_taking_prints = serializers.BooleanField()

    def get_type(self, printer: Printer) -> str:
        return "bambu"

    def get_serial_number(self, printer: Printer) -> str | None:
        return printer.serial_number or None

    def get_current_job(self, printer: Printer) -> str | None:
        return printer.current_job or None

    def get_utilization_pct(self, printer: Printer) -> int:
        return printer.utilization_pct or 0


class NozzleOut(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="0 is the right head, 1 the left one.")
    temp = serializers.FloatField(allow_null=True)
    target = serializers.FloatField(allow_null=True)
    is_active = serializers.BooleanField()


SEVERITIES = ("fatal", "serious", "common", "info")


class ErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    words = serializers.CharField()
    severity = serializers.ChoiceField(SEVERITIES)


class StatusOut(serializers.Serializer[Any]):
    """Temperatures in °C, `progress` and `utilization` in percent, `estimated_time_remaining` in seconds. Null is what
    is not known, or not now. `last_updated` is when the printer was last heard."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=PrinterStatus.choices)
    status_detail = serializers.CharField()
    current_job = serializers.CharField(allow_null=True)
    progress = serializers.IntegerField(allow_null=True)
    layer = serializers.IntegerField(allow_null=True)
    total_layers = serializers.IntegerField(allow_null=True)
    nozzle_temp = serializers.FloatField(allow_null=True)
    nozzle_target = serializers.FloatField(allow_null=True)
    bed_temp = serializers.FloatField(allow_null=True)
    bed_target = serializers.FloatField(allow_null=True)
    chamber_temp = serializers.FloatField(allow_null=True)
    nozzles = NozzleOut(many=True)
    utilization = serializers.IntegerField()
    estimated_time_remaining = serializers.IntegerField(allow_null=True)
    errors = ErrorOut(many=True)  # type: ignore[assignment]
    is_monitored_only = serializers.BooleanField()
    needs_clear_plate = serializers.BooleanField()
    is_plate_clear = serializers.BooleanField()
    is_taking_prints = serializers.BooleanField()
    last_updated = serializers.CharField(allow_null=True)


class Printers(PrintshopView):
    @operation(query=PrintersQuery, answer=PrinterOut, rows="all")
    def list(self, request: Request) -> Response:
        asked = self.query()
        limit, offset = min(asked["limit"], MAX_LIMIT), asked["offset"]
        return Response(self.present_many(list(printers(actor=self.caller)[offset : offset + limit])))

    @operation(body=PrinterIn, answer=PrinterOut, status=201)
    def create(self, request: Request) -> Response:
        """It is connected to at once; its state says how that goes."""
        return self.answer(printer_create(actor=self.caller, **self.body()))

    @operation(answer=StatusOut)
    def status(self, request: Request, id: int) -> Response:
        """As the printer last told it."""
        return self.answer(status_row(printer_own(actor=self.caller, printer_id=id)))

    @operation(body=PrinterChangeIn, answer=PrinterOut)
    def update(self, request: Request, id: int) -> Response:
        """(An addition of ours.) What is left out stays."""
        return self.answer(printer_change(actor=self.caller, printer_id=id, **self.body()))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """What waits for it alone is cancelled. 409 while it is at a print from the queue."""
        printer_remove(actor=self.caller, printer_id=id)
        return self.answer({"message": "Printer deleted"})

    @operation(answer=PrinterOut)
    def plate_clear(self, request: Request, id: int) -> Response:
        """(An addition of ours.) Somebody has taken off what was printed: the next print may begin."""
        return self.answer(printer_plate_clear(actor=self.caller, printer_id=id))

    @operation(answer=PrinterOut)
    def accept_certificate(self, request: Request, id: int) -> Response:
        """(An addition of ours.) The printer shows another certificate than before, and that is right."""
        return self.answer(printer_certificate_accept(actor=self.caller, printer_id=id))
