"""Reports of abuse, an addition of ours to Nexus."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from community.choices import ReportedKind, ReportReason, ReportStatus
from community.models import AbuseReport
from community.services import reports as services
from config.core.references import LARGEST_ID
from config.dialects.base import operation
from config.dialects.nexus import NexusView


class ReportIn(serializers.Serializer[Any]):
    """`target_id` is the id of a thing of that kind, which the caller sees."""

    kind = serializers.ChoiceField(ReportedKind.choices)
    target_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    reason = serializers.ChoiceField(ReportReason.choices)
    details = serializers.CharField(max_length=services.LONGEST_DETAILS, required=False, allow_blank=True)


class ReportOut(serializers.Serializer[AbuseReport]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(ReportedKind.choices)
    target_id = serializers.IntegerField()
    reason = serializers.ChoiceField(ReportReason.choices)
    details = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(ReportStatus.choices)
    created_at = serializers.DateTimeField()


class Reports(NexusView):
    @operation(body=ReportIn, answer=ReportOut, status=201, also=(200,))
    def create(self, request: Request) -> Response:
        """201, or 200 with the report that the caller had made of the same thing before."""
        sent = self.body()
        filed = services.report_file(
            actor=self.caller,
            kind=ReportedKind(sent["kind"]),
            target_id=sent["target_id"],
            reason=ReportReason(sent["reason"]),
            details=sent.get("details", ""),
        )
        return self.answer(filed.report, status=201 if filed.made else 200)
