"""Nexus's support tickets: of people, and of all people for staff."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from community import nexus_shapes, policies
from community.choices import TicketIssue, TicketPriority, TicketStatus
from community.models import TicketMessage
from community.nexus_shapes import CATEGORIES, PRIORITIES, STATUSES
from community.selectors.tickets import ticket_counted, ticket_written, tickets_in_nexus
from community.services import tickets as services
from config.core.errors import Missing
from config.dialects.base import operation
from config.dialects.fields import Word
from config.dialects.files import Files
from config.dialects.nexus import NexusView
from config.dialects.nexus_objects import PersonOut
from config.dialects.permissions import asking

MOST_MESSAGES = 500


# ---------------------------------------------------------------- input
class WrittenIn(serializers.Serializer[Any]):
    attachments = serializers.ListField(
        child=serializers.CharField(max_length=nexus_shapes.LONGEST_LINK),
        max_length=nexus_shapes.MOST_ATTACHMENTS,
        required=False,
        help_text="Addresses that the upload endpoints answered.",
    )


class TicketIn(WrittenIn):
    """`message`, or `content` instead."""

    subject = serializers.CharField(max_length=services.LONGEST_SUBJECT)
    category = serializers.ChoiceField(list(CATEGORIES))
    priority = serializers.ChoiceField(list(PRIORITIES), default="medium")
    message = serializers.CharField(max_length=services.LONGEST_TEXT, required=False)
    content = serializers.CharField(max_length=services.LONGEST_TEXT, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        content = attrs.pop("content", None)
        attrs.setdefault("message", content)
        if attrs["message"] is None:
            raise serializers.ValidationError({"message": serializers.ErrorDetail("Field required", code="required")})
        return attrs


class TicketMessageIn(WrittenIn):
    content = serializers.CharField(max_length=services.LONGEST_TEXT)


class TicketsQuery(serializers.Serializer[Any]):
    status = Word(STATUSES, source="status__in", required=False)


class AdminTicketsQuery(TicketsQuery):
    priority = Word(PRIORITIES, source="priority__in", required=False)
    category = Word(CATEGORIES, source="issue_type__in", required=False)
    assigned_to = serializers.CharField(max_length=services.LONGEST_NAME, required=False)


class AssignIn(serializers.Serializer[Any]):
    """`assigned_to` is the user name of somebody of the staff, or any other name; left out, it is the caller."""

    assigned_to = serializers.CharField(max_length=services.LONGEST_NAME, required=False)
    status = serializers.ChoiceField(list(STATUSES), required=False)
    priority = serializers.ChoiceField(list(PRIORITIES), required=False)


# ---------------------------------------------------------------- output
class TicketOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    user = PersonOut()
    subject = serializers.CharField()
    category = serializers.ChoiceField(list(CATEGORIES))
    priority = serializers.ChoiceField(list(PRIORITIES))
    status = serializers.ChoiceField(list(STATUSES))
    assigned_to = serializers.CharField(allow_null=True)
    message_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class TicketMessageOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    ticket_id = serializers.IntegerField()
    sender_id = serializers.IntegerField()
    sender_type = serializers.ChoiceField(["user", "admin"])
    sender = PersonOut()
    content = serializers.CharField()
    attachments = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()


class WholeTicketOut(TicketOut):
    """With the newest 500 messages, the oldest of these first."""

    messages = TicketMessageOut(many=True)


class AssignedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    ticket = TicketOut()


# ---------------------------------------------------------------- views
class TicketView(NexusView):
    def tickets(self, rows: Any) -> Any:
        files = Files(self.request)
        return [nexus_shapes.ticket(row, files) for row in rows]

    def ticket(self, ticket_id: int) -> dict[str, Any]:
        rows = ticket_counted(actor=self.caller, ticket_id=ticket_id).values(*nexus_shapes.TICKET)
        found = rows.first()
        if found is None:
            raise Missing("Ticket")
        return nexus_shapes.ticket(found, Files(self.request))

    def attachments(self, sent: dict[str, Any]) -> list[tuple[str, str]]:
        return nexus_shapes.attachments(sent.get("attachments", []), Files(self.request))


class Tickets(TicketView):
    @operation(query=TicketsQuery, answer=TicketOut, rows="page")
    def list(self, request: Request) -> Response:
        rows = tickets_in_nexus(actor=self.caller, **self.query())
        return self.page(rows.values(*nexus_shapes.TICKET), self.tickets)

    @operation(body=TicketIn, answer=WholeTicketOut, status=201)
    def create(self, request: Request) -> Response:
        sent = self.body()
        opened = services.ticket_open(
            actor=self.caller,
            purchase=None,
            issue_type=TicketIssue(CATEGORIES[sent["category"]][0]),
            subject=sent["subject"],
            description=sent["message"],
            priority=TicketPriority(sent["priority"]),
            attachments=self.attachments(sent),
        )
        return self.answer(self._whole(opened.pk))

    @operation(answer=WholeTicketOut)
    def retrieve(self, request: Request, id: int) -> Response:
        return self.answer(self._whole(id))

    def _whole(self, ticket_id: int) -> dict[str, Any]:
        shown, files = self.ticket(ticket_id), Files(self.request)
        newest = ticket_written(ticket_id=ticket_id).reverse().values(*nexus_shapes.TICKET_MESSAGE)[:MOST_MESSAGES]
        return shown | {"messages": [nexus_shapes.ticket_message(row, files) for row in list(newest)[::-1]]}


class TicketMessages(TicketView):
    @operation(body=TicketMessageIn, answer=TicketMessageOut, status=201)
    def create(self, request: Request, id: int) -> Response:
        sent = self.body()
        written = services.ticket_write(
            actor=self.caller, ticket_id=id, content=sent["content"], attachments=self.attachments(sent)
        )
        row = TicketMessage.objects.filter(pk=written.pk).values(*nexus_shapes.TICKET_MESSAGE).get()
        return self.answer(nexus_shapes.ticket_message(row, Files(request)))


class AdminTickets(TicketView):
    @operation(query=AdminTicketsQuery, answer=TicketOut, rows="page", who=asking(policies.may_handle_tickets))
    def list(self, request: Request) -> Response:
        rows = tickets_in_nexus(actor=self.caller, all_people=True, **self.query())
        return self.page(rows.values(*nexus_shapes.TICKET), self.tickets)

    @operation(body=AssignIn, answer=AssignedOut, who=asking(policies.may_handle_tickets))
    def assign(self, request: Request, id: int) -> Response:
        sent = self.body()
        services.ticket_handle(
            actor=self.caller,
            ticket_id=id,
            assigned_to=sent.get("assigned_to", ""),
            status=TicketStatus(STATUSES[sent["status"]][0]) if "status" in sent else None,
            priority=TicketPriority(PRIORITIES[sent["priority"]][0]) if "priority" in sent else None,
        )
        return self.answer({"message": "Ticket assigned successfully", "ticket": self.ticket(id)})
