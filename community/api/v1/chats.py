"""v1's chats with the assistant."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from community.choices import ChatAuthor
from community.models import ChatMessage, ChatSession
from community.selectors import chats as chat_selectors
from community.services import chats
from config.core.references import Reference
from config.dialects.base import operation
from config.dialects.v1 import ReferenceField, V1View

MOST = 500


class ChatSessionIn(serializers.Serializer[Any]):
    """`model_id` is the model that the chat is about; null or left out: the platform."""

    model_id = ReferenceField(required=False, allow_null=True)


class ChatSessionOut(serializers.Serializer[ChatSession]):
    id = serializers.UUIDField(source="uuid")
    user_id = serializers.IntegerField()
    model_id = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ChatMessageIn(serializers.Serializer[Any]):
    """`message_type` is the kind of content: text alone."""

    message = serializers.CharField(max_length=chats.LONGEST)
    message_type = serializers.ChoiceField(["text"], default="text")


class ChatMessageOut(serializers.Serializer[ChatMessage]):
    """`message_type` is its author. `answered_by` (ours) says which assistant answered: `offline`, or the name of the
    language model; it is null in a person's messages."""

    id = serializers.UUIDField(source="uuid")
    session_id = serializers.UUIDField(source="session.uuid")
    message_type = serializers.ChoiceField(ChatAuthor.choices, source="author")
    content = serializers.CharField()
    timestamp = serializers.DateTimeField(source="created_at")
    answered_by = serializers.SerializerMethodField()

    def get_answered_by(self, message: ChatMessage) -> str | None:
        return message.answered_by or None


class ChatHistoryOut(ChatMessageOut):
    """`file_name` and `file_data` are always null: messages are text."""

    file_name = serializers.SerializerMethodField()
    file_data = serializers.SerializerMethodField()

    def get_file_name(self, _message: ChatMessage) -> str | None:
        return None

    get_file_data = get_file_name


class ExchangeOut(serializers.Serializer[chats.Exchange]):
    session_id = serializers.UUIDField(source="session.uuid")
    user_message = ChatMessageOut(source="message")
    ai_response = ChatMessageOut(source="answer")
    message = serializers.SerializerMethodField()

    def get_message(self, _exchange: chats.Exchange) -> str:
        return "Message sent successfully"


class Sessions(V1View):
    limits = {"user": 1000}
    limit_group = "chat:"

    @operation(body=ChatSessionIn, answer=ChatSessionOut, status=201)
    def create(self, request: Request) -> Response:
        return self.answer(chats.chat_start(actor=self.caller, model=self.body().get("model_id")))

    @operation(answer=ChatSessionOut, rows="all")
    def list(self, request: Request) -> Response:
        """The caller's, the one written in last first; 500 at most."""
        return Response(self.present_many(list(chat_selectors.chats_of(actor=self.caller)[:MOST])))


class Messages(V1View):
    limits = Sessions.limits
    limit_group = Sessions.limit_group

    @operation(body=ChatMessageIn, answer=ExchangeOut, status=201)
    def send(self, request: Request, session_id: Reference) -> Response:
        """Waits for the answer. `/ws/chat/{session_id}` gives it word by word."""
        return self.answer(chats.chat_ask(actor=self.caller, session=session_id, text=self.body()["message"]))

    @operation(answer=ChatHistoryOut, rows="all")
    def list(self, request: Request, session_id: Reference) -> Response:
        """The oldest first; of a long chat the newest 500."""
        session = chat_selectors.chat_visible(actor=self.caller, reference=session_id)
        newest = list(chat_selectors.chat_messages(session=session).reverse()[:MOST])
        return Response(self.present_many(newest[::-1]))
