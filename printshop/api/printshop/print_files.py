"""Sliced files (additions of ours)."""

from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.printshop import MessageOut, MomentOut, PrintshopView
from printshop.models import PrintFile
from printshop.selectors.print_files import print_file_own, print_files
from printshop.services.prints.files import print_file_delete, print_file_upload

FORM_BYTES = 1024 * 1024


class FileIn(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=255, allow_empty_file=True)
    name = serializers.CharField(max_length=140, required=False, allow_blank=True)


class PlateFilamentOut(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    material = serializers.CharField(allow_null=True)
    color = serializers.CharField(allow_null=True)
    preset = serializers.CharField(allow_null=True)
    grams = serializers.FloatField(allow_null=True)


class PlateOut(serializers.Serializer[Any]):
    plate = serializers.IntegerField()
    minutes = serializers.IntegerField(allow_null=True)
    grams = serializers.FloatField(allow_null=True)
    filaments = PlateFilamentOut(many=True)


@extend_schema_field(PlateOut(many=True))
class PlatesField(serializers.JSONField):
    pass


class FileOut(serializers.Serializer[PrintFile]):
    """`plates`: each `plate` with `minutes`, `grams` and `filaments` (`position`, `material`, `color`, `preset`,
    `grams`), as the slicer wrote them; null is what it did not say."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    printer_model = serializers.CharField()
    nozzle_diameter = serializers.CharField()
    plates = PlatesField()
    created_at = MomentOut()


class PrintFiles(PrintshopView):
    list_name: ClassVar = "files"
    upload_max_bytes: ClassVar = settings.MESH_MAX_BYTES + FORM_BYTES

    @operation(answer=FileOut, rows="page")
    def list(self, request: Request) -> Response:
        """The newest first (an addition of ours)."""
        return self.page(print_files(actor=self.caller))

    @operation(body=FileIn, answer=FileOut, status=201, multipart=True)
    def create(self, request: Request) -> Response:
        """A .gcode.3mf of up to 200 MB (an addition of ours). One of the same name takes the place of the older."""
        return self.answer(print_file_upload(actor=self.caller, **self.body()))


class OnePrintFile(PrintshopView):
    @operation(answer=FileOut)
    def retrieve(self, request: Request, id: int) -> Response:
        """One file (an addition of ours)."""
        return self.answer(print_file_own(actor=self.caller, file_id=id))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """409 while a part is printed from it or a print waits for it (an addition of ours)."""
        print_file_delete(actor=self.caller, file_id=id)
        return self.answer({"message": "Print file deleted"})
