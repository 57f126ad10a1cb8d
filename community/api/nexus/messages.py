"""Nexus's messages between two people."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from community import nexus_shapes
from community.models import Conversation, Message
from community.selectors.messages import conversation_messages, conversations_listed
from community.services import messages as services
from config.core.references import LARGEST_ID
from config.dialects.base import operation
from config.dialects.counting import FURTHEST
from config.dialects.files import Files
from config.dialects.nexus import MAX_LIMIT, NexusView
from config.dialects.nexus_objects import PersonOut, person


# ---------------------------------------------------------------- input
class DirectMessageIn(serializers.Serializer[Any]):
    content = serializers.CharField(max_length=services.LONGEST, trim_whitespace=False)
    attachments = serializers.ListField(
        child=serializers.CharField(max_length=nexus_shapes.LONGEST_LINK),
        max_length=nexus_shapes.MOST_ATTACHMENTS,
        required=False,
        help_text="Addresses that the upload endpoints answered.",
    )


class ConversationIn(DirectMessageIn):
    """`recipient_id`, or `username` instead."""

    recipient_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    username = serializers.CharField(max_length=150, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "recipient_id" not in attrs and "username" not in attrs:
            missing = serializers.ErrorDetail("Field required", code="required")
            raise serializers.ValidationError({"recipient_id": missing})
        return attrs


class SliceQuery(serializers.Serializer[Any]):
    """Counted from the newest message."""

    skip = serializers.IntegerField(min_value=0, max_value=FURTHEST, default=0)
    limit = serializers.IntegerField(min_value=1, default=50)


# ---------------------------------------------------------------- output
class DirectMessageOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    conversation_id = serializers.IntegerField()
    sender_id = serializers.IntegerField()
    sender = PersonOut()
    content = serializers.CharField()
    attachments = serializers.ListField(child=serializers.CharField())
    is_read = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class ConversationOut(serializers.Serializer[Any]):
    """`participant` is the other person; `updated_at` when the last message was written."""

    id = serializers.IntegerField()
    participant = PersonOut()
    last_message = DirectMessageOut(allow_null=True)
    unread_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WholeConversationOut(serializers.Serializer[Any]):
    """`messages` is the newest slice, the oldest of it first."""

    id = serializers.IntegerField()
    participant = PersonOut()
    messages = DirectMessageOut(many=True)
    total = serializers.IntegerField()
    unread_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class Conversations(NexusView):
    @operation(answer=ConversationOut, rows="page")
    def conversations(self, request: Request) -> Response:
        rows = conversations_listed(actor=self.caller).select_related("first", "second")
        return self.page(rows, self._conversations)

    @operation(body=ConversationIn, answer=ConversationOut, status=201, also=(200,))
    def start(self, request: Request) -> Response:
        sent = self._checked(self.body())
        started = services.conversation_start(actor=self.caller, **sent)
        rows = conversations_listed(actor=self.caller).filter(pk=started.conversation.pk)
        shown = self._conversations(list(rows.select_related("first", "second")))[0]
        return self.answer(shown, status=201 if started.made else 200)

    @operation(query=SliceQuery, answer=WholeConversationOut)
    def retrieve(self, request: Request, conversation_id: int) -> Response:
        wanted = self.query()
        read = services.conversation_read(actor=self.caller, conversation_id=conversation_id)
        rows = conversation_messages(actor=self.caller, conversation_id=read.pk)
        limit = min(wanted["limit"], MAX_LIMIT)
        newest = rows.values(*nexus_shapes.MESSAGE)[wanted["skip"] : wanted["skip"] + limit]
        return self.answer(
            {
                "id": read.pk,
                "participant": self._participant(read, Files(request)),
                "messages": self._messages(list(newest)[::-1]),
                "total": rows.count(),
                "unread_count": 0,
                "created_at": read.created_at,
                "updated_at": read.last_message_at,
            }
        )

    @operation(body=DirectMessageIn, answer=DirectMessageOut, status=201)
    def send(self, request: Request, conversation_id: int) -> Response:
        sent = self._checked(self.body())
        written = services.conversation_write(actor=self.caller, conversation_id=conversation_id, **sent)
        rows = Message.objects.filter(pk=written.pk).values(*nexus_shapes.MESSAGE)
        return self.answer(self._messages(list(rows))[0])

    def _checked(self, sent: dict[str, Any]) -> dict[str, Any]:
        return sent | {"attachments": nexus_shapes.attachments(sent.get("attachments", []), Files(self.request))}

    def _messages(self, rows: Any) -> Any:
        files = Files(self.request)
        return [nexus_shapes.message(row, files, reader_id=self.caller.pk) for row in rows]

    def _conversations(self, rows: Any) -> Any:
        """Their last messages are one query more."""
        files = Files(self.request)
        newest = Message.objects.filter(pk__in=[row.newest for row in rows if row.newest is not None])
        shown = {message["id"]: message for message in self._messages(newest.values(*nexus_shapes.MESSAGE))}
        return [
            {
                "id": row.pk,
                "participant": self._participant(row, files),
                "last_message": shown.get(row.newest),
                "unread_count": row.unread,
                "created_at": row.created_at,
                "updated_at": row.last_message_at,
            }
            for row in rows
        ]

    def _participant(self, conversation: Conversation, files: Files) -> dict[str, Any]:
        is_first = conversation.first_id == self.caller.pk
        return person(conversation.second if is_first else conversation.first, files)
