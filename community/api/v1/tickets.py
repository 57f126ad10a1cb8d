"""v1's support tickets: opened about a purchase, read and continued by their person and staff."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from community.choices import TicketIssue, TicketPriority, TicketStatus
from community.models import SupportTicket, TicketMessage
from community.selectors.tickets import ticket_messages, ticket_visible, tickets_of
from community.services import tickets
from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.v1 import ReferenceField, SortedQuery, V1View

ISSUES = [TicketIssue.DOWNLOAD_PROBLEM, TicketIssue.QUALITY_ISSUE, TicketIssue.REFUND_REQUEST, TicketIssue.OTHER]
MOST_MESSAGES = 500


class TicketIn(serializers.Serializer[Any]):
    """`purchase_id` is the id of an entry of the caller's purchases."""

    purchase_id = ReferenceField()
    issue_type = serializers.ChoiceField([issue.value for issue in ISSUES])
    subject = serializers.CharField(max_length=tickets.LONGEST_SUBJECT)
    description = serializers.CharField(max_length=tickets.LONGEST_TEXT)
    priority = serializers.ChoiceField(TicketPriority.choices, default=TicketPriority.MEDIUM)


class AnswerIn(serializers.Serializer[Any]):
    message = serializers.CharField(max_length=tickets.LONGEST_TEXT)


class OpenedOut(serializers.Serializer[SupportTicket]):
    id = serializers.IntegerField()
    ticket_number = serializers.CharField(source="number")
    status = serializers.ChoiceField(TicketStatus.choices)
    created_at = serializers.DateTimeField()
    estimated_resolution = serializers.DateTimeField(allow_null=True)


class TicketOut(serializers.Serializer[SupportTicket]):
    """`purchase_id` is null in tickets that are about no purchase."""

    id = serializers.IntegerField()
    ticket_number = serializers.CharField(source="number")
    purchase_id = serializers.IntegerField(allow_null=True)
    issue_type = serializers.ChoiceField(TicketIssue.choices)
    subject = serializers.CharField()
    status = serializers.ChoiceField(TicketStatus.choices)
    priority = serializers.ChoiceField(TicketPriority.choices)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TicketMessageOut(serializers.Serializer[TicketMessage]):
    """Who of the staff wrote an answer is not shown."""

    id = serializers.IntegerField()
    author = serializers.SerializerMethodField()
    message = serializers.CharField(source="content")
    created_at = serializers.DateTimeField()

    @extend_schema_field({"type": "string", "enum": ["user", "support"]})
    def get_author(self, message: TicketMessage) -> str:
        return "support" if message.by_staff else "user"


class WholeTicketOut(TicketOut):
    """With its text and the newest messages, the oldest of these first."""

    description = serializers.CharField()
    estimated_resolution = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    messages = serializers.SerializerMethodField()

    @extend_schema_field(TicketMessageOut(many=True))
    def get_messages(self, ticket: SupportTicket) -> list[dict[str, Any]]:
        newest: Any = list(ticket_messages(ticket=ticket).reverse()[:MOST_MESSAGES])
        return list(TicketMessageOut(newest[::-1], many=True).data)


class Tickets(V1View):
    limits = {"user": 1000}
    limit_group = "purchase-management:"

    @operation(body=TicketIn, answer=OpenedOut, status=201)
    def create(self, request: Request) -> Response:
        sent = self.body()
        ticket = tickets.ticket_open(
            actor=self.caller,
            purchase=sent["purchase_id"],
            issue_type=TicketIssue(sent["issue_type"]),
            subject=sent["subject"],
            description=sent["description"],
            priority=TicketPriority(sent["priority"]),
        )
        return self.answer(ticket)

    @operation(query=SortedQuery, answer=TicketOut, rows="page")
    def list(self, request: Request) -> Response:
        columns = {"created_at": "created_at", "updated_at": "updated_at"}
        return self.page(self.sorted(tickets_of(actor=self.caller), columns))

    @operation(answer=WholeTicketOut)
    def get(self, request: Request, ticket_id: Reference) -> Response:
        return self.answer(ticket_visible(actor=self.caller, reference=ticket_id))

    @operation(body=AnswerIn, answer=TicketMessageOut, status=201)
    def write(self, request: Request, ticket_id: Reference) -> Response:
        ticket = ticket_visible(actor=self.caller, reference=ticket_id)
        return self.answer(tickets.ticket_write(actor=self.caller, ticket_id=ticket.pk, content=self.body()["message"]))
