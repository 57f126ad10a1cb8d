"""Nexus's e-mail campaigns."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from community import policies
from community.choices import CampaignStatus, Segment
from community.models import EmailCampaign
from community.selectors.campaigns import campaign_of, campaigns_listed
from community.services import campaigns
from config.core.markup import MOST_HTML
from config.dialects.base import operation
from config.dialects.moments import StartIn
from config.dialects.nexus import MessageOut, NexusView
from config.dialects.permissions import asking
from config.dialects.problems import Problem


class CampaignsQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(CampaignStatus.choices, required=False)


class LetterIn(serializers.Serializer[Any]):
    """`content` is HTML. All three may also stand in the query string."""

    subject = serializers.CharField(max_length=campaigns.LONGEST_SUBJECT)
    content = serializers.CharField(max_length=MOST_HTML)
    segment = serializers.ChoiceField(Segment.choices)


class CampaignChangesIn(serializers.Serializer[Any]):
    """`content` is HTML. With `scheduled_at` it goes out by itself within a minute of that."""

    name = serializers.CharField(max_length=campaigns.LONGEST_NAME, required=False)
    subject = serializers.CharField(max_length=campaigns.LONGEST_SUBJECT, required=False)
    content = serializers.CharField(max_length=MOST_HTML, required=False)
    segment = serializers.ChoiceField(Segment.choices, required=False)
    scheduled_at = StartIn(required=False, allow_null=True)


class CampaignIn(CampaignChangesIn):
    name = serializers.CharField(max_length=campaigns.LONGEST_NAME)
    subject = serializers.CharField(max_length=campaigns.LONGEST_SUBJECT)
    content = serializers.CharField(max_length=MOST_HTML)
    segment = serializers.ChoiceField(Segment.choices)


class CampaignOut(serializers.Serializer[EmailCampaign]):
    """`content` is safe HTML. `opened`, `clicked`, `bounced` and `unsubscribed` count people."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    subject = serializers.CharField()
    content = serializers.CharField()
    segment = serializers.ChoiceField(Segment.choices)
    sent = serializers.IntegerField(source="recipients_count")
    opened = serializers.IntegerField(source="opened_count")
    clicked = serializers.IntegerField(source="clicked_count")
    bounced = serializers.IntegerField(source="bounced_count")
    unsubscribed = serializers.IntegerField(source="unsubscribed_count")
    status = serializers.ChoiceField(CampaignStatus.choices)
    scheduled_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


def told(campaign: EmailCampaign) -> dict[str, str]:
    return {"message": f"Email sent to {campaign.recipients_count} users"}


class Campaigns(NexusView):
    @operation(query=CampaignsQuery, answer=CampaignOut, rows="page", who=asking(policies.may_read_campaigns))
    def list(self, request: Request) -> Response:
        return self.page(campaigns_listed(actor=self.caller, **self.query()))

    @operation(body=CampaignIn, answer=CampaignOut, status=201, who=asking(policies.may_send_campaigns))
    def create(self, request: Request) -> Response:
        return self.answer(campaigns.campaign_create(actor=self.caller, **self.body()))

    @operation(answer=CampaignOut)
    def retrieve(self, request: Request, id: int) -> Response:
        return self.answer(campaign_of(actor=self.caller, campaign_id=id))

    @operation(body=CampaignChangesIn, answer=CampaignOut, who=asking(policies.may_send_campaigns))
    def update(self, request: Request, id: int) -> Response:
        return self.answer(campaigns.campaign_update(actor=self.caller, campaign_id=id, **self.body()))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        campaigns.campaign_delete(actor=self.caller, campaign_id=id)
        return self.answer({"message": "Campaign deleted"})

    @operation(answer=MessageOut)
    def send(self, request: Request, id: int) -> Response:
        return self.answer(told(campaigns.campaign_send(actor=self.caller, campaign_id=id)))


class Emails(NexusView):
    @operation(body=LetterIn, answer=MessageOut, idempotent=True, who=asking(policies.may_send_campaigns))
    def send(self, request: Request) -> Response:
        """Written and sent at once; it is a campaign that is called as its subject."""
        letter = self.validated(LetterIn, self._sent())
        return self.answer(told(campaigns.letter_send(actor=self.caller, once=self.once, **letter)))

    def _sent(self) -> Any:
        """The body, and what it leaves out from the query string."""
        body = self.request.data
        if not isinstance(body, dict):
            return body
        asked = {name: value for name, value in self.request.query_params.items() if name in LetterIn().fields}
        return {**asked, **{name: body[name] for name in body}}

    @classmethod
    def word(cls, problem: Problem, request: Any) -> tuple[int, Any]:
        status, body = super().word(problem, request)
        if status == 422 and request.GET and isinstance(body["detail"], list):
            for error in body["detail"]:
                error["loc"] = ["query", *error["loc"][1:]]
        return status, body
