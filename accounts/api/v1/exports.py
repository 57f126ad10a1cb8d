"""All that the platform has of the caller, as a file (an addition of ours)."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import ExportState
from accounts.models import DataExport
from accounts.selectors.exports import export_link, export_of, exports_of
from accounts.services.exports import export_request
from config.dialects.base import operation
from config.dialects.files import Files
from config.dialects.v1 import V1View


class ExportOut(serializers.Serializer[DataExport]):
    """A zip of JSON files, one a kind of thing, and of the files that the caller uploaded."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(ExportState.choices, source="state")
    progress = serializers.IntegerField(help_text="Percent.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(source="ended_at", allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="The file is kept until then.")
    byte_size = serializers.IntegerField(allow_null=True)
    download_url = serializers.SerializerMethodField(help_text="A link that expires; null unless it is ready.")

    def get_download_url(self, export: DataExport) -> str | None:
        link = export_link(export)
        return Files(self.context["request"]).absolute(link) if link else None


class Exports(V1View):
    @operation(answer=ExportOut, rows="all")
    def list(self, request: Request) -> Response:
        """Those of the last days, the newest first, also when staff asked for them."""
        return Response(self.present_many(list(exports_of(actor=self.caller))))

    @operation(answer=ExportOut, status=201)
    def create(self, request: Request) -> Response:
        """It is made in the background, and its link mailed. One at a time (409), twice a day (429)."""
        made = export_request(actor=self.caller, user_id=self.caller.pk)
        return self.answer(export_of(actor=self.caller, export_id=made.pk))
